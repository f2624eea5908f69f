package bridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Status is how the gateway stands, as far as somebody may see it.
type Status struct {
	Network     Network // how it stands with the mobile network
	Chat        bool    // the stream to the chat server is open
	WaitingSMS  int     // to be sent, of the whole family
	WaitingChat int
	Questions   int     // that somebody may answer
	Alarms      []Alarm // that nobody has taken, without their texts
	Children    []Reach
	Drills      map[policy.Person]time.Time // of each child, the last drill; zero for none
	Stops       []StopLine                  // that nobody has released
	Budgets     []Budget                    // of each child, then (Child 0) the gateway's
}

// Budget is what was spent of what may be, in SMS parts; a limit of 0 is none.
type Budget struct {
	Child      policy.Person // 0 is the whole gateway
	Name       string        // "" is the whole gateway
	Day, Month int           // spent
	Limits     policy.Limits
}

// Status tells how the gateway stands: the family's traffic in figures, and what is open about the children of whoever
// asks. It takes the right to See.
func (r *Relay) Status(ctx context.Context, who Actor) (s Status, err error) {
	err = r.operate(ctx, "status", func(tx Tx, d *Directory) error {
		s, err = r.statusOf(ctx, tx, d, who)
		return err
	})
	return s, err
}

func (r *Relay) statusOf(ctx context.Context, tx Tx, d *Directory, who Actor) (Status, error) {
	s := Status{Network: Network(r.sight.network.Load()), Chat: r.connected.Load(), Drills: map[policy.Person]time.Time{}}
	if err := d.allow(who, See, 0); err != nil {
		return Status{}, err
	}
	var err error
	if s.WaitingSMS, s.WaitingChat, err = r.o.Store.Waiting(ctx); err != nil {
		return s, err
	}
	questions, err := r.questionsFor(tx, d, who)
	if err != nil {
		return s, err
	}
	s.Questions, s.Children = len(questions), r.reachOf(d, who)
	for _, child := range s.Children {
		open, err := tx.OpenAlarms(child.Child)
		if err != nil {
			return s, err
		}
		for _, a := range open {
			a.Text = ""
			s.Alarms = append(s.Alarms, a)
		}
		if s.Drills[child.Child], err = tx.LastDrill(child.Child); err != nil {
			return s, err
		}
	}
	if s.Stops, err = stopsFor(tx, d, who); err != nil {
		return s, err
	}
	s.Budgets, err = r.budgetsFor(tx, d, who, s.Children)
	return s, err
}

// stopsFor returns what is stopped of the children that somebody may see.
func stopsFor(tx Tx, d *Directory, who Actor) (list []StopLine, err error) {
	all, err := tx.Stops()
	for _, stop := range all {
		if _, there := d.Person(stop.Child); there && d.May(who, See, stop.Child) {
			list = append(list, stop)
		}
	}
	return list, err
}

// budgetsFor returns the budgets of some children, and the gateway's.
func (r *Relay) budgetsFor(tx Tx, d *Directory, who Actor, children []Reach) ([]Budget, error) {
	var list []Budget
	for _, child := range append(slices.Clone(children), Reach{}) {
		spent, err := tx.Spent(child.Child, 0, r.today())
		if err != nil {
			return nil, err
		}
		b := Budget{Child: child.Child, Name: child.Name, Day: spent.Day, Month: spent.Month, Limits: d.Rules.Limits(child.Child)}
		if child.Child == 0 {
			b.Day, b.Month = spent.GatewayDay, spent.GatewayMonth
		}
		list = append(list, b)
	}
	return list, nil
}

// statusInWords says how the gateway is: facts are what the modems say.
func (r *Relay) statusInWords(ctx context.Context, tx Tx, d *Directory, who Actor, language, facts string) (string, error) {
	s, err := r.statusOf(ctx, tx, d, who)
	if err != nil {
		return "", err
	}
	var lines []string
	say := func(s words.Sentence, args ...any) { lines = append(lines, words.Say(language, s, args...)) }
	if facts != "" {
		lines = append(lines, facts)
	}
	if trouble, is := r.trouble(); is {
		say(trouble)
	}
	if !s.Chat {
		say(words.StatusNoChat)
	}
	if s.WaitingSMS+s.WaitingChat > 0 {
		say(words.StatusWaiting, s.WaitingSMS, s.WaitingChat)
	}
	if s.Questions > 0 {
		say(words.QuestionsWait, s.Questions)
	}
	for _, a := range s.Alarms {
		child, _ := d.Person(a.Child)
		what := words.StatusAlarm
		if a.Drill {
			what = words.StatusDrill
		}
		say(what, child.Name, words.Date(language, r.wall(a.At)), words.Clock(language, r.wall(a.At)))
	}
	for _, stop := range s.Stops {
		child, _ := d.Person(stop.Child)
		other, known := d.Person(stop.Other)
		if !known {
			other.Name = GatewayName
		}
		say(words.StatusStopped, child.Name, other.Name)
	}
	reach, err := r.whoFor(d, who, language)
	if err != nil {
		return "", err
	}
	lines = append(lines, reach)
	for _, child := range s.Children {
		if at := s.Drills[child.Child]; at.IsZero() {
			say(words.StatusNeverDrilled, child.Name)
		} else {
			say(words.StatusLastDrill, child.Name, words.Date(language, r.wall(at)))
		}
	}
	return strings.Join(lines, "\n"), nil
}
