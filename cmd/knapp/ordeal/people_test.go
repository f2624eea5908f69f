package ordeal

import (
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"time"

	"knapp/modem/tpdu"
)

// What people do with their phones and clients.

var (
	doubtNB  = regexp.MustCompile(`^Det er ikke sikkert at (\S+) fikk meldingen din`)
	failedNB = regexp.MustCompile(`^(\S+) fikk ikke meldingen`)
	lateNB   = regexp.MustCompile(`^\((?:man|tir|ons|tor|fre|lør|søn|\d{1,2}\.\d{1,2}\.) \d\d\.\d\d\) `)
	aboutNB  = regexp.MustCompile(`^\S+ har en knappetelefon: |^Ukjent (?:nummer|adresse) |^En ukjent |^\d+ andre ukjente |^\S+ får ikke meldinger herfra nå|^Ingen har tatt nødmeldingen|^\S+ svarte \S+\.$|^Knapp kan ikke lagre noe|^Sendt til \S+, men ikke lagret: `)
	noticeNB = regexp.MustCompile(`^\S+ fikk ikke meldingen: |^Meldingen din til \S+ ventet for lenge`)
)

// onPhone is a text as a button phone shows it: what it cannot show became words.
func onPhone(text string) string { return strings.ReplaceAll(text, "😀", "(smil)") }

// undated takes away the time that stands before a text which came late.
func undated(text string) string { return lateNB.ReplaceAllString(text, "") }

// reads is what a person's client does with a stanza.
func (w *world) reads(a *account, c chat) {
	bare := a.name + "@" + w.server.domain
	switch {
	case c.Type == "error":
		w.tell(a.name, "is told that", c.ID, "will never be sent:", c.condition())
		w.ledger.Error(c.ID)
		w.mu.Lock()
		w.refused[c.ID] = true
		w.mu.Unlock()
	case c.Receipt.ID != "":
		w.tell(a.name, "gets a receipt for", c.Receipt.ID)
		w.lookAtPhones()
		w.ledger.Receipt(c.Receipt.ID)
	case doubtNB.MatchString(c.Body):
		w.tell(a.name, "reads", c.Body)
		w.ledger.Doubtful(bare, doubtNB.FindStringSubmatch(c.Body)[1])
		w.mu.Lock()
		w.doubted[a.name]++
		w.mu.Unlock()
	case noticeNB.MatchString(c.Body):
		// The error stanza in words, for whoever was offline when it came. It names no message, so the ledger
		// counts the error; a person who has read it writes anew, and does not repeat.
		w.tell(a.name, "reads", c.Body)
		w.mu.Lock()
		w.doubted[a.name]++
		w.mu.Unlock()
	case takenNB.MatchString(c.Body):
		w.tell(a.name, "reads", c.Body)
		w.ledger.Taken(liv, bare)
	case aboutNB.MatchString(c.Body), aboutErrandsNB.MatchString(c.Body):
		if askedNB.MatchString(c.Body) {
			w.mu.Lock()
			w.asked = true
			w.mu.Unlock()
		}
		w.ledger.Disclosed(bare, c.Body)
		w.tell(a.name, "reads", c.Body) // the gateway's own words, which owe nobody anything
	case c.Body != "":
		w.tell(a.name, "reads", c.Body, "under", c.ID)
		w.ledger.ClientShows(bare, c.ID, c.Body)
		h := fnv.New32()
		_, _ = h.Write([]byte(c.Body))
		if h.Sum32()%2 == 0 && a.name != "farmor" { // who never reads a chat
			receipt := chat{To: c.From, ID: "r" + c.ID, Inner: "<received xmlns='urn:xmpp:receipts' id='" + c.ID + "'/>"}
			receipt.XMLName.Local = "message"
			w.server.fromClient(a, receipt, "")
		}
	}
}

// writes lets a person write to a child. again is the same stanza once more.
func (w *world) writes(name, child, label, text, id string, again bool) {
	a := w.people[name]
	w.server.mu.Lock()
	can := w.server.up && a.there
	w.server.mu.Unlock()
	w.mu.Lock()
	if again {
		// Who was told of a failure, or of a doubt, and writes again means it: that is another message.
		then, wrote := w.wrote[id]
		can = can && wrote && then == w.doubted[name] && !w.refused[id]
	} else if can {
		w.wrote[id] = w.doubted[name]
	}
	w.mu.Unlock()
	if !can {
		return
	}
	number := map[string]string{"emma": emma, "jonas": jonas, "liv": liv, "mia": mia, "noa": noa}[child]
	called := map[string]string{"emma": "Emma", "jonas": "Jonas", "liv": "Liv", "mia": "Mia", "noa": "Noa"}[child]
	if again {
		w.ledger.Again(id)
	} else {
		w.ledger.Wrote(Message{
			Name: id, From: name + "@" + w.server.domain, ID: id,
			To: []Leg{{Address: number, Shown: label + ": " + onPhone(text), Called: called}},
		})
	}
	w.tell(name, "writes to", child, id, text, again)
	c := chat{To: child + "@" + w.server.component, ID: id, Type: "chat", Body: text}
	c.XMLName.Local = "message"
	c.Inner = "<body>" + text + "</body><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='" + id + "'/>"
	w.server.fromClient(a, c, "chat "+id)
}

// textsTo lets a phone text the gateway.
func (w *world) textsTo(number, prefix, text string, to []Leg) {
	p := w.phones[number]
	name, _, _ := strings.Cut(text, " ")
	w.tell("phone", number, "texts", prefix+text)
	if err := p.Send(gatewayNumber, prefix+text); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: name, From: number, To: to, At: time.Now()})
	if tpdu.Measure(prefix+text).Parts == 1 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.long = append(w.long, name)
	if w.unserved {
		w.ledger.Tearable(name)
	}
}

// unserve takes the network away for a time, or gives it back after that. What is longer than one part and was written before it
// is back may be torn, if that takes as long as the gateway waits for parts: the network had some of them.
func (w *world) unserve(stat int, lasts time.Duration) {
	w.modem.SetRegistration(stat, stat, stat)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unserved = stat != 1 && lasts > 8*time.Minute
	for _, name := range w.long {
		if w.unserved {
			w.ledger.Tearable(name)
		}
	}
}

// tears lets a phone text the gateway a long text of which the network loses a part.
func (w *world) tears(number, prefix, text string, ref uint16, lost int, to []Leg) {
	whole, err := tpdu.ParseAddress(gatewayNumber)
	if err != nil {
		w.t.Fatal(err)
	}
	parts, err := tpdu.Segment(whole, prefix+text, tpdu.Options{Reference: ref})
	if err != nil || len(parts) < 2 {
		w.t.Fatalf("%q has %d parts: %v", text, len(parts), err)
	}
	lost = 1 + lost%(len(parts)-1) // with the first its address would be lost, and the tag
	name, _, _ := strings.Cut(text, " ")
	w.tell("phone", number, "texts", prefix+text, "and part", lost+1, "of", len(parts), "is lost")
	if err := w.phones[number].SendTPDU(slices.Delete(parts, lost, lost+1)...); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: name, From: number, To: to, At: time.Now()})
	w.ledger.Torn(name + " ")
}

// intrudes lets somebody who is on no list write, by SMS and in a chat, to a child that there is or is not.
func (w *world) intrudes(local, text string) {
	w.ledger.Stranger(text)
	w.tell("a stranger writes", text, "to", local)
	_ = w.phones[stranger].Send(gatewayNumber, text) // it may be off
	c := chat{To: local + "@" + w.server.component, ID: "s" + text[:6], Type: "chat", Body: text}
	c.XMLName.Local = "message"
	c.Inner = "<body>" + text + "</body><request xmlns='urn:xmpp:receipts'/>"
	w.server.fromClient(w.people["eve"], c, "")
}
