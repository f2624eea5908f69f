package modem_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// secondPort is the second AT port of a software modem: opened anew at each call, cut and refused by the test.
type secondPort struct {
	stick *modemtest.Modem

	mu     sync.Mutex
	gone   bool
	opened int
	host   net.Conn
	device net.Conn // the modem's end
	wire   strings.Builder
}

func (p *secondPort) open(context.Context) (io.ReadWriteCloser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	if p.gone {
		return nil, errors.New("no such port")
	}
	host, stick := net.Pipe()
	p.host, p.device = host, stick
	go func() { _ = p.stick.Serve(stick) }()
	return heard{host, p}, nil
}

// heard keeps what the host wrote.
type heard struct {
	net.Conn
	p *secondPort
}

func (h heard) Write(b []byte) (int, error) {
	h.p.mu.Lock()
	h.p.wire.Write(b)
	h.p.mu.Unlock()
	return h.Conn.Write(b)
}

func (p *secondPort) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wire.String()
}

func (p *secondPort) cut(gone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = gone
	_ = p.host.Close()
}

// newTwoPorts is a modem with two AT ports that is up on both.
func newTwoPorts(t *testing.T, mo modemtest.ModemOptions) (*rig, *secondPort) {
	t.Helper()
	r := newRig(t, mo, modem.Options{Profile: &modem.Profile{Name: "two", TwoPorts: true}})
	p := &secondPort{stick: r.stick}
	r.options.Second = p.open
	r.modem = modem.New(r.options)
	r.up(t)
	r.await(t, "both ports", func() bool { return r.modem.State().Ports == 2 })
	return r, p
}

// A message that is on the air for seconds delays nothing that arrives.
func TestReadingDoesNotWaitForSending(t *testing.T) {
	r, p := newTwoPorts(t, modemtest.ModemOptions{Timing: modemtest.Timing{Air: 3 * time.Second}})
	sent := make(chan error, 1)
	began := time.Now()
	go func() {
		_, err := r.modem.Send(t.Context(), submit(t, emma, "langsom")[0], nil)
		sent <- err
	}()
	r.await(t, "it is on the air", func() bool { return strings.Contains(p.said(), "\x1a") })
	for i := range 5 {
		if err := r.net.Phone(emma).Send(gateway, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	r.await(t, "all five", func() bool { return slices.Equal(r.texts(), []string{"0", "1", "2", "3", "4"}) })
	r.await(t, "they are forgotten too", r.empty)
	select {
	case err := <-sent:
		t.Fatalf("the message was sent after %v already (%v): the test shows nothing", time.Since(began), err)
	default:
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

// When the second port goes, the modem goes on with one; when it comes back, it is used again.
func TestTheSecondPortComesAndGoes(t *testing.T) {
	r, p := newTwoPorts(t, modemtest.ModemOptions{})
	p.cut(true)
	r.await(t, "one port", func() bool { return r.modem.State().Ports == 1 })
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "alene")[0], nil); err != nil {
		t.Fatal(err)
	}
	if err := r.net.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"hei"}) })
	if n := len(eventsOf[modem.Down](r.bridge)); n != 0 {
		t.Errorf("the modem was told to be down %d times", n)
	}
	p.mu.Lock()
	p.gone = false
	p.mu.Unlock()
	r.await(t, "both ports again", func() bool { return r.modem.State().Ports == 2 })
	before := strings.Count(p.said(), "AT+CMGS")
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "sammen")[0], nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(p.said(), "AT+CMGS"); n != before+1 {
		t.Errorf("%d messages left by the second port", n-before)
	}
}

// Of a message that was on the air when the second port went nobody knows whether it left.
func TestSecondPortGoesInTheMiddle(t *testing.T) {
	r, p := newTwoPorts(t, modemtest.ModemOptions{Timing: modemtest.Timing{Air: 2 * time.Second}})
	sent := make(chan error, 1)
	go func() {
		_, err := r.modem.Send(t.Context(), submit(t, emma, "borte")[0], nil)
		sent <- err
	}()
	r.await(t, "it is on the air", func() bool { return strings.Contains(p.said(), "\x1a") })
	p.cut(true)
	var se *modem.SendError
	if err := <-sent; !errors.As(err, &se) || !se.Unknown {
		t.Errorf("got %v, want that nobody knows", err)
	}
}

// A second port that is not there, or does not answer, costs nothing.
func TestWithoutASecondPort(t *testing.T) {
	for name, open := range map[string]modem.Opener{
		"missing": func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("no such port") },
		"silent":  func(context.Context) (io.ReadWriteCloser, error) { return newDumb(t), nil },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, modemtest.ModemOptions{}, modem.Options{Profile: &modem.Profile{Name: "two", TwoPorts: true}})
			r.options.Second = open
			r.modem = modem.New(r.options)
			r.up(t)
			if _, err := r.modem.Send(t.Context(), submit(t, emma, "hei")[0], nil); err != nil {
				t.Fatal(err)
			}
			if n := r.modem.State().Ports; n != 1 {
				t.Errorf("%d ports", n)
			}
		})
	}
}

// A modem whose profile names one port is not asked for another.
func TestSecondPortOnlyWhereTheProfileSaysSo(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{Profile: &modem.Profile{Name: "one"}})
	p := &secondPort{stick: r.stick}
	r.options.Second = p.open
	r.modem = modem.New(r.options)
	r.up(t)
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "hei")[0], nil); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened != 0 {
		t.Error("it was opened")
	}
}

// Some modems announce on both ports, some on the second alone.
func TestCodesOnTheSecondPort(t *testing.T) {
	r, p := newTwoPorts(t, modemtest.ModemOptions{})
	p.mu.Lock()
	device := p.device
	p.mu.Unlock()
	for i, say := range []func(code string){
		func(code string) { _, _ = io.WriteString(device, "\r\n"+code+"\r\n") },
		func(code string) { r.stick.URC(code) },
	} {
		if _, err := r.stick.Put("SM", 0, deliver(0, 0)); err != nil {
			t.Fatal(err)
		}
		say(`+CMTI: "SM",0`)
		say(`+CMTI: "SM",0`)
		r.await(t, "the message", func() bool { return len(r.texts()) == i+1 })
		r.await(t, "it is forgotten", r.empty)
	}
	_, _ = io.WriteString(device, "\r\n+CDS: 25\r\n06917429000100"+report+"\r\n")
	r.await(t, "the report", func() bool { return len(r.reports()) == 1 })
}

// report is an SMS-STATUS-REPORT for reference 7 to emma, delivered.
const report = "06070A917439333333621122710000006211227100000000"
