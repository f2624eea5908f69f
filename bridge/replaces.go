package bridge

import (
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// takeReplacing takes a text that stands in the place of an earlier one of its sender's (23.040 §9.2.3.9, PID 0x41–47).
// Of an earlier one that has not left nothing is sent; what has left cannot be taken back, and the new one says so.
func (r *Relay) takeReplacing(tx Tx, in SMS, text string, parts int) error {
	old, err := tx.Replaceable(in.Replaces)
	if err != nil {
		return err
	}
	if old != 0 {
		relayed, err := r.supersede(tx, old)
		if err != nil {
			return err
		}
		if relayed {
			if text, err = r.markReplaced(tx, in, text); err != nil {
				return err
			}
		}
	}
	if err := r.takeText(tx, in, text, parts); err != nil {
		return err
	}
	if g, ok := tx.(*givenTx); ok && g.logged != 0 {
		return tx.SetReplaceable(in.Replaces, g.logged)
	}
	return nil
}

// supersede ends what still waits of a message, and tells whether some of it had left.
func (r *Relay) supersede(tx Tx, old MessageID) (relayed bool, err error) {
	if was, err := r.withdrawHeld(tx, old); err != nil || was {
		return false, err
	}
	m, err := tx.Message(old)
	if err != nil {
		return false, err
	}
	waiting, err := tx.UndecidedOf(m.Child)
	if err != nil {
		return false, err
	}
	for _, u := range waiting {
		if u.Message == old {
			if _, err := r.takeUndecided(tx, u); err != nil {
				return false, err
			}
			return false, r.takenBack(tx, m)
		}
	}
	if m.Verdict.Action != policy.Deliver || m.Verdict.Reason == policy.Command {
		return false, nil
	}
	legs, err := tx.LegsOf(old)
	if err != nil {
		return false, err
	}
	ended, err := r.endQueued(tx, old)
	if err != nil || ended == 0 || ended < len(legs) {
		return true, err
	}
	if err := tx.DropUnseenMessage(old); err != nil {
		return false, err
	}
	return false, r.takenBack(tx, m)
}

// endQueued ends the legs of a message of which nothing has left, and counts them. Its sender is told nothing: it is
// what the sender wants.
func (r *Relay) endQueued(tx Tx, id MessageID) (ended int, err error) {
	const why = "replaced by its sender"
	queued, err := tx.QueuedLegs()
	if err != nil {
		return 0, err
	}
	for _, leg := range queued {
		switch {
		case leg.Message != id || leg.Own:
			continue
		case leg.SMS:
			_, err = tx.FinishSMS(leg.Leg, Failed, why, r.o.Now())
		case r.connected.Load(): // it may be on its way already
			continue
		default:
			err = tx.FinishStanza(leg.Leg, Failed, why, r.o.Now())
		}
		if err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

func (r *Relay) takenBack(tx Tx, m Message) error {
	return tx.SetVerdict(m.ID, policy.Verdict{Action: policy.Refuse, Reason: policy.TakenBack}, m.Parts)
}

// markReplaced marks a text that people read. What the gateway itself is told stays as it is.
func (r *Relay) markReplaced(tx Tx, in SMS, text string) (string, error) {
	d, err := tx.Directory()
	if err != nil {
		return "", err
	}
	sender, _ := d.ByPhone(in.From)
	if sender.Kind == KindChild {
		if d.Read(sender.ID, text, Talk{Language: r.languageOf(sender), Country: r.o.Country}).Kind != Plain {
			return text, nil
		}
	}
	if text == "" || saysTake(text) {
		return text, nil
	}
	return r.beside(words.Replaced, text), nil
}

// logNotice logs what says that a mailbox holds something (23.038 §4): it is for the SIM's owner, who is nobody.
func (r *Relay) logNotice(tx Tx, in SMS) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	m := Message{
		At: in.At, Written: in.Written, Modem: in.Modem, Direction: policy.ToChild, Address: string(in.From),
		Length: utf8.RuneCountInString(in.Text), Parts: 1,
		Verdict: policy.Verdict{Action: policy.Refuse, Reason: policy.NotText},
	}
	if sender, known := d.ByPhone(in.From); known && sender.Kind == KindChild {
		m.Address, m.Child, m.Direction = "", sender.ID, policy.FromChild
	} else if known {
		m.Address, m.Other = "", sender.ID
	}
	r.o.Log.Info("a notice of waiting messages was taken, for nobody", "modem", in.Modem, "from", in.From)
	_, err = tx.AddMessage(m)
	return err
}
