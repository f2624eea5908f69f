package store

import (
	"context"
	"database/sql"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Passkeys implements bridge.PasskeyStore.
func (s *Store) Passkeys(ctx context.Context, p policy.Person) ([]bridge.Passkey, error) {
	var out []bridge.Passkey
	err := s.readers.each(ctx, "read passkeys", `SELECT id, record, agent, created, used FROM passkey WHERE person = ? ORDER BY created, id`,
		[]any{p}, func(scan scanner) error {
			k := bridge.Passkey{Person: p}
			var created, used sql.NullInt64
			err := scan(&k.ID, &k.Record, &k.Agent, &created, &used)
			k.Created, k.Used = moment(created), moment(used)
			out = append(out, k)
			return err
		})
	return out, err
}

// AddPasskey implements bridge.PasskeyTx.
func (t *tx) AddPasskey(k bridge.Passkey) error {
	_, err := t.exec("keep a passkey", `INSERT INTO passkey (id, person, record, agent, created) VALUES (?, ?, ?, ?, ?)`,
		k.ID, k.Person, k.Record, k.Agent, stamp(k.Created))
	return err
}

// UsePasskey implements bridge.PasskeyTx.
func (t *tx) UsePasskey(k bridge.Passkey) (bool, error) {
	n, err := t.exec("use a passkey", `UPDATE passkey SET record = ?, used = ? WHERE id = ? AND person = ?`, k.Record, stamp(k.Used), k.ID, k.Person)
	return n > 0, err
}

// DropPasskey implements bridge.PasskeyTx.
func (t *tx) DropPasskey(p policy.Person, id []byte) error {
	_, err := t.exec("drop a passkey", `DELETE FROM passkey WHERE person = ?1 AND (?2 IS NULL OR id = ?2)`, p, id)
	return err
}
