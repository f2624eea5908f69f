package at

import (
	"errors"
	"testing"
	"time"
)

// TestDoubts: a modem that restarts says so only by not answering, or by echoing again. A command that must not be
// issued to one that forgot its settings is then kept back.
func TestDoubts(t *testing.T) {
	c, s, _ := dial(t, Options{Timeout: 50 * time.Millisecond}, map[string]string{
		"AT": "\r\nOK\r\n", "AT+CMEE?": marker,
		"ATE0": "ATE0\r\r\nOK\r\n", "AT+CPMS=\"ME\"": "\r\nOK\r\n", "AT+CMGD=0": "\r\nOK\r\n",
	})
	for _, cmd := range []string{"E0", `+CPMS="ME"`} {
		if _, err := c.Command(t.Context(), cmd); err != nil {
			t.Fatal(err)
		}
	}
	sure := c.Doubts()
	if sure != 0 {
		t.Errorf("%d doubts for no reason", sure)
	}
	if _, err := c.CommandIf(t.Context(), sure, 0, "+CMGD=0"); err != nil {
		t.Fatal(err)
	}

	if _, err := c.Command(t.Context(), "+CSQ"); !errors.Is(err, ErrTimeout) {
		t.Fatal(err)
	}
	if _, err := c.CommandIf(t.Context(), sure, 0, "+CMGD=0"); !errors.Is(err, ErrDoubt) {
		t.Errorf("after a command without an answer: %v", err)
	}
	sure = c.Doubts()
	if _, err := c.CommandIf(t.Context(), sure, 0, "+CMGD=0"); err != nil {
		t.Errorf("known again: %v", err)
	}

	s.set("AT+CSQ", "AT+CSQ\r\r\n+CSQ: 3,4\r\n\r\nOK\r\n")
	if _, err := c.Command(t.Context(), "+CSQ"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CommandIf(t.Context(), sure, 0, "+CMGD=0"); !errors.Is(err, ErrDoubt) {
		t.Errorf("after an echo: %v", err)
	}
}
