package store

import (
	"context"
	"database/sql"
	"time"
)

// LastLogged returns when the newest entry of the log was written, or the zero time: whatever the host's clock says, it
// is later than that.
func (s *Store) LastLogged(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.readers.each(ctx, "read the newest entry", `SELECT at FROM message ORDER BY id DESC LIMIT 1`, nil,
		func(scan scanner) error { return scan(&at) })
	return moment(at), err
}
