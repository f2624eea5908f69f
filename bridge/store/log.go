package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"sort"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// maxLog is the most entries that one query returns.
const maxLog = 1000

const logColumns = `SELECT m.id, m.at, m.direction, c.name, o.name, m.address, m.modem, m.length, m.parts, m.emergency,
		m.verdict, m.reason, m.rule
	FROM message m LEFT JOIN person c ON c.id = m.child LEFT JOIN person o ON o.id = m.other `

const (
	logOfAll   = logColumns + `WHERE m.id < ? AND m.reason <> 'helpline' ORDER BY m.id DESC LIMIT ?`
	logOfChild = logColumns + `WHERE m.child = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?`
	logLegs    = `SELECT o.message, o.way, z.kind, o.address, o.state, o.changed, o.why
	FROM json_each(?) e CROSS JOIN outbox o ON o.message = e.value LEFT JOIN stanza z ON z.leg = o.id ORDER BY o.id`
)

// Log implements bridge.Store. A child's name finds archived children of that name as well.
func (s *Store) Log(ctx context.Context, q bridge.LogQuery) ([]bridge.LogEntry, error) {
	limit := min(max(q.Limit, 1), maxLog)
	before := int64(math.MaxInt64)
	if q.Before > 0 {
		before = int64(q.Before)
	}
	var entries []bridge.LogEntry
	err := s.readers.snapshot(ctx, "read the log", func(each eachFunc) (err error) {
		if q.Child == "" {
			entries, err = logEntries(each, logOfAll, before, limit)
		} else {
			entries, err = childLog(each, q.Child, before, limit)
		}
		if err != nil || len(entries) == 0 {
			return err
		}
		return addLegs(each, entries)
	})
	return entries, err
}

// childLog reads the log of every child that has or had a name. Each is read by the index and the results are
// merged, since SQLite would sort the whole log for a list of children.
func childLog(each eachFunc, name string, before int64, limit int) ([]bridge.LogEntry, error) {
	children, err := childrenNamed(each, name)
	if err != nil {
		return nil, err
	}
	var all []bridge.LogEntry
	for _, child := range children {
		entries, err := logEntries(each, logOfChild, child, before, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID > all[j].ID })
	return all[:min(len(all), limit)], nil
}

// childrenNamed returns every child that has or had a name.
func childrenNamed(each eachFunc, name string) ([]policy.Person, error) {
	var children []policy.Person
	err := each("find child", `SELECT id FROM person WHERE folded = ? AND kind = 'child'`, []any{bridge.Fold(name)},
		func(scan scanner) error {
			var id policy.Person
			err := scan(&id)
			children = append(children, id)
			return err
		})
	return children, err
}

func logEntries(each eachFunc, query string, args ...any) ([]bridge.LogEntry, error) {
	var out []bridge.LogEntry
	err := each("read the log", query, args, func(scan scanner) error {
		var e bridge.LogEntry
		var at, rule sql.NullInt64
		var child, other, address, modem sql.NullString
		err := scan(&e.ID, &at, &e.Direction, &child, &other, &address, &modem, &e.Length, &e.Parts, &e.Emergency,
			&e.Verdict, &e.Reason, &rule)
		e.At, e.Child, e.Other, e.Address = moment(at), child.String, other.String, address.String
		e.Modem, e.Rule = modem.String, rule.Int64
		out = append(out, e)
		return err
	})
	return out, err
}

// addLegs fills in the legs of entries.
func addLegs(each eachFunc, entries []bridge.LogEntry) error {
	places := make(map[bridge.MessageID]int, len(entries))
	ids := make([]bridge.MessageID, len(entries))
	for i, e := range entries {
		places[e.ID], ids[i] = i, e.ID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return each("read the log's legs", logLegs, []any{string(list)}, func(scan scanner) error {
		var m bridge.MessageID
		var leg bridge.LogLeg
		var kind, why sql.NullString
		var at sql.NullInt64
		err := scan(&m, &leg.Way, &kind, &leg.To, &leg.State, &at, &why)
		leg.Kind, leg.At, leg.Why = kind.String, moment(at), why.String
		entries[places[m]].Legs = append(entries[places[m]].Legs, leg)
		return err
	})
}
