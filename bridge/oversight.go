package bridge

import (
	"context"
	"sort"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// lookedAgain is how long one look at a log counts: whoever leafs through it looks once.
const lookedAgain = time.Hour

// Log returns what an actor may see of the log, newest first, each entry with its reason in words. What other
// guardians and a child write to each other is not among it (promise 7). It is written down, once an hour.
func (r *Relay) Log(ctx context.Context, who Actor, q LogQuery) (entries []LogEntry, err error) {
	err = r.operate(ctx, "read the log", func(tx Tx, d *Directory) error {
		if entries, err = r.logFor(ctx, d, who, See, q); err != nil {
			return err
		}
		return r.noteLooks(tx, d, who, q.Child, ReadLog)
	})
	return entries, err
}

// noteExport writes down that a child's log was taken along, and tells the child and the other guardians.
func (r *Relay) noteExport(tx Tx, d *Directory, who Actor, child Person) error {
	if err := r.audit(tx, who, ExportLog, child.ID, 0, ""); err != nil {
		return err
	}
	err := r.informGuardians(tx, d, child.ID, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianExported, r.whoDid(d, who), child.Name)
	})
	if err != nil {
		return err
	}
	return r.tellChild(tx, child, words.LogWasRead, r.whoDid(d, who))
}

// logFor reads the log of one child, or of every child that the actor has a right for; the keeper's is all of it.
func (r *Relay) logFor(ctx context.Context, d *Directory, who Actor, right Right, q LogQuery) ([]LogEntry, error) {
	if err := d.allow(who, right, 0); err != nil {
		return nil, err
	}
	names := []string{q.Child}
	switch {
	case who.Person == 0:
	case q.Child != "":
		if _, err := d.child(who, right, q.Child); err != nil {
			return nil, err
		}
	default:
		names = nil
		for _, child := range d.Children() {
			if d.May(who, right, child.ID) {
				names = append(names, child.Name)
			}
		}
	}
	var all []LogEntry
	for _, name := range names {
		q.Child = name
		entries, err := r.o.Store.Log(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			other, _ := d.Named(e.Other)
			if who.Person != 0 && other.Kind == KindGuardian && other.ID != who.Person {
				continue
			}
			e.Why = r.Why(e, r.o.Language)
			all = append(all, e)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].ID > all[j].ID })
	return all[:min(len(all), max(q.Limit, 1))], nil
}

// noteLooks writes down that somebody looked at what concerns one child, or every child that it may look at.
func (r *Relay) noteLooks(tx Tx, d *Directory, who Actor, name, what string) error {
	by := ""
	if p, ok := d.Person(who.Person); ok {
		by = p.Name
	}
	for _, child := range d.Children() {
		if !d.May(who, See, child.ID) || name != "" && Fold(child.Name) != Fold(name) {
			continue
		}
		looks, err := tx.LastLooks(child.ID, r.o.Now().Add(-lookedAgain), 100)
		if err != nil {
			return err
		}
		again := false
		for _, l := range looks {
			again = again || l.What == what && l.Name == by
		}
		if again {
			continue
		}
		if err := r.audit(tx, who, what, child.ID, 0, ""); err != nil {
			return err
		}
	}
	return nil
}

// ReadAuditLog returns who did, read or changed what: for the keeper all of it, for a guardian what concerns its
// children, and for an owner what belongs to no child as well. It is itself written down.
func (r *Relay) ReadAuditLog(ctx context.Context, who Actor, q AuditQuery) (lines []AuditLine, err error) {
	err = r.operate(ctx, "read the audit log", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		names, every := []string{q.Child}, q.Child == ""
		if q.Child != "" || who.Person != 0 {
			names = nil
			for _, child := range d.Children() {
				if d.May(who, See, child.ID) && (q.Child == "" || Fold(child.Name) == Fold(q.Child)) {
					names = append(names, child.Name)
				}
			}
		}
		for _, name := range names {
			q.Child = name
			some, err := r.o.Store.Audit(ctx, q)
			if err != nil {
				return err
			}
			lines = append(lines, some...)
		}
		if every && d.May(who, Govern, 0) && who.Person != 0 {
			some, err := r.o.Store.Audit(ctx, AuditQuery{Before: q.Before, Limit: q.Limit, Nobody: true})
			if err != nil {
				return err
			}
			lines = append(lines, some...)
		}
		sort.SliceStable(lines, func(i, j int) bool { return lines[i].ID > lines[j].ID })
		lines = lines[:min(len(lines), max(q.Limit, 1))]
		name := q.Child
		if len(names) != 1 {
			name = ""
		}
		return r.noteLooks(tx, d, who, name, ReadAudit)
	})
	return lines, err
}

// WhoIsReachable tells how the children can be reached that an actor may see.
func (r *Relay) WhoIsReachable(ctx context.Context, who Actor) (list []Reach, err error) {
	err = r.operate(ctx, "who is reachable", func(_ Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		list = r.reachOf(d, who)
		return nil
	})
	return list, err
}

// Why words the reason of a log entry.
func (r *Relay) Why(e LogEntry, language string) string {
	s, ok := map[policy.Reason]words.Sentence{
		policy.Gateway: words.WhyGateway, policy.NotText: words.WhyNotText, policy.Unreadable: words.WhyUnreadable,
		policy.TooLong: words.WhyTooLong, policy.Blocked: words.WhyBlocked, policy.ChildAsks: words.WhyChildAsks,
		policy.Helpline: words.WhyHelpline, policy.Command: words.WhyCommand, policy.Expired: words.WhyExpired,
		policy.TakenBack: words.WhyTakenBack, policy.Stranger: words.WhyStranger,
		policy.ByCodeWord: words.WhyCodeWord,
	}[e.Reason]
	if ok {
		return words.Say(language, s)
	}
	return r.whyIn(language, policy.Verdict{Action: policy.ParseAction(e.Verdict), Reason: e.Reason}, e.At)
}
