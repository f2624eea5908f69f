package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// What strangers can cause is bounded, whatever they do.
const (
	askedByName     = 10  // questions about strangers that are open at once and were put to the guardians; more are counted
	mostQuestions   = 200 // open at once; what is beyond is only logged
	wishesPerChild  = 5   // that a child may have open at once
	heldPerQuestion = 10  // messages; the rest is only counted
	mostKnocks      = 300 // chats of strangers that nobody has sorted yet
	longestKnock    = 2000
)

const (
	knockDelay   = 2 * time.Second    // chats of strangers are sorted together, so long after
	digestEvery  = 6 * time.Hour      // how often the guardians are told how many more there are
	wishWaits    = 24 * time.Hour     // then a child hears that nobody has answered
	undoWithin   = 24 * time.Hour     // an answer can be taken back
	questionKept = 7 * 24 * time.Hour // then nobody has answered (promise 7: as long as its texts)
)

// takeStranger asks the guardians about an SMS from a number that nobody knows, and holds it. The sender is told
// nothing, whatever becomes of it.
func (r *Relay) takeStranger(tx Tx, d *Directory, m Message, text string, data bool) error {
	m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.Stranger}
	blocked, err := tx.Blocked(m.Address, 0)
	if err != nil {
		return err
	}
	if blocked || data {
		if blocked {
			m.Verdict.Reason = policy.Blocked
		}
		_, err := tx.AddMessage(m)
		return err
	}
	if taken, err := r.takeCodeWord(tx, d, m, text); err != nil || taken {
		return err
	}
	q, err := r.openQuestion(tx, d, Question{Kind: StrangerSMS, Address: m.Address, Length: m.Length})
	if err != nil {
		return err
	}
	return r.holdFor(tx, d, q, m, text)
}

// holdFor logs a stranger's message and holds it for a question, unless that has enough.
func (r *Relay) holdFor(tx Tx, d *Directory, q Question, m Message, text string) error {
	kept := q.ID != 0 && q.Count <= heldPerQuestion && text != ""
	if kept {
		m.Verdict.Action = policy.Ask
	}
	id, err := tx.AddMessage(m)
	if err != nil || !kept {
		return err
	}
	return r.hold(tx, d, Held{
		Message: id, Child: m.Child, Other: m.Other, Direction: m.Direction, Address: m.Address, Modem: m.Modem,
		Text: text, Question: q.ID,
	})
}

// knock keeps what a stranger wrote to an address until sortKnocks looks whether there is a child. It is done for real
// and for invented addresses alike, so that the time of the answer tells nothing.
func (r *Relay) knock(tx Tx, c Chat, id MessageID) error {
	text := c.Body
	if runes := []rune(text); len(runes) > longestKnock {
		text = string(runes[:longestKnock]) + "…"
	}
	err := tx.AddKnock(Knock{
		Message: id, From: c.From, Localpart: c.To, Resource: c.Resource, StanzaID: c.ID, Receipt: c.Receipt, Text: text, At: c.At,
	}, mostKnocks)
	r.afterCommit(tx, r.approvals.knocked.up)
	return err
}

// sortKnocks asks the guardians about the chats that strangers wrote to real children, and forgets the others.
func (r *Relay) sortKnocks(ctx context.Context) error {
	err := r.do(ctx, func(tx Tx) error {
		knocks, err := tx.Knocks()
		if err != nil || len(knocks) == 0 {
			return err
		}
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		for _, k := range knocks {
			if err := r.sortKnock(tx, d, k); err != nil {
				return err
			}
			if err := tx.DropKnock(k.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bridge: sort what strangers wrote: %w", err)
	}
	return nil
}

func (r *Relay) sortKnock(tx Tx, d *Directory, k Knock) error {
	child, exists := d.Child(k.Localpart)
	sender, _ := d.ByJID(k.From)
	if !exists || strings.TrimSpace(k.Text) == "" || d.Sees(sender.ID, child.ID) {
		return nil
	}
	m := Message{
		At: k.At, Direction: policy.ToChild, Child: child.ID, Other: sender.ID, Modem: r.o.Modems[0],
		Length: utf8.RuneCountInString(k.Text), StanzaID: k.StanzaID, Receipt: k.Receipt, Resource: k.Resource,
		Verdict: policy.Verdict{Action: policy.Refuse, Reason: policy.Stranger},
	}
	if sender.ID == 0 {
		m.Address = string(k.From)
	}
	if blocked, err := tx.Blocked(string(k.From), child.ID); err != nil || blocked {
		return err
	}
	q, err := r.openQuestion(tx, d, Question{Kind: StrangerChat, Address: string(k.From), Child: child.ID, Length: m.Length})
	if err != nil {
		return err
	}
	if again, err := r.isHeld(tx, q, k.Text); err != nil || again {
		return err // a client that was refused tries again under the same id
	}
	return r.holdFor(tx, d, q, m, k.Text)
}

// isHeld tells whether a text waits for a question already.
func (r *Relay) isHeld(tx Tx, q Question, text string) (bool, error) {
	if q.ID == 0 {
		return false, nil
	}
	held, err := tx.HeldFor(q.ID)
	if err != nil {
		return false, err
	}
	for _, h := range held {
		if h.Text == text {
			return true, nil
		}
	}
	return false, nil
}

// askForContact asks the guardians for somebody whom a child wants to write to: `SPØR 91234567 Emma fotball`. m is
// the log entry to be written; number is any way to write one, or a JID. What the child hears at once is said here.
func (r *Relay) askForContact(tx Tx, d *Directory, child Person, m Message, number, name string) error {
	m.Child, m.Direction = child.ID, policy.FromChild
	m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.ChildAsks}
	phone, err := r.o.Addresses.Phone(number)
	if err != nil {
		id, err := tx.AddMessage(m)
		if err != nil {
			return err
		}
		return r.answer(tx, child, id, words.WishNoNumber)
	}
	answer, args := words.WishAsked, []any{orNumber(name, string(phone))}
	known, _ := d.ByPhone(phone)
	if rule, listed := d.Rules.Rule(child.ID, known.ID); known.ID != 0 && (listed && rule.FromChild || d.Rules.IsGuardian(child.ID, known.ID)) {
		answer, args = words.WishKnown, []any{known.Name}
	} else {
		q, err := r.openQuestion(tx, d, Question{Kind: ChildsWish, Address: string(phone), Child: child.ID, Name: name})
		if err != nil {
			return err
		}
		if q.ID == 0 {
			answer, args = words.WishTooMany, nil
		} else {
			m.Verdict.Action = policy.Deliver // to the guardians: what waits is the question
		}
	}
	id, err := tx.AddMessage(m)
	if err != nil {
		return err
	}
	return r.answer(tx, child, id, answer, args...)
}

func orNumber(name, number string) string {
	if name == "" {
		return number
	}
	return name
}

// openQuestion opens a question, or counts up the one that is open about the same address. Its ID is 0 when there are too many.
func (r *Relay) openQuestion(tx Tx, d *Directory, q Question) (Question, error) {
	now := r.o.Now()
	open, err := tx.OpenQuestion(q.Kind, q.Address, q.Child)
	if err == nil {
		open.Count++
		open.Latest, open.Length = now, q.Length
		if q.Name != "" {
			open.Name = q.Name
		}
		return open, tx.SaveQuestion(open)
	}
	if !errors.Is(err, ErrNotFound) {
		return Question{}, err
	}
	all, err := tx.OpenQuestions()
	if err != nil {
		return Question{}, err
	}
	told, wishes := 0, 0
	for _, other := range all {
		switch {
		case other.Kind == ChildsWish && other.Child == q.Child:
			wishes++
		case other.Kind != ChildsWish && other.Told:
			told++
		}
	}
	wish := q.Kind == ChildsWish
	if wish && wishes >= wishesPerChild || !wish && len(all) >= mostQuestions {
		return Question{}, nil
	}
	if q.Code, err = r.freeCode(tx, all); err != nil {
		return Question{}, err
	}
	q.Opened, q.Latest, q.Count, q.State = now, now, 1, QuestionOpen
	q.Told = wish || told < askedByName
	if q.ID, err = tx.AddQuestion(q); err != nil {
		return Question{}, err
	}
	r.afterCommit(tx, r.approvals.due.up)
	if !q.Told {
		return q, nil
	}
	return q, r.askGuardians(tx, d, q)
}

// codeLetters leaves out what is taken for a digit or for another letter.
const codeLetters = "KABCDEFGHJLMNPRSTUVWX"

// freeCode returns a code that no question has which can still be answered or undone.
func (r *Relay) freeCode(tx Tx, open []Question) (string, error) {
	recent, err := tx.AnsweredQuestions(r.o.Now().Add(-questionKept))
	if err != nil {
		return "", err
	}
	pending, err := tx.OpenPending()
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, q := range append(recent, open...) {
		taken[q.Code] = true
	}
	for _, p := range pending {
		taken[p.Code] = true
	}
	borrowed, err := tx.Borrowed()
	if err != nil {
		return "", err
	}
	for _, b := range borrowed {
		taken[b.Code] = true
	}
	for n := 0; ; n++ {
		code := fmt.Sprintf("%c%d", codeLetters[n%len(codeLetters)], 2+n/len(codeLetters))
		if !taken[code] {
			return code, nil
		}
	}
}

// askGuardians puts a question to everybody who may answer it, at once: with the number, the count and the length, and
// never with the text.
func (r *Relay) askGuardians(tx Tx, d *Directory, q Question) error {
	return r.informGuardians(tx, d, q.Child, Approve, 0, func(g Person, language string) string {
		child, _ := d.Person(q.Child)
		switch q.Kind {
		case ChildsWish:
			return words.Say(language, words.QuestionWish, child.Name, orNumber(q.Name, q.Address), q.Address, q.Code)
		case StrangerChat:
			return words.Say(language, words.QuestionChat, q.Address, child.Name, q.Length, q.Code)
		default:
			names := d.namesOfWards(g.ID)
			return words.Say(language, words.QuestionSMS, q.Address, q.Length, q.Code, names[0])
		}
	})
}

// namesOfWards returns the names of the children that a person is a guardian of; for nobody else's guardian too, since
// a sentence needs one, of all children.
func (d *Directory) namesOfWards(guardian policy.Person) []string {
	var own, all []string
	for _, child := range d.Children() {
		all = append(all, child.Name)
		if d.Rules.IsGuardian(child.ID, guardian) {
			own = append(own, child.Name)
		}
	}
	if len(own) == 0 {
		own = all
	}
	if len(own) == 0 {
		own = []string{"?"}
	}
	return own
}

// informGuardians writes to every guardian who has a right for a child, or (0) for any child, in a chat from the
// gateway's own address; but not to one of them. Guardians without an address read it in the console.
func (r *Relay) informGuardians(tx Tx, d *Directory, child policy.Person, right Right, but policy.Person, say func(g Person, language string) string) error {
	var about MessageID
	for _, g := range d.guardiansOfAll() {
		who := Actor{Person: g.ID, Via: ViaXMPP}
		if g.ID == but || g.JID == "" || !d.mayFor(who, right, child) {
			continue
		}
		if about == 0 {
			var err error
			m := Message{At: r.o.Now(), Direction: policy.FromChild, Child: child, Verdict: own}
			if about, err = tx.AddMessage(m); err != nil {
				return err
			}
		}
		if err := r.sayToGuardian(tx, about, g, say(g, r.languageOf(g))); err != nil {
			return err
		}
	}
	return nil
}

// sayToGuardian writes one chat from the gateway's own address.
func (r *Relay) sayToGuardian(tx Tx, about MessageID, g Person, text string) error {
	return r.addStanza(tx, about, own, Stanza{
		Kind: ChatStanza, To: string(g.JID), Body: text, Delay: r.o.Now(), Language: r.languageOf(g),
	})
}

// mayFor is May, where child 0 means any child that the actor is a guardian of.
func (d *Directory) mayFor(who Actor, right Right, child policy.Person) bool {
	if child != 0 || who.Person == 0 {
		return d.May(who, right, child)
	}
	for _, k := range d.Children() {
		if d.May(who, right, k.ID) {
			return true
		}
	}
	return false
}

// tellChild sends the gateway's own words to a child, about nothing that it has just written.
func (r *Relay) tellChild(tx Tx, child Person, s words.Sentence, args ...any) error {
	id, err := tx.AddMessage(Message{At: r.o.Now(), Direction: policy.ToChild, Child: child.ID, Verdict: own})
	if err != nil {
		return err
	}
	return r.tell(tx, child, id, s, args...)
}
