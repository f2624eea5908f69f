package ordeal

import (
	"strings"
	"testing"
	"time"
)

const mumJID = "mum@example.org"

// chatOne is a chat from mum to Emma.
func chatOne(l *Ledger) {
	l.Wrote(Message{Name: "one", From: mumJID, ID: "id1", To: []Leg{{Address: emma, Shown: "Mamma: hei", Called: "Emma"}}})
}

// textOne is a text from Emma to mum.
func textOne(l *Ledger) {
	l.Wrote(Message{Name: "one", From: emma, To: []Leg{{Address: mumJID, Shown: "hei", Called: "Mamma"}}})
}

// textAll is a text from Emma to both her guardians.
func textAll(l *Ledger) {
	l.Wrote(Message{Name: "one", From: emma, To: []Leg{
		{Address: mumJID, Shown: "hei", Called: bridgeName}, {Address: "dad@example.org", Shown: "hei", Called: bridgeName},
	}})
}

var (
	atFirst    = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	between    = atFirst.Add(time.Minute) // when an unread text is written
	afterwards = atFirst.Add(time.Hour)
)

// textUnread is a text from Emma that lies in mum's chat and is to go on to her mobile; anotherUnread is one more.
func textUnread(l *Ledger)    { unread(l, "hei") }
func anotherUnread(l *Ledger) { unread(l, "hopp") }

func unread(l *Ledger, text string) {
	l.Wrote(Message{Name: text, From: emma, At: between, To: []Leg{
		{Address: mumJID, Shown: text, Called: "Mamma", Mobile: gran, OnMobile: "Emma: (ikke lest) " + text},
	}})
	l.ClientShows(mumJID, "x", text)
}

// textNobody is a text from Emma that names nobody.
func textNobody(l *Ledger) {
	l.Wrote(Message{Name: "k1", From: emma, Unaddressed: true, To: []Leg{
		{Address: mumJID, Shown: "k1 hei", Called: "Mamma"}, {Address: gran, Shown: "Emma: k1 hei", Called: "Bestemor"},
	}})
}

var (
	segment      = []byte{0x31, 0x01, 0x0B, 0x91, 0x74, 0x93, 'h', 'e', 'i'}
	segmentAgain = []byte{0x31, 0x02, 0x0B, 0x91, 0x74, 0x93, 'h', 'e', 'i'} // TP-MR is counted up
	otherSegment = []byte{0x31, 0x03, 0x0B, 0x91, 0x74, 0x93, 'n', 'e', 'i'}
)

// history is what a ledger is told, and what it must say.
type history struct {
	name    string
	tell    func(l *Ledger)
	promise Promise // 0: nothing is broken
	says    string
}

func judge(t *testing.T, all []history) {
	t.Helper()
	for _, c := range all {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			l := NewLedger()
			c.tell(l)
			broken := l.Judge()
			if c.promise == 0 {
				if len(broken) > 0 {
					t.Errorf("nothing is broken, and it says %v", broken)
				}
				return
			}
			if len(broken) != 1 || broken[0].Promise != c.promise || !strings.Contains(broken[0].String(), c.says) {
				t.Errorf("it says %v, not promise %v with %q", broken, c.promise, c.says)
			}
		})
	}
}

// Each invariant goes red by the history that breaks it, and by no other; beside each stands the nearest history that
// breaks nothing.
func TestLedger(t *testing.T) {
	judge(t, []history{
		// Promise 1: what was written arrives, or its writer is told.
		{"arrives", func(l *Ledger) { textOne(l); l.ClientShows(mumJID, "x", "hei") }, 0, ""},
		{"lost", textOne, NothingIsLost, "neither arrived nor were reported"},
		{"not arrived, and told in words", func(l *Ledger) { textOne(l); l.Failed(emma, "Mamma") }, 0, ""},
		{"not arrived, and told that nobody knows", func(l *Ledger) { textOne(l); l.Unsure(); l.Doubtful(emma, "Mamma") }, 0, ""},
		{"not arrived, and somebody else was told", func(l *Ledger) { textOne(l); l.Break(); l.Doubtful(jonas, "Mamma") }, NothingIsLost, "neither arrived nor"},
		{"not arrived, and told of another", func(l *Ledger) { textOne(l); l.Break(); l.Doubtful(emma, "Pappa") }, NothingIsLost, "neither arrived nor"},
		{"not arrived, and the words could not reach its writer", func(l *Ledger) { textOne(l); l.Unheard(emma, "Mamma") }, 0, ""},
		{"two not arrived, one told", func(l *Ledger) {
			textOne(l)
			l.Wrote(Message{Name: "two", From: emma, To: []Leg{{Address: mumJID, Shown: "hallo", Called: "Mamma"}}})
			l.Failed(emma, "Mamma")
		}, NothingIsLost, "2 from"},
		{"one of two guardians did not get it", func(l *Ledger) { textAll(l); l.ClientShows(mumJID, "x", "hei") }, NothingIsLost, "1 from"},
		{"the network took it, and the phone never showed it", func(l *Ledger) { chatOne(l); l.OnAir(emma, "Mamma: hei") }, 0, ""},
		{"refused with an error", func(l *Ledger) { chatOne(l); l.Error("id1") }, 0, ""},
		{"lost where the gateway cannot know", func(l *Ledger) { chatOne(l); l.ExcuseStanza("id1", "with the stream") }, 0, ""},
		{"one text lost where the gateway cannot know", func(l *Ledger) { textOne(l); l.Excuse(mumJID, "hei", "by her server") }, 0, ""},
		{"another was lost where the gateway cannot know", func(l *Ledger) { textOne(l); l.Excuse(mumJID, "hallo", "by her server") }, NothingIsLost, "neither arrived nor"},

		// Promise 2: once to each.
		{"shown twice by a phone", func(l *Ledger) { chatOne(l); l.PhoneShows(emma, "Mamma: hei"); l.PhoneShows(emma, "Mamma: hei") }, NothingIsDoubled, "2 times"},
		{"under two ids", func(l *Ledger) {
			textOne(l)
			l.Break()
			l.ClientShows(mumJID, "x", "hei")
			l.ClientShows(mumJID, "y", "hei")
		}, NothingIsDoubled, "under 2 ids"},
		{"twice under its id, and nothing died", func(l *Ledger) { textOne(l); l.ClientShows(mumJID, "x", "hei"); l.ClientShows(mumJID, "x", "hei") }, NothingIsDoubled, "only 0 times something died"},
		{"twice under its id after a death", func(l *Ledger) {
			textOne(l)
			l.ClientShows(mumJID, "x", "hei")
			l.Break()
			l.ClientShows(mumJID, "x", "hei")
		}, 0, ""},
		{"three times after one death", func(l *Ledger) {
			textOne(l)
			l.Break()
			for range 3 {
				l.ClientShows(mumJID, "x", "hei")
			}
		}, NothingIsDoubled, "3 times under the id"},
		{"to each of two guardians", func(l *Ledger) {
			textAll(l)
			l.ClientShows(mumJID, "x", "hei")
			l.ClientShows("dad@example.org", "y", "hei")
		}, 0, ""},
		{"one segment sent twice", func(l *Ledger) { l.Sent(segment); l.Sent(segmentAgain) }, NothingIsDoubled, "the same segment was sent twice"},
		{"two segments", func(l *Ledger) { l.Sent(segment); l.Sent(otherSegment) }, 0, ""},

		// Promise 5: what is told is true.
		{"receipted when it is there", func(l *Ledger) { chatOne(l); l.PhoneShows(emma, "Mamma: hei"); l.Receipt("id1") }, 0, ""},
		{"receipted before it is there", func(l *Ledger) { l.Live = true; chatOne(l); l.Receipt("id1"); l.PhoneShows(emma, "Mamma: hei") }, StatusIsTrue, "before the handset had it"},
		{"receipted, told in no order", func(l *Ledger) { chatOne(l); l.Receipt("id1"); l.PhoneShows(emma, "Mamma: hei") }, 0, ""},
		{"receipted and never there", func(l *Ledger) { chatOne(l); l.OnAir(emma, "Mamma: hei"); l.Receipt("id1") }, StatusIsTrue, "the handset does not have it"},
		{"refused, and it arrived", func(l *Ledger) { chatOne(l); l.Error("id1"); l.PhoneShows(emma, "Mamma: hei") }, StatusIsTrue, "told that it will never be sent, and it arrived"},
		{"refused, written again, and it arrived", func(l *Ledger) { chatOne(l); l.Again("id1"); l.Error("id1"); l.PhoneShows(emma, "Mamma: hei") }, 0, ""},
		{"receipted and refused", func(l *Ledger) { chatOne(l); l.PhoneShows(emma, "Mamma: hei"); l.Receipt("id1"); l.Error("id1") }, StatusIsTrue, "both receipted and refused"},
		{"a receipt for nothing", func(l *Ledger) { l.Receipt("id9") }, StatusIsTrue, "never written"},
		{"a phone shows what nobody wrote", func(l *Ledger) { l.PhoneShows(emma, "Mamma: kom hjem") }, StatusIsTrue, "which nobody wrote"},
		{"a client shows what nobody wrote", func(l *Ledger) { l.ClientShows(mumJID, "x", "hei") }, StatusIsTrue, "which nobody wrote"},
		{"a phone shows what was for another", func(l *Ledger) { chatOne(l); l.PhoneShows(emma, "Mamma: hei"); l.PhoneShows(jonas, "Mamma: hei") }, StatusIsTrue, "which nobody wrote to it"},
		{"told that it failed, and it arrived", func(l *Ledger) { textOne(l); l.ClientShows(mumJID, "x", "hei"); l.Failed(emma, "Mamma") }, StatusIsTrue, "0 did not arrive"},
		{"doubts where nothing was in doubt", func(l *Ledger) { textOne(l); l.ClientShows(mumJID, "x", "hei"); l.Doubtful(emma, "Mamma") }, StatusIsTrue, "1 messages were called doubtful, 0 could be"},
		{"a doubt about what was in doubt", func(l *Ledger) { textOne(l); l.Unsure(); l.ClientShows(mumJID, "x", "hei"); l.Doubtful(emma, "Mamma") }, 0, ""},

		// Promise 3, as far as it is seen from outside.
		{"a stranger's text reaches nobody", func(l *Ledger) { l.Stranger("k1 hei") }, 0, ""},
		{"a stranger's text reaches a child", func(l *Ledger) { l.Stranger("k1 hei"); l.PhoneShows(emma, "Mamma: k1 hei") }, DenyByDefault, "a stranger's"},
		{"a stranger's text reaches a guardian", func(l *Ledger) { l.Stranger("k1 hei"); l.ClientShows(mumJID, "x", "k1 hei") }, DenyByDefault, "a stranger's"},

		// A text of which a part was lost.
		{"a part was lost, and the rest is shown", func(l *Ledger) {
			l.Wrote(Message{Name: "one", From: emma, To: []Leg{{Address: mumJID, Shown: "k1 hei og", Called: "Mamma"}}})
			l.Torn("k1 ")
			l.ClientShows(mumJID, "x", "k1 … (noe av meldingen kom ikke fram)")
		}, 0, ""},
		{"a part was lost, and nothing is shown", func(l *Ledger) {
			l.Wrote(Message{Name: "one", From: emma, To: []Leg{{Address: mumJID, Shown: "k1 hei og", Called: "Mamma"}}})
			l.Torn("k1 ")
		}, NothingIsLost, "neither arrived nor"},

		{"parts waited with the network, and each half is shown by itself", func(l *Ledger) {
			l.Wrote(Message{Name: "k1", From: emma, To: []Leg{{Address: mumJID, Shown: "k1 hei og hopp", Called: "Mamma"}}})
			l.Tearable("k1")
			l.ClientShows(mumJID, "x", "k1 hei… (noe av meldingen kom ikke fram)")
			l.ClientShows(mumJID, "y", "…og hopp (noe av meldingen kom ikke fram)")
		}, 0, ""},
		{"parts waited with the network, and only the last is shown", func(l *Ledger) {
			l.Wrote(Message{Name: "k1", From: emma, To: []Leg{{Address: mumJID, Shown: "k1 hei og hopp", Called: "Mamma"}}})
			l.Tearable("k1")
			l.ClientShows(mumJID, "y", "…og hopp (noe av meldingen kom ikke fram)")
		}, NothingIsLost, "neither arrived nor"},
		{"half is shown, and no part waited anywhere", func(l *Ledger) {
			l.Wrote(Message{Name: "k1", From: emma, To: []Leg{{Address: mumJID, Shown: "k1 hei og hopp", Called: "Mamma"}}})
			l.ClientShows(mumJID, "x", "k1 hei og hopp")
			l.ClientShows(mumJID, "y", "…og hopp (noe av meldingen kom ikke fram)")
		}, StatusIsTrue, "which nobody wrote"},

		// Promise 4, and the exception of promise 3.
		{"everybody sees a call for help", func(l *Ledger) {
			l.Called("k1", emma, mumJID, gran)
			l.Heard(emma)
			l.ClientShows(mumJID, "x", "NØD: Emma skriver: «SOS k1 kom»")
			l.PhoneShows(gran, "Knapp: NØD! Emma skriver: SOS k1 kom")
		}, 0, ""},
		{"one way does not see a call for help", func(l *Ledger) {
			l.Called("k1", emma, mumJID, gran)
			l.Heard(emma)
			l.ClientShows(mumJID, "x", "NØD: Emma skriver: «SOS k1 kom»")
		}, AnEmergencyPasses, gran + " never saw"},
		{"a later call is seen", func(l *Ledger) {
			l.Called("k1", emma, mumJID)
			l.Called("k2", emma, mumJID)
			l.Heard(emma)
			l.Heard(emma)
			l.ClientShows(mumJID, "x", "NØD: Emma skriver: «SOS k2 kom»")
		}, 0, ""},
		{"it was taken, and nothing was in doubt", func(l *Ledger) {
			l.Called("k1", emma, mumJID, gran)
			l.Heard(emma)
			l.Taken(emma, mumJID)
		}, AnEmergencyPasses, gran + " never saw"},
		{"it was taken while an alert was in doubt", func(l *Ledger) {
			l.Unsure()
			l.Called("k1", emma, mumJID, gran)
			l.Heard(emma)
			l.Taken(emma, mumJID)
		}, 0, ""},
		{"the child hears nothing", func(l *Ledger) {
			l.Called("k1", emma, mumJID)
			l.ClientShows(mumJID, "x", "NØD: Emma skriver: «SOS k1 kom»")
		}, AnEmergencyPasses, "answered 0 times"},
		{"held from a child to a contact", func(l *Ledger) { l.Guards(emma, "Mamma"); l.Waits(emma, "Onkel") }, 0, ""},
		{"held from a child to its guardian", func(l *Ledger) { l.Guards(emma, "Mamma"); l.Waits(emma, "Mamma") }, DenyByDefault, "was held"},

		// A text that nobody reads goes on to a mobile.
		{"unread, and on the mobile", func(l *Ledger) {
			textUnread(l)
			l.PhoneShows(gran, "Emma: (ikke lest) hei")
		}, 0, ""},
		{"unread, and on no mobile", textUnread, NothingIsLost, "went on to no mobile"},
		{"unread, and its writer was told", func(l *Ledger) { textUnread(l); l.Unread(emma, afterwards) }, 0, ""},
		{"unread, and its writer was told before", func(l *Ledger) { textUnread(l); l.Unread(emma, atFirst) }, NothingIsLost, "only before it was written"},
		{"two unread, and their writer was told once", func(l *Ledger) {
			textUnread(l)
			anotherUnread(l)
			l.Unread(emma, afterwards)
		}, NothingIsLost, "told so 1 times"},
		{"two unread, and one word was spared after the other", func(l *Ledger) {
			textUnread(l)
			anotherUnread(l)
			l.Unread(emma, afterwards)
			l.Spared(emma, afterwards.Add(9*time.Minute))
		}, 0, ""},
		{"two unread, and a word was spared that came too late after the other", func(l *Ledger) {
			textUnread(l)
			anotherUnread(l)
			l.Unread(emma, afterwards)
			l.Spared(emma, afterwards.Add(11*time.Minute))
		}, NothingIsLost, "told so 1 times"},
		{"two unread, a word was spared, and the other never came", func(l *Ledger) {
			textUnread(l)
			anotherUnread(l)
			l.Spared(emma, afterwards)
		}, NothingIsLost, "told so 0 times"},
		{"read", func(l *Ledger) { textUnread(l); l.Read(mumJID) }, 0, ""},
		{"twice on the mobile", func(l *Ledger) {
			textUnread(l)
			l.PhoneShows(gran, "Emma: (ikke lest) hei")
			l.PhoneShows(gran, "Emma: (ikke lest) hei")
		}, NothingIsDoubled, "2 times"},

		// A text that names nobody.
		{"for nobody, and one has it", func(l *Ledger) { textNobody(l); l.ClientShows(mumJID, "x", "(Emma sa ikke hvem dette var til) k1 hei") }, 0, ""},
		{"for nobody, and nobody has it", textNobody, NothingIsLost, "reached nobody"},
		{"for nobody, and reported", func(l *Ledger) { textNobody(l); l.Failed(emma, "Knapp") }, 0, ""},
	})
}
