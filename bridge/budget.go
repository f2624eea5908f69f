package bridge

import (
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// warnAt is the share of a budget, in percent, at which people are warned: there is still time to ring, or to give more.
const warnAt = 80

// warn tells a child and its guardians, once a day and once a month, that a budget comes to its end. It is asked about
// each message that costs something and passes.
func (r *Relay) warn(tx Tx, d *Directory, q policy.Request) error {
	child, _ := d.Person(q.Child)
	own, all := d.Rules.Limits(q.Child), d.Rules.Limits(0)
	today := r.today()
	for _, b := range []struct {
		who            Person
		period         int
		limit, reserve int
		spent          int
		guardians      words.Sentence
	}{
		{child, int(today), own.Day, own.Reserve, q.Spent.Day, words.DayNearlySpent},
		{child, int(today / 100), own.Month, own.Reserve, q.Spent.Month, words.MonthNearlySpent},
		{Person{}, int(today), all.Day, all.Reserve, q.Spent.GatewayDay, words.GatewayNearlySpent},
		{Person{}, int(today / 100), all.Month, all.Reserve, q.Spent.GatewayMonth, words.GatewayNearlySpent},
	} {
		most, spent := b.limit-b.reserve, b.spent+q.Parts
		if b.limit == 0 || spent*100 < most*warnAt {
			continue
		}
		first, err := tx.Warn(b.who.ID, b.period)
		if err != nil {
			return err
		}
		if !first {
			continue
		}
		if err := r.tellSpent(tx, d, b.who, b.guardians, spent, most); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relay) tellSpent(tx Tx, d *Directory, child Person, s words.Sentence, spent, most int) error {
	args := []any{spent, most}
	if child.ID != 0 {
		args = []any{child.Name, spent, most}
	}
	err := r.tellOwnGuardians(tx, d, child, func(language string) string { return words.Say(language, s, args...) })
	if err != nil || child.ID == 0 {
		return err
	}
	return r.tellChild(tx, child, words.ChildNearlySpent, spent, most)
}
