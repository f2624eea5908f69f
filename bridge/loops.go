package bridge

import (
	"context"
	"sync"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// What no two people do, and machines do at once. Each is counted between one child and one person.
const (
	// DefaultStorm is how many texts one person may send the other within stormWindow: six a minute for ten minutes
	// is more than anybody types on twelve keys, and less than a family notices on its bill.
	DefaultStorm = 60
	stormWindow  = 10 * time.Minute
	// repeatsInRow is how often the same text may come without another between: a child that rings for attention
	// writes it three or four times, a client that cannot mark it as sent for ever.
	repeatsInRow = 8
	repeatWindow = time.Hour
	// answersInRow is how many texts may go to and fro, strictly in turn, within answersWithin: eleven seconds a turn, an
	// SMS on the air in every one, is too fast for fingers for so long, and slow for an automatic answer.
	answersInRow  = 16
	answersWithin = 3 * time.Minute
)

// between is one child and one person.
type between struct{ child, other policy.Person }

// loops watches for storms, repeats and automatons. What it counts stands in the database as well, and is read from there
// after a start: a loop that outlives the program is seen as soon as any other.
type loops struct {
	mu      sync.Mutex
	courses map[between]*course
}

// course is what went between two lately. Times are the host's uptime, which no clock that is set can change.
type course struct {
	ways  [2]oneWay
	last  policy.Direction
	turns []time.Duration // of texts that each answered the one before
}

type oneWay struct {
	times   []time.Duration // within stormWindow
	text    uint64          // hash of the last
	repeats int             // how often it came in a row
	since   time.Duration
}

// exchange is one text that passed, or was held, between two.
type exchange struct {
	between
	way      policy.Direction
	text     uint64 // hash
	guardian bool
	storm    int
}

// sighting is what gave a loop away.
type sighting struct {
	between
	why   policy.Reason
	what  words.Sentence
	count int
}

// note counts a text and tells whether it is one too many.
func (l *loops) note(e exchange, now time.Duration) (sighting, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.count(e.between, e.way, e.text, now)
	w := &c.ways[e.way-1]
	saw := sighting{between: e.between}
	switch mayStop := e.way == policy.ToChild || !e.guardian; {
	case len(c.turns) >= answersInRow:
		saw.why, saw.what, saw.count = "answers", words.SawAnswers, len(c.turns)
	case !mayStop: // promise 3: whatever a child writes to its own guardian, and however often
		return sighting{}, false
	case len(w.times) >= e.storm:
		saw.why, saw.what, saw.count = "storm", words.SawStorm, len(w.times)
	case w.repeats >= repeatsInRow:
		saw.why, saw.what, saw.count = "repeats", words.SawRepeats, w.repeats
	default:
		return sighting{}, false
	}
	delete(l.courses, e.between) // what comes after a release is counted anew
	return saw, true
}

// count adds a text to the course of two.
func (l *loops) count(who between, way policy.Direction, text uint64, now time.Duration) *course {
	if l.courses == nil {
		l.courses = map[between]*course{}
	}
	c := l.courses[who]
	if c == nil {
		c = &course{}
		l.courses[who] = c
	}
	w := &c.ways[way-1]
	w.times = append(since(w.times, now-stormWindow), now)
	if text == w.text && w.repeats > 0 && now-w.since <= repeatWindow {
		w.repeats++
	} else {
		w.text, w.repeats, w.since = text, 1, now
	}
	if c.last == way {
		c.turns = nil
	}
	c.last, c.turns = way, append(since(c.turns, now-answersWithin), now)
	return c
}

// recall counts what had passed before the program was started. at is the host's clock at uptime now; what seems to be
// still to come was noted by a clock that was ahead, and counts as of now.
func (l *loops) recall(passed []Passed, at time.Time, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.courses = nil
	for _, p := range passed {
		l.count(between{p.Child, p.Other}, p.Way, p.Text, now-max(at.Sub(p.At), 0))
	}
}

// since drops the times before one.
func since(times []time.Duration, from time.Duration) []time.Duration {
	for len(times) > 0 && times[0] < from {
		times = times[1:]
	}
	return times
}

// noted counts a text that passes or is held, once its step has been committed.
func (r *Relay) noted(tx Tx, d *Directory, m Message, text string) error {
	g, ok := tx.(*givenTx)
	if !ok || m.Child == 0 || m.Other == 0 || m.Verdict.Action != policy.Deliver && m.Verdict.Action != policy.Hold {
		return nil
	}
	hash, err := tx.AddPassed(m.Child, m.Other, m.Direction, text, r.o.Now())
	if err != nil {
		return err
	}
	storm := d.Storm
	if storm == 0 {
		storm = DefaultStorm
	}
	g.exchanges = append(g.exchanges, exchange{
		between: between{m.Child, m.Other}, way: m.Direction, text: hash,
		guardian: d.Rules.IsGuardian(m.Child, m.Other), storm: storm,
	})
	return nil
}

// breakLoops stops what was one too many, and tells the child's guardians once.
func (r *Relay) breakLoops(ctx context.Context, seen []exchange) {
	for _, e := range seen {
		saw, loop := r.loops.note(e, r.o.Uptime())
		if !loop {
			continue
		}
		r.o.Log.Warn("a loop is stopped", "child", e.child, "other", e.other, "why", saw.why, "count", saw.count)
		if err := r.do(context.WithoutCancel(ctx), func(tx Tx) error { return r.stop(tx, saw) }); err != nil {
			r.o.Log.Error("a loop cannot be stopped", "err", err)
		}
	}
}

func (r *Relay) stop(tx Tx, saw sighting) error {
	fresh, err := tx.SetStop(policy.Stop{Child: saw.child, Other: saw.other}, string(saw.why), r.o.Now())
	if err != nil || !fresh {
		return err
	}
	if err := tx.DropPassed(saw.child, saw.other); err != nil {
		return err
	}
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	child, _ := d.Person(saw.child)
	other, _ := d.Person(saw.other)
	if err := r.audit(tx, itself, "stop", saw.child, saw.other, string(saw.why)); err != nil {
		return err
	}
	return r.tellOwnGuardians(tx, d, child, func(language string) string {
		return words.Say(language, words.LoopStopped, child.Name, other.Name, words.Say(language, saw.what, saw.count))
	})
}

// tellOwnGuardians tells a child's guardians something, each in its language, from the gateway's own address. With child
// the zero Person it is every guardian of the family.
func (r *Relay) tellOwnGuardians(tx Tx, d *Directory, child Person, say func(language string) string) error {
	guardians := d.Guardians(child.ID)
	if child.ID == 0 {
		guardians = d.guardiansOfAll()
	}
	id, err := tx.AddMessage(Message{
		At: r.o.Now(), Direction: policy.FromChild, Child: child.ID, Length: len([]rune(say(r.o.Language))), Verdict: own,
	})
	if err != nil {
		return err
	}
	for _, g := range guardians {
		text := say(r.languageOf(g))
		if g.JID == "" {
			err = r.say(tx, g, id, text)
		} else {
			err = r.sayToGuardian(tx, id, g, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
