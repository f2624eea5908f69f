package bridge

import (
	"knapp/bridge/words"
)

// answeredAll tells the other guardians of a child, once for each text of the child's that went to all of them, that
// one of them has answered: not what. It costs nobody an SMS: whoever has only a phone hears of it in an emergency
// alone, from takeAlarm.
func (r *Relay) answeredAll(tx Tx, d *Directory, child, by Person) error {
	if by.Kind != KindGuardian || !d.Rules.IsGuardian(child.ID, by.ID) {
		return nil
	}
	var others []Person
	for _, g := range d.Guardians(child.ID) {
		if g.ID != by.ID && g.JID != "" {
			others = append(others, g)
		}
	}
	if len(others) == 0 {
		return nil
	}
	now := r.o.Now()
	asked, at, err := tx.LastToAll(child.ID, now.Add(-ConversationWindow))
	if err != nil || asked == 0 {
		return err
	}
	told, err := tx.Lately("answered", child.ID, by.ID, now)
	if err != nil || !told.Before(at) {
		return err
	}
	m, err := tx.Message(asked)
	if err != nil {
		return err
	}
	for _, g := range others {
		if err := r.notice(tx, child, g, m, words.Say(r.languageOf(g), words.GuardianAnswered, by.Name, child.Name)); err != nil {
			return err
		}
	}
	return nil
}
