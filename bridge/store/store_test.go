package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// noon is when the tests begin.
var noon = time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)

const (
	mum   = "mum@example.org"
	emma  = bridge.Phone("+4793333333")
	modem = "main"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openNew(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "knapp.db"))
}

// do runs a step that must succeed.
func do(t testing.TB, s *Store, step func(tx bridge.Tx) error) {
	t.Helper()
	if err := s.Do(context.Background(), step); err != nil {
		t.Fatal(err)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// testFamily is Mamma and Pappa, a grandmother with a phone, and two children.
func testFamily() bridge.Family {
	return bridge.Family{
		Guardians: []bridge.Guardian{
			{Name: "Mamma", JID: mum, Phone: "+4791111111", Role: bridge.RoleOwner},
			{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
		},
		Contacts: []bridge.Contact{{Name: "Bestemor", Phone: "+4792222222"}},
		Children: []bridge.Child{
			{
				Name: "Emma", Localpart: "emma", Phone: string(emma), Language: "nb",
				Guardians: []string{"Mamma", "Pappa"}, Default: "Mamma",
				Allow: []bridge.Allow{
					{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true, When: "always", Emergency: true},
					{Contact: "Bestemor", Key: 3, ToChild: true, FromChild: true, When: "always"},
				},
			},
			{
				Name: "Ola", Localpart: "ola", Phone: "+4794444444", Guardians: []string{"Mamma"},
				Allow: []bridge.Allow{{Contact: "Emma", ToChild: true, FromChild: true, When: "always"}},
			},
		},
	}
}

func withFamily(t testing.TB, s *Store) *bridge.Directory {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error {
		_, err := tx.ApplyFamily(testFamily(), noon)
		return err
	})
	d, err := s.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var passed = policy.Verdict{Action: policy.Deliver, Reason: policy.ByGuardianship}

func entry(d policy.Direction) bridge.Message {
	return bridge.Message{At: noon, Direction: d, Verdict: passed, Length: 5}
}

// addSMS queues an SMS to a phone and returns its leg.
func addSMS(t testing.TB, s *Store, to bridge.Phone, emergency bool, segments ...string) bridge.LegID {
	t.Helper()
	var leg bridge.LegID
	do(t, s, func(tx bridge.Tx) error {
		m, err := tx.AddMessage(entry(policy.ToChild))
		if err != nil {
			return err
		}
		sms := bridge.SMSLeg{Modem: modem, To: to}
		for _, segment := range segments {
			sms.Segments = append(sms.Segments, []byte(segment))
		}
		leg, err = tx.AddLeg(bridge.Leg{Message: m, Emergency: emergency, Verdict: passed, SMS: &sms}, noon)
		return err
	})
	return leg
}

// addChat queues a stanza and returns its leg.
func addChat(t testing.TB, s *Store, id, to, body string) bridge.LegID {
	t.Helper()
	var leg bridge.LegID
	do(t, s, func(tx bridge.Tx) error {
		m, err := tx.AddMessage(entry(policy.FromChild))
		if err != nil {
			return err
		}
		leg, err = tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &bridge.Stanza{
			Kind: bridge.ChatStanza, From: "emma", To: to, ID: id, Body: body,
		}}, noon)
		return err
	})
	return leg
}

// send takes a segment through MarkSending and MarkSent.
func send(t testing.TB, s *Store, leg bridge.LegID, n int, ref byte, at time.Time) (o bridge.Outcome) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, n, at) })
	do(t, s, func(tx bridge.Tx) (err error) {
		o, err = tx.MarkSent(leg, n, int(ref), at)
		return err
	})
	return o
}

// report gives the store a status report.
func report(t testing.TB, s *Store, r bridge.Report) (o bridge.Outcome) {
	t.Helper()
	if r.Modem == "" {
		r.Modem = modem
	}
	if r.At.IsZero() {
		r.At = noon.Add(time.Minute)
	}
	do(t, s, func(tx bridge.Tx) (err error) {
		o, err = tx.TakeReport(r)
		return err
	})
	return o
}

// next returns the TPDU that a modem should send now, "" for none.
func next(t testing.TB, s *Store, at time.Time) string {
	t.Helper()
	seg, _, _, err := s.NextSegment(t.Context(), modem, at)
	if err != nil {
		t.Fatal(err)
	}
	return string(seg.TPDU)
}

// stateOf returns a leg's state as the log shows it.
func stateOf(t testing.TB, s *Store, leg bridge.LegID) bridge.LegState {
	t.Helper()
	var state string
	err := s.readers.db.QueryRowContext(t.Context(), `SELECT state FROM outbox WHERE id = ?`, leg).Scan(&state)
	if err != nil {
		t.Fatal(err)
	}
	return bridge.LegState(state)
}
