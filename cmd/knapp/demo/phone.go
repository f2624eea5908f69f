package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"knapp/modem/modemtest"
)

const (
	maxStreams  = 32       // open event streams in all; a browser tab holds two
	maxInbox    = 100      // texts that a stream begins with: the newest
	maxBody     = 16 << 10 // octets of a request
	maxText     = 1000     // characters of one text, far beyond what the phone joins
	heartbeat   = 20 * time.Second
	writeWithin = 5 * time.Second
)

// handset is what the demo does with a child's phone: what the child's hands do, and nothing that the gateway has.
type handset interface {
	Send(to, text string) error
	Inbox() []modemtest.Text
	Subscribe() (<-chan modemtest.Text, func())
	SwitchOff()
	SwitchOn()
	OutOfReach()
	InReach()
}

// line is one child's phone with its two switches. The switches are remembered here, so that every browser tab shows
// them alike.
type line struct {
	child   string // "emma", as in the address
	name    string // "Emma"
	number  string // the phone's own, E.164
	gateway string // the one number that the phone texts, E.164
	phone   handset

	mu       sync.Mutex
	switches switches
	watchers map[chan struct{}]struct{}
}

// switches is where a phone is: on or off, within reach of the network or not.
type switches struct {
	On    bool `json:"on"`
	Reach bool `json:"reach"`
}

func newLine(child, name, number, gateway string, phone handset) *line {
	return &line{
		child: child, name: name, number: number, gateway: gateway, phone: phone,
		switches: switches{On: true, Reach: true}, watchers: map[chan struct{}]struct{}{},
	}
}

// Child and Name are for the page.
func (l *line) Child() string { return l.child }
func (l *line) Name() string  { return l.name }

func (l *line) state() switches {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.switches
}

// turn sets both switches, on the network first, and wakes whoever watches.
func (l *line) turn(to switches) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if to.On != l.switches.On {
		if to.On {
			l.phone.SwitchOn()
		} else {
			l.phone.SwitchOff()
		}
	}
	if to.Reach != l.switches.Reach {
		if to.Reach {
			l.phone.InReach()
		} else {
			l.phone.OutOfReach()
		}
	}
	l.switches = to
	for c := range l.watchers {
		select {
		case c <- struct{}{}:
		default: // one waiting signal is enough: the reader asks for the state itself
		}
	}
}

func (l *line) watch() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers[c] = struct{}{}
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, c)
	}
}

func (s *server) line(r *http.Request) *line {
	for _, l := range s.phones {
		if l.child == r.PathValue("child") {
			return l
		}
	}
	return nil
}

// sendText sends what the child wrote to the gateway's number; there is no other in this phone's book.
func (s *server) sendText(w http.ResponseWriter, r *http.Request) {
	l := s.line(r)
	if l == nil {
		http.NotFound(w, r)
		return
	}
	var in struct {
		Text string `json:"text"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if in.Text == "" || utf8.RuneCountInString(in.Text) > maxText {
		http.Error(w, fmt.Sprintf("A text has 1 to %d characters.", maxText), http.StatusUnprocessableEntity)
		return
	}
	if at := l.state(); !at.On || !at.Reach {
		http.Error(w, "The phone has no network.", http.StatusConflict)
		return
	}
	if err := l.phone.Send(l.gateway, in.Text); err != nil {
		s.log.Warn("the network did not take a text", "child", l.child, "error", err)
		http.Error(w, "The network did not take the text.", http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// turnSwitch takes the phone's power and reach, both at once.
func (s *server) turnSwitch(w http.ResponseWriter, r *http.Request) {
	l := s.line(r)
	if l == nil {
		http.NotFound(w, r)
		return
	}
	var in struct{ On, Reach *bool }
	if !readJSON(w, r, &in) {
		return
	}
	if in.On == nil || in.Reach == nil {
		http.Error(w, `Both "on" and "reach" are needed.`, http.StatusUnprocessableEntity)
		return
	}
	l.turn(switches{On: *in.On, Reach: *in.Reach})
	w.WriteHeader(http.StatusNoContent)
}

// readJSON reads one JSON object of known fields; when it cannot, it has answered.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	// Only JSON: a foreign page cannot send that without asking first, and is refused then.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "Send application/json.", http.StatusUnsupportedMediaType)
		return false
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one object")
		}
	}
	var tooBig *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &tooBig):
		http.Error(w, "That is too long.", http.StatusRequestEntityTooLarge)
	default:
		http.Error(w, "That is not the JSON that is expected here.", http.StatusBadRequest)
	}
	return false
}

// event is a text as the page shows it.
type event struct {
	From string    `json:"from"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

func eventOf(t modemtest.Text) event { return event{From: t.From, Text: t.Text, At: t.At} }

// streamEvents tells a browser what happens to one phone: an "inbox" event with everything, then "text" and "switch"
// events as they come. Who reconnects begins again with "inbox", so nothing needs to be remembered for the absent.
func (s *server) streamEvents(w http.ResponseWriter, r *http.Request) {
	l := s.line(r)
	if l == nil {
		http.NotFound(w, r)
		return
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", strconv.Itoa(int(heartbeat/time.Second)))
		http.Error(w, "Too many open pages.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := eventWriter{w: w, control: http.NewResponseController(w)}

	// Subscribed before the inbox is read: a text that comes in between is told twice, and the page knows it again.
	texts, unsubscribe := l.phone.Subscribe()
	defer unsubscribe()
	turned, unwatch := l.watch()
	defer unwatch()

	inbox := l.phone.Inbox()
	inbox = inbox[max(0, len(inbox)-maxInbox):]
	first := make([]event, len(inbox))
	for i, t := range inbox {
		first[i] = eventOf(t)
	}
	err := out.send("inbox", map[string]any{"number": l.number, "texts": first, "switches": l.state()})

	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for err == nil {
		select {
		case <-r.Context().Done():
			return
		case t, open := <-texts:
			if !open {
				return
			}
			err = out.send("text", eventOf(t))
		case <-turned:
			err = out.send("switch", l.state())
		case <-beat.C:
			err = out.comment()
		}
	}
}

// eventWriter writes server-sent events, each with a deadline, so that a browser that no longer reads holds nothing.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e eventWriter) send(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write("event: " + name + "\nretry: 1000\ndata: " + string(data) + "\n\n")
}

func (e eventWriter) comment() error { return e.write(":\n\n") }

func (e eventWriter) write(s string) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if _, err := io.WriteString(e.w, s); err != nil {
		return err
	}
	return e.control.Flush()
}
