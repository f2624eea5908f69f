package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/modem"
	"knapp/modem/modemtest"
)

// A SIM that is not the gateway's is left alone until the keeper says otherwise.
func TestAForeignSIM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	if out := w.mustKnapp("status"); !strings.Contains(out, "8947080000000000013") {
		t.Errorf("the status names no SIM:\n%s", out)
	}
	mum := login(t, w.server, "mum")
	if err := w.modem.Unplug(); err != nil {
		t.Fatal(err)
	}
	w.modem.SwapSIM(modemtest.ModemOptions{Number: gatewayNumber, ICCID: "8947080000000099999"})
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	w.awaitState("it is foreign", func(s status) bool { return s.Modems[0].Phase == "provisioning" })
	if out := w.mustKnapp("status"); !strings.Contains(out, "8947080000000099999 (foreign)") || !strings.Contains(out, "knapp sim adopt --modem main") {
		t.Errorf("the status does not say what to do:\n%s", out)
	}
	mum.awaitBody("Modemet «main» har fått et annet SIM-kort. Det står urørt til noen godkjenner det, med «knapp sim adopt --modem main» på boksen.")
	if _, said, code := w.knapp("sim", "adopt", "--modem", "spare"); code == 0 || !strings.Contains(said, `no modem "spare"`) {
		t.Errorf("exit code %d, %s", code, said)
	}
	w.mustKnapp("sim", "adopt", "--modem", "main")
	w.awaitReady()
	w.texts(w.emma, "2 hei")
	mum.awaitBody("hei")
}

// benchGateway is a gateway of which only the modem runs.
func benchGateway(t *testing.T, o modemtest.ModemOptions, more string) *gateway {
	t.Helper()
	dir := t.TempDir()
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	t.Cleanup(func() { _ = network.Close() })
	o.Number = gatewayNumber
	port := filepath.Join(dir, "modem")
	if err := network.NewModem(o).PlugIn(port); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(goodConfig(t), `balance_ussd = ""`, more, 1)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "port = ") {
			lines[i] = `port = "` + port + `"`
		}
	}
	c, err := loadConfig(file(t, "knapp.toml", strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), c.database(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	g, err := newGateway(c, db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f, err := bridge.Family{Guardians: []bridge.Guardian{
		{Name: "Mamma", JID: "mum@example.org", Role: bridge.RoleOwner}, {Name: "Pappa", JID: "dad@example.org"},
	}, Children: []bridge.Child{{Name: "Emma", Localpart: "emma", Phone: emmaNumber}}}.Check(c.numbers)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.relay.ApplyFamily(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.modems[0].Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	for deadline := time.Now().Add(patience); g.modems[0].State().Phase != modem.Ready; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the modem is not ready: %+v", g.modems[0].State())
		}
	}
	return g
}

// The owners are told once when the money is nearly gone, and again when it was topped up and is gone again.
func TestLowBalance(t *testing.T) {
	g := benchGateway(t, modemtest.ModemOptions{USSD: map[string]string{
		"*100#": "Saldo: kr 42,50. Gyldig til 01.02.2027", "*101#": "Saldo: kr 12,00.", "*102#": "Saldo: kr 200.",
		"*103#": "Saldo: kr 49.", "*104#": "Tjenesten er ikke tilgjengelig",
	}}, "balance_ussd = \"*100#\"\nbalance_pattern = 'kr ([0-9.,]+)'\nbalance_low = 50")
	notes := func() (bodies []string) {
		queued, _, err := g.store.QueuedStanzas(t.Context(), time.Now(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range queued {
			bodies = append(bodies, q.To+": "+q.Body)
		}
		return bodies
	}
	ask := func(code string) error {
		c := g.c.Modems[0]
		c.BalanceUSSD = code
		return g.askBalance(t.Context(), c, g.modems[0])
	}
	if err := ask("*100#"); err != nil {
		t.Fatal(err)
	}
	told := notes()
	if len(told) != 1 || !strings.HasPrefix(told[0], "mum@example.org") || !strings.Contains(told[0], "42,50") {
		t.Errorf("told %q", told)
	}
	if err := ask("*101#"); err != nil {
		t.Fatal(err)
	}
	if n := len(notes()); n != 1 {
		t.Errorf("told %d times of one low balance", n)
	}
	st, err := g.Status(t.Context())
	if err != nil || !strings.HasPrefix(st.Modems[0].Balance, "12,00, ") || !strings.HasSuffix(st.Modems[0].Balance, "low") {
		t.Errorf("status %q, %v", st.Modems[0].Balance, err)
	}
	if err := errors.Join(ask("*102#"), ask("*103#")); err != nil {
		t.Fatal(err)
	}
	if n := len(notes()); n != 2 {
		t.Errorf("told %d times of two", n)
	}
	if err := ask("*104#"); err == nil {
		t.Error("an answer without an amount is a balance")
	}
}

func TestReadAmount(t *testing.T) {
	for text, want := range map[string]float64{
		"42": 42, "42.50": 42.5, "42,50": 42.5, "1 234,50": 1234.5, "1.234,50": 1234.5, "1,234.50": 1234.5, "1.234": 1234, "0,5": 0.5,
		"1'000.00": 1000,
	} {
		if got, err := readAmount(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".", "kr"} {
		if got, err := readAmount(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Two modems: the reply leaves by the number that the child wrote to, and one that is dead does not stop the other.
func TestTwoModems(t *testing.T) {
	t.Parallel()
	const spareNumber = "+4799990001"
	w := newQuietWorld(t, modemtest.ModemOptions{})
	spare := w.network.NewModem(modemtest.ModemOptions{Number: spareNumber, ICCID: "8947080000000000021"})
	port := filepath.Join(w.dir, "spare")
	if err := spare.PlugIn(port); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.write("knapp.toml", string(text)+fmt.Sprintf("\n[[modem]]\nname = \"spare\"\nport = %q\nnumber = %q\n", port, spareNumber))
	w.start()
	w.awaitState("both are ready", func(s status) bool {
		return s.XMPP.Connected && len(s.Modems) == 2 && s.Modems[0].Ready && s.Modems[1].Ready
	})
	mum := login(t, w.server, "mum")
	answer := func(hello, reply string) {
		t.Helper()
		if err := w.emma.Send(spareNumber, "2 "+hello); err != nil {
			t.Fatal(err)
		}
		mum.awaitBody(hello)
		mum.write(w.child("emma"), reply)
		if got := w.reads(w.emma, "Mamma: "+reply); got.From != spareNumber {
			t.Errorf("the reply came from %s", got.From)
		}
	}
	answer("hei", "hei selv")
	if err := w.modem.Unplug(); err != nil {
		t.Fatal(err)
	}
	w.awaitState("one is dead", func(s status) bool { return !s.Modems[0].Ready && s.Modems[1].Ready })
	answer("er du der?", "her er jeg")
}
