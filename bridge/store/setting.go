package store

import (
	"context"
	"database/sql"

	"knapp/bridge"
)

// Setting returns what was kept under a name, and whether there is anything.
func (s *Store) Setting(ctx context.Context, name string) (value string, found bool, err error) {
	found, err = s.readers.row(ctx, "read a setting", `SELECT value FROM setting WHERE name = +?`, []any{name},
		func(scan scanner) error {
			var v sql.NullString
			err := scan(&v)
			value = v.String
			return err
		})
	return value, found, err
}

// SetSetting keeps a value under a name, in the place of what was kept there.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	return s.Do(ctx, func(t bridge.Tx) error {
		_, err := t.(*tx).exec("keep a setting", `INSERT INTO setting (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, []byte(value))
		return err
	})
}
