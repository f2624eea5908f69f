package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

// The keeper lets a guardian in who has forgotten the password; nobody else gets a link, and a link is good once.
func TestInvite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	link, _, _ := strings.Cut(w.mustKnapp("invite", "Mamma"), "\n")
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "Mamma") || !strings.Contains(string(page), `type="password"`) {
		t.Errorf("%s %s", resp.Status, page)
	}
	for _, name := range []string{"Emma", "Bestemor", "Ingen"} {
		if out, errs, code := w.knapp("invite", name); code != exitFailed || !strings.Contains(errs, "no guardian") {
			t.Errorf("%s: %d %s %s", name, code, out, errs)
		}
	}
	if audit := w.mustKnapp("audit"); !strings.Contains(audit, "invite") {
		t.Errorf("not in the audit log: %s", audit)
	}
	_, _ = w.stop()
	if _, errs, code := w.knapp("invite", "Mamma"); code != exitFailed || !strings.Contains(errs, "knapp run") {
		t.Errorf("without the gateway: %d %s", code, errs)
	}
}
