package store

import (
	"context"
	"encoding/json"
	"math"
	"strings"

	"knapp/bridge"
)

// logFiltered walks back from the newest entry. Only what the viewer may see passes; an empty word asks for nothing.
const logFiltered = logColumns + `
	WHERE m.id < ?1 AND m.reason <> 'helpline' AND m.at >= ?2
	AND (m.child IS NULL OR m.child IN (SELECT value FROM json_each(?3)))
	AND (o.kind IS NULL OR o.kind <> 'guardian' OR o.id = ?4 OR m.emergency)
	AND (?5 = 0 OR m.child = ?5)
	AND (?6 = '' OR m.direction = ?6)
	AND (?7 = '' OR o.folded LIKE ?7 ESCAPE '\' OR c.folded LIKE ?7 ESCAPE '\' OR m.address LIKE ?7 ESCAPE '\'
		OR o.phone LIKE ?7 ESCAPE '\' OR o.jid LIKE ?7 ESCAPE '\')
	AND (NOT ?8 OR m.verdict <> 'deliver' OR EXISTS (SELECT 1 FROM outbox l WHERE l.message = m.id AND l.state IN ('failed', 'unknown'))
		OR EXISTS (SELECT 1 FROM held h WHERE h.message = m.id))
	ORDER BY m.id DESC LIMIT ?9`

// LogFor implements bridge.LogStore.
func (s *Store) LogFor(ctx context.Context, f bridge.LogFilter) ([]bridge.LogEntry, error) {
	before := int64(math.MaxInt64)
	if f.Before > 0 {
		before = int64(f.Before)
	}
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
	var entries []bridge.LogEntry
	err = s.readers.snapshot(ctx, "read the log", func(each eachFunc) (err error) {
		entries, err = logEntries(each, logFiltered, before, since, string(children), f.Viewer, f.Child, way, like, f.Trouble,
			min(max(f.Limit, 1), maxLog))
		if err != nil || len(entries) == 0 {
			return err
		}
		return addLegs(each, entries)
	})
	return entries, err
}
