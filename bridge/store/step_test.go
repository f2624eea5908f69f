package store

import (
	"errors"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func TestStepIsAllOrNothing(t *testing.T) {
	s := openNew(t)
	boom := errors.New("boom")
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("the step's error became %v", err)
	}
	if log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10})); len(log) != 0 {
		t.Fatalf("a failed step left %v", log)
	}
}

func TestStepThatPassesOverAnErrorIsNotCommitted(t *testing.T) {
	s := openNew(t)
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		m := entry(policy.ToChild)
		m.Verdict = policy.Verdict{} // nobody decided
		if _, err := tx.AddMessage(m); err == nil {
			t.Error("a message without a verdict was written")
		}
		return nil
	})
	if err == nil {
		t.Fatal("a step with a failed write was committed")
	}
	if log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10})); len(log) != 0 {
		t.Fatalf("a step with a failed write left %v", log)
	}
}

func TestPanickingStepLeavesNothingAndFreesTheWriter(t *testing.T) {
	s := openNew(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Do(t.Context(), func(tx bridge.Tx) error {
			must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
			panic("boom")
		})
	}()
	addSMS(t, s, emma, false, "a")
	if log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10})); len(log) != 1 {
		t.Fatalf("%d entries after a panic and a step, want 1", len(log))
	}
}

func TestTxIsOverAfterItsStep(t *testing.T) {
	s := openNew(t)
	var kept bridge.Tx
	do(t, s, func(tx bridge.Tx) error { kept = tx; return nil })
	if _, err := kept.AddMessage(entry(policy.ToChild)); err == nil {
		t.Fatal("a Tx wrote after its step")
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	s := openNew(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Do(t.Context(), func(bridge.Tx) error { return nil }); !errors.Is(err, errClosed) {
		t.Fatalf("Do after Close: %v", err)
	}
}
