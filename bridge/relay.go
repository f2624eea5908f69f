package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"knapp/bridge/policy"
)

// Options are what a Relay is made of.
type Options struct {
	Store    Store
	Texts    Texts
	Log      *slog.Logger
	Now      func() time.Time     // the host's clock, which may jump when the network tells the time
	Uptime   func() time.Duration // since any moment, and never jumps; nil: Now never jumps
	Modems   []string             // the relaying modems' names; the first sends what no other has a claim on
	Numbers  map[string]Phone     // their own numbers, by name: what is printed, and sent to phones
	Language string               // of guardians and contacts
	Location *time.Location       // of the clock times in sentences
	Country  string               // ISO 3166-1, whose helplines and emergency numbers count
	ClockSet func() bool          // whether Now can be trusted; nil: always
	Expires  time.Duration        // how long an ordinary text waits for a phone or a network; 0 is Validity

	Addresses   Normalizer
	CheckFamily func(Family) (Family, error) // nil: Family.Check, with Addresses
	// Condition and Balance say, for a guardian, how the modems are and what their SIMs are good for; nil for nothing.
	Condition     func(ctx context.Context, language string) string
	Balance       func(ctx context.Context, language string) string
	FamilyChanged func(ended []Subscription) // nil, or called after an operation has changed the family: who sees a presence no longer

	PresenceChanged func() // nil, or called when PresenceFor may tell somebody something else; must not block

	// FallbackAfter is how long a child's text may stay unread in a guardian's chat before it goes to the guardian's
	// mobile; 0 is for ever.
	FallbackAfter time.Duration
}

// Relay is the post office. Its Take methods are called by whoever received something and return nil only
// when it is committed; its Run methods empty the outbox.
type Relay struct {
	o         Options
	started   moment
	modems    map[string]*wake    // one for each modem's queue
	watched   map[string]*watched // what Look remembers of each modem; its goroutine's
	courier   *wake               // the stanzas' queue
	holds     *wake               // what is held
	loops     loops
	alarms    *wake        // emergencies, and what nobody has read
	talks     *wake        // what waits for a word of a child
	hands     hands        // for when the database is lost
	connected atomic.Bool  // the XMPP stream is open
	stream    atomic.Int64 // counts the streams, so that what was written on an old one is written again
	approvals approvals
	sight     sight
	newsroom  newsroom
}

// New makes a relay. It starts nothing.
func New(o Options) (*Relay, error) {
	if len(o.Modems) == 0 {
		return nil, errors.New("bridge: no modem relays: give one [[modem]] the role relay")
	}
	if o.Uptime == nil {
		start := o.Now()
		o.Uptime = func() time.Duration { return o.Now().Sub(start) }
	}
	r := &Relay{o: o, started: moment{o.Now().Round(0), o.Uptime()}, modems: make(map[string]*wake, len(o.Modems)), watched: map[string]*watched{}, courier: newWake(), holds: newWake(), alarms: newWake(), talks: newWake()}
	r.approvals = newApprovals()
	r.sight.news = newWake()
	for _, name := range o.Modems {
		r.modems[name] = newWake()
	}
	return r, nil
}

// moment is one instant on the two clocks.
type moment struct {
	wall   time.Time
	uptime time.Duration
}

// age is how long ago something was written down. A Pi has no clock of its own: it starts with an old time and
// jumps when the network tells it. What was written since the start and before the jump is no older for it.
func (r *Relay) age(written time.Time) time.Duration {
	now := r.o.Now().Round(0)
	passed := r.o.Uptime() - r.started.uptime
	age := now.Sub(written)
	if !written.Before(r.started.wall) && age > passed {
		return min(age, passed)
	}
	return age
}

// wake is a flag that one goroutine waits for and any may raise. Raising it twice is raising it once.
type wake struct{ c chan struct{} }

func newWake() *wake { return &wake{c: make(chan struct{}, 1)} }

func (w *wake) up() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}

// wait returns when the flag was raised, when a time has come (zero: never), or when the context is done.
func (w *wake) wait(ctx context.Context, d time.Duration) {
	var late <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ctx.Done():
	case <-w.c:
	case <-late:
	}
}

// ModemReady tells that a modem can send again.
func (r *Relay) ModemReady(name string) {
	if w := r.modems[name]; w != nil {
		w.up()
	}
}

// Resumed tells that the store gives out again what waits.
func (r *Relay) Resumed() {
	for _, w := range r.modems {
		w.up()
	}
	r.courier.up()
}

// Connected tells that the XMPP stream was opened, or is gone. It does not block.
func (r *Relay) Connected(on bool) {
	r.connected.Store(on)
	if on {
		r.stream.Add(1)
	}
	r.courier.up()
	r.publish(News{{topic: TopicGateway}})
}

// errDuplicate rolls a step back that found out that it had been done before.
var errDuplicate = errors.New("already taken")

// do runs a step and, when it was committed, wakes the queues that it has given something to do.
func (r *Relay) do(ctx context.Context, step func(Tx) error) error {
	var given givenTx
	before, err := r.o.Store.Directory(ctx)
	if err != nil {
		return err
	}
	err = r.o.Store.Do(ctx, func(tx Tx) error {
		given = givenTx{Tx: tx, changed: changed{asked: r.newsroom.readers.Load() > 0}}
		return step(&given)
	})
	if err != nil {
		return err
	}
	if given.stanzas {
		r.courier.up()
	}
	after, err := r.o.Store.Directory(ctx)
	others := err != nil || after != before // the rules, or the people
	if given.held || others {
		r.holds.up() // by other rules it may go
	}
	r.breakLoops(ctx, given.exchanges)
	if given.alarms {
		r.alarms.up()
	}
	if given.talks {
		r.talks.up()
	}
	if others {
		r.sight.rules.Store(true)
	}
	if given.signs || others {
		r.sight.news.up()
	}
	if given.changed.any || others {
		r.publish(given.changed.all(others))
	}
	for _, f := range given.after {
		f()
	}
	for _, name := range given.modems {
		if w := r.modems[name]; w != nil {
			w.up()
		}
	}
	return nil
}

// givenTx notes which queues a step has given something to do.
type givenTx struct {
	Tx
	stanzas bool
	modems  []string
	held    bool // something is held

	exchanges []exchange
	alarms    bool
	talks     bool
	signs     bool      // of a phone that is on or off
	logged    MessageID // the first entry of the log
	answering string    // the address that a guardian is just answering about
	after     []func()  // to be done once the step is committed
	changed   changed   // what pages show
}

// AddLeg implements Tx.
func (g *givenTx) AddLeg(l Leg, at time.Time) (LegID, error) {
	if l.SMS != nil {
		g.modems = append(g.modems, l.SMS.Modem)
	} else {
		g.stanzas = true
	}
	return g.Tx.AddLeg(l, at)
}

// AddHeld implements Tx.
func (g *givenTx) AddHeld(h Held) (HoldID, error) {
	g.held = true
	return g.Tx.AddHeld(h)
}

// AddUndecided implements Tx.
func (g *givenTx) AddUndecided(u Undecided) error {
	g.talks = true
	return g.Tx.AddUndecided(u)
}

// AddNotice implements Tx.
func (g *givenTx) AddNotice(n Notice) error {
	g.talks = true
	return g.Tx.AddNotice(n)
}

// SaveAlarm implements Tx.
func (g *givenTx) SaveAlarm(a Alarm) error {
	g.alarms = true
	g.changed.note(TopicAlarms, a.Child, 0)
	return g.Tx.SaveAlarm(a)
}

// AddUnseen implements Tx.
func (g *givenTx) AddUnseen(u Unseen) error {
	g.alarms = true
	return g.Tx.AddUnseen(u)
}

// RetryStanza implements Tx: the courier must learn when it will be due.
func (g *givenTx) RetryStanza(leg LegID, due time.Time, why string) error {
	g.stanzas = true
	return g.Tx.RetryStanza(leg, due, why)
}

// own is the verdict on the gateway's own words.
var own = policy.Verdict{Action: policy.Deliver, Reason: policy.Gateway}

// languageOf returns the language in which a person is spoken to.
func (r *Relay) languageOf(p Person) string {
	if p.Language != "" {
		return p.Language
	}
	return r.o.Language
}

// Validity is how long an ordinary text waits for a phone or a network, here and at the service centre, unless the
// keeper says another time.
const Validity = 4 * time.Hour

// validity is how long it waits here. What is urgent waits no shorter than Validity.
func (r *Relay) validity(urgent bool) time.Duration {
	switch {
	case r.o.Expires <= 0:
		return Validity
	case urgent:
		return max(r.o.Expires, Validity)
	default:
		return r.o.Expires
	}
}

// addSMS writes the outbox row of a text to a phone.
func (r *Relay) addSMS(tx Tx, m MessageID, v policy.Verdict, modem string, to Phone, texts ...string) error {
	leg := SMSLeg{Modem: modem, To: to}
	for _, text := range texts {
		segments, err := r.segments(tx, to, text)
		if err != nil {
			return err
		}
		leg.Segments = append(leg.Segments, segments...)
	}
	id, err := tx.AddLeg(Leg{Message: m, Verdict: v, SMS: &leg}, r.o.Now())
	if err != nil {
		return err
	}
	return tx.Charge(id, r.today())
}

// segments makes the TPDUs of a text to a phone.
func (r *Relay) segments(tx Tx, to Phone, text string) ([][]byte, error) {
	ref := 0
	if r.o.Texts.Parts(text) > 1 {
		var err error
		if ref, err = tx.NextReference(to); err != nil {
			return nil, err
		}
	}
	segments, err := r.o.Texts.Segment(to, text, ref, r.validity(false))
	if err != nil {
		return nil, fmt.Errorf("bridge: segment a text: %w", err)
	}
	return segments, nil
}

// addStanza writes the outbox row of a stanza.
func (r *Relay) addStanza(tx Tx, m MessageID, v policy.Verdict, s Stanza) error {
	s.ID = newID()
	_, err := tx.AddLeg(Leg{Message: m, Verdict: v, Stanza: &s}, r.o.Now())
	return err
}

// Recover settles what the last run left behind: a segment that was being sent when the process died may have
// been sent, and nobody can know; and what waits for a modem that the configuration no longer has leaves by
// another.
func (r *Relay) Recover(ctx context.Context) error {
	return r.do(ctx, func(tx Tx) error {
		moved, err := tx.Reassign(r.o.Modems)
		if err != nil {
			return err
		}
		if moved > 0 {
			r.o.Log.Warn("texts waited for a modem that is gone; they leave by another", "texts", moved, "modem", r.o.Modems[0])
		}
		passed, err := tx.Passed(r.o.Now().Add(-repeatWindow))
		if err != nil {
			return err
		}
		r.loops.recall(passed, r.o.Now(), r.o.Uptime())
		segments, err := tx.Interrupted()
		if err != nil {
			return err
		}
		for _, seg := range segments {
			if err := r.finishSMS(tx, seg.Leg, Unknown, "the gateway stopped while it was being sent"); err != nil {
				return err
			}
		}
		return nil
	})
}
