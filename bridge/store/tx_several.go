package store

import (
	"database/sql"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// LastToAll implements bridge.SeveralTx. It looks at the newest of the child's log only: two hours have not more.
func (t *tx) LastToAll(child policy.Person, since time.Time) (id bridge.MessageID, at time.Time, err error) {
	var written sql.NullInt64
	_, err = t.row("look for a text to all guardians", `SELECT id, at FROM
		(SELECT id, at, direction, other, emergency, verdict, reason FROM message WHERE child = +? ORDER BY id DESC LIMIT 500)
		WHERE direction = 'from_child' AND other IS NULL AND emergency = 0 AND verdict = 'deliver'
			AND reason NOT IN ('command', 'gateway') AND at >= ? ORDER BY id DESC LIMIT 1`,
		[]any{child, since.UnixMicro()}, &id, &written)
	return id, moment(written), err
}
