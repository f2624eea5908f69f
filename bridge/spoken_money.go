package bridge

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// obeyRelease lets a child and somebody write to each other again: the one named, or the only one there is.
func (r *Relay) obeyRelease(ctx context.Context, d *Directory, who Actor, child Person, rest string, say sayFunc) (string, error) {
	stopped := d.stoppedWith(child.ID)
	other, rest, named := takeName(rest, stopped)
	switch {
	case len(stopped) == 0:
		return "", refuse(words.NothingIsStopped, child.Name)
	case !named && len(stopped) == 1 && rest == "":
		other = stopped[0]
	case !named:
		names := make([]string, len(stopped))
		for i, p := range stopped {
			names[i] = p.Name
		}
		return "", refuse(words.WhichOfThem, strings.Join(names, ", "))
	}
	return say(words.YouReleased, child.Name, other.Name), r.Release(ctx, who, child.ID, other.ID)
}

// stoppedWith returns with whom a loop or a storm was stopped: the gateway itself has no ID.
func (d *Directory) stoppedWith(child policy.Person) []Person {
	var out []Person
	for _, id := range d.Rules.Stopped(child) {
		if id == 0 {
			out = append(out, Person{Name: GatewayName})
		} else if p, ok := d.Person(id); ok {
			out = append(out, p)
		}
	}
	return out
}

// stopChoices are the stops that somebody may release, as the menu offers them.
func (d *Directory) stopChoices(who Actor) []Choice {
	var out []Choice
	for _, child := range d.Children() {
		if !d.May(who, Approve, child.ID) {
			continue
		}
		for _, p := range d.stoppedWith(child.ID) {
			out = append(out, Choice{child.Name + " " + p.Name, child.Name + " – " + p.Name})
		}
	}
	return out
}

// limitNames are the limits as they are said, folded.
var limitNames = map[string]string{
	"dag": askDay, "dagen": askDay, "day": askDay, "maned": askMonth, "maneden": askMonth, "month": askMonth,
	"kontakt": askContact, "contact": askContact, "reserve": askReserve,
}

var noLimits = regexp.MustCompile(`^(ingen|fri|none|off)$`)

// readLimits changes limits by what was said, as in `dag 40 måned 600`; "" changes nothing. ok is false for what is none.
func readLimits(l ChildLimits, text string) (ChildLimits, bool) {
	fields := strings.Fields(text)
	if len(fields) == 1 && noLimits.MatchString(Fold(fields[0])) {
		return ChildLimits{}, true
	}
	if len(fields)%2 != 0 {
		return l, false
	}
	for i := 0; i < len(fields); i += 2 {
		n, err := strconv.Atoi(strings.Trim(fields[i+1], ".,;"))
		if err != nil {
			return l, false
		}
		switch limitNames[onlyWords(fields[i])] {
		case askDay:
			l.Day = n
		case askMonth:
			l.Month = n
		case askContact:
			l.Contact = n
		case askReserve:
			l.Reserve = n
		default:
			return l, false
		}
	}
	return l, true
}

// obeyLimits tells a child's limits and what is spent of them, or sets them.
func (r *Relay) obeyLimits(ctx context.Context, tx Tx, d *Directory, who Actor, child Person, rest, language string) (string, error) {
	p := d.Rules.Limits(child.ID)
	was := ChildLimits{Day: p.Day, Month: p.Month, Contact: p.Contact, Reserve: p.Reserve}
	l, ok := readLimits(was, rest)
	if !ok || (limitsOutOfBounds(l) && rest != "") {
		return "", refuse(words.WhichLimits)
	}
	if rest != "" {
		if err := r.SetLimits(ctx, who, child.ID, l); err != nil {
			return "", err
		}
	}
	spent, err := tx.Spent(child.ID, 0, r.today())
	if err != nil {
		return "", err
	}
	bound := func(n int) string {
		if n == 0 {
			return words.Say(language, words.NoLimit)
		}
		return strconv.Itoa(n)
	}
	return words.Say(language, words.LimitsAre, child.Name, spent.Day, bound(l.Day), spent.Month, bound(l.Month), bound(l.Contact), l.Reserve), nil
}

func limitsOutOfBounds(l ChildLimits) bool {
	var c checker
	c.limits("limits", l.Policy())
	return len(c.problems) > 0
}
