package xmpp

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"knapp/bridge"
)

// recorder is an office that remembers. Emma is the only child; mum is her guardian, gran her contact.
type recorder struct {
	mu        sync.Mutex
	changed   chan struct{} // closed and renewed with every call
	chats     []bridge.Chat
	bounces   []bridge.Bounce
	receipts  []string // "from to id"
	markers   []string // "from to id", "displayed" behind it when seen
	retracted []string // "from to id"
	subs      map[bridge.Subscription]bool
	connected []bool
	executed  []string // "from node child language"

	introduce    []bridge.Introduction
	introduced   map[bridge.Subscription]bridge.IntroductionState
	show, status string // of emma, for mum

	execute func(node string, fields map[string]string) (bridge.CommandResult, error)
	take    func(bridge.Chat) error // instead of nil
	hear    func(on bool)           // beside Connected
	fails   error                   // of every question
}

const (
	mum  = bridge.JID("mum@localhost")
	gran = bridge.JID("gran@localhost")
)

func newRecorder() *recorder {
	return &recorder{changed: make(chan struct{}), subs: map[bridge.Subscription]bool{}, introduced: map[bridge.Subscription]bridge.IntroductionState{}}
}

// note runs a change and wakes who waits.
func (r *recorder) note(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

// taken counts the chats.
func (r *recorder) taken() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.chats)
}

// await returns when a condition, looked at under the lock, holds.
func (r *recorder) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	late := time.After(patience)
	for {
		r.mu.Lock()
		ok, changed := holds(), r.changed
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("in vain: waited for %s", what)
		}
	}
}

func (r *recorder) TakeChat(_ context.Context, c bridge.Chat) error {
	r.mu.Lock()
	take := r.take
	r.mu.Unlock()
	var err error
	if take != nil {
		err = take(c)
	}
	r.note(func() { r.chats = append(r.chats, c) })
	return err
}

func (r *recorder) TakeBounce(_ context.Context, b bridge.Bounce) error {
	r.note(func() { r.bounces = append(r.bounces, b) })
	return nil
}

func (r *recorder) TakeReceipt(_ context.Context, from bridge.JID, to, id string) error {
	r.note(func() { r.receipts = append(r.receipts, string(from)+" "+to+" "+id) })
	return nil
}

func (r *recorder) TakeMarker(_ context.Context, from bridge.JID, to, id string, displayed bool) error {
	line := string(from) + " " + to + " " + id
	if displayed {
		line += " displayed"
	}
	r.note(func() { r.markers = append(r.markers, line) })
	return nil
}

func (r *recorder) TakeRetraction(_ context.Context, from bridge.JID, to, id string) error {
	r.note(func() { r.retracted = append(r.retracted, string(from)+" "+to+" "+id) })
	return r.fails
}

func (r *recorder) Subscribe(_ context.Context, from bridge.JID, to string) (granted bool, err error) {
	granted = sees(from, to)
	r.note(func() {
		if granted {
			r.subs[bridge.Subscription{Localpart: to, Contact: from}] = true
		}
	})
	return granted, r.fails
}

func (r *recorder) Unsubscribe(_ context.Context, from bridge.JID, to string) error {
	r.note(func() { delete(r.subs, bridge.Subscription{Localpart: to, Contact: from}) })
	return nil
}

func (r *recorder) Sees(_ context.Context, from bridge.JID, to string) (name string, ok bool, err error) {
	if !sees(from, to) {
		return "", false, r.fails
	}
	if to == "" {
		return "Knapp", true, r.fails
	}
	return "Emma", true, r.fails
}

func (r *recorder) Items(_ context.Context, from bridge.JID) ([]bridge.Item, error) {
	if from != mum {
		return nil, r.fails
	}
	return []bridge.Item{{Localpart: "emma", Name: "Emma"}}, r.fails
}

func (r *recorder) Subscriptions(context.Context) ([]bridge.Subscription, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]bridge.Subscription, 0, len(r.subs))
	for s := range r.subs {
		out = append(out, s)
	}
	return out, r.fails
}

func (r *recorder) PresenceFor(_ context.Context, to string, viewer bridge.JID) (show, status string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if to == "" || !sees(viewer, to) {
		return "", ""
	}
	if viewer != mum && r.show != "" {
		return bridge.Unavailable, "" // a contact sees that much
	}
	return r.show, r.status
}

func (r *recorder) Introductions(context.Context) ([]bridge.Introduction, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []bridge.Introduction
	for _, i := range r.introduce {
		if r.introduced[i.Subscription] == "" {
			out = append(out, i)
		}
	}
	return out, r.fails
}

func (r *recorder) Introduced(_ context.Context, who bridge.Subscription, state bridge.IntroductionState) error {
	r.note(func() { r.introduced[who] = state })
	return nil
}

func (r *recorder) Commands(_ context.Context, from bridge.JID) ([]bridge.Command, error) {
	if from != mum {
		return nil, r.fails
	}
	return []bridge.Command{{Node: "status", Name: "Hvordan står det til?"}, {Node: "mute", Name: "Stille"}}, r.fails
}

// Execute knows a command of one stage and one of two.
func (r *recorder) Execute(_ context.Context, from bridge.JID, node string, fields map[string]string, language string) (bridge.CommandResult, error) {
	r.note(func() { r.executed = append(r.executed, string(from)+" "+node+" "+fields["child"]+" "+language) })
	if r.execute != nil {
		return r.execute(node, fields)
	}
	switch {
	case node == "status":
		return bridge.CommandResult{Title: "Status", Text: "Alt er i orden.", Language: "nb"}, nil
	case fields == nil:
		return bridge.CommandResult{Title: "Stille", Text: "Hvem?", Form: []bridge.Field{
			{Name: "child", Kind: bridge.ChoiceField, Label: "Barn", Required: true, Choices: []bridge.Choice{{Value: "emma", Label: "Emma"}}},
			{Name: "until", Kind: bridge.TextField, Label: "Til klokka", Value: "20"},
		}}, nil
	case fields["child"] != "emma":
		return bridge.CommandResult{Wrong: true, Text: "Det barnet kjenner jeg ikke."}, nil
	default:
		return bridge.CommandResult{Text: "Stille til " + fields["until"] + "."}, nil
	}
}

func (r *recorder) Connected(on bool) {
	if r.hear != nil {
		r.hear(on)
	}
	r.note(func() { r.connected = append(r.connected, on) })
}

// sees is the family of these tests.
func sees(from bridge.JID, to string) bool {
	return from == mum && (to == "" || to == "emma") || from == gran && to == "emma"
}

// errDisk stands for whatever keeps an office from committing.
var errDisk = errors.New("the disk is full")
