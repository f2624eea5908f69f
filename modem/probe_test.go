package modem_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/at"
	"knapp/modem/modemtest"
)

// settings are what somebody else at another port of the modem sees.
func settings(t *testing.T, stick *modemtest.Modem) string {
	t.Helper()
	host, device := net.Pipe()
	go func() { _ = stick.Serve(device) }()
	conn := at.New(host, at.Options{})
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- conn.Run(ctx) }()
	var all []string
	for _, cmd := range []string{"+CPMS?", "+CNMI?", "+CSMS?", "+CSCA?", "+CREG?", "+CEREG?", "+CGREG?", "+CFUN?", "+CPIN?", "+CMGF?"} {
		lines, err := conn.Command(ctx, cmd)
		if err != nil {
			lines = append(lines, err.Error())
		}
		all = append(all, lines...)
	}
	end()
	<-done
	return strings.Join(all, "\n")
}

func finding(p modem.Probed, part string) bool {
	return slices.ContainsFunc(p.Findings, func(f string) bool { return strings.Contains(f, part) })
}

func TestProbe(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Manufacturer: "Quectel", Model: "EC25", SM: 2, Powered: true}, modem.Options{})
	for range 2 {
		if _, err := r.stick.Put("SM", 0, deliver(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	before := settings(t, r.stick)
	p, err := modem.Probe(t.Context(), modem.ProbeOptions{Open: openTTY(r.link), Second: (&secondPort{stick: r.stick}).open, Trace: r.wire.trace})
	if err != nil {
		t.Fatal(err)
	}
	if p.Profile != "quectel-lte" || p.Model != "EC25" || !strings.Contains(p.Why, "EC25") || p.SIM != "READY" || p.Operator == "" ||
		p.Signal == nil || *p.Signal != -71 || p.PINTries == nil || *p.PINTries != 3 || p.WouldSet != "1,1,0,1,0" ||
		!strings.HasPrefix(p.SecondPort, "answers") {
		t.Errorf("%+v", p)
	}
	if !slices.Contains(p.Storages, modem.ProbedStorage{Name: "SM", Used: 2, Total: 2}) ||
		!slices.Contains(p.Storages, modem.ProbedStorage{Name: "ME", Used: 0, Total: 100}) || !finding(p, "SM is full (2 of 2)") {
		t.Errorf("storages %+v, findings %q", p.Storages, p.Findings)
	}
	if after := settings(t, r.stick); after != before {
		t.Errorf("probing changed the modem:\n%s\nwas\n%s", after, before)
	}
	if n := len(r.stick.Stored("SM")); n != 2 {
		t.Errorf("%d messages are left of 2", n)
	}
	shown, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"4792001000", "490154203237518", "242010000000001", "93333333"} {
		if strings.Contains(string(shown), secret) {
			t.Errorf("it shows %s: %s", secret, shown)
		}
	}
}

func TestProbeEntersNoPIN(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{PIN: "1234", PINTries: 2, Powered: true}, modem.Options{})
	p, err := modem.Probe(t.Context(), modem.ProbeOptions{Open: openTTY(r.link), Trace: r.wire.trace})
	if err != nil || p.SIM != "SIM PIN" || p.PINTries == nil || *p.PINTries != 2 || !finding(p, "set pin_file") || !finding(p, "2 more times") {
		t.Errorf("%+v, %v", p, err)
	}
	r.wire.mu.Lock()
	defer r.wire.mu.Unlock()
	if wire := strings.Join(r.wire.lines, "\n"); strings.Contains(wire, "+CPIN=") {
		t.Errorf("a PIN was entered:\n%s", wire)
	}
}

func TestProbeOfWhatIsNoModem(t *testing.T) {
	_, err := modem.Probe(t.Context(), modem.ProbeOptions{
		Open: func(context.Context) (io.ReadWriteCloser, error) { return newDumb(t), nil }, AnswerWithin: 50 * time.Millisecond,
	})
	if !errors.Is(err, at.ErrNoAnswer) {
		t.Errorf("got %v", err)
	}
}

func TestProbeOfARunningModem(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Manufacturer: "SIMCOM INCORPORATED", Model: "SIM800L"}, modem.Options{}).up(t)
	before := settings(t, r.stick)
	p, err := r.modem.Probe(t.Context())
	if err != nil || p.Profile != "simcom-2g" || !finding(p, "2G") || p.SIM != "READY" || len(p.Storages) == 0 || p.Announces != "1,1,0,1,0" {
		t.Errorf("%+v, %v", p, err)
	}
	if after := settings(t, r.stick); after != before {
		t.Errorf("probing changed the modem:\n%s\nwas\n%s", after, before)
	}
	if err := r.stick.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.await(t, "Down", func() bool { return len(eventsOf[modem.Down](r.bridge)) == 1 })
	if p, err = r.modem.Probe(t.Context()); err != nil || !finding(p, "not ready") || p.Model != "SIM800L" {
		t.Errorf("unplugged: %+v, %v", p, err)
	}
}

// Every recorded device is brought up and receives, or is refused with a sentence.
func TestEveryRecordedDevice(t *testing.T) {
	f, err := os.Open("testdata/transcripts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	recorded, err := modemtest.ReadProfiles(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{"generic": "the SIM asks for its PIN"} // the recording of "generic" says SIM PIN
	for _, device := range recorded {
		t.Run(device.Device, func(t *testing.T) {
			t.Parallel()
			maker, model, _ := strings.Cut(device.Device, " ")
			r := newRig(t, modemtest.ModemOptions{Manufacturer: maker, Model: model}, modem.Options{
				SIMWithin: 200 * time.Millisecond, SweepEvery: 300 * time.Millisecond,
			})
			r.stick.Load(device)
			r.start(t)
			r.await(t, "it is up or refused", func() bool {
				s := r.modem.State()
				return s.Phase == modem.Ready || s.LastError != nil
			})
			s := r.modem.State()
			switch want := refused[device.Device]; {
			case want != "" && (s.LastError == nil || !strings.Contains(s.LastError.Error(), want)):
				t.Errorf("%v, %v; want it to be refused because %q", s.Phase, s.LastError, want)
			case want == "" && s.Phase != modem.Ready:
				t.Errorf("refused: %v", s.LastError)
			case s.ProfileWhy == "":
				t.Error("nobody says why the profile was chosen")
			}
		})
	}
}

// A phone that shows a computer none of its messages (Nokia N79, transcripts t091 to t095) is refused with a sentence.
func TestPhoneWithoutStorages(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	r.stick.Load(&modemtest.Profile{Device: "Nokia N79", Answers: map[string][][]string{
		"AT+CPMS=?":    {{"+CPMS: (),(),()", "OK"}},
		"AT+CPMS?":     {{"+CPMS: ,,,,,,,,", "OK"}},
		`AT+CPMS="SM"`: {{"ERROR"}},
		`AT+CPMS="ME"`: {{"ERROR"}},
	}})
	r.start(t)
	r.await(t, "a sentence", func() bool {
		err := r.modem.State().LastError
		return err != nil && strings.Contains(err.Error(), "no storage for messages")
	})
}
