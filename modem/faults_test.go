package modem_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

func TestUnplugAndReplug(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	if err := r.stick.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.await(t, "Down", func() bool { return len(eventsOf[modem.Down](r.bridge)) == 1 })
	_, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil)
	var se *modem.SendError
	if !errors.Is(err, modem.ErrDown) || !errors.As(err, &se) || se.Unknown || se.Retry != modem.Soon {
		t.Errorf("Send while unplugged: %v", err)
	}
	if s := r.modem.State(); s.Phase == modem.Ready || s.LastError == nil {
		t.Errorf("state while unplugged: %+v", s)
	}
	if err := r.net.Phone(emma).Send(gateway, "mens du var borte"); err != nil {
		t.Fatal(err)
	}
	if err := r.stick.PlugIn(r.link); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message that waited", func() bool { return slices.Equal(r.texts(), []string{"mens du var borte"}) })
	r.await(t, "Up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
	if n := len(eventsOf[modem.Down](r.bridge)); n != 1 {
		t.Errorf("%d Down events", n)
	}
}

// back is an error that knows when the port is there again.
type back struct{ there chan struct{} }

func (b back) Error() string         { return "no such port" }
func (b back) Back() <-chan struct{} { return b.there }

func TestOpenSaysWhenItIsBack(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	there := make(chan struct{})
	o := quick(modem.Options{Sink: r.bridge})
	o.ReopenEvery, o.ReopenMax = time.Hour, time.Hour
	var once sync.Once
	first := make(chan struct{})
	o.Open = func(ctx context.Context) (io.ReadWriteCloser, error) {
		select {
		case <-there:
			return openTTY(r.link)(ctx)
		default:
			once.Do(func() { close(first) })
			return nil, back{there}
		}
	}
	r.modem = modem.New(o)
	r.start(t)
	<-first
	close(there)
	r.await(t, "the modem is up", func() bool { return r.modem.State().Phase == modem.Ready })
}

func TestTakeFails(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	fails := 3
	r.refuse = func(modem.Received) error {
		if fails--; fails >= 0 {
			return errors.New("database is locked")
		}
		return nil
	}
	r.up(t)
	if err := r.net.Phone(emma).Send(gateway, "viktig"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "it is taken in the end", func() bool { return slices.Equal(r.texts(), []string{"viktig"}) })
	r.await(t, "and then forgotten", func() bool { return len(r.stick.Stored("SM"))+len(r.stick.Stored("ME")) == 0 })
}

func TestNothingIsForgottenUntaken(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	tried := 0
	r.refuse = func(modem.Received) error { tried++; return errors.New("no") }
	r.up(t)
	if err := r.net.Phone(emma).Send(gateway, "viktig"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "several tries", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return tried >= 4 })
	if n := len(r.stick.Stored("SM")) + len(r.stick.Stored("ME")); n != 1 {
		t.Errorf("%d messages on the modem", n)
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		fault   modemtest.Fault
		unknown bool
		retry   modem.RetryClass
		code    int
		phone   int // messages that the phone has in truth
	}{
		{modemtest.Fault{Kind: modemtest.CMSError, Code: 42}, false, modem.Soon, 42, 0},
		{modemtest.Fault{Kind: modemtest.CMSError, Code: 331}, false, modem.Soon, 331, 0},
		{modemtest.Fault{Kind: modemtest.CMSError, Code: 38}, false, modem.Slowly, 38, 0},
		{modemtest.Fault{Kind: modemtest.CMSError, Code: 28}, false, modem.Never, 28, 0},
		{modemtest.Fault{Kind: modemtest.CMSError, Code: 341}, false, modem.Never, 341, 0},
		{modemtest.Fault{Kind: modemtest.CMSError, Code: 330}, false, modem.Person, 330, 0},
		{modemtest.Fault{Kind: modemtest.CMSErrorSent, Code: 332}, true, modem.Person, 332, 1},
		{modemtest.Fault{Kind: modemtest.CMSErrorSent, Code: 500}, true, modem.Person, 500, 1},
		{modemtest.Fault{Kind: modemtest.CutBeforeSend}, true, modem.Person, -1, 0},
		{modemtest.Fault{Kind: modemtest.CutBeforeResult}, true, modem.Person, -1, 1},
		{modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CMGS"}, true, modem.Person, -1, 1},
	} {
		t.Run(fmt.Sprintf("%d-%d", c.fault.Kind, c.fault.Code), func(t *testing.T) {
			r := newRig(t, modemtest.ModemOptions{}, modem.Options{SendTimeout: 300 * time.Millisecond}).up(t)
			r.stick.Fault(c.fault)
			_, err := r.modem.Send(t.Context(), submit(t, emma, "hei")[0], nil)
			var se *modem.SendError
			if !errors.As(err, &se) {
				t.Fatalf("Send: %v", err)
			}
			if se.Unknown != c.unknown || se.Retry != c.retry || se.Code != c.code {
				t.Errorf("got unknown %v, retry %v, code %d: %v", se.Unknown, se.Retry, se.Code, err)
			}
			if n := len(r.net.Phone(emma).Inbox()); n != c.phone {
				t.Fatalf("the phone has %d messages, the test expects %d", n, c.phone)
			}
			// Whatever it was, the modem works again by itself once its port is there.
			if c.fault.Kind == modemtest.CutBeforeSend || c.fault.Kind == modemtest.CutBeforeResult {
				if err := errors.Join(r.stick.Unplug(), r.stick.PlugIn(r.link)); err != nil {
					t.Fatal(err)
				}
			}
			r.await(t, "the next one goes out", func() bool {
				mr, err := r.modem.Send(t.Context(), submit(t, emma, "neste")[0], nil)
				if err != nil {
					return false
				}
				sent := r.stick.Sent()
				if last := sent[len(sent)-1]; last.MR != mr {
					t.Errorf("reference %d, the modem gave %d", mr, last.MR)
				}
				return true
			})
		})
	}
}

func TestLateAnswerIsNotTheNextOnes(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{SendTimeout: 200 * time.Millisecond}).up(t)
	r.stick.SetTiming(modemtest.Timing{Air: 600 * time.Millisecond})
	var se *modem.SendError
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "en")[0], nil); !errors.As(err, &se) || !se.Unknown {
		t.Fatalf("got %v, want a timeout that leaves it open", err)
	}
	r.stick.SetTiming(modemtest.Timing{})
	r.await(t, "the second goes out", func() bool {
		mr, err := r.modem.Send(t.Context(), submit(t, emma, "to")[0], nil)
		if err != nil {
			return false
		}
		sent := r.stick.Sent()
		if len(sent) != 2 || sent[1].MR != mr {
			t.Errorf("reference %d, the modem gave %+v", mr, sent)
		}
		return true
	})
}

func TestCancelledBeforeThePrompt(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.Deaf, On: "+CMGS"})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := r.modem.Send(ctx, submit(t, emma, "nei")[0], nil)
	var se *modem.SendError
	if !errors.As(err, &se) || se.Unknown || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "ja")[0], nil); err != nil {
		t.Fatalf("the next one: %v", err)
	}
}

func TestCodesInsideAnswers(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	for _, f := range []modemtest.Fault{
		{Kind: modemtest.URCInside, On: "+CMGR", Line: 1, Text: "^RSSI:14", Times: -1},
		{Kind: modemtest.URCInside, On: "+CMGS", Line: 0, Text: "+CREG: 5", Times: -1},
		{Kind: modemtest.URCInside, On: "+CMGD", Line: -1, Times: -1},
	} {
		r.stick.Fault(f)
	}
	for i := range 10 {
		if err := r.net.Phone(emma).Send(gateway, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	r.await(t, "all, in order, once", func() bool {
		return slices.Equal(r.texts(), []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
	})
	mr, err := r.modem.Send(t.Context(), submit(t, emma, "ok")[0], nil)
	if err != nil || r.stick.Sent()[0].MR != mr {
		t.Errorf("Send: %d, %v", mr, err)
	}
	r.await(t, "roaming", func() bool {
		return r.modem.State().Registered == modem.Home || r.modem.State().Registered == modem.Roaming
	})
}

func TestLostCodeIsSweptUp(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{SweepEvery: 200 * time.Millisecond}).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.URCLost, On: "+CMTI"})
	if err := r.net.Phone(emma).Send(gateway, "stille"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"stille"}) })
}

func TestCodeForWhatIsGone(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.URCTwice, On: "+CMTI", Times: -1})
	for _, s := range []string{"a", "b", "c"} {
		if err := r.net.Phone(emma).Send(gateway, s); err != nil {
			t.Fatal(err)
		}
	}
	r.stick.URC("", `+CMTI: "SM",17`)
	if err := r.net.Phone(emma).Send(gateway, "d"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "each once", func() bool { return slices.Equal(r.texts(), []string{"a", "b", "c", "d"}) })
}

func TestStorageFull(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{SM: 2, ME: -1, SR: -1}, modem.Options{})
	open := false
	r.refuse = func(modem.Received) error {
		if !open {
			return errors.New("not yet")
		}
		return nil
	}
	r.up(t)
	for _, s := range []string{"a", "b", "c"} {
		if err := r.net.Phone(emma).Send(gateway, s); err != nil {
			t.Fatal(err)
		}
	}
	r.await(t, "StorageFull", func() bool { return len(eventsOf[modem.StorageFull](r.bridge)) > 0 })
	r.mu.Lock()
	open = true
	r.mu.Unlock()
	r.await(t, "two are taken", func() bool { return len(r.texts()) >= 2 })
	r.await(t, "the network delivers the third", func() bool { r.net.Wake(); return slices.Equal(r.texts(), []string{"a", "b", "c"}) })
}

func TestUndecodableIsTakenRaw(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	if _, err := r.stick.Put("SM", 0, []byte{0x04, 0xFF, 0x91}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.stick.Put("SM", 2, submit(t, emma, "utkast")[0]); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	r.await(t, "the raw PDU", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.taken) == 1 })
	if got := r.taken[0]; got.Err == nil || !strings.HasSuffix(got.PDU, "04FF91") {
		t.Errorf("got %+v", got)
	}
	r.await(t, "only the draft is left", func() bool {
		left := r.stick.Stored("SM")
		return len(left) == 1 && left[0].Stat == 2
	})
}

func TestSenderOfADamagedTextIsKept(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	cutShort, err := hex.DecodeString("040A81393333333300006211024100000405E832")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.stick.Put("SM", 0, cutShort); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	r.await(t, "the raw PDU", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.taken) == 1 })
	var format *tpdu.FormatError
	got := r.taken[0]
	if !errors.As(got.Err, &format) || got.Message.Deliver == nil || got.Message.Deliver.From.String() != "9333333333" {
		t.Errorf("got %+v", got)
	}
}

// A PDU whose code was lost is number and text: of an unknown line the log holds a name at most.
func TestStrayLinesAreNotLogged(t *testing.T) {
	var log logged
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}).up(t)
	strays := []string{
		"07917238010010F5040A81393333333300006211024100000405E8329BFD06", "+4792222222", "Mamma kommer", "+HEI MAMMA", "^HJELPMEGMAMMAJEGERHER",
	}
	// One that comes while a command is being answered counts as a part of the answer: it is said again.
	r.await(t, "all of them are found to be unknown", func() bool {
		told := eventsOf[modem.Unsolicited](r.bridge)
		for _, line := range append([]string{"+XNEWS: 1,2"}, strays...) {
			if !slices.ContainsFunc(told, func(u modem.Unsolicited) bool { return u.Line == line }) {
				r.stick.URC(line)
				return false
			}
		}
		return true
	})
	for _, line := range strays {
		if strings.Contains(strings.ToUpper(log.String()), strings.ToUpper(line)) {
			t.Errorf("the log holds %q", line)
		}
	}
	if !strings.Contains(log.String(), "+XNEWS") {
		t.Errorf("the name of an unknown code is not in the log:\n%s", log.String())
	}
}

// logged is a log that can be read while it is written.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestNotAModem(t *testing.T) {
	b := newBridge()
	o := quick(modem.Options{Sink: b, AnswerWithin: 50 * time.Millisecond})
	o.AnswerWithin = 50 * time.Millisecond
	o.Open = func(context.Context) (io.ReadWriteCloser, error) { return newDumb(t), nil }
	r := &rig{bridge: b, modem: modem.New(o), wire: &wire{}}
	r.start(t)
	r.await(t, "a sentence", func() bool {
		err := r.modem.State().LastError
		return err != nil && strings.Contains(err.Error(), "answers no AT commands: is this the modem's AT port?")
	})
}

// dumb is a port on which nothing ever answers.
type dumb struct{ *os.File }

func newDumb(t *testing.T) dumb {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return dumb{r}
}

func (dumb) Write(p []byte) (int, error) { return len(p), nil }

func TestManyConcurrentSends(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 5 {
				text := fmt.Sprintf("%d-%d", i, j)
				if _, err := r.modem.Send(t.Context(), submit(t, emma, text)[0], nil); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		})
		if err := r.net.Phone(emma).Send(gateway, fmt.Sprint(i)); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	if n := len(r.net.Phone(emma).Inbox()); n != 40 {
		t.Errorf("the phone has %d messages", n)
	}
	r.await(t, "eight messages and forty reports", func() bool { return len(r.texts()) == 8 && len(r.reports()) == 40 })
}
