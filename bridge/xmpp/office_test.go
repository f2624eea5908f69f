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
	subs      map[bridge.Subscription]bool
	connected []bool

	take  func(bridge.Chat) error // instead of nil
	hear  func(on bool)           // beside Connected
	fails error                   // of every question
}

const (
	mum  = bridge.JID("mum@localhost")
	gran = bridge.JID("gran@localhost")
)

func newRecorder() *recorder {
	return &recorder{changed: make(chan struct{}), subs: map[bridge.Subscription]bool{}}
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
