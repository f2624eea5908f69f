package store

import (
	"database/sql"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Trials implements bridge.GatewayTx.
func (t *tx) Trials() ([]bridge.Trial, error) {
	var out []bridge.Trial
	err := t.each("read trials", `SELECT person, sms, message, at, state, proven FROM trial ORDER BY person, sms`, nil,
		func(scan scanner) error {
			var one bridge.Trial
			var at, proven sql.NullInt64
			err := scan(&one.Person, &one.SMS, &one.Message, &at, &one.State, &proven)
			one.At, one.Proven = moment(at), moment(proven)
			out = append(out, one)
			return err
		})
	return out, err
}

// SaveTrial implements bridge.GatewayTx.
func (t *tx) SaveTrial(one bridge.Trial) error {
	_, err := t.exec("save a trial", `INSERT INTO trial (person, sms, message, at, state, proven) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (person, sms) DO UPDATE SET message = excluded.message, at = excluded.at, state = excluded.state, proven = excluded.proven`,
		one.Person, one.SMS, one.Message, stamp(one.At), string(one.State), stamp(one.Proven))
	return err
}

// Agreement implements bridge.GatewayTx.
func (t *tx) Agreement(child policy.Person) (bridge.Agreement, bool, error) {
	a := bridge.Agreement{Child: child}
	var who, at sql.NullInt64
	ok, err := t.row("read an agreement", `SELECT who, at, terms FROM agreement WHERE child = ?`, []any{child}, &who, &at, &a.Terms)
	a.Who, a.At = policy.Person(who.Int64), moment(at)
	return a, ok && err == nil, err
}

// SetAgreement implements bridge.GatewayTx.
func (t *tx) SetAgreement(a bridge.Agreement) error {
	_, err := t.exec("write an agreement", `INSERT INTO agreement (child, who, at, terms) VALUES (?, ?, ?, ?)
		ON CONFLICT (child) DO UPDATE SET who = excluded.who, at = excluded.at, terms = excluded.terms`,
		a.Child, orNull(a.Who), stamp(a.At), a.Terms)
	return err
}
