package bridge

import (
	"context"
	"sync/atomic"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Network is how the gateway stands with the mobile network.
type Network int32

// The states of the network.
const (
	NetworkUnknown Network = iota // the program has only just begun
	Served                        // some modem can send
	NotServed                     // the modems listen, and no network serves them
	ModemAway                     // no modem listens
	Paused                        // restored from a copy: nothing is sent until a keeper says so
)

const (
	// silentAfter is how long nothing may be reported of two texts before a phone counts as off.
	silentAfter = 10 * time.Minute
	// lookAgain is the longest between two looks at what is shown: the clock may have been set meanwhile.
	lookAgain = 10 * time.Minute
	// settles is how long after a sign of a phone the next is waited for, so that a storm of them costs little.
	settles = time.Second
)

// sight is what PresenceFor knows besides the directory. Any goroutine may read it.
type sight struct {
	network atomic.Int32
	silent  atomic.Pointer[map[policy.Person]bool] // whose phone seems to be off
	rules   atomic.Bool                            // what is decided by has changed since the last look
	news    *wake
}

// SetNetwork says how the gateway stands with the mobile network. It does not block.
func (r *Relay) SetNetwork(n Network) {
	if Network(r.sight.network.Swap(int32(n))) != n {
		r.presenceChanged()
	}
	r.publish(News{{topic: TopicGateway}}) // what is the same for all may be otherwise for one of two modems
}

func (r *Relay) presenceChanged() {
	if r.o.PresenceChanged != nil {
		r.o.PresenceChanged()
	}
}

// PresenceFor tells how a child, or with "" the gateway, is shown to one who sees it (RFC 6121 §4.7): show is "" when
// it is there, Unavailable when nothing written now would reach it, "xa" or "dnd" where a guardian may write and should
// know more; status says why, to guardians in their language and to nobody else. It reads nothing but memory.
func (r *Relay) PresenceFor(ctx context.Context, to string, viewer JID) (show, status string) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return Unavailable, ""
	}
	who, known := d.ByJID(viewer)
	if !known {
		return Unavailable, ""
	}
	if to == "" {
		return r.gatewayFor(who)
	}
	child, _ := d.Child(to)
	switch {
	case !d.Sees(who.ID, child.ID):
		return Unavailable, ""
	case d.Rules.IsGuardian(child.ID, who.ID):
		return r.childForGuardian(d, child, who)
	case r.childReaches(d, child, who):
		return "", ""
	default:
		return Unavailable, ""
	}
}

// gatewayFor is the gateway's own presence: a program that runs is there, whatever its modem does.
func (r *Relay) gatewayFor(who Person) (show, status string) {
	s, trouble := r.trouble()
	if !trouble || who.Kind != KindGuardian {
		return "", ""
	}
	return "xa", words.Say(r.languageOf(who), s)
}

// trouble is what keeps everything from leaving.
func (r *Relay) trouble() (s words.Sentence, trouble bool) {
	switch Network(r.sight.network.Load()) {
	case NotServed:
		return words.PresenceNoNetwork, true
	case ModemAway:
		return words.PresenceDeaf, true
	case Paused:
		return words.PresencePaused, true
	default:
		return words.Sentence{}, false
	}
}

func (r *Relay) isSilent(child policy.Person) bool {
	silent := r.sight.silent.Load()
	return silent != nil && (*silent)[child]
}

func (r *Relay) childForGuardian(d *Directory, child, who Person) (show, status string) {
	language, now := r.languageOf(who), r.o.Now()
	if s, trouble := r.trouble(); trouble {
		return Unavailable, words.Say(language, s)
	}
	switch {
	case d.Rules.IsLost(child.ID):
		return "xa", words.Say(language, words.PresenceLost)
	case r.isSilent(child.ID):
		return "xa", words.Say(language, words.PresenceSilent)
	}
	if until, muted := d.Rules.MutedUntil(child.ID, now); muted {
		return "dnd", r.sayUntil(language, now, until, !until.IsZero(), words.PresenceMutedTo, words.PresenceMuted)
	}
	if !r.clockSet() {
		return "", ""
	}
	until, _, ends := d.Rules.NextMode(child.ID, now)
	switch d.Rules.Mode(child.ID, now) {
	case policy.School:
		return "dnd", r.sayUntil(language, now, until, ends, words.PresenceSchoolTo, words.PresenceSchool)
	case policy.Sleep:
		return "dnd", r.sayUntil(language, now, until, ends, words.PresenceSleepTo, words.PresenceSleep)
	default:
		return "", ""
	}
}

// sayUntil says something with the clock time at which it ends, or with the day where that is a day away or more.
func (r *Relay) sayUntil(language string, now, until time.Time, ends bool, with, without words.Sentence) string {
	if !ends {
		return words.Say(language, without)
	}
	until = r.wall(until)
	if until.Sub(now) >= 24*time.Hour {
		return words.Say(language, with, words.Date(language, until))
	}
	return words.Say(language, with, words.Say(language, words.PresenceClock, words.Clock(language, until)))
}

// childReaches tells whether what somebody who is no guardian writes now would go to the child's phone. A loop that was
// stopped, a budget, and whom the child itself does not want to hear, do not show.
func (r *Relay) childReaches(d *Directory, child, who Person) bool {
	if _, trouble := r.trouble(); trouble || d.Rules.IsLost(child.ID) || r.isSilent(child.ID) {
		return false
	}
	v := policy.Decide(d.Rules, policy.Request{
		Child: child.ID, Other: who.ID, Direction: policy.ToChild, At: r.o.Now(), ClockSet: r.clockSet(),
	})
	return v.Action != policy.Hold && v.Reason != policy.NeverOpen
}

// LookAtPhones finds out whose phone seems to be off. again is when, by the mere passing of time, somebody may be shown
// otherwise than now.
func (r *Relay) LookAtPhones(ctx context.Context) (changed bool, again time.Time, err error) {
	now := r.o.Now()
	silent, again, err := r.o.Store.Silent(ctx, now, silentAfter)
	if err != nil {
		return false, now.Add(lookAgain), err
	}
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return false, now.Add(lookAgain), err
	}
	before := r.sight.silent.Load()
	set := make(map[policy.Person]bool, len(silent))
	for _, child := range silent {
		set[child] = true
		changed = changed || before == nil || !(*before)[child]
	}
	changed = changed || before != nil && len(*before) != len(set)
	r.sight.silent.Store(&set)
	for _, t := range d.changes(now) {
		if again.IsZero() || t.Before(again) {
			again = t
		}
	}
	return changed, again, nil
}

// changes returns when the rules next show each child otherwise to each of those who see it.
func (d *Directory) changes(now time.Time) []time.Time {
	var out []time.Time
	for _, child := range d.Children() {
		if t, _, ok := d.Rules.NextMode(child.ID, now); ok {
			out = append(out, t)
		}
		for _, rule := range d.List(child.ID) {
			if t, ok := d.Rules.NextChange(child.ID, rule.Contact, now); ok {
				out = append(out, t)
			}
		}
	}
	return out
}

// RunPresence watches whose phone is off and what the clock changes, and has presence told anew when there is something
// to tell, until the context is done. It sleeps until then.
func (r *Relay) RunPresence(ctx context.Context) error {
	for ctx.Err() == nil {
		rules := r.sight.rules.Swap(false)
		changed, again, err := r.LookAtPhones(ctx)
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error("whose phone is off is not known", "err", err)
		}
		if changed {
			r.publish(News{{topic: TopicRules}})
		}
		if changed || rules {
			r.presenceChanged()
		}
		rest := lookAgain
		if !again.IsZero() {
			rest = min(rest, max(again.Sub(r.o.Now()), settles))
		}
		before := r.o.Now()
		r.sight.news.wait(ctx, rest)
		if r.o.Now().Sub(before).Abs() >= rest { // a time has come
			r.sight.rules.Store(true)
			r.publish(News{{topic: TopicRules}})
		}
		newWake().wait(ctx, settles)
	}
	return nil
}

// MarkSent implements Tx.
func (g *givenTx) MarkSent(leg LegID, n, ref int, at time.Time) (Outcome, error) {
	g.signs = true
	o, err := g.Tx.MarkSent(leg, n, ref, at)
	if err == nil && o.Changed {
		g.fate(o.Message)
	}
	return o, err
}

// TakeReport implements Tx.
func (g *givenTx) TakeReport(report Report) (Outcome, error) {
	g.signs = true
	o, err := g.Tx.TakeReport(report)
	if err == nil && o.Changed {
		g.fate(o.Message)
	}
	return o, err
}

// AddMessage implements Tx: whoever writes has a phone that is on.
func (g *givenTx) AddMessage(m Message) (MessageID, error) {
	g.signs = g.signs || m.Direction == policy.FromChild
	g.changed.note(TopicLog, m.Child, m.Other)
	id, err := g.Tx.AddMessage(m)
	if g.logged == 0 {
		g.logged = id
	}
	return id, err
}
