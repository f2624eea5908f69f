package store

import (
	"context"
	"database/sql"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Account implements bridge.AccountStore.
func (s *Store) Account(ctx context.Context, p policy.Person) (a bridge.Account, ok bool, err error) {
	ok, err = s.readers.row(ctx, "read an account", `SELECT a.password, a.totp, a.second, a.created,
		(SELECT count(*) FROM recovery r WHERE r.person = a.person) FROM account a WHERE a.person = ?`, []any{p},
		func(scan scanner) error {
			var totp sql.NullString
			var created sql.NullInt64
			err := scan(&a.Password, &totp, &a.Second, &created, &a.Recovery)
			a.Person, a.TOTP, a.Created = p, totp.String, moment(created)
			return err
		})
	return a, ok, err
}

// HaveAccounts implements bridge.AccountStore.
func (s *Store) HaveAccounts(ctx context.Context) ([]policy.Person, error) {
	var out []policy.Person
	err := s.readers.each(ctx, "read accounts", `SELECT person FROM account ORDER BY person`, nil, func(scan scanner) error {
		var p policy.Person
		err := scan(&p)
		out = append(out, p)
		return err
	})
	return out, err
}

const sessionColumns = `SELECT hash, person, created, seen, confirmed, agent FROM session `

func sessionOf(scan scanner) (s bridge.Session, err error) {
	var created, seen, confirmed sql.NullInt64
	err = scan(&s.Hash, &s.Person, &created, &seen, &confirmed, &s.Agent)
	s.Created, s.Seen, s.Confirmed = moment(created), moment(seen), moment(confirmed)
	return s, err
}

// Session implements bridge.AccountStore.
func (s *Store) Session(ctx context.Context, hash []byte) (one bridge.Session, ok bool, err error) {
	ok, err = s.readers.row(ctx, "read a session", sessionColumns+`WHERE hash = ?`, []any{hash}, func(scan scanner) (err error) {
		one, err = sessionOf(scan)
		return err
	})
	return one, ok, err
}

// Sessions implements bridge.AccountStore.
func (s *Store) Sessions(ctx context.Context, p policy.Person) ([]bridge.Session, error) {
	var out []bridge.Session
	err := s.readers.each(ctx, "read sessions", sessionColumns+`WHERE person = ? ORDER BY seen DESC, hash`, []any{p}, func(scan scanner) error {
		one, err := sessionOf(scan)
		out = append(out, one)
		return err
	})
	return out, err
}

const invitationColumns = `SELECT hash, person, who, via, until FROM invitation WHERE hash = ?`

func invitationOf(scan scanner) (i bridge.Invitation, err error) {
	var who, until sql.NullInt64
	err = scan(&i.Hash, &i.Person, &who, &i.By.Via, &until)
	i.By.Person, i.Until = policy.Person(who.Int64), moment(until)
	return i, err
}

// Invitation implements bridge.AccountStore.
func (s *Store) Invitation(ctx context.Context, hash []byte) (i bridge.Invitation, ok bool, err error) {
	ok, err = s.readers.row(ctx, "read an invitation", invitationColumns, []any{hash}, func(scan scanner) (err error) {
		i, err = invitationOf(scan)
		return err
	})
	return i, ok, err
}

// SetAccount implements bridge.AccountTx.
func (t *tx) SetAccount(a bridge.Account) error {
	_, err := t.exec("keep an account", `INSERT INTO account (person, password, totp, second, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET password = excluded.password, totp = excluded.totp, second = excluded.second,
		created = excluded.created`, a.Person, a.Password, orNull(a.TOTP), a.Second, stamp(a.Created))
	return err
}

// SetRecovery implements bridge.AccountTx.
func (t *tx) SetRecovery(p policy.Person, hashes [][]byte) error {
	if _, err := t.exec("drop recovery codes", `DELETE FROM recovery WHERE person = ?`, p); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := t.exec("keep a recovery code", `INSERT INTO recovery (person, hash) VALUES (?, ?)`, p, hash); err != nil {
			return err
		}
	}
	return nil
}

// UseRecovery implements bridge.AccountTx.
func (t *tx) UseRecovery(p policy.Person, hash []byte) (bool, error) {
	n, err := t.exec("use a recovery code", `DELETE FROM recovery WHERE person = ? AND hash = ?`, p, hash)
	return n > 0, err
}

// UseStep implements bridge.AccountTx.
func (t *tx) UseStep(p policy.Person, step int64) (bool, error) {
	n, err := t.exec("use a time step", `UPDATE account SET step = ? WHERE person = ? AND (step IS NULL OR step < ?)`, step, p, step)
	return n > 0, err
}

// AddSession implements bridge.AccountTx.
func (t *tx) AddSession(s bridge.Session) error {
	_, err := t.exec("begin a session", `INSERT INTO session (hash, person, created, seen, confirmed, agent) VALUES (?, ?, ?, ?, ?, ?)`,
		s.Hash, s.Person, stamp(s.Created), stamp(s.Seen), stamp(s.Confirmed), s.Agent)
	return err
}

// SaveSession implements bridge.AccountTx.
func (t *tx) SaveSession(s bridge.Session) error {
	_, err := t.exec("keep a session", `UPDATE session SET seen = ?, confirmed = ? WHERE hash = ?`, stamp(s.Seen), stamp(s.Confirmed), s.Hash)
	return err
}

// EndSession implements bridge.AccountTx.
func (t *tx) EndSession(p policy.Person, hash []byte) (bool, error) {
	n, err := t.exec("end a session", `DELETE FROM session WHERE person = ? AND hash = ?`, p, hash)
	return n > 0, err
}

// EndSessions implements bridge.AccountTx.
func (t *tx) EndSessions(p policy.Person, but []byte) error {
	_, err := t.exec("end sessions", `DELETE FROM session WHERE person = ? AND hash <> ?`, p, append([]byte{}, but...))
	return err
}

// DropSessions implements bridge.AccountTx.
func (t *tx) DropSessions(created, seen, now time.Time) error {
	if _, err := t.exec("drop old sessions", `DELETE FROM session WHERE created < ? OR seen < ?`, stamp(created), stamp(seen)); err != nil {
		return err
	}
	_, err := t.exec("drop old invitations", `DELETE FROM invitation WHERE until < ?`, stamp(now))
	return err
}

// AddInvitation implements bridge.AccountTx.
func (t *tx) AddInvitation(i bridge.Invitation) error {
	_, err := t.exec("invite", `INSERT INTO invitation (hash, person, who, via, until) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, who = excluded.who, via = excluded.via, until = excluded.until`,
		i.Hash, i.Person, orNull(i.By.Person), i.By.Via, stamp(i.Until))
	return err
}

// TakeInvitation implements bridge.AccountTx.
func (t *tx) TakeInvitation(hash []byte) (i bridge.Invitation, ok bool, err error) {
	err = t.each("read an invitation", invitationColumns, []any{hash}, func(scan scanner) (err error) {
		i, err = invitationOf(scan)
		ok = true
		return err
	})
	if err != nil || !ok {
		return i, false, err
	}
	_, err = t.exec("take an invitation", `DELETE FROM invitation WHERE hash = ?`, hash)
	return i, err == nil, err
}
