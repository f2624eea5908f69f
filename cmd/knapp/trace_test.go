package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

// TestModemTrace listens to a running gateway: without a flag there is neither number nor text in the trace, with it
// the trace is the recording of a session, in a file that only its owner reads.
func TestModemTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	const text = "hei mamma, hent meg"

	redacted := w.trace(t, text, "modem", "trace")
	for _, secret := range []string{text, emmaNumber[3:], "39333333"} {
		if strings.Contains(redacted, secret) {
			t.Errorf("the trace holds %q", secret)
		}
	}
	if pdu := regexp.MustCompile(`[0-9A-Fa-f]{16}`).FindString(redacted); pdu != "" {
		t.Errorf("the trace holds a PDU, %s…", pdu)
	}
	if !strings.Contains(redacted, "\tmain\t>\tAT+CMGR=") || !strings.Contains(redacted, " octets)") {
		t.Errorf("the forms are missing:\n%s", redacted)
	}
	file := filepath.Join(w.dir, "session.tsv")
	w.trace(t, text, "modem", "trace", "--texts", "--out", file)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(recorded, []byte("333333")) {
		t.Errorf("no number in the recording:\n%s", recorded)
	}
	if _, err := modemtest.Replay(bytes.NewReader(recorded)); err != nil {
		t.Error(err)
	}
	// Nobody reads the texts in secret.
	w.reads(w.emma, "Knapp: Den som passer Knapp-boksen leser nå det du sender og får, for å finne en feil.")
	if said := w.mustKnapp("audit", "--child", "Emma"); strings.Count(said, "read_texts") != 1 {
		t.Errorf("one of two traces had texts:\n%s", said)
	}
	// A file that is there is not written over.
	if _, errs, code := w.knapp("modem", "trace", "--out", file); code == 0 || !strings.Contains(errs, "exists") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, errs, code := w.knapp("modem", "trace", w.port()); code == 0 || !strings.Contains(errs, "the gateway has this port") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	// Nor is it a secret while no gateway runs.
	w.stop()
	if _, errs, code := w.knapp("modem", "trace", w.port(), "--texts", "--lines", "1"); code != 0 {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if said := w.mustKnapp("audit", "--child", "Emma"); strings.Count(said, "read_texts") != 2 {
		t.Errorf("nobody wrote down what was read:\n%s", said)
	}
}

// trace runs the command until a text has gone over the wire, and interrupts it.
func (w *world) trace(t *testing.T, text string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, "--config", w.config)...)
	out := &record{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	heard := func() bool {
		all := out.String()
		if i := strings.Index(strings.Join(args, " "), "--out "); i >= 0 {
			file, _ := os.ReadFile(args[len(args)-1]) // not there yet
			all += string(file)
		}
		return strings.Contains(all, "AT+CMGD=")
	}
	for !heard() {
		if err := w.emma.Send(gatewayNumber, text); err != nil { // again: the trace may not have begun
			t.Fatal(err)
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("no text in the trace: %s", out)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	return out.String()
}
