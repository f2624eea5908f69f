package bridge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

const (
	// drillLasts is how long a drill waits for somebody to take it, and for the phones' reports.
	drillLasts = 15 * time.Minute
	// drillEvery is how often the chain should be proved.
	drillEvery = 31 * 24 * time.Hour
)

// StartDrill tests a child's alarm: everybody who would be told of an emergency is told of a drill, once, by every way,
// and after 15 minutes its guardians read who answered and what arrived where.
func (r *Relay) StartDrill(ctx context.Context, who Actor, child policy.Person) error {
	err := r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		return r.startDrill(tx, d, who, child)
	})
	if err != nil {
		return fmt.Errorf("bridge: drill: %w", err)
	}
	return nil
}

func (r *Relay) startDrill(tx Tx, d *Directory, who Actor, child policy.Person) error {
	if err := d.allow(who, Hurry, child); err != nil {
		return err
	}
	k, ok := d.Person(child)
	if !ok || k.Kind != KindChild {
		return fmt.Errorf("no such child: %w", ErrNotFound)
	}
	open, err := tx.OpenAlarms(child)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return refuse(words.AlarmIsOpen, k.Name)
	}
	now := r.o.Now()
	id, err := tx.AddMessage(Message{At: now, Direction: policy.FromChild, Child: child, Emergency: true, Verdict: own})
	if err != nil {
		return err
	}
	a := Alarm{Child: child, Message: id, At: now, Drill: true}
	if a.ID, err = tx.AddAlarm(a); err != nil {
		return err
	}
	if err := r.audit(tx, who, "drill", child, 0, ""); err != nil {
		return err
	}
	if err := r.alert(tx, d, k, &a, id); err != nil {
		return err
	}
	return r.tell(tx, k, id, words.DrillToChild)
}

// takeDrill notes the first who answers, and thanks with the time that it took; the result follows.
func (r *Relay) takeDrill(tx Tx, child, by Person, a Alarm) error {
	if err := tx.SaveAlarm(a); err != nil {
		return err
	}
	return r.sayTo(tx, child, by, a.Message, r.drillTaken(r.languageOf(by), by, a))
}

func (r *Relay) drillTaken(language string, by Person, a Alarm) string {
	return words.Say(language, words.DrillTaken, by.Name, via(language, a.Via), int(a.TakenAt.Sub(a.At).Seconds()))
}

// endDrill tells the guardians what came of a drill, person by person and way by way.
func (r *Relay) endDrill(tx Tx, d *Directory, child Person, a Alarm) error {
	a.Due = time.Time{}
	if a.TakenAt.IsZero() {
		a.TakenAt = r.o.Now() // over, taken by nobody
	}
	if err := tx.SaveAlarm(a); err != nil {
		return err
	}
	fates, err := tx.LegsOf(a.Message)
	if err != nil {
		return err
	}
	for _, g := range d.Guardians(child.ID) {
		language := r.languageOf(g)
		result := words.Say(language, words.DrillNobody)
		if by, ok := d.Person(a.Taken); ok {
			result = r.drillTaken(language, by, a)
		}
		var lines []string
		for _, p := range d.helpers(child.ID) {
			lines = append(lines, words.Say(language, words.DrillLine, p.Name,
				fateIn(language, fates, false, string(p.JID)), fateIn(language, fates, true, string(p.Phone))))
		}
		text := words.Say(language, words.DrillResult, child.Name, result, strings.Join(lines, "\n"))
		if g.JID == "" {
			text = strings.Join(strings.Fields(words.Say(language, words.DrillResult, child.Name, result, "")), " ")
		}
		if err := r.sayTo(tx, child, g, a.Message, text); err != nil {
			return err
		}
	}
	return nil
}

// fateIn words what became of the first leg to an address: that is the alert itself.
func fateIn(language string, fates []LegFate, sms bool, to string) string {
	if to == "" {
		return words.Say(language, words.DrillNone)
	}
	for _, f := range fates {
		if f.SMS != sms || f.To != to {
			continue
		}
		switch f.State {
		case Queued:
			return words.Say(language, words.DrillQueued)
		case Sent:
			return words.Say(language, words.DrillSent)
		case Delivered:
			return words.Say(language, words.DrillDelivered)
		case Failed:
			return words.Say(language, words.DrillFailed)
		}
	}
	return words.Say(language, words.DrillUnknown)
}

// RemindOfDrills asks the owners to test the alarm of each child whose chain was not proved for a month. It asks once
// a month.
func (r *Relay) RemindOfDrills(ctx context.Context) error {
	err := r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		now := r.o.Now()
		for _, child := range d.Children() {
			due, err := tx.DrillDue(child.ID, now, drillEvery)
			if err != nil {
				return err
			}
			if !due {
				continue
			}
			for _, g := range d.Guardians(child.ID) {
				if g.Role != RoleOwner || g.JID == "" {
					continue
				}
				s := Stanza{
					Kind: ChatStanza, To: string(g.JID), Delay: now, Language: r.languageOf(g),
					Body: words.Say(r.languageOf(g), words.DrillIsDue, child.Name),
				}
				id, err := tx.AddMessage(Message{At: now, Direction: policy.FromChild, Length: len([]rune(s.Body)), Verdict: own})
				if err != nil {
					return err
				}
				if err := r.addStanza(tx, id, own, s); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bridge: remind of drills: %w", err)
	}
	return nil
}
