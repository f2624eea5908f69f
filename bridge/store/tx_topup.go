package store

import (
	"database/sql"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// SetTopUp implements bridge.TopUpTx.
func (t *tx) SetTopUp(u bridge.TopUp) error {
	_, err := t.exec("write when to top up", `INSERT INTO topup (modem, day, who, at, warned) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (modem) DO UPDATE SET day = excluded.day, who = excluded.who, at = excluded.at, warned = excluded.warned`,
		u.Modem, u.Day, orNull(u.By), stamp(u.At), u.Warned)
	return err
}

// DropTopUp implements bridge.TopUpTx.
func (t *tx) DropTopUp(modem string) error {
	_, err := t.exec("forget when to top up", `DELETE FROM topup WHERE modem = ?`, modem)
	return err
}

// TopUps implements bridge.TopUpTx.
func (t *tx) TopUps() (list []bridge.TopUp, err error) {
	err = t.each("read when to top up", `SELECT modem, day, who, at, warned FROM topup ORDER BY modem`, nil, func(scan scanner) error {
		var u bridge.TopUp
		var who, at sql.NullInt64
		err := scan(&u.Modem, &u.Day, &who, &at, &u.Warned)
		u.By, u.At = policy.Person(who.Int64), moment(at)
		list = append(list, u)
		return err
	})
	return list, err
}
