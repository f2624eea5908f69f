package bridge

import (
	"context"
	"errors"
	"fmt"

	"knapp/bridge/policy"
)

// TakeRetraction takes a contact's wish to unsay a chat (XEP-0424). What has been decided about a text stands: nothing
// is taken back, and no SMS tells of the wish (promise 6).
func (r *Relay) TakeRetraction(_ context.Context, from JID, _, _ string) error {
	r.o.Log.Info("a contact takes a text back; it was relayed already", "from", from)
	return nil
}

// refuseAttachment answers a chat that is a picture or a file and nothing else: a button phone shows none, and its
// address is no text. Nothing is sent to the child.
func (r *Relay) refuseAttachment(ctx context.Context, c Chat) error {
	err := r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		sender, _ := d.ByJID(c.From)
		child, _ := d.Child(c.To)
		m := Message{
			At: c.At, Written: c.Written, Direction: policy.ToChild, Modem: r.o.Modems[0],
			StanzaID: c.ID, Receipt: c.Receipt, Resource: c.Resource,
		}
		if !d.Sees(sender.ID, child.ID) {
			return r.refuseStranger(tx, d, c, m, sender)
		}
		m.Child, m.Other = child.ID, sender.ID
		m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.NotText}
		id, err := r.addChat(tx, c, m)
		if err != nil {
			return err
		}
		return r.answerError(tx, id, child.Localpart, addressOf(c), c.ID, Stanza{Condition: "not-acceptable"})
	})
	if err != nil && !errors.Is(err, errDuplicate) {
		return fmt.Errorf("bridge: take an attachment: %w", err)
	}
	return nil
}

// Commands returns what a person may command (XEP-0050): nobody anything.
func (r *Relay) Commands(context.Context, JID) ([]Command, error) { return nil, nil }

// Execute does a command, or asks for what it needs. It is called only for a node that Commands listed for the
// same person.
func (r *Relay) Execute(context.Context, JID, string, map[string]string, string) (CommandResult, error) {
	return CommandResult{}, ErrNoCommand
}

// PresenceFor tells what a viewer sees of a child (RFC 6121 §4.7): everybody the same, that there is nothing to say.
func (r *Relay) PresenceFor(context.Context, string, JID) (show, status string) { return "", "" }

// Introductions returns whom the gateway should bring into whose roster. Nobody: what was asked and refused before
// is not kept, and nobody is asked twice.
func (r *Relay) Introductions(context.Context) ([]Introduction, error) { return nil, nil }

// Introduced records what became of an introduction.
func (r *Relay) Introduced(context.Context, Subscription, IntroductionState) error { return nil }
