package modem_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

// deliver is an SMS-DELIVER from emma of "hei", with this TP-PID and TP-DCS.
func deliver(pid, dcs byte) []byte {
	return []byte{0x04, 0x0A, 0x91, 0x74, 0x39, 0x33, 0x33, 0x33, pid, dcs, 0x62, 0x11, 0x22, 0x71, 0x00, 0x00, 0x04, 0x03, 0xE8, 0x72, 0x1A}
}

// deliverText is deliver with another text of ASCII letters, 8 bits each.
func deliverText(pid byte, text string) []byte {
	head := deliver(pid, 0x04)[:17]
	return append(append(head, byte(len(text))), text...)
}

func (r *rig) kinds() []modem.Kind {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kinds []modem.Kind
	for _, t := range r.taken {
		kinds = append(kinds, t.Kind())
	}
	return kinds
}

func (r *rig) empty() bool { return len(r.stick.Stored("SM"))+len(r.stick.Stored("ME")) == 0 }

// Whatever arrives is handed over for what it is, with its raw PDU, and then forgotten by the modem.
func TestEveryKindOfMessageIsTaken(t *testing.T) {
	port := func() []byte { // UDH with a destination port, 8-bit data
		b := deliver(0, 0x04)[:17]
		b[0] |= 0x40
		return append(b, 9, 6, 5, 4, 0x23, 0xF4, 0, 0, 'v', 'c')
	}()
	for _, c := range []struct {
		name string
		tpdu []byte
		want modem.Kind
	}{
		{"text", deliver(0, 0), modem.KindText},
		{"class 0", deliver(0, 0x10), modem.KindText},
		{"class 2, for the SIM", deliver(0, 0x12), modem.KindText},
		{"replace type 3", deliver(0x43, 0), modem.KindText},
		{"message waiting, to be thrown away", deliver(0, 0xC8), modem.KindNotice},
		{"message waiting, to be stored", deliver(0, 0xD8), modem.KindText},
		{"8-bit", deliverText(0, "abc"), modem.KindData},
		{"to a port", port, modem.KindData},
		{"cut short", deliver(0, 0)[:19], modem.KindUnreadable},
		{"reserved type", append([]byte{0x07}, deliver(0, 0)[1:]...), modem.KindUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
			if c.want == modem.KindUnreadable {
				if _, err := r.stick.Put("SM", 0, c.tpdu); err != nil {
					t.Fatal(err)
				}
			}
			r.up(t)
			if c.want != modem.KindUnreadable {
				r.net.Inject(r.stick, c.tpdu)
			}
			r.await(t, "it is taken", func() bool { return len(r.kinds()) == 1 })
			got := r.taken[0]
			if got.Kind() != c.want || !strings.HasSuffix(strings.ToLower(got.PDU), hex.EncodeToString(c.tpdu)) || got.At.IsZero() {
				t.Errorf("kind %v, PDU %s at %v; want %v and the PDU as it came, %x", got.Kind(), got.PDU, got.At, c.want, c.tpdu)
			}
			r.await(t, "it is forgotten", r.empty)
		})
	}
}

// A modem may store type 0 although it should not (TS 23.040 §9.2.3.9).
func TestTypeZeroIsSilent(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	if _, err := r.stick.Put("ME", 0, deliver(0x40, 0)); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	r.await(t, "it is taken", func() bool { return slices.Equal(r.kinds(), []modem.Kind{modem.KindSilent}) })
	r.await(t, "it is forgotten", r.empty)
}

func TestReplacementsSayWhatTheyReplace(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.net.Inject(r.stick, deliver(0x45, 0))
	r.net.Inject(r.stick, deliver(0, 0))
	r.await(t, "both", func() bool { return len(r.kinds()) == 2 })
	key, ok := r.taken[0].Replaces()
	if want := (modem.ReplaceKey{Type: 5, From: "+4793333333", SMSC: r.taken[0].Message.SMSC}); !ok || key != want {
		t.Errorf("%+v, %v; want %+v", key, ok, want)
	}
	if _, ok := r.taken[1].Replaces(); ok {
		t.Error("an ordinary text replaces nothing")
	}
}

// The second of two messages that share a place arrives while the first is being handed over: deleting the place
// would delete what nobody has read.
func TestReplacementIsNotDeletedUnread(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	var once atomic.Bool
	r.refuse = func(modem.Received) error {
		if once.CompareAndSwap(false, true) {
			// The code for it is lost: only the place tells.
			r.stick.Fault(modemtest.Fault{Kind: modemtest.URCLost, On: "+CMTI"})
			r.net.Inject(r.stick, deliverText(0x41, "andre"))
		}
		return nil
	}
	if _, err := r.stick.Put("SM", 0, deliverText(0x41, "første")); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	taken := func() (texts []string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, one := range r.taken {
			texts = append(texts, string(one.Message.Deliver.UD))
		}
		return texts
	}
	r.await(t, "both are taken", func() bool { return slices.Equal(taken(), []string{"første", "andre"}) })
	r.await(t, "and forgotten", r.empty)
}

// A class 0 message that could not be committed is written onto the SIM: it outlives this program.
func TestClassZeroOutlivesTheProgram(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Powered: true}, modem.Options{})
	var open atomic.Bool
	r.refuse = func(modem.Received) error {
		if open.Load() {
			return nil
		}
		return errors.New("disk full")
	}
	o := r.options
	r.up(t)
	r.net.Inject(r.stick, deliver(0, 0x10))
	r.await(t, "it lies in the storage", func() bool { return !r.empty() })
	r.end()
	open.Store(true)
	r.modem = modem.New(o)
	r.up(t)
	r.await(t, "the next program takes it", func() bool { return slices.Equal(r.texts(), []string{"hei"}) })
	r.await(t, "it is forgotten", r.empty)
}

// Where the modem lets nothing be written, it waits in memory and is offered again.
func TestClassZeroWaitsInMemory(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.CMSError, On: "+CMGW", Code: 303, Times: -1})
	fails := 2
	r.mu.Lock()
	r.refuse = func(modem.Received) error {
		if fails--; fails >= 0 {
			return errors.New("database is locked")
		}
		return nil
	}
	r.mu.Unlock()
	r.net.Inject(r.stick, deliver(0, 0x10))
	r.await(t, "the flash message", func() bool { return slices.Equal(r.texts(), []string{"hei"}) })
}

// A full storage is emptied of what no message arrives in, and the network's messages come in.
func TestDraftsDoNotMakeDeaf(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{SM: 3, ME: -1, SR: -1}, modem.Options{})
	for i := range 3 {
		if _, err := r.stick.Put("SM", 2+i%2, submit(t, emma, fmt.Sprint("utkast ", i))[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.net.Phone(emma).Send(gateway, "slipper jeg inn?"); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	r.await(t, "the message", func() bool { r.net.Wake(); return slices.Equal(r.texts(), []string{"slipper jeg inn?"}) })
}

// MF103: what is read is ME, and empty; what receives is SM, and full.
func TestFullStorageThatIsNotTheOneRead(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{SM: 2, Powered: true}, modem.Options{})
	for range 2 {
		if _, err := r.stick.Put("SM", 0, deliver(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	port, err := openTTY(r.link)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := port.Write([]byte(`AT+CPMS="ME","ME","SM"` + "\r")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	for seen := ""; !strings.Contains(seen, "OK"); {
		n, err := port.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen += string(buf[:n])
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	r.await(t, "both", func() bool { return len(r.texts()) == 2 })
	r.await(t, "room", r.empty)
}

// T77W968: the storages are set to something else and back at every sweep.
func TestStoragesAreCycled(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{
		Profile: &modem.Profile{Name: "x", CycleStorages: true}, SweepEvery: 50 * time.Millisecond,
	}).up(t)
	cycles := func() int {
		r.wire.mu.Lock()
		defer r.wire.mu.Unlock()
		return strings.Count(strings.Join(r.wire.lines, "\n"), `> AT+CPMS="ME","ME","ME"`)
	}
	r.await(t, "two cycles", func() bool { return cycles() >= 2 })
	if err := r.net.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"hei"}) })
}

// Where the profile proves it, messages come directly, and AT+CNMA goes out only after the commit.
func TestDirectDelivery(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{Profile: &modem.Profile{Name: "x", Direct: true}})
	acks := func() int {
		r.wire.mu.Lock()
		defer r.wire.mu.Unlock()
		n := 0
		for _, l := range r.wire.lines {
			if strings.HasSuffix(l, "> AT+CNMA") {
				n++
			}
		}
		return n
	}
	early := 0
	r.refuse = func(got modem.Received) error {
		early += acks()
		if got.Index != -1 || got.Storage != "" {
			t.Errorf("stored in %q at %d", got.Storage, got.Index)
		}
		return nil
	}
	r.up(t)
	if err := r.net.Phone(emma).Send(gateway, "rett fram"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"rett fram"}) })
	r.await(t, "it is acknowledged once", func() bool { return acks() == 1 })
	if early != 0 {
		t.Errorf("%d acknowledgements before the commit", early)
	}
	r.await(t, "the network is satisfied", func() bool { return r.net.Waiting(gateway) == 0 })
}

// A profile alone is no proof: where the modem does not take AT+CSMS=1, messages are stored and announced.
func TestDirectDeliveryNeedsPhaseTwoPlus(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{Profile: &modem.Profile{Name: "x", Direct: true}})
	r.stick.Load(&modemtest.Profile{Device: "x", Answers: map[string][][]string{
		"AT+CSMS=1": {{"+CMS ERROR: 303"}}, "AT+CSMS?": {{"+CSMS: 0,1,1,1", "OK"}},
	}})
	r.up(t)
	if err := r.net.Phone(emma).Send(gateway, "lagret"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"lagret"}) })
	if got := r.taken[0]; got.Storage == "" || got.Index < 0 {
		t.Errorf("it was handed over unstored: %+v", got)
	}
}

// What was not taken is not acknowledged: the network keeps it, the modem stops handing over, and is told to go on.
func TestDirectDeliveryThatWasNotTaken(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Timing: modemtest.Timing{Ack: 100 * time.Millisecond}}, modem.Options{
		Profile: &modem.Profile{Name: "x", Direct: true}, SweepEvery: 100 * time.Millisecond,
	})
	fails := 1
	r.refuse = func(modem.Received) error {
		if fails--; fails >= 0 {
			return errors.New("database is locked")
		}
		return nil
	}
	r.up(t)
	if err := r.net.Phone(emma).Send(gateway, "en"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "it is taken in the end", func() bool { return slices.Contains(r.texts(), "en") })
	if n := r.stick.Counters().Unacked; n > 1 {
		t.Errorf("%d unacknowledged", n)
	}
	if err := r.net.Phone(emma).Send(gateway, "to"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the modem hands over again", func() bool { r.net.Wake(); return slices.Contains(r.texts(), "to") })
}

// ZTE and others print +CDS with a comma before the length; some print a quoted number; some only the length.
func TestReportsInEveryHabit(t *testing.T) {
	for _, head := range []string{"+CDS: 25", "+CDS: ,25", `+CDS: "",25`, "+CDS:25"} {
		t.Run(head, func(t *testing.T) {
			r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
			r.stick.URC(head, "06917429000100"+report)
			r.await(t, "the report", func() bool { return len(r.reports()) == 1 })
			if got := r.reports()[0].Message.Report; got.MR != 7 || got.To.String() != emma {
				t.Errorf("%+v", got)
			}
		})
	}
}

// With ds=2 a modem announces the report; some name the SIM and keep it in SR (Quectel, transcripts t435, t436).
func TestReportsThatAreStored(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{Profile: &modem.Profile{Name: "x", Reports: 2}}).up(t)
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "hei")[0], nil); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the report", func() bool { return len(r.reports()) == 1 })
	if got := r.reports()[0]; got.Storage != "SR" || got.Message.Report.Fate() != tpdu.FateDelivered {
		t.Errorf("%+v", got)
	}
	r.await(t, "it is forgotten", func() bool { return len(r.stick.Stored("SR")) == 0 })
}
