package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// logSelected is what the viewer may see of some entries; an empty word asks for nothing.
const logSelected = `
	WHERE m.id >= ?1 AND m.id < ?2 AND m.reason <> 'helpline' AND m.at >= ?3
	AND (m.child IS NULL OR m.child IN (SELECT value FROM json_each(?4)))
	AND (o.kind IS NULL OR o.kind <> 'guardian' OR o.id = ?5 OR m.emergency)
	AND (?6 = 0 OR m.child = ?6)
	AND (?7 = '' OR m.direction = ?7)
	AND (?8 = '' OR o.folded LIKE ?8 ESCAPE '\' OR c.folded LIKE ?8 ESCAPE '\' OR m.address LIKE ?8 ESCAPE '\'
		OR o.phone LIKE ?8 ESCAPE '\' OR o.jid LIKE ?8 ESCAPE '\')
	AND (NOT ?9 OR ` + logTrouble + `)`

// logTrouble is true for what did not go straight through.
const logTrouble = `(m.verdict <> 'deliver' OR EXISTS (SELECT 1 FROM outbox l WHERE l.message = m.id AND l.state IN ('failed', 'unknown'))
	OR EXISTS (SELECT 1 FROM held h WHERE h.message = m.id))`

// logFiltered walks back from the newest entry.
const logFiltered = logColumns + logSelected + `
	ORDER BY m.id DESC LIMIT ?10`

// quarter is the time that traffic is counted by, in microseconds: the difference of any two time zones is a multiple.
const quarter = 15 * 60 * 1000000

const logTraffic = `SELECT m.at - m.at % ?10 AS slot, m.direction, ` + logTrouble + ` AS trouble, count(*)
	FROM message m LEFT JOIN person c ON c.id = m.child LEFT JOIN person o ON o.id = m.other` + logSelected + ` AND m.reason <> 'gateway'
	GROUP BY slot, m.direction, trouble`

const logFloor = `SELECT id, at FROM message WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?`

// LogFor implements bridge.LogStore.
func (s *Store) LogFor(ctx context.Context, f bridge.LogFilter) ([]bridge.LogEntry, error) {
	args, err := selectedBy(f)
	if err != nil {
		return nil, err
	}
	var entries []bridge.LogEntry
	err = s.readers.snapshot(ctx, "read the log", func(each eachFunc) (err error) {
		entries, err = logEntries(each, logFiltered, append(args, min(max(f.Limit, 1), maxLog))...)
		if err != nil || len(entries) == 0 {
			return err
		}
		return addLegs(each, entries)
	})
	return entries, err
}

// selectedBy are the arguments of logSelected.
func selectedBy(f bridge.LogFilter) ([]any, error) {
	since := int64(0)
	if !f.Since.IsZero() {
		since = f.Since.UnixMicro()
	}
	children, err := json.Marshal(f.Children)
	if err != nil {
		return nil, err
	}
	way, like := "", ""
	if f.Direction != 0 {
		way = f.Direction.String()
	}
	if f.Person != "" {
		like = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(bridge.Fold(f.Person)) + "%"
	}
	return []any{f.From, newestBefore(f.Before), since, string(children), f.Viewer, f.Child, way, like, f.Trouble}, nil
}

// newestBefore is an id that all entries older than one lie below; 0 is for all.
func newestBefore(id bridge.MessageID) int64 {
	if id > 0 {
		return int64(id)
	}
	return math.MaxInt64
}

// LogFloor implements bridge.LogStore.
func (s *Store) LogFloor(ctx context.Context, before bridge.MessageID, entries int) (id bridge.MessageID, at time.Time, err error) {
	_, err = s.readers.row(ctx, "find how far back to look", logFloor, []any{newestBefore(before), entries}, func(scan scanner) error {
		var when sql.NullInt64
		err := scan(&id, &when)
		at = moment(when)
		return err
	})
	return id, at, err
}

// Traffic implements bridge.LogStore.
func (s *Store) Traffic(ctx context.Context, f bridge.LogFilter) ([]bridge.Traffic, error) {
	args, err := selectedBy(f)
	if err != nil {
		return nil, err
	}
	var all []bridge.Traffic
	err = s.readers.each(ctx, "count the log", logTraffic, append(args, quarter), func(scan scanner) error {
		var at sql.NullInt64
		var direction string
		var trouble bool
		var n int
		if err := scan(&at, &direction, &trouble, &n); err != nil {
			return err
		}
		if slot := moment(at); len(all) == 0 || !all[len(all)-1].At.Equal(slot) {
			all = append(all, bridge.Traffic{At: slot})
		}
		t := &all[len(all)-1]
		switch {
		case trouble:
			t.Trouble += n
		case direction == policy.FromChild.String():
			t.FromChild += n
		default:
			t.ToChild += n
		}
		return nil
	})
	return all, err
}
