package store

import (
	"database/sql"
	"time"

	"knapp/bridge"
)

// codeWord is the setting that holds the family's code word, as the document writes it.
const codeWord = "code word"

func readCodeWord(each eachFunc) (word string, err error) {
	err = each("read the code word", `SELECT value FROM setting WHERE name = ?`, []any{codeWord}, func(scan scanner) error {
		var value []byte
		err := scan(&value)
		word = string(value)
		return err
	})
	return word, err
}

// setCodeWord makes the code word equal to the document's. What it is stands in no change: those are printed and logged.
func (a *application) setCodeWord(f bridge.Family) error {
	before, err := readCodeWord(a.each)
	if err != nil || before == f.CodeWord {
		return err
	}
	note, query, args := "code word set", `INSERT INTO setting (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, []any{codeWord, []byte(f.CodeWord)}
	switch {
	case f.CodeWord == "":
		note, query, args = "code word taken away", `DELETE FROM setting WHERE name = ?`, []any{codeWord}
	case before != "":
		note = "another code word"
	}
	a.changes = append(a.changes, bridge.Change{What: "change", Kind: "family", Name: "all", Note: note})
	_, err = a.exec("set the code word", query, args...)
	return err
}

// borrowedKept is for how long a phone that said the code word is remembered.
const borrowedKept = 24 * time.Hour

// AddBorrowed implements bridge.Tx.
func (t *tx) AddBorrowed(b bridge.Borrowed) (int64, error) {
	if _, err := t.exec("forget who said the code word", `DELETE FROM borrowed WHERE said <= ?`, b.Said.Add(-borrowedKept).UnixMicro()); err != nil {
		return 0, err
	}
	return t.insert("note who said the code word", `INSERT INTO borrowed (code, address, modem, began, said, texts, alarms)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, b.Code, string(b.Address), orNull(b.Modem), stamp(b.Began), stamp(b.Said), b.Texts, b.Alarms)
}

// SaveBorrowed implements bridge.Tx.
func (t *tx) SaveBorrowed(b bridge.Borrowed) error {
	_, err := t.exec("note who said the code word", `UPDATE borrowed SET modem = ?, said = ?, texts = ?, alarms = ? WHERE id = ?`,
		orNull(b.Modem), stamp(b.Said), b.Texts, b.Alarms, b.ID)
	return err
}

// Borrowed implements bridge.Tx.
func (t *tx) Borrowed() ([]bridge.Borrowed, error) {
	var out []bridge.Borrowed
	err := t.each("read who said the code word", `SELECT id, code, address, modem, began, said, texts, alarms FROM borrowed ORDER BY id`,
		nil, func(scan scanner) error {
			var b bridge.Borrowed
			var modem sql.NullString
			var began, said sql.NullInt64
			err := scan(&b.ID, &b.Code, &b.Address, &modem, &began, &said, &b.Texts, &b.Alarms)
			b.Modem, b.Began, b.Said = modem.String, moment(began), moment(said)
			out = append(out, b)
			return err
		})
	return out, err
}
