package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"knapp/bridge/policy"
)

// What a guardian looks at: nothing here changes anything but the audit log.

const (
	logStep     = 1000  // entries that are read at once
	logSpan     = 10000 // entries that one search looks back over, so that none takes long
	trafficSpan = 10000 // entries that are counted at most
	// clockSlack is how much older than its neighbours an entry may say that it is: clocks are put right.
	clockSlack = 24 * time.Hour
)

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
// what other guardians write with a child. Each has its reason in words of a language. It looks back over no more than
// logSpan entries at once, whatever is asked for; More is where to go on. It takes the right to See, and is written down
// once an hour for each child, which may ask who looked.
func (r *Relay) SearchLog(ctx context.Context, who Actor, language string, f LogFilter) (page LogPage, err error) {
	err = r.mayRead(ctx, who, See, &f, func(tx Tx, d *Directory, child Person) error {
		return r.noteLooks(tx, d, who, child.Name, ReadLog)
	})
	if err != nil {
		return LogPage{}, err
	}
	var looked time.Time
	if f.From, looked, err = r.o.Store.LogFloor(ctx, f.Before, logSpan); err != nil {
		return LogPage{}, fmt.Errorf("bridge: search the log: %w", err)
	}
	wanted := min(max(f.Limit, 1), logStep-1)
	f.Limit = wanted + 1
	if page.Entries, err = r.readLog(ctx, language, f); err != nil {
		return LogPage{}, err
	}
	switch {
	case len(page.Entries) > wanted:
		page.Entries = page.Entries[:wanted]
		page.More = page.Entries[wanted-1].ID
	case f.From != 0 && !looked.Before(f.Since.Add(-clockSlack)):
		page.More, page.Looked = f.From, looked
	}
	return page, nil
}

// ExportSearch is all of what SearchLog finds, up to a limit, for a file. It takes the right to Read; each is written
// down, and the children and the other guardians are told.
func (r *Relay) ExportSearch(ctx context.Context, who Actor, language string, f LogFilter) (all []LogEntry, err error) {
	err = r.mayRead(ctx, who, Read, &f, func(tx Tx, d *Directory, child Person) error {
		return r.noteExport(tx, d, who, child)
	})
	for want := f.Limit; err == nil && want > 0; want -= f.Limit {
		f.Limit = min(want, logStep)
		var entries []LogEntry
		if entries, err = r.readLog(ctx, language, f); err != nil {
			break
		}
		all = append(all, entries...)
		if len(entries) < f.Limit {
			break
		}
		f.Before = entries[len(entries)-1].ID
	}
	return all, err
}

// DailyTraffic counts, for each of a number of days up to today, what somebody may see of the log, the oldest first; days
// of which the entries are too many to be counted are left out. It takes the right to See. It is not audited, for it says
// how much and not to or from whom, unless a filter asks for one person.
func (r *Relay) DailyTraffic(ctx context.Context, who Actor, f LogFilter, days int) ([]Traffic, error) {
	note := func(Tx, *Directory, Person) error { return nil }
	if f.Person != "" {
		note = func(tx Tx, d *Directory, child Person) error { return r.noteLooks(tx, d, who, child.Name, ReadLog) }
	}
	if err := r.mayRead(ctx, who, See, &f, note); err != nil {
		return nil, err
	}
	var looked time.Time
	var err error
	if f.From, looked, err = r.o.Store.LogFloor(ctx, 0, trafficSpan); err != nil {
		return nil, fmt.Errorf("bridge: count the log: %w", err)
	}
	today := r.wall(r.o.Now())
	midnight := func(back int) time.Time {
		return time.Date(today.Year(), today.Month(), today.Day()-back, 0, 0, 0, 0, today.Location())
	}
	back := min(max(days, 1), 366) - 1
	for f.From != 0 && back > 0 && !looked.Before(midnight(back)) {
		back--
	}
	f.Since = midnight(back)
	counted, err := r.o.Store.Traffic(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("bridge: count the log: %w", err)
	}
	out := make([]Traffic, back+1)
	for i := range out {
		out[i].At = midnight(back - i)
	}
	for _, c := range counted {
		for i := back; i >= 0; i-- {
			if !c.At.Before(out[i].At) {
				out[i].FromChild += c.FromChild
				out[i].ToChild += c.ToChild
				out[i].Trouble += c.Trouble
				break
			}
		}
	}
	return out, nil
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

// mayRead says in a filter what somebody may see by a right, and notes the reading for each child that it is about.
func (r *Relay) mayRead(ctx context.Context, who Actor, right Right, f *LogFilter, note func(tx Tx, d *Directory, child Person) error) error {
	return r.operate(ctx, "search the log", func(tx Tx, d *Directory) error {
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
}

// readLog returns entries with their reasons in words.
func (r *Relay) readLog(ctx context.Context, language string, f LogFilter) ([]LogEntry, error) {
	entries, err := r.o.Store.LogFor(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("bridge: search the log: %w", err)
	}
	for i, e := range entries {
		entries[i].Why = r.Why(e, language)
	}
	return entries, nil
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
