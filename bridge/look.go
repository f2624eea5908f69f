package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"knapp/bridge/policy"
)

// What a guardian looks at: nothing here changes anything but the audit log.

// logStep is how many entries are read at once; Limit may ask for more.
const logStep = 1000

// maySee returns the children that somebody has a right for.
func (d *Directory) maySee(who Actor, right Right) []policy.Person {
	var out []policy.Person
	for _, child := range d.Children() {
		if d.May(who, right, child.ID) {
			out = append(out, child.ID)
		}
	}
	return out
}

// SearchLog returns what somebody may see of the log, newest first: its own children's entries and strangers', without
// what other guardians write with a child. Each has its reason in words of a language. It takes the right to See, and is
// written down once an hour for each child, which may ask who looked.
func (r *Relay) SearchLog(ctx context.Context, who Actor, language string, f LogFilter) ([]LogEntry, error) {
	return r.searchLog(ctx, who, See, language, f, func(tx Tx, d *Directory, child Person) error {
		return r.noteLooks(tx, d, who, child.Name, ReadLog)
	})
}

// ExportSearch is SearchLog for a file. It takes the right to Read; each is written down, and the children and the other
// guardians are told.
func (r *Relay) ExportSearch(ctx context.Context, who Actor, language string, f LogFilter) ([]LogEntry, error) {
	return r.searchLog(ctx, who, Read, language, f, func(tx Tx, d *Directory, child Person) error {
		return r.noteExport(tx, d, who, child)
	})
}

// Recent is SearchLog for figures that say how much was written since a time, and not to or from whom. It is not audited.
func (r *Relay) Recent(ctx context.Context, who Actor, since time.Time) ([]LogEntry, error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return nil, fmt.Errorf("bridge: read what is recent: %w", err)
	}
	if err := d.allow(who, See, 0); err != nil {
		return nil, err
	}
	return r.o.Store.LogFor(ctx, LogFilter{Viewer: who.Person, Children: d.maySee(who, See), Since: since, Limit: 1000})
}

func (r *Relay) searchLog(
	ctx context.Context, who Actor, right Right, language string, f LogFilter, note func(tx Tx, d *Directory, child Person) error,
) ([]LogEntry, error) {
	err := r.operate(ctx, "search the log", func(tx Tx, d *Directory) error {
		if err := d.allow(who, right, f.Child); err != nil {
			return err
		}
		f.Viewer, f.Children = who.Person, d.maySee(who, right)
		for _, id := range f.Children {
			if f.Child != 0 && f.Child != id {
				continue
			}
			child, _ := d.Person(id)
			if err := note(tx, d, child); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []LogEntry
	for want := f.Limit; want > 0; want -= f.Limit {
		f.Limit = min(want, logStep)
		entries, err := r.o.Store.LogFor(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("bridge: search the log: %w", err)
		}
		for _, e := range entries {
			e.Why = r.Why(e, language)
			all = append(all, e)
			f.Before = e.ID
		}
		if len(entries) < f.Limit {
			break
		}
	}
	return all, nil
}

// Emergencies returns the open emergencies of the children that somebody may see, without their texts.
func (r *Relay) Emergencies(ctx context.Context, who Actor) (list []Alarm, err error) {
	err = r.operate(ctx, "read emergencies", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		open, err := tx.OpenAlarms(0)
		for _, a := range open {
			if d.May(who, See, a.Child) {
				a.Text = ""
				list = append(list, a)
			}
		}
		return err
	})
	return list, err
}

// Answered returns the questions whose answer can still be taken back, to whoever may do so, the newest first.
func (r *Relay) Answered(ctx context.Context, who Actor) (list []Question, err error) {
	err = r.operate(ctx, "read answers", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		all, err := tx.AnsweredQuestions(r.o.Now().Add(-undoWithin))
		for _, q := range all {
			if d.mayFor(who, See, q.Child) {
				list = append(list, q)
			}
		}
		slices.Reverse(list)
		return err
	})
	return list, err
}
