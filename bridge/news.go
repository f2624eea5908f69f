package bridge

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"knapp/bridge/policy"
)

// Topic is a part of the family's affairs, as the console's pages show them.
type Topic string

// The topics.
const (
	TopicAlarms    Topic = "alarms"    // an emergency or a drill began, was taken, or is over
	TopicQuestions Topic = "questions" // about strangers, and what waits for a guardian's yes
	TopicLog       Topic = "log"       // a message, or what became of one
	TopicRules     Topic = "rules"     // people, lists, hours, mutes, stops, phones that are lost, rights
	TopicGateway   Topic = "gateway"   // modem, network, chat server
)

// Topics are all of them.
var Topics = []Topic{TopicAlarms, TopicQuestions, TopicLog, TopicRules, TopicGateway}

// News is what one commit has changed. It holds no text, name or number.
type News []newsItem

// newsItem is a topic, and whose: a child, and with whom something was exchanged; 0 where it is nobody's in particular.
type newsItem struct {
	topic        Topic
	child, other policy.Person
}

// For returns the topics in which somebody may see a difference: those of its own children, and not what another guardian
// exchanges with a child, not even that there was something (promise 7).
func (n News) For(d *Directory, who Actor) []Topic {
	var out []Topic
	for _, item := range n {
		another := item.topic == TopicLog && item.other != who.Person && d.Rules.IsGuardian(item.child, item.other)
		if !another && d.May(who, See, item.child) && !slices.Contains(out, item.topic) {
			out = append(out, item.topic)
		}
	}
	return out
}

// Join adds news to others, each once: what waits to be told does not grow with the traffic.
func (n News) Join(more News) News {
	for _, item := range more {
		if !slices.Contains(n, item) {
			n = append(n, item)
		}
	}
	return n
}

// newsroom knows who wants to hear of news.
type newsroom struct {
	readers atomic.Int32

	mu      sync.Mutex // guards the rest
	edition uint64
	tell    map[*func(News)]struct{}
}

// Watch has see called after each commit that changed something, until stop is called. see is called by whoever made the
// change, so it must not block.
func (r *Relay) Watch(see func(News)) (stop func()) {
	room := &r.newsroom
	room.mu.Lock()
	defer room.mu.Unlock()
	if room.tell == nil {
		room.tell = map[*func(News)]struct{}{}
	}
	room.tell[&see] = struct{}{}
	room.readers.Store(int32(len(room.tell)))
	return func() {
		room.mu.Lock()
		defer room.mu.Unlock()
		delete(room.tell, &see)
		room.readers.Store(int32(len(room.tell)))
	}
}

// Edition is another number after each change. Where it is the same as before, nothing was missed; whoever watches has
// heard of all that led to it.
func (r *Relay) Edition() uint64 {
	r.newsroom.mu.Lock()
	defer r.newsroom.mu.Unlock()
	return r.newsroom.edition
}

// publish tells those who want to hear.
func (r *Relay) publish(n News) {
	room := &r.newsroom
	room.mu.Lock()
	defer room.mu.Unlock()
	room.edition++
	if len(n) == 0 {
		return
	}
	for see := range room.tell {
		(*see)(n)
	}
}

// changed is what a step has changed so far.
type changed struct {
	asked  bool // somebody wants to hear of it
	any    bool
	news   News
	about  []policy.Person     // whom the entries of the audit log are about
	stanza map[LegID]MessageID // what the step has looked up
}

func (c *changed) note(topic Topic, child, other policy.Person) {
	c.any = true
	c.news = c.news.Join(News{{topic, child, other}})
}

// all is what has changed, rules among it or not. The rules' commit does not say whose they are; the audit log does.
func (c *changed) all(rules bool) News {
	if !rules {
		return c.news
	}
	if len(c.about) == 0 {
		c.note(TopicRules, 0, 0)
	}
	for _, child := range c.about {
		c.note(TopicRules, child, 0)
	}
	return c.news
}

// fate notes that something became of a message. Whose it was is looked up only if somebody wants to hear.
func (g *givenTx) fate(m MessageID) {
	g.changed.any = true
	if !g.changed.asked || m == 0 {
		return
	}
	if of, err := g.Tx.Message(m); err == nil {
		g.changed.note(TopicLog, of.Child, of.Other)
	}
}

// FinishSMS implements Tx.
func (g *givenTx) FinishSMS(leg LegID, state LegState, why string, at time.Time) (Outcome, error) {
	o, err := g.Tx.FinishSMS(leg, state, why, at)
	if err == nil && o.Changed {
		g.fate(o.Message)
	}
	return o, err
}

// StanzaByID implements Tx.
func (g *givenTx) StanzaByID(id, answeredBy string) (SentStanza, error) {
	s, err := g.Tx.StanzaByID(id, answeredBy)
	if err == nil {
		if g.changed.stanza == nil {
			g.changed.stanza = map[LegID]MessageID{}
		}
		g.changed.stanza[s.Leg] = s.Message
	}
	return s, err
}

// FinishStanza implements Tx.
func (g *givenTx) FinishStanza(leg LegID, state LegState, why string, at time.Time) error {
	g.fate(g.changed.stanza[leg])
	return g.Tx.FinishStanza(leg, state, why, at)
}

// StanzasSent implements Tx. It comes so soon after the message itself that nobody is told of it anew.
func (g *givenTx) StanzasSent(legs []LegID, at time.Time) error {
	g.changed.any = true
	return g.Tx.StanzasSent(legs, at)
}

// AddQuestion implements Tx.
func (g *givenTx) AddQuestion(q Question) (int64, error) {
	g.changed.note(TopicQuestions, q.Child, 0)
	return g.Tx.AddQuestion(q)
}

// SaveQuestion implements Tx.
func (g *givenTx) SaveQuestion(q Question) error {
	g.changed.note(TopicQuestions, q.Child, 0)
	return g.Tx.SaveQuestion(q)
}

// AddPending implements Tx.
func (g *givenTx) AddPending(p Pending) (int64, error) {
	g.changed.note(TopicQuestions, p.Child, 0)
	return g.Tx.AddPending(p)
}

// SavePending implements Tx.
func (g *givenTx) SavePending(p Pending) error {
	g.changed.note(TopicQuestions, p.Child, 0)
	return g.Tx.SavePending(p)
}

// AddAlarm implements Tx.
func (g *givenTx) AddAlarm(a Alarm) (AlarmID, error) {
	g.changed.note(TopicAlarms, a.Child, 0)
	return g.Tx.AddAlarm(a)
}

// Suspend implements Tx: whoever has children in common with the guardian sees it, and it has an end of its own.
func (g *givenTx) Suspend(s Suspension) error {
	g.changed.note(TopicRules, 0, 0)
	return g.Tx.Suspend(s)
}

// AddAudit implements Tx.
func (g *givenTx) AddAudit(e AuditEntry) error {
	if !slices.Contains(g.changed.about, e.Child) {
		g.changed.about = append(g.changed.about, e.Child)
	}
	return g.Tx.AddAudit(e)
}
