package store

import "knapp/bridge"

// Replaceable implements bridge.ReplacesTx.
func (t *tx) Replaceable(key string) (m bridge.MessageID, err error) {
	_, err = t.row("look what is replaced", `SELECT message FROM replaceable WHERE key = ?`, []any{key}, &m)
	return m, err
}

// SetReplaceable implements bridge.ReplacesTx.
func (t *tx) SetReplaceable(key string, m bridge.MessageID) error {
	_, err := t.exec("note what may be replaced", `INSERT INTO replaceable (key, message) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET message = excluded.message`, key, m)
	return err
}
