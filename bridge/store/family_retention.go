package store

import (
	"knapp/bridge"
	"knapp/bridge/policy"
)

// documentRetention writes into a document for how long things are kept, where it is not as usual.
func documentRetention(each eachFunc, f *bridge.Family, names map[policy.Person]string) error {
	children := map[string]*bridge.RetentionDays{}
	for i := range f.Children {
		children[f.Children[i].Name] = &f.Children[i].Retention
	}
	return each("read retentions", `SELECT child, what, days FROM retention`, nil, func(scan scanner) error {
		var child policy.Person
		var what string
		var days int
		if err := scan(&child, &what, &days); err != nil {
			return err
		}
		into := children[names[child]]
		if child == 0 {
			into = &f.Retention
		}
		if into != nil { // else of a child that is archived
			into.Set(bridge.Retained(what), days)
		}
		return nil
	})
}

// setRetention makes for how long things are kept equal to the document, and notes what changed. What was agreed on
// about a child that is archived stays, as its history does.
func (a *application) setRetention(f bridge.Family) error {
	var before bridge.Family
	living := map[policy.Person]string{}
	for _, p := range a.living {
		living[p.ID] = p.Name
		if p.Kind == bridge.KindChild {
			before.Children = append(before.Children, bridge.Child{Name: p.Name})
		}
	}
	if err := documentRetention(a.each, &before, living); err != nil {
		return err
	}
	if before.Retention != f.Retention {
		a.changes = append(a.changes, bridge.Change{
			What: "change", Kind: "family", Name: "all", Note: "kept: " + before.Retention.String() + " → " + f.Retention.String(),
		})
	}
	was := map[policy.Person]bridge.RetentionDays{}
	for id, name := range living {
		for _, k := range before.Children {
			if k.Name == name {
				was[id] = k.Retention
			}
		}
	}
	for _, w := range a.wanted {
		if w.child != nil && w.child.Retention != was[w.ID] {
			a.noteChange(w, "kept: %s → %s", was[w.ID], w.child.Retention)
		}
	}
	_, err := a.exec("set retentions", `DELETE FROM retention WHERE child NOT IN (SELECT id FROM person WHERE archived_at IS NOT NULL)`)
	if err != nil {
		return err
	}
	if err := a.writeRetention(0, f.Retention); err != nil {
		return err
	}
	for _, k := range f.Children {
		if err := a.writeRetention(a.ids[bridge.Fold(k.Name)], k.Retention); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) writeRetention(child policy.Person, days bridge.RetentionDays) error {
	for _, what := range bridge.AllRetained {
		if n := days.Of(what); n != 0 {
			if err := a.SetRetention(child, what, n); err != nil {
				return err
			}
		}
	}
	return nil
}
