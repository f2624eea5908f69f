package bridge

import (
	"fmt"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// command does what a child's text asks the gateway itself for.
func (r *Relay) command(tx Tx, d *Directory, child Person, m Message, in Intent) error {
	if in.Kind == RingHelpline {
		return r.ringHelpline(tx, child, m, in)
	}
	if in.Kind == Mute {
		return r.childMutes(tx, d, child, m, in)
	}
	if in.Kind == AskFor {
		return r.askForContact(tx, d, child, m, in.Number, in.Name)
	}
	id, err := r.logCommand(tx, m)
	if err != nil {
		return err
	}
	language := r.languageOf(child)
	switch in.Kind {
	case AskWhoIsOn:
		return r.whoIsOn(tx, d, child, id, in)
	case ShowKeys, ShowWho:
		text, err := r.reachable(tx, d, child)
		if err != nil {
			return err
		}
		return r.answer(tx, child, id, words.Joined, text, words.Say(language, words.ZeroIsAll))
	case ShowRules:
		text, err := r.rulesFor(tx, d, child)
		if err != nil {
			return err
		}
		return r.answer(tx, child, id, words.Sentence{Bokmål: "%s", English: "%s"}, text)
	default:
		return fmt.Errorf("intent %d has no answer", in.Kind)
	}
}

// whoIsOn answers `2`.
func (r *Relay) whoIsOn(tx Tx, d *Directory, child Person, id MessageID, in Intent) error {
	other, there := d.Person(in.To)
	if !there {
		return r.answer(tx, child, id, words.NobodyOnKey, in.Key)
	}
	v, err := r.decide(tx, d, child.ID, in.To, policy.FromChild, about{})
	if err != nil {
		return err
	}
	if v.Action != policy.Deliver {
		return r.answer(tx, child, id, words.OnKeyNotNow, in.Key, other.Name)
	}
	return r.answer(tx, child, id, words.OnKey, in.Key, other.Name, in.Key)
}

// reachable says whom a child can write to now, and whom later.
func (r *Relay) reachable(tx Tx, d *Directory, child Person) (string, error) {
	language := r.languageOf(child)
	var now []Addressed
	var later []string
	for _, a := range r.mayWriteTo(d, child) {
		v, err := r.decide(tx, d, child.ID, a.To, policy.FromChild, about{})
		if err != nil {
			return "", err
		}
		if v.Action == policy.Deliver {
			now = append(now, a)
			continue
		}
		name := r.choices(d, child, []Addressed{a})
		if !v.Until.IsZero() {
			name = words.Say(language, words.FromTime, name, r.when(language, v.Until))
		}
		later = append(later, name)
	}
	said := []string{words.Say(language, words.YouCanWriteTo, r.choices(d, child, now))}
	if len(later) > 0 {
		said = append(said, words.Say(language, words.NotNow, strings.Join(later, ", ")))
	}
	if !r.connected.Load() {
		said = append(said, words.Say(language, words.ChatIsDown))
	}
	return strings.Join(said, " "), nil
}

// when writes a time as a child reads it: the clock, with the day when it is not today's.
func (r *Relay) when(language string, t time.Time) string {
	t, now := r.wall(t), r.wall(r.o.Now())
	if DayOf(t) == DayOf(now) {
		return words.Clock(language, t)
	}
	return words.Day(language, t) + " " + words.Clock(language, t)
}

// rulesFor says what is allowed now, what is left, what is kept and who has looked.
func (r *Relay) rulesFor(tx Tx, d *Directory, child Person) (string, error) {
	language, now := r.languageOf(child), r.o.Now()
	var said []string
	if r.clockSet() {
		mode := words.Say(language, modeWords[d.Rules.Mode(child.ID, now)])
		if next, _, changes := d.Rules.NextMode(child.ID, now); changes {
			said = append(said, words.Say(language, words.NowModeUntil, mode, r.when(language, next)))
		} else {
			said = append(said, words.Say(language, words.NowMode, mode))
		}
	}
	who, err := r.reachable(tx, d, child)
	if err != nil {
		return "", err
	}
	said = append(said, who)
	left, err := r.left(tx, d, child, language)
	if err != nil {
		return "", err
	}
	days, err := tx.Retention(child.ID, KeepMetadata)
	if err != nil {
		return "", err
	}
	looked, err := r.whoLooked(tx, child, language)
	if err != nil {
		return "", err
	}
	said = append(said, left...)
	if d.CodeWord != "" {
		said = append(said, words.Say(language, words.CodeWordRule))
	}
	return strings.Join(append(said, words.Say(language, words.KeptAboutYou, days), looked), " "), nil
}

const (
	looksShown = 3                   // of the last readings
	looksSince = 30 * 24 * time.Hour // how far back a child is told of them
)

// whoLooked says who has read in what is kept about a child.
func (r *Relay) whoLooked(tx Tx, child Person, language string) (string, error) {
	looks, err := tx.LastLooks(child.ID, r.o.Now().Add(-looksSince), looksShown)
	if err != nil {
		return "", err
	}
	if len(looks) == 0 {
		return words.Say(language, words.NobodyHasLooked), nil
	}
	list := make([]string, len(looks))
	for i, look := range looks {
		if look.Name == "" {
			look.Name = words.Say(language, words.KeeperOfTheBox)
		}
		list[i] = look.Name + " " + r.when(language, look.At)
	}
	return words.Say(language, words.LookedAtIt, strings.Join(list, ", ")), nil
}

// left says how many SMS parts a child has left, where there is a limit: today's, and the month's when those are fewer.
// What is kept for its guardians is not its own.
func (r *Relay) left(tx Tx, d *Directory, child Person, language string) ([]string, error) {
	limits := d.Rules.Limits(child.ID)
	if limits.Day == 0 && limits.Month == 0 {
		return nil, nil
	}
	spent, err := tx.Spent(child.ID, 0, r.today())
	if err != nil {
		return nil, err
	}
	today, month := max(limits.Day-limits.Reserve-spent.Day, 0), max(limits.Month-limits.Reserve-spent.Month, 0)
	if limits.Day == 0 || limits.Month > 0 && month < today {
		return []string{words.Say(language, words.LeftThisMonth, month)}, nil
	}
	return []string{words.Say(language, words.LeftToday, today)}, nil
}

var modeWords = map[policy.Mode]words.Sentence{
	policy.Home: words.ModeHome, policy.School: words.ModeSchool, policy.Sleep: words.ModeSleep, policy.Holidays: words.ModeHolidays,
}

// ringHelpline tells a child to ring, and relays nothing. The log's entry names no child, has no length, and goes with its answer; the log
// does not show it meanwhile.
func (r *Relay) ringHelpline(tx Tx, child Person, m Message, in Intent) error {
	counted := "helpline " + child.Phone // by itself, so that nobody hears of it who is told how often a child asks
	given, err := tx.Answered(counted, r.o.Now().Add(-time.Hour))
	if err != nil || given >= 2*answersPerHour { // a machine: a child has read it long before
		return err
	}
	if err := tx.AddAnswered(counted, r.o.Now()); err != nil {
		return err
	}
	id, err := tx.AddMessage(Message{
		At: m.At, Direction: policy.FromChild, Verdict: policy.Verdict{Action: policy.Refuse, Reason: policy.Helpline},
	})
	if err != nil {
		return err
	}
	s := words.RingHelpline
	if in.Text != "" { // it may have been a text to somebody: then the child must know that nobody got it
		s = words.RingNotSent
	}
	return r.say(tx, child, id, words.Say(r.languageOf(child), s, in.Number))
}
