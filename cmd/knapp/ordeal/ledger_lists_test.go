package ordeal

import (
	"fmt"
	"testing"
	"time"
)

// muted is a text from mum to Emma that is written while it is closed between them.
func muted(l *Ledger) {
	l.Shut(mumJID, emma)
	l.Wrote(Message{Name: "k1", From: mumJID, ID: "id1", Loose: true, To: []Leg{{Address: emma, Shown: "k1 hei", Called: "Emma"}}})
}

// knocked are two texts of a stranger to Emma.
func knocked(l *Ledger) {
	l.Unknown(stranger, emma)
	for _, text := range []string{"k1 hei", "k2 er du der"} {
		l.Wrote(Message{Name: text[:2], From: stranger, Loose: true, To: []Leg{{Address: emma, Shown: text, Called: "Emma"}}})
	}
}

// corrected is a chat from mum to Emma, and its correction.
func corrected(l *Ledger) {
	l.Wrote(Message{Name: "k1", From: mumJID, ID: "id1", To: []Leg{{Address: emma, Shown: "Mamma: k1 kl. 5", Called: "Emma"}}})
	l.Wrote(Message{Name: "k2", From: mumJID, ID: "id2", Corrects: "id1", Loose: true, To: []Leg{{Address: emma, Shown: "k2 kl. 6", Called: "Emma"}}})
}

// spend sends so many texts where there is room for two.
func spend(l *Ledger, n int) {
	l.Allowance(mumJID, emma, 2)
	for i := range n {
		text := fmt.Sprintf("k%d hei", i)
		l.Wrote(Message{Name: text, From: mumJID, To: []Leg{{Address: emma, Shown: text, Called: "Emma"}}})
		l.OnAir(emma, text)
	}
}

// Each invariant about who may write to whom goes red by the history that breaks it, as in TestLedger.
func TestLedgerOfLists(t *testing.T) {
	judge(t, []history{
		// Promise 3: who is not on the list at that time does not get through.
		{"closed, and nothing is shown", func(l *Ledger) { muted(l); l.Error("id1") }, 0, ""},
		{"closed, and it is shown", func(l *Ledger) { muted(l); l.PhoneShows(emma, "Mamma: k1 hei") }, DenyByDefault, "nobody had let it through"},
		{"closed, and it is lost", muted, NothingIsLost, "neither arrived nor"},
		{"opened, and it is shown", func(l *Ledger) {
			muted(l)
			l.Opening(mumJID, emma)
			l.PhoneShows(emma, "Mamma: k1 hei")
		}, 0, ""},
		{"opened, and it is lost", func(l *Ledger) { muted(l); l.Opened(mumJID, emma) }, NothingIsLost, "neither arrived nor"},
		{"a stranger whom nobody lets in", knocked, 0, ""},
		{"a stranger is shown", func(l *Ledger) { knocked(l); l.PhoneShows(emma, "Anne: k1 hei") }, DenyByDefault, "nobody had let it through"},
		{"a stranger is told something", func(l *Ledger) { knocked(l); l.Disclosed(stranger, "Knapp: Emma sover") }, DenyByDefault, "is on no list"},
		{"who is let in is told something", func(l *Ledger) {
			knocked(l)
			l.Opening(stranger, emma)
			l.Disclosed(stranger, "Knapp: Emma sover")
		}, 0, ""},
		{"a stranger is let in, and both are shown", func(l *Ledger) {
			knocked(l)
			l.Opened(stranger, emma)
			l.PhoneShows(emma, "Anne: k1 hei")
			l.PhoneShows(emma, "Anne: k2 er du der")
		}, 0, ""},
		{"a stranger is let in, and one is lost", func(l *Ledger) {
			knocked(l)
			l.Opened(stranger, emma)
			l.PhoneShows(emma, "Anne: k1 hei")
		}, NothingIsLost, "neither arrived nor"},
		{"a stranger is let in after more than a day", func(l *Ledger) { knocked(l); l.Forgotten(); l.Opened(stranger, emma) }, 0, ""},
		{"a stranger is let in once, and writes when the day is over", func(l *Ledger) {
			l.Unknown(stranger, emma)
			l.OpenedOnce(stranger, emma)
			l.Forgotten()
			l.Wrote(Message{Name: "k1", From: stranger, To: []Leg{{Address: emma, Shown: "k1 hei", Called: "Emma"}}})
		}, 0, ""},
		{"it was under way when its number was taken off the list", func(l *Ledger) {
			l.Wrote(Message{Name: "k1", From: gran, To: []Leg{{Address: emma, Shown: "k1 hei", Called: "Emma"}}})
			l.Moved(gran, emma)
		}, 0, ""},
		{"it was written when its number was off the list, and is shown", func(l *Ledger) {
			l.Moved(gran, emma)
			l.Wrote(Message{Name: "k1", From: gran, To: []Leg{{Address: emma, Shown: "Bestemor: k1 hei", Called: "Emma"}}})
			l.PhoneShows(emma, "Bestemor: k1 hei")
		}, DenyByDefault, "nobody had let it through"},

		// What waited is let go in the order in which it was written.
		{"let go in order", func(l *Ledger) {
			knocked(l)
			l.Opened(stranger, emma)
			l.Tried(emma, "Anne: k1 hei")
			l.Tried(emma, "Anne: k2 er du der")
			l.Tried(emma, "Anne: k1 hei")
			l.OnAir(emma, "Anne: k2 er du der")
			l.OnAir(emma, "Anne: k1 hei")
		}, 0, ""},
		{"let go out of order", func(l *Ledger) {
			knocked(l)
			l.Opened(stranger, emma)
			l.Tried(emma, "Anne: k2 er du der")
			l.Tried(emma, "Anne: k1 hei")
			l.OnAir(emma, "Anne: k2 er du der")
			l.OnAir(emma, "Anne: k1 hei")
		}, DenyByDefault, "in another order"},

		// Nothing goes to a lost phone, and what it sends says so.
		{"the lost phone is told whom to ring", func(l *Ledger) {
			l.Lost(emma, atFirst, afterwards, "Mistet. Ring ")
			l.WentOut(emma, "Mistet. Ring +4791111111", between)
		}, 0, ""},
		{"something goes to the lost phone", func(l *Ledger) {
			l.Lost(emma, atFirst, afterwards, "Mistet. Ring ")
			l.WentOut(emma, "Mamma: hei", between)
		}, DenyByDefault, "went to the lost phone"},
		{"something goes to the phone that is found", func(l *Ledger) {
			l.Lost(emma, atFirst, afterwards, "Mistet. Ring ")
			l.WentOut(emma, "Mamma: hei", afterwards.Add(time.Second))
		}, 0, ""},
		{"the lost phone's text says so", func(l *Ledger) {
			l.MustSay(emma, "ikke bekreftet")
			l.Wrote(Message{Name: "k1", From: emma, Loose: true, To: []Leg{{Address: mumJID, Shown: "k1 hei", Called: "Mamma"}}})
			l.ClientShows(mumJID, "x", "(ikke bekreftet: telefonen er meldt mistet) k1 hei")
		}, 0, ""},
		{"the lost phone's text says nothing", func(l *Ledger) {
			l.MustSay(emma, "ikke bekreftet")
			l.Wrote(Message{Name: "k1", From: emma, Loose: true, To: []Leg{{Address: mumJID, Shown: "k1 hei", Called: "Mamma"}}})
			l.ClientShows(mumJID, "x", "k1 hei")
		}, DenyByDefault, "without"},

		// No more is sent than there is room for.
		{"as many as there is room for", func(l *Ledger) { spend(l, 2) }, 0, ""},
		{"more than there is room for", func(l *Ledger) { spend(l, 3) }, NoSMSIsSpent, "3 texts of"},
		{"more than there is room for, on two days", func(l *Ledger) { l.Days(2); spend(l, 3) }, 0, ""},

		// A child hears what was answered, and nothing else.
		{"yes, and it hears yes", func(l *Ledger) { l.Answered(emma, "Sara", true); l.HeardAnswer(emma, "Sara", true) }, 0, ""},
		{"yes, and it hears nothing", func(l *Ledger) { l.Answered(emma, "Sara", true) }, NothingIsLost, "answered 1 times"},
		{"yes, and its phone lost the word", func(l *Ledger) { l.Answered(emma, "Sara", true); l.Unheard(emma, Itself) }, 0, ""},
		{"no, and it hears yes", func(l *Ledger) { l.Answered(emma, "Sara", false); l.HeardAnswer(emma, "Sara", true) }, StatusIsTrue, "the answer was yes 0 times"},
		{"nobody, and it hears no", func(l *Ledger) { l.HeardAnswer(emma, "Sara", false) }, StatusIsTrue, "the answer was no 0 times"},
		{"nobody, and it hears so", func(l *Ledger) { l.Unanswered(emma, "Sara"); l.HeardNothing(emma, "Sara") }, 0, ""},
		{"nobody, and it hears nothing", func(l *Ledger) { l.Unanswered(emma, "Sara") }, NothingIsLost, "never heard so"},

		// A correction stands for what it corrects, or says that it corrects it.
		{"corrected before it left", func(l *Ledger) { corrected(l); l.PhoneShows(emma, "Mamma: k2 kl. 6") }, 0, ""},
		{"corrected before it left, and receipted under its own id", func(l *Ledger) {
			corrected(l)
			l.PhoneShows(emma, "Mamma: k2 kl. 6")
			l.Receipt("id1")
		}, 0, ""},
		{"corrected, and receipted before it was there", func(l *Ledger) { l.Live = true; corrected(l); l.Receipt("id1"); l.PhoneShows(emma, "Mamma: k2 kl. 6") }, StatusIsTrue, "before the handset had it"},
		{"corrected after it left", func(l *Ledger) {
			corrected(l)
			l.PhoneShows(emma, "Mamma: k1 kl. 5")
			l.PhoneShows(emma, "Mamma: Rettet: k2 kl. 6")
		}, 0, ""},
		{"corrected after it left, and it does not say so", func(l *Ledger) {
			corrected(l)
			l.PhoneShows(emma, "Mamma: k1 kl. 5")
			l.PhoneShows(emma, "Mamma: k2 kl. 6")
		}, NothingIsDoubled, "no word that the one corrects the other"},
		{"corrected, and the correction is lost", func(l *Ledger) { corrected(l); l.PhoneShows(emma, "Mamma: k1 kl. 5") }, NothingIsLost, "neither arrived nor"},
		{"corrected, and refused under the first id", func(l *Ledger) { corrected(l); l.Error("id1") }, 0, ""},
		{"taken back", func(l *Ledger) { chatOne(l); l.Retracted("id1") }, 0, ""},
		{"taken back after it left", func(l *Ledger) { chatOne(l); l.PhoneShows(emma, "Mamma: hei"); l.Retracted("id1") }, 0, ""},
		{"taken back, and it comes twice", func(l *Ledger) {
			chatOne(l)
			l.Retracted("id1")
			l.PhoneShows(emma, "Mamma: hei")
			l.PhoneShows(emma, "Mamma: hei")
		}, NothingIsDoubled, "2 times"},
	})
}
