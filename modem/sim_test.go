package modem_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// drawer remembers SIMs as the gateway's store does.
type drawer struct {
	mu      sync.Mutex
	adopted string
	cleared map[string]bool
	fault   error
}

func (d *drawer) Owns(_ context.Context, iccid string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.adopted == "" {
		d.adopted = iccid
	}
	return d.adopted == iccid, d.fault
}

func (d *drawer) Cleared(_ context.Context, iccid string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cleared[iccid], nil
}

func (d *drawer) SetCleared(_ context.Context, iccid string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cleared == nil {
		d.cleared = map[string]bool{}
	}
	d.cleared[iccid] = true
	return nil
}

func (d *drawer) adopt(iccid string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.adopted = iccid
}

// said tells which commands went to the modem.
func (r *rig) said(part string) bool {
	r.wire.mu.Lock()
	defer r.wire.mu.Unlock()
	return slices.ContainsFunc(r.wire.lines, func(l string) bool { return strings.Contains(l, " > "+part) })
}

// lying is an SMS-DELIVER with the text "hei".
var lying = []byte{
	0x04, 0x0A, 0x91, 0x74, 0x39, 0x33, 0x33, 0x33, 0x00, 0x00, 0x62, 0x11, 0x22, 0x71, 0x00, 0x00, 0x04, 0x03, 0xE8, 0x72, 0x1A,
}

const ourICCID, childICCID = "8947080000000000013", "8947080000000099999"

// A SIM that is not the gateway's is left alone: no PIN, nothing read, sent or deleted, no radio; until it is adopted.
func TestForeignSIM(t *testing.T) {
	d := &drawer{adopted: ourICCID}
	o := watchful()
	o.SIMs, o.PIN = d, "1234"
	r := newRig(t, modemtest.ModemOptions{ICCID: childICCID, PIN: "1234"}, o)
	if _, err := r.stick.Put("SM", 0, lying); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	r.await(t, "provisioning", func() bool { return r.modem.State().Phase == modem.Provisioning })
	r.await(t, "it is told", func() bool { return len(eventsOf[modem.ForeignSIM](r.bridge)) == 1 })
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil); !errors.Is(err, modem.ErrDown) {
		t.Errorf("Send: %v", err)
	}
	r.await(t, "it is watched for a while", func() bool { return countSaid(r, "AT+CFUN?") > 3 })
	for _, never := range []string{"AT+CPIN=", "AT+CMG", "AT+CPMS", "AT+CNMI", "AT+CFUN=1"} {
		if r.said(never) {
			t.Errorf("%s was said to a foreign SIM", never)
		}
	}
	if s := r.modem.State(); !s.Foreign || s.ICCID != childICCID {
		t.Errorf("state %+v", s)
	}
	if n := len(eventsOf[modem.ForeignSIM](r.bridge)); n != 1 {
		t.Errorf("told %d times", n)
	}
	d.adopt(childICCID)
	r.modem.AskSIMAgain()
	r.await(t, "it relays", func() bool { return slices.Equal(r.texts(), []string{"hei"}) })
	if s := r.modem.State(); s.Foreign || s.IMSI == "" || s.Phase != modem.Ready {
		t.Errorf("state %+v", s)
	}
}

func countSaid(r *rig, part string) (n int) {
	r.wire.mu.Lock()
	defer r.wire.mu.Unlock()
	for _, l := range r.wire.lines {
		if strings.Contains(l, " > "+part) {
			n++
		}
	}
	return n
}

// The first SIM is adopted; while nobody can say whose it is, it is not touched.
func TestWhoseSIMIsNotKnown(t *testing.T) {
	d := &drawer{fault: errors.New("database is locked")}
	o := watchful()
	o.SIMs = d
	r := newRig(t, modemtest.ModemOptions{}, o).start(t)
	r.await(t, "two tries", func() bool { return countSaid(r, "AT+CCID") > 1 })
	if r.said("AT+CMG") || r.modem.State().Phase == modem.Ready {
		t.Error("it was used")
	}
	d.mu.Lock()
	d.fault = nil
	d.mu.Unlock()
	r.await(t, "up", func() bool { return r.modem.State().Phase == modem.Ready })
	if d.adopted != ourICCID {
		t.Errorf("adopted %q", d.adopted)
	}
}

// A provisioner's modem relays nothing, whatever SIM is in it.
func TestProvisionerStaysAside(t *testing.T) {
	o := watchful()
	o.Provision = true
	r := newRig(t, modemtest.ModemOptions{}, o)
	if _, err := r.stick.Put("SM", 0, lying); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	r.await(t, "provisioning", func() bool { return r.modem.State().Phase == modem.Provisioning })
	r.await(t, "it is watched for a while", func() bool { return countSaid(r, "AT+CFUN?") > 3 })
	if r.said("AT+CMG") || r.said("AT+CFUN=1") || len(r.texts()) > 0 || len(eventsOf[modem.ForeignSIM](r.bridge)) > 0 {
		t.Error("it was used")
	}
	if r.modem.State().ICCID != ourICCID {
		t.Errorf("ICCID %q", r.modem.State().ICCID)
	}
}

// Abroad an ordinary message is refused, an emergency goes out all the same.
func TestEmergencyAbroad(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.SetRegistration(5, 5, 5)
	r.await(t, "abroad", func() bool { return r.modem.State().Registered == modem.Roaming })
	pdu := submit(t, emma, "SOS")[0]
	if _, err := r.modem.SendWith(t.Context(), pdu, modem.SendOptions{}, nil); !errors.Is(err, modem.ErrRoaming) {
		t.Errorf("ordinary: %v", err)
	}
	if _, err := r.modem.SendWith(t.Context(), pdu, modem.SendOptions{Emergency: true}, nil); err != nil {
		t.Errorf("emergency: %v", err)
	}
	if n := len(r.net.Phone(emma).Inbox()); n != 1 {
		t.Errorf("the phone has %d messages", n)
	}
}

// A burst keeps the link and asks for it once.
func TestBurstKeepsTheLink(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	for range 5 {
		if _, err := r.modem.SendWith(t.Context(), submit(t, emma, "x")[0], modem.SendOptions{More: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := countSaid(r, "AT+CMMS="); n != 1 {
		t.Errorf("AT+CMMS was said %d times", n)
	}
}

// A modem that says OK without a reference has given none: it is not reference 0.
func TestNoReferenceIsNotZero(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.Load(&modemtest.Profile{Answers: map[string][][]string{"AT+CMGS": {{"OK"}}}})
	ref, err := r.modem.SendWith(t.Context(), submit(t, emma, "x")[0], modem.SendOptions{}, nil)
	if err != nil || ref.Known {
		t.Errorf("%+v, %v", ref, err)
	}
	r.stick.Load(nil)
	ref, err = r.modem.SendWith(t.Context(), submit(t, emma, "x")[0], modem.SendOptions{}, nil)
	if err != nil || !ref.Known {
		t.Errorf("%+v, %v", ref, err)
	}
}

// A SIM that is exchanged behind a modem's back is judged before anything of it is read.
func TestSIMIsExchanged(t *testing.T) {
	d := &drawer{adopted: ourICCID}
	o := watchful()
	o.SIMs = d
	r := newRig(t, modemtest.ModemOptions{}, o).up(t)
	r.await(t, "the watch has begun", func() bool { return countSaid(r, "AT+CNMI?") > 1 })
	r.stick.SwapSIM(modemtest.ModemOptions{Number: gateway, ICCID: childICCID})
	if _, err := r.stick.Put("SM", 0, lying); err != nil {
		t.Fatal(err)
	}
	r.await(t, "provisioning", func() bool { return r.modem.State().Phase == modem.Provisioning })
	if len(eventsOf[modem.ForeignSIM](r.bridge)) != 1 {
		t.Error("it was not told")
	}
	if len(r.texts()) != 0 || len(r.stick.Stored("SM")) != 1 {
		t.Errorf("what lay on it was read or deleted: %q", r.texts())
	}
	r.stick.SwapSIM(modemtest.ModemOptions{Number: gateway, ICCID: ourICCID})
	r.await(t, "ours is back", func() bool { return r.modem.State().Phase == modem.Ready })
}

// A message that comes right after a SIM was exchanged, before the watch has looked at it: with a sign of the exchange
// it is not even read; without one it is not deleted.
func TestMessageOnASIMJustExchanged(t *testing.T) {
	for name, c := range map[string]struct {
		swap  func(r *rig)
		taken bool // it may be read
	}{
		"nothing is said":  {swap: func(*rig) {}, taken: true},
		"the SIM is ready": {swap: func(r *rig) { r.stick.URC("+CPIN: READY") }},
		"its maker's word": {swap: func(r *rig) { r.stick.URC("+QUSIM: 1") }},
		"network lost and found": {swap: func(r *rig) {
			r.stick.SetRegistration(0, 0, 0)
			r.stick.SetRegistration(1, 1, 1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, modemtest.ModemOptions{}, modem.Options{SIMs: &drawer{adopted: ourICCID}}).up(t)
			up := time.Now()
			r.await(t, "nobody exchanges a SIM in a second", func() bool { return time.Since(up) > 1100*time.Millisecond })
			r.stick.SwapSIM(modemtest.ModemOptions{Number: gateway, ICCID: childICCID})
			c.swap(r)
			if err := r.net.Phone(emma).Send(gateway, "til barnet"); err != nil {
				t.Fatal(err)
			}
			r.await(t, "provisioning", func() bool { return r.modem.State().Phase == modem.Provisioning })
			if left := len(r.stick.Stored("SM")); left != 1 {
				t.Errorf("%d messages are on the child's SIM", left)
			}
			if texts := r.texts(); len(texts) > 0 && !c.taken {
				t.Errorf("read: %q", texts)
			}
		})
	}
}

// A SIM that is exchanged between a message and its deletion does not lose another message in the same place.
func TestSIMExchangedBeforeADeletion(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{SIMs: &drawer{adopted: ourICCID}}).up(t)
	var once sync.Once
	r.bridge.mu.Lock()
	r.refuse = func(modem.Received) error {
		once.Do(func() {
			r.stick.SwapSIM(modemtest.ModemOptions{Number: gateway, ICCID: childICCID})
			if _, err := r.stick.Put("SM", 0, lying); err != nil {
				t.Error(err)
			}
		})
		return nil
	}
	r.bridge.mu.Unlock()
	up := time.Now()
	r.await(t, "nobody exchanges a SIM in a second", func() bool { return time.Since(up) > 1100*time.Millisecond })
	if err := r.net.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "provisioning", func() bool { return r.modem.State().Phase == modem.Provisioning })
	if left := len(r.stick.Stored("SM")); left != 1 {
		t.Errorf("%d messages are on the child's SIM", left)
	}
}

// A modem that takes no message because its storage is full says so of each; a person is told once.
func TestFullStorageRefusesManyMessages(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	refused := func() {
		r.stick.Fault(modemtest.Fault{Kind: modemtest.CMSError, On: "+CMGS", Code: 322, Times: 3})
		for range 3 {
			if _, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil); err == nil {
				t.Fatal("it was sent")
			}
		}
	}
	refused()
	if n := len(eventsOf[modem.StorageFull](r.bridge)); n != 1 {
		t.Errorf("told %d times", n)
	}
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil); err != nil {
		t.Fatal(err)
	}
	refused()
	if n := len(eventsOf[modem.StorageFull](r.bridge)); n != 2 {
		t.Errorf("told %d times of two times", n)
	}
}

// A modem that loses its power for a moment asks for the PIN again: it gets it at once, and nobody is called.
func TestPINIsAskedForAgain(t *testing.T) {
	o := watchful()
	o.PIN, o.WatchEvery = "4711", time.Hour
	r := newRig(t, modemtest.ModemOptions{PIN: "4711"}, o).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.Restart, On: "+CMGS"})
	for range 2 { // the one that the fault swallows, and the one that is told why
		_, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil)
		var se *modem.SendError
		if !errors.As(err, &se) || se.Unknown || se.Retry != modem.Soon {
			t.Fatal(err)
		}
	}
	r.await(t, "up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil); err != nil {
		t.Error(err)
	}
	if told := eventsOf[modem.SIMProblem](r.bridge); len(told) > 0 {
		t.Errorf("somebody was called: %v", told)
	}
}

// A PIN whose answer was lost is neither right nor wrong: the tries that are left tell.
func TestAnswerToThePINIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		fault modemtest.Fault
		pin   string
		ready bool
	}{
		"right, cut off":     {modemtest.Fault{Kind: modemtest.CutAfterResult, On: "+CPIN=", Times: 1}, "4711", true},
		"right, no answer":   {modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CPIN=", Times: 1}, "4711", true},
		"not taken":          {modemtest.Fault{Kind: modemtest.Restart, On: "+CPIN=", Times: 1}, "4711", true},
		"not taken, twice":   {modemtest.Fault{Kind: modemtest.Restart, On: "+CPIN=", Times: 2}, "4711", false},
		"wrong, no answer":   {modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CPIN=", Times: 1}, "1111", false},
		"wrong, told nobody": {modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CPIN=", Times: -1}, "1111", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := watchful()
			o.PIN = c.pin
			r := newRig(t, modemtest.ModemOptions{PIN: "4711"}, o)
			r.stick.Fault(c.fault)
			r.start(t)
			if c.fault.Kind == modemtest.CutAfterResult {
				r.await(t, "cut off", func() bool { return len(eventsOf[modem.Down](r.bridge)) == 1 })
				if err := r.stick.PlugIn(r.link); err != nil {
					t.Fatal(err)
				}
			}
			if c.ready {
				r.await(t, "up", func() bool { return r.modem.State().Phase == modem.Ready })
				return
			}
			r.await(t, "a person is called", func() bool { return len(eventsOf[modem.SIMProblem](r.bridge)) == 1 })
			r.await(t, "some more tries", func() bool { return countSaid(r, "AT+CPIN?") > 5 })
			want := map[string]int{"4711": 2, "1111": 1}[c.pin]
			if n := countSaid(r, "AT+CPIN="); n != want {
				t.Errorf("the PIN was entered %d times, not %d", n, want)
			}
		})
	}
}
