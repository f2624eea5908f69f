package bridge

import (
	"strconv"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// childMutes silences a contact for a child that asks for it, until the child writes there again. Who looks after the
// child cannot be silenced. The guardians see that somebody is muted, and are told no more: a child may have reasons.
func (r *Relay) childMutes(tx Tx, d *Directory, child Person, m Message, in Intent) error {
	id, err := r.logCommand(tx, m)
	if err != nil {
		return err
	}
	other, there := d.Person(in.To)
	if !there {
		return r.answer(tx, child, id, words.NobodyOnKey, in.Key)
	}
	rule, _ := d.Rules.Rule(child.ID, other.ID)
	if rule.Emergency || d.Rules.IsGuardian(child.ID, other.ID) {
		return r.answer(tx, child, id, words.CannotSilence, other.Name)
	}
	if err := tx.SetMute(policy.Mute{Child: child.ID, Other: other.ID, ByChild: true}); err != nil {
		return err
	}
	name := other.Name + ":"
	if rule.Key != 0 {
		name = strconv.Itoa(rule.Key)
	}
	return r.answer(tx, child, id, words.SilencedByYou, other.Name, name+" hei")
}

// hearAgain ends the silence of a contact to whom the child writes, and says so. id is the log's entry of the text.
func (r *Relay) hearAgain(tx Tx, d *Directory, child, other Person, id MessageID) error {
	if d.Rules.IsGuardian(child.ID, other.ID) {
		return nil
	}
	v, err := r.decide(tx, d, child.ID, other.ID, policy.ToChild, about{})
	if err != nil || v.Reason != policy.MutedByChild {
		return err
	}
	if err := tx.EndMute(child.ID, other.ID, true); err != nil {
		return err
	}
	return r.answer(tx, child, id, words.HeardAgain, other.Name)
}
