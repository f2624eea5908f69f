package bridge

import (
	"context"
	"slices"
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// SetTimetable sets hours that rules can name. was is the name until now, "" for new ones; lists that name it go on
// naming it. The children on whose lists it is are told, and the other guardians. It takes the right to Arrange for each
// of them.
func (r *Relay) SetTimetable(ctx context.Context, who Actor, was string, t Timetable) error {
	return r.operate(ctx, "set a timetable", func(tx Tx, d *Directory) error {
		f, children, err := r.timetableFor(tx, d, who, was)
		if err != nil {
			return err
		}
		if t, err = normalTimetable(t); err != nil {
			return err
		}
		i := f.timetable(was)
		if was != "" && i < 0 {
			return refuse(words.HoursAreGone, short(was))
		}
		if other := f.timetable(t.Name); other >= 0 && other != i {
			return refuse(words.HoursAreThere, f.Timetables[other].Name)
		}
		if i >= 0 && f.Timetables[i].Name == t.Name && slices.Equal(f.Timetables[i].Windows, t.Windows) {
			return nil
		}
		now, err := r.editFamily(tx, func(f *Family) error {
			if i < 0 {
				f.Timetables = append(f.Timetables, t)
				return nil
			}
			f.rename(f.Timetables[i].Name, t.Name)
			f.Timetables[i] = t
			return nil
		})
		if err != nil {
			return err
		}
		after, err := tx.Family()
		if err != nil {
			return err
		}
		for _, k := range children {
			if err := d.stayOpen(now, who, k, f, after); err != nil {
				return err
			}
		}
		return r.tellTimetable(tx, now, who, t, children)
	})
}

// tellTimetable writes down that hours were set, and tells the children that they concern and the other guardians.
func (r *Relay) tellTimetable(tx Tx, d *Directory, who Actor, t Timetable, children []Person) error {
	parts := make([]string, len(t.Windows))
	for i, h := range t.Windows {
		parts[i] = h.Days + " " + h.From + "–" + h.To
	}
	if err := r.audit(tx, who, "set_timetable", 0, 0, t.Name+": "+strings.Join(parts, "; ")); err != nil {
		return err
	}
	for _, k := range children {
		language := r.languageOf(k)
		for i, h := range t.Windows {
			parts[i] = hoursInShort(language, h)
		}
		text := strings.Join(parts, ", ")
		if len([]rune(text)) > shortWeek {
			text = words.Say(language, words.WeekInRules)
		}
		if err := r.tellChild(tx, k, words.HoursChanged, r.whoDid(d, who), t.Name, text); err != nil {
			return err
		}
	}
	return r.informOfHours(tx, d, who, t.Name, children)
}

// informOfHours tells the other guardians of the children that hours concern, each once.
func (r *Relay) informOfHours(tx Tx, d *Directory, who Actor, name string, children []Person) error {
	told := map[policy.Person]bool{who.Person: true}
	for _, k := range children {
		for _, g := range d.Guardians(k.ID) {
			if told[g.ID] || g.JID == "" {
				continue
			}
			told[g.ID] = true
			about, err := tx.AddMessage(Message{At: r.o.Now(), Direction: policy.FromChild, Child: k.ID, Verdict: own})
			if err != nil {
				return err
			}
			if err := r.sayToGuardian(tx, about, g, words.Say(r.languageOf(g), words.GuardianSetHours, r.whoDid(d, who), name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveTimetable takes away hours that no rule names any more. It takes the right to Arrange.
func (r *Relay) RemoveTimetable(ctx context.Context, who Actor, name string) error {
	return r.operate(ctx, "remove a timetable", func(tx Tx, d *Directory) error {
		f, children, err := r.timetableFor(tx, d, who, name)
		if err != nil {
			return err
		}
		i := f.timetable(name)
		if i < 0 {
			return refuse(words.HoursAreGone, short(name))
		}
		if len(children) > 0 {
			return refuse(words.HoursAreUsed, f.Timetables[i].Name, strings.Join(f.users(name), ", "))
		}
		if _, err := r.editFamily(tx, func(f *Family) error {
			f.Timetables = slices.Delete(f.Timetables, i, i+1)
			return nil
		}); err != nil {
			return err
		}
		return r.audit(tx, who, "remove_timetable", 0, 0, f.Timetables[i].Name)
	})
}

// timetableFor returns the family and the children on whose lists a timetable is, when the actor arranges for all of
// them.
func (r *Relay) timetableFor(tx Tx, d *Directory, who Actor, name string) (f Family, children []Person, err error) {
	if err := d.allow(who, Arrange, 0); err != nil {
		return f, nil, err
	}
	if f, err = tx.Family(); err != nil || name == "" {
		return f, nil, err
	}
	for _, user := range f.users(name) {
		k, _ := d.Named(user)
		if !d.May(who, Arrange, k.ID) {
			return f, nil, refuse(words.NotYoursForAll)
		}
		children = append(children, k)
	}
	return f, children, nil
}

// timetable returns where the timetable of a name stands, or -1.
func (f Family) timetable(name string) int {
	return slices.IndexFunc(f.Timetables, func(t Timetable) bool { return name != "" && Fold(t.Name) == Fold(name) })
}

// rename has every list that names a timetable name it by another name.
func (f *Family) rename(was, name string) {
	for i := range f.Children {
		for j := range f.Children[i].Allow {
			a := &f.Children[i].Allow[j]
			if !namesHours(a.When, was) {
				continue
			}
			var names []string
			for word := range strings.SplitSeq(a.When, ",") {
				if word = strings.TrimSpace(word); Fold(word) == Fold(was) {
					word = name
				}
				names = append(names, word)
			}
			a.When = strings.Join(names, ", ")
		}
	}
}

// normalTimetable returns a timetable in its normal form, or a Refusal.
func normalTimetable(t Timetable) (Timetable, error) {
	t.Name = strings.Join(strings.Fields(t.Name), " ")
	folded := Fold(t.Name)
	switch {
	case !legible(t.Name) || len([]rune(t.Name)) > MaxName || strings.Contains(t.Name, ","):
		return t, refuse(words.NoNameOfHours, MaxName)
	case folded == policy.Always || isMode(folded):
		return t, refuse(words.NameMeansAMode, t.Name)
	case len(t.Windows) == 0:
		return t, refuse(words.HoursNeverOpen, t.Name)
	case len(t.Windows) > mostHours:
		return t, refuse(words.TooManyHours)
	}
	t.Windows = slices.Clone(t.Windows)
	for i, h := range t.Windows {
		var err error
		if t.Windows[i], err = normalHours(h); err != nil {
			return t, err
		}
	}
	return t, nil
}
