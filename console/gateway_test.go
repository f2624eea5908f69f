package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/bridge"
)

// device is a gateway as a machine, without one.
type device struct {
	mu    sync.Mutex // guards the rest
	view  MachineView
	asked []string
	put   []byte
	bad   error // of the next thing that is asked for
}

func newDevice() *device {
	return &device{view: MachineView{
		Version: "v1", Started: noon.Add(-26 * time.Hour), Domain: "sms.example.org", Chat: true, ChatSince: noon.Add(-25 * time.Hour),
		Database: 4_200_000, Free: 20_000_000_000, Disk: 32_000_000_000, LastCopy: noon.Add(-9 * time.Hour), ClockSet: true,
		Listen: "127.0.0.1:8080", Host: "knapp.local",
		Modems: []ModemView{{
			Name: "main", Number: "+4799990000", Maker: "Quectel", Model: "EC25", Profile: "quectel-lte", Relays: true, Ready: true, Since: noon.Add(-25 * time.Hour),
			Network: "home", Operator: "Telenor", Signal: -89, SignalKnown: true, SIM: "ready", ICCID: "8947080000000000013",
			Storage: []StorageView{{"SM", 3, 20}}, MayAsk: true, Balance: "142,50", BalanceAt: noon.Add(-3 * time.Hour),
		}},
	}}
}

func (d *device) change(f func(m *MachineView)) { d.mu.Lock(); defer d.mu.Unlock(); f(&d.view) }

func (d *device) note(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, what)
	return d.bad
}

func (d *device) done() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	done := strings.Join(d.asked, " ")
	d.asked = nil
	return done
}

func (d *device) machine() Machine {
	return Machine{
		Look:    func(context.Context) (MachineView, error) { d.mu.Lock(); defer d.mu.Unlock(); return d.view, nil },
		Balance: func(_ context.Context, modem string) error { return d.note("balance " + modem) },
		Examine: func(context.Context) ([]Examined, error) {
			return []Examined{{Name: "main", Facts: [][2]string{{"modem", "Quectel EC25"}}, Findings: []string{"the SIM wants a PIN"}}}, d.note("examine")
		},
		Copy: func(context.Context) (Copy, error) {
			return Copy{ReadCloser: io.NopCloser(bytes.NewReader(bytes.Repeat([]byte("copy"), 50000))), Name: "knapp-1.db", Size: 200000}, d.note("copy")
		},
		PutBack: func(_ context.Context, sent io.Reader) error {
			data, err := io.ReadAll(sent)
			d.mu.Lock()
			d.put = data
			d.mu.Unlock()
			return errors.Join(err, d.note("put back"))
		},
		Resume: func(context.Context) error { return d.note("resume") },
	}
}

func openGateway(t *testing.T) (*home, *device) {
	t.Helper()
	d := newDevice()
	h := openHomeWith(t, func(o *Options) { o.Machine = d.machine() })
	h.account("Mamma")
	return h, d
}

// audited are what was written down, the newest first.
func (h *home) audited() string {
	h.t.Helper()
	lines, err := h.store.Audit(h.t.Context(), bridge.AuditQuery{Limit: 20})
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, l := range lines {
		out = append(out, l.Who+" "+l.What)
	}
	return strings.Join(out, ", ")
}

func TestTheGatewaysPage(t *testing.T) {
	h, d := openGateway(t)
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.shows("Modem main", "3 av 4 (−89 dBm)", "mobilnett", "Telenor", "Quectel EC25", "… 000013", "+4799990000", "3 av 20 plasser", "142,50",
		"sms.example.org", "4,2 MB", "20 GB av 32 GB", "kl. 03.00")
	b.hides("89470800", "må ses på")
	d.change(func(m *MachineView) {
		m.Modems[0].Ready, m.Modems[0].Fault, m.Modems[0].Rung, m.Modems[0].RungAt = false, "no answer to AT", "radio", noon.Add(-time.Minute)
		m.Modems[0].SIM, m.Chat, m.ChatFault, m.Free, m.Modems[0].BalanceLow = "foreign", false, "refused", 1000, true
	})
	b.get("/gateway")
	b.shows("Modemet svarer ikke", "no answer to AT", "radioen slått av og på, kl. 11.59", "sudo knapp sim adopt --modem main",
		"ikke tilkoblet", "Lite plass på disken", "Lite penger på SIM-kortet")
	// Nothing is offered that the program cannot do.
	bare := openHome(t)
	bare.account("Mamma")
	b = bare.signedIn("Mamma")
	b.get("/gateway")
	b.shows("Ingen modem har svart ennå")
	b.hides("Last ned en kopi", "Sett tilbake", "Undersøk nå", "/gateway/balance")
	for _, path := range []string{"/gateway/copy", "/gateway/restore", "/gateway/examine", "/gateway/balance", "/gateway/resume"} {
		b.get("/gateway")
		if b.post(path, "modem", "main", "sure", "1"); b.code < 400 || b.code >= 500 {
			t.Errorf("%s without a machine: %d", path, b.code)
		}
	}
}

// A test message is a real one, and the page says of it what is known.
func TestATestMessageOnThePage(t *testing.T) {
	h, _ := openGateway(t)
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.shows("Send en SMS til +47 … 111", "Skriv til mum@example.org")
	b.post("/gateway/text")
	b.shows("Prøven er på vei", "Prøven fra kl. 12.00 venter på modemet.")
	b.hides("Send en SMS til")
	seg, ok, _, err := h.store.NextSegment(t.Context(), "main", h.clock())
	if err != nil || !ok || seg.To != "+4791111111" {
		t.Fatalf("%+v %v %v", seg, ok, err)
	}
	b.post("/gateway/text", "to", "/first")
	b.shows("En prøve gikk for et øyeblikk siden")
	if b.path != "/gateway/text" || b.code != 422 {
		t.Errorf("%s %d", b.path, b.code)
	}
	b.shows("Kom i gang") // the walk, where the form was
	step := func(do func(tx bridge.Tx) error) {
		t.Helper()
		if err := h.store.Do(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	step(func(tx bridge.Tx) error { return tx.MarkSending(seg.Leg, 1, h.clock()) })
	step(func(tx bridge.Tx) error { _, err := tx.MarkSent(seg.Leg, 1, 5, h.clock()); return err })
	b.get("/first")
	b.shows("Mobilnettet har tatt imot prøven", "er hos mobilnettet")
	err = h.relay.TakeReport(t.Context(), bridge.Report{Modem: "main", PDU: "r", To: "+4791111111", Ref: 5, SCTS: h.clock(), At: h.clock(), Fate: bridge.Arrived})
	if err != nil {
		t.Fatal(err)
	}
	b.get("/first")
	b.shows("Prøven fra kl. 12.00 er framme på telefonen.")
	b.hides("Mobilnettet har tatt imot")
	b.get("/gateway")
	b.post("/gateway/chat", "to", "/first")
	if b.path != "/first" {
		t.Errorf("a test from the walk leads to %s", b.path)
	}
	b.shows("venter på chattjeneren")
	if got := h.audited(); !strings.HasPrefix(got, "Mamma try_chat, Mamma try_mobile") {
		t.Error(got)
	}
}

func TestAnOperatorIsAskedSeldom(t *testing.T) {
	h, d := openGateway(t)
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.post("/gateway/balance", "modem", "main")
	b.shows("Operatøren har svart.")
	b.post("/gateway/balance", "modem", "main")
	b.shows("Operatøren ble nettopp spurt")
	if got := d.done(); got != "balance main" {
		t.Error(got)
	}
	h.later(balanceEvery)
	d.bad = errors.New("the operator did not answer")
	b.get("/gateway")
	b.post("/gateway/balance", "modem", "main")
	b.shows("Operatøren svarte ikke")
	b.hides("did not answer")
	for _, name := range []string{"", "other", "main\x00", strings.Repeat("a", 3000)} {
		b.get("/gateway")
		if b.post("/gateway/balance", "modem", name); b.code != 400 {
			t.Errorf("%.20q: %d", name, b.code)
		}
	}
	if got := h.audited(); strings.Count(got, "ask_balance") != 2 {
		t.Error(got)
	}
}

func TestTheModemIsExamined(t *testing.T) {
	h, d := openGateway(t)
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.post("/gateway/examine")
	b.shows("the SIM wants a PIN", "Quectel EC25")
	d.bad = errors.New("busy")
	b.post("/gateway/examine")
	b.shows("Modemet rakk ikke å svare")
	if got := d.done(); got != "examine examine" || !strings.HasPrefix(h.audited(), "Mamma examine_modems, Mamma examine_modems") {
		t.Error(got, h.audited())
	}
}

// A copy is taken along only by an owner who has just given the password, and it is written down.
func TestACopyIsTakenAlong(t *testing.T) {
	h, d := openGateway(t)
	b := h.signedIn("Mamma")
	h.later(confirmedFor + time.Minute)
	b.get("/gateway")
	b.post("/gateway/copy")
	if b.path != "/confirm" || d.done() != "" {
		t.Fatalf("long after the password a copy leaves: %s", b.path)
	}
	b.post("/confirm", "to", "/gateway", "password", password)
	b.post("/gateway/copy")
	if b.code != 200 || len(b.page) != 200000 {
		t.Fatalf("%d with %d octets", b.code, len(b.page))
	}
	if !strings.HasPrefix(h.audited(), "Mamma take_copy") {
		t.Error(h.audited())
	}
	d.bad = errors.New("no room")
	b.get("/gateway")
	b.post("/gateway/copy")
	b.shows("Det gikk ikke å lage en kopi")
}

// send sends a file as the page's form does.
func (s *surfer) send(path string, size int, fields ...string) {
	s.h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if found := formField.FindStringSubmatch(s.page); found != nil {
		fields = append(fields, "form", found[1])
	}
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			s.h.t.Fatal(err)
		}
	}
	if size >= 0 {
		file, err := form.CreateFormFile("copy", "knapp.db")
		if err == nil {
			_, err = file.Write(bytes.Repeat([]byte("x"), size))
		}
		if err != nil {
			s.h.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.h.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, s.h.site.url+path, &body)
	if err != nil {
		s.h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := s.client.Do(req)
	if err != nil { // the server hangs up on what is too much, and that is an answer
		s.code, s.page = http.StatusRequestEntityTooLarge, ""
		return
	}
	s.take(res, nil)
}

func TestACopyIsPutBack(t *testing.T) {
	h, d := openGateway(t)
	h.account("Pappa")
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.send("/gateway/restore", 3<<20)
	b.shows("Kryss av for at du vet hva som skjer")
	b.get("/gateway")
	b.send("/gateway/restore", -1, "sure", "1")
	b.shows("Velg filen med kopien")
	b.get("/gateway")
	b.send("/gateway/restore", 3<<20, "sure", "1")
	b.shows("Kopien settes tilbake", "Logg inn igjen", "pause")
	if len(d.put) != 3<<20 || d.done() != "put back" || !strings.HasPrefix(h.audited(), "Mamma put_copy_back") {
		t.Errorf("%d octets were put back; %s", len(d.put), h.audited())
	}
	d.bad = errors.New("damaged")
	b.get("/gateway")
	b.send("/gateway/restore", 10, "sure", "1")
	b.shows("Ingenting er endret")
	d.done()
	// Whoever may not, and whoever sends it elsewhere, is not listened to for long.
	pappa, nobody := h.signedIn("Pappa"), h.surfer()
	pappa.get("/me")
	nobody.get("/signin")
	for name, try := range map[string]func(){
		"a guardian":   func() { pappa.send("/gateway/restore", 3<<20, "sure", "1"); nobody.code = pappa.code },
		"nobody":       func() { nobody.send("/gateway/restore", 3<<20, "sure", "1") },
		"another page": func() { b.get("/me"); b.send("/me/password", 3<<20); nobody.code = b.code },
		"too much": func() {
			b.get("/gateway")
			b.send("/gateway/restore", largestCopy+1<<20, "sure", "1")
			nobody.code = b.code
		},
		"foreign form": func() { b.page = ""; b.send("/gateway/restore", 10, "sure", "1"); nobody.code = b.code },
	} {
		try()
		if nobody.code != 413 && nobody.code != 403 || d.done() != "" {
			t.Errorf("%s: %d", name, nobody.code)
		}
	}
}

func TestAPauseIsEnded(t *testing.T) {
	h, d := openGateway(t)
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.post("/gateway/resume")
	b.shows("Porten står ikke på pause.")
	d.change(func(m *MachineView) { m.Paused, m.PausedCopy = true, noon.Add(-50*time.Hour) })
	b.get("/gateway")
	b.shows("Porten står på pause", "1. mars kl. 10.00", "Ingenting sendes, heller ikke nødmeldinger.")
	b.post("/gateway/resume")
	b.shows("Det som ventet, går ut nå.")
	if d.done() != "resume" || !strings.HasPrefix(h.audited(), "Mamma end_pause") {
		t.Error(h.audited())
	}
}
