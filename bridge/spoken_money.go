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

var (
	noLimits    = regexp.MustCompile(`^(ingen|fri|none|off)$`)
	usualLimits = regexp.MustCompile(`^(vanlig|vanlige|usual|default)$`)
)

// readLimits changes limits by what was said, as in `dag 40 måned 600`; "" changes nothing, and 0 is no limit. ok is false
// for what is none.
func readLimits(l ChildLimits, text string) (ChildLimits, bool) {
	fields := strings.Fields(text)
	if len(fields) == 1 && noLimits.MatchString(Fold(fields[0])) {
		return ChildLimits{Day: NoLimit, Month: NoLimit, Contact: NoLimit}, true
	}
	if len(fields) == 1 && usualLimits.MatchString(Fold(fields[0])) {
		return ChildLimits{}, true
	}
	if len(fields)%2 != 0 {
		return l, false
	}
	for i := 0; i < len(fields); i += 2 {
		n, err := strconv.Atoi(strings.Trim(fields[i+1], ".,;"))
		if err != nil || n < 0 {
			return l, false
		}
		if n == 0 {
			n = NoLimit
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
	if rest != "" {
		l, ok, err := saidLimits(tx, child, rest)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", refuse(words.WhichLimits)
		}
		if err := r.SetLimits(ctx, who, child.ID, l); err != nil {
			return "", err
		}
		if d, err = tx.Directory(); err != nil {
			return "", err
		}
	}
	spent, err := tx.Spent(child.ID, 0, r.today())
	if err != nil {
		return "", err
	}
	l := d.Rules.Limits(child.ID)
	return words.Say(language, words.LimitsAre, child.Name, spent.Day, bound(language, l.Day), spent.Month, bound(language, l.Month),
		bound(language, l.Contact), l.Reserve), nil
}

// saidLimits returns a child's limits as what was said changes them. ok is false for what cannot be.
func saidLimits(tx Tx, child Person, rest string) (l ChildLimits, ok bool, err error) {
	f, err := tx.Family()
	if err != nil {
		return l, false, err
	}
	for _, k := range f.Children {
		if k.Name == child.Name {
			l = k.Limits
		}
	}
	l, ok = readLimits(l, rest)
	var c checker
	c.limits("limits", l.Row())
	return l, ok && len(c.problems) == 0, nil
}

// bound writes a limit; 0 is none.
func bound(language string, n int) string {
	if n == 0 {
		return words.Say(language, words.NoLimit)
	}
	return strconv.Itoa(n)
}
