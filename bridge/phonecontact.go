package bridge

import (
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// fromPhoneContact relays the text of a guardian or contact who wrote from a phone. Who may write to several
// children names one first; else it is the child of the open conversation.
func (r *Relay) fromPhoneContact(tx Tx, d *Directory, sender Person, m Message, text string) error {
	var may []Person
	for _, child := range d.Children() {
		if d.Rules.Listed(child.ID, sender.ID, policy.ToChild) {
			may = append(may, child)
		}
	}
	child, text, err := r.childMeant(tx, may, sender, m.At, text)
	if err != nil {
		return err
	}
	meant := child.ID
	if saysTake(text) { // said to the gateway, whichever child the sender last wrote to
		meant = 0
	}
	swallow, err := r.answersAlarm(tx, d, sender, meant, text, "sms", writtenAt(m))
	if err != nil {
		return err
	}
	if swallow {
		m.Child = child.ID
		_, err := r.logCommand(tx, m)
		return err
	}
	if child.ID == 0 {
		return r.askWhichChild(tx, sender, m, may)
	}
	m.Child = child.ID
	if isBlank(text) {
		text = r.beside(words.EmptyText)
	}
	return r.toChild(tx, d, child, sender, m, text)
}

// childMeant picks the child that a phone contact's text is for, and takes its name off the text.
func (r *Relay) childMeant(tx Tx, may []Person, sender Person, now time.Time, text string) (Person, string, error) {
	before, after, colon := strings.Cut(text, ":")
	if colon {
		for _, child := range may {
			if Fold(child.Name) == Fold(before) {
				return child, strings.TrimSpace(after), nil
			}
		}
	}
	if len(may) == 1 {
		return may[0], text, nil
	}
	var talking []Person
	for _, child := range may {
		other, err := tx.LastExchange(child.ID, now.Add(-ConversationWindow))
		if err != nil {
			return Person{}, "", err
		}
		if other == sender.ID {
			talking = append(talking, child)
		}
	}
	if len(talking) == 1 {
		return talking[0], text, nil
	}
	return Person{}, text, nil
}

// askWhichChild answers a phone contact whose text names no child. Who may write to none hears nothing: it is
// refused like a stranger's.
func (r *Relay) askWhichChild(tx Tx, sender Person, m Message, may []Person) error {
	m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.NotOnList}
	id, err := tx.AddMessage(m)
	if err != nil || len(may) == 0 {
		return err
	}
	names := make([]string, len(may))
	for i, child := range may {
		names[i] = child.Name
	}
	slices.Sort(names)
	return r.answer(tx, sender, id, words.NameTheChild, strings.Join(names, ", "))
}
