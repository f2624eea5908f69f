package ordeal

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
)

// What Mia's and Noa's people do with their phones and clients, and what they make of what the gateway says about it.

// knocks lets somebody write to Mia who may be on no list: by SMS to the gateway, or in a chat to her address.
func (w *world) knocks(from, text string) {
	name := strings.Fields(text)[0]
	m := Message{Name: name, From: from, Loose: true, To: []Leg{{Address: mia, Shown: "?: " + text, Called: "Mia"}}}
	w.tell(from, "writes", text)
	if !strings.Contains(from, "@") {
		if err := w.phones[from].Send(gatewayNumber, text); err == nil {
			w.ledger.Wrote(m)
		}
		return
	}
	local, _, _ := strings.Cut(from, "@")
	m.ID = name
	if w.reachable(local) {
		w.ledger.Wrote(m)
		w.chats(local, "mia", name, text, "<request xmlns='urn:xmpp:receipts'/>")
	}
}

// reachable tells whether somebody's client is connected to a server that runs.
func (w *world) reachable(name string) bool {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	return w.server.up && w.people[name].there
}

// chats writes a stanza to a child.
func (w *world) chats(name, child, id, text, more string) {
	c := chat{To: child + "@" + w.server.component, ID: id, Type: "chat", Body: text}
	c.XMLName.Local = "message"
	c.Inner = "<body>" + text + "</body><origin-id xmlns='urn:xmpp:sid:0' id='" + id + "'/>" + more
	w.server.fromClient(w.people[name], c, "chat "+id)
}

// textsLoosely is textsTo for a text of which it is not known how it is shown.
func (w *world) textsLoosely(number, prefix, text string, to []Leg) {
	w.tell("phone", number, "texts", prefix+text)
	if err := w.phones[number].Send(gatewayNumber, prefix+text); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: strings.Fields(text)[0], From: number, To: to, Loose: true, At: time.Now()})
}

// textsGuest lets Mia write to somebody who was let in, if that was done.
func (w *world) textsGuest(to, text string) {
	w.mu.Lock()
	in := w.guests[to]
	w.mu.Unlock()
	called := map[string]string{guest: "Anne", fremmedJID: "Fredrik", emil: "Emil"}[to]
	if in {
		w.textsLoosely(mia, called+": ", text, []Leg{{Address: to, Shown: "?: " + text, Called: called}})
	}
}

// textsTrener lets Mia write to the coach. What was written before the document was applied may go to the new number, or to whom
// the key belongs then.
func (w *world) textsTrener(text string) {
	w.mu.Lock()
	applied := w.applied
	w.mu.Unlock()
	switch name := strings.Fields(text)[0]; {
	case applied && name[len(name)-1]%2 == 0: // the keys have moved
		w.textsLoosely(mia, "6 ", text, []Leg{{Address: trenerNew, Shown: "Mia: " + text, Called: "Trener"}})
		return
	case applied:
		w.textsLoosely(mia, "4 ", text, []Leg{{Address: naboJID, Shown: text, Called: "Nabo"}})
		return
	}
	w.tell("phone", mia, "texts 4", text)
	if err := w.phones[mia].Send(gatewayNumber, "4 "+text); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: strings.Fields(text)[0], From: mia, Unaddressed: true, To: []Leg{
		{Address: trener, Shown: "Mia: " + text, Called: "Trener"},
		{Address: trenerNew, Shown: "Mia: " + text, Called: "Trener"},
		{Address: naboJID, Shown: text, Called: "Nabo"},
	}})
}

// wishesFor lets Mia ask for somebody.
func (w *world) wishesFor(name string) {
	w.tell("phone", mia, "asks for", name)
	_ = w.phones[mia].Send(gatewayNumber, "SPØR "+emil+" "+name) // it may be off
}

// countWishes looks what became of Mia's wish in the end, if anybody was asked about it.
func (w *world) countWishes(p *process) error {
	w.mu.Lock()
	put := w.asked
	w.mu.Unlock()
	if !put {
		return nil
	}
	_, _, err := asked(w.t.Context(), p, bridge.Keeper, emil)
	if errors.Is(err, errNotYet) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.guests[emil] && !w.denied {
			w.ledger.Unanswered(mia, "Emil")
		}
		return nil
	}
	return err
}

func (w *world) mutesTante() {
	w.insist("mutes Tante", func(ctx context.Context, p *process, who bridge.Actor) error {
		return p.relay.Mute(ctx, who, w.person(ctx, p, "Mia"), w.person(ctx, p, "Tante"), time.Time{})
	}, func() { w.ledger.Shut(tanteJID, mia) })
}

func (w *world) unmutesTante() {
	w.insist("unmutes Tante", func(ctx context.Context, p *process, who bridge.Actor) error {
		w.lookAtPhones()
		w.ledger.Opening(tanteJID, mia)
		return p.relay.Unmute(ctx, who, w.person(ctx, p, "Mia"), w.person(ctx, p, "Tante"))
	}, func() { w.ledger.Opened(tanteJID, mia) })
}

func (w *world) opensSport(long time.Duration) {
	w.insist("opens for Sport", func(ctx context.Context, p *process, who bridge.Actor) error {
		return p.relay.AllowFor(ctx, who, w.person(ctx, p, "Mia"), w.person(ctx, p, "Sport"), long)
	}, func() {})
}

func (w *world) closesSport() {
	w.insist("closes for Sport", func(ctx context.Context, p *process, who bridge.Actor) error {
		return p.relay.EndAllow(ctx, who, w.person(ctx, p, "Mia"), w.person(ctx, p, "Sport"))
	}, func() {})
}

// notConfirmed is what a text from a lost phone says.
const notConfirmed = "ikke bekreftet"

// toNoa are those who write to Noa.
var toNoa = []string{tanteJID, mosterJID}

func (w *world) loses() {
	w.insist("says that Noa's phone is lost", func(ctx context.Context, p *process, who bridge.Actor) error {
		return p.relay.LostPhone(ctx, who, w.person(ctx, p, "Noa"))
	}, func() {
		for _, from := range toNoa {
			w.ledger.Shut(from, noa)
		}
		w.ledger.MustSay(noa, notConfirmed)
		w.mu.Lock()
		w.lost = time.Now()
		w.mu.Unlock()
	})
}

// leaving is how long what the modem has begun with may take to leave.
const leaving = 2 * time.Minute

func (w *world) finds() {
	w.insist("says that Noa's phone is found", func(ctx context.Context, p *process, who bridge.Actor) error {
		w.mu.Lock()
		lost := w.lost
		w.mu.Unlock()
		if lost.IsZero() {
			return errNotYet
		}
		w.lookAtPhones()
		w.ledger.Lost(noa, lost.Add(leaving), time.Now(), "Mistet. Ring ")
		w.ledger.MustSay(noa, "")
		for _, from := range toNoa {
			w.ledger.Opening(from, noa)
		}
		return p.relay.Found(ctx, who, w.person(ctx, p, "Noa"))
	}, func() {
		for _, from := range toNoa {
			w.ledger.Opened(from, noa)
		}
	})
}

// correctsWith corrects a chat (XEP-0308) that was written, if it was.
func (w *world) correctsWith(name, child, old, text, id string) {
	if !w.wroteIt(name, old) {
		return
	}
	number := map[string]string{"mia": mia, "noa": noa}[child]
	called := map[string]string{"mia": "Mia", "noa": "Noa"}[child]
	w.tell(name, "corrects", old, "with", text)
	w.ledger.Wrote(Message{
		Name: id, From: name + "@" + w.server.domain, ID: id, Corrects: old, Loose: true,
		To: []Leg{{Address: number, Shown: "Tante: " + text, Called: called}},
	})
	w.chats(name, child, id, text, "<replace xmlns='urn:xmpp:message-correct:0' id='"+old+"'/><request xmlns='urn:xmpp:receipts'/>")
}

// retracts takes a chat back (XEP-0424) that was written, if it was.
func (w *world) retracts(name, child, old string) {
	if !w.wroteIt(name, old) {
		return
	}
	w.tell(name, "takes back", old)
	w.ledger.Retracted(old)
	c := chat{To: child + "@" + w.server.component, ID: "x" + old, Type: "chat"}
	c.XMLName.Local = "message"
	c.Inner = "<retract xmlns='urn:xmpp:message-retract:1' id='" + old + "'/><store xmlns='urn:xmpp:hints'/>"
	w.server.fromClient(w.people[name], c, "")
}

func (w *world) wroteIt(name, id string) bool {
	w.mu.Lock()
	_, wrote := w.wrote[id]
	w.mu.Unlock()
	return wrote && w.reachable(name)
}

// applies lets the keeper apply a document.
func (w *world) applies() {
	w.insist("has a document applied", func(ctx context.Context, p *process, _ bridge.Actor) error {
		f := household
		f.Contacts = slices.Clone(f.Contacts)
		for i, c := range f.Contacts {
			if c.Name == "Trener" {
				f.Contacts[i].Phone = trenerNew
			}
		}
		f.Contacts = append(f.Contacts, bridge.Contact{Name: "Nabo", JID: naboJID})
		f.Children = slices.Clone(f.Children)
		for i, c := range f.Children {
			if c.Name == "Mia" {
				f.Children[i].Allow = append(slices.Clone(c.Allow), bridge.Allow{Contact: "Nabo", Key: 4, ToChild: true, FromChild: true})
				f.Children[i].Allow[slices.IndexFunc(c.Allow, func(a bridge.Allow) bool { return a.Contact == "Trener" })].Key = 6
			}
		}
		checked, err := f.Check(numbers{})
		if err != nil {
			return err
		}
		w.lookAtPhones()
		w.ledger.Opening(naboJID, mia)
		w.ledger.Opening(trenerNew, mia)
		_, _, err = p.relay.ApplyFamily(ctx, checked)
		return err
	}, func() {
		w.ledger.Opened(naboJID, mia)
		w.ledger.Opened(trenerNew, mia)
		w.ledger.Moved(trener, mia)
		w.ledger.Shut(mia, trener)
		w.mu.Lock()
		w.applied = true
		w.mu.Unlock()
	})
}

var (
	yesNB    = regexp.MustCompile(`^Ja! Nå kan du skrive til (\S+)\. `)
	nobodyNB = regexp.MustCompile(`^Ingen har svart om (\S+) ennå`)
	herfraNB = regexp.MustCompile(`^Du kan ikke skrive til (\S+) herfra`)
	askedNB  = regexp.MustCompile(`^Mia spør om å få skrive til Emil`)
	noNB     = regexp.MustCompile(`^De voksne sa nei til (\S+)\. `)
	lostNB   = regexp.MustCompile(`^(\S+) har mistet telefonen sin\. `)
	errandNB = regexp.MustCompile(`^Jeg har spurt de voksne om |^Du kan allerede skrive til |^\S+ har lest en melding til deg |^\S+ vil at det skal være stille |^\S+ har skrudd på meldingene igjen|^\S+ har åpnet for |^\S+ har slått av det ekstra|^\d+ av \d+ SMS-er er brukt`)
	// aboutErrandsNB is what clients are told.
	aboutErrandsNB = regexp.MustCompile(`^\S+ har sluppet inn |^\S+ har sagt nei til |^\S+ spør om å få skrive til |^\S+ har meldt telefonen til |^\S+ sier at telefonen til |^Det skal være stille hos |^\S+ har mistet telefonen sin\. |^Meldingen var allerede gått til |^\S+ har fått meldingen\. En SMS kan ikke |^\S+ er \S+, som står på lista nå: |^\S+ har svart \+|^Noa har brukt \d+ av |^Du har sendt Noa så mange SMS-er |^Dagens SMS-er til Noa er brukt opp`)
)

// hearsOfErrands is hears for what Mia's and Noa's people are told.
func (w *world) hearsOfErrands(number, said string) (known bool) {
	w.ledger.Disclosed(number, said)
	switch {
	case yesNB.MatchString(said):
		w.ledger.HeardAnswer(number, yesNB.FindStringSubmatch(said)[1], true)
	case noNB.MatchString(said):
		w.ledger.HeardAnswer(number, noNB.FindStringSubmatch(said)[1], false)
	case nobodyNB.MatchString(said):
		w.ledger.HeardNothing(number, nobodyNB.FindStringSubmatch(said)[1])
	case herfraNB.MatchString(said):
		w.ledger.Failed(number, herfraNB.FindStringSubmatch(said)[1])
	case lostNB.MatchString(said):
		w.ledger.Failed(number, lostNB.FindStringSubmatch(said)[1])
	case !errandNB.MatchString(said) && !aboutErrandsNB.MatchString(said):
		return false
	}
	return true
}
