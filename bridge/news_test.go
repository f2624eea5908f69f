package bridge_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/bridge"
)

// What pages show anew is told to whoever may see it, and to nobody else: not even that there was something.
func TestNewsForWhomItConcerns(t *testing.T) {
	d := open(t)
	d.arrange(func(f *bridge.Family) {
		f.Guardians = append(f.Guardians, bridge.Guardian{Name: "Nabo", JID: "neighbour@example.org", Role: bridge.RoleGuardian})
		f.Children[0].Guardians = []string{"Mamma", "Pappa"}
		f.Children[1].Guardians = []string{"Nabo"}
	})
	var mu sync.Mutex
	var heard bridge.News
	stop := d.relay.Watch(func(n bridge.News) { mu.Lock(); defer mu.Unlock(); heard = heard.Join(n) })
	told := func(name string) string {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		dir, err := d.store.Directory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var topics []string
		for _, topic := range heard.For(dir, d.actor(name)) {
			topics = append(topics, string(topic))
		}
		slices.Sort(topics)
		return strings.Join(topics, " ")
	}
	h := &hand{}
	mamma, emma := d.actor("Mamma"), d.named("Emma")
	for _, c := range []struct {
		what               string
		do                 func() error
		mamma, pappa, nabo string
	}{
		{"Emma writes to Bestemor", func() error { d.sms("+4793333333", "4 hei"); d.transmit(h); return nil }, "log", "log", ""},
		{"Mamma writes to Emma", func() error { d.chat("mum@example.org", "emma", "m1", "hei"); return nil }, "log", "", ""},
		{"her text is delivered", func() error {
			d.transmit(h)
			d.report(h.ref, "+4793333333", bridge.Arrived)
			return nil
		}, "log", "", ""},
		{"a stranger writes", func() error { d.sms("+4795555555", "hvem er du"); return nil }, "log questions", "log questions", "log questions"},
		{"Emma asks for help", func() error { d.sms("+4793333333", "SOS"); return nil }, "alarms log", "alarms log", ""},
		{"Mamma takes it", func() error { _, err := d.relay.TakeAlarm(t.Context(), mamma, emma); return err }, "alarms", "alarms", ""},
		{"Mamma mutes", func() error { return d.relay.Mute(t.Context(), mamma, emma, 0, d.now.Add(time.Hour)) }, "log rules", "log rules", ""},
		{"a refusal", func() error {
			if d.relay.Mute(t.Context(), mamma, emma, 0, d.now.Add(-time.Hour)) == nil {
				t.Error("the past was muted")
			}
			return nil
		}, "", "", ""},
		{"a look at the log", func() error {
			_, err := d.relay.SearchLog(t.Context(), mamma, "nb", bridge.LogFilter{Limit: 9})
			return err
		}, "", "", ""},
		{"the chat server is gone", func() error { d.relay.Connected(false); return nil }, "gateway", "gateway", "gateway"},
		{"the network is gone", func() error { d.relay.SetNetwork(bridge.NotServed); return nil }, "gateway", "gateway", "gateway"},
		{"Pappa's phone is gone", func() error { _, err := d.relay.PhoneIsGone(t.Context(), mamma, "Pappa"); return err }, "log rules", "", "log rules"},
	} {
		mu.Lock()
		heard = nil
		mu.Unlock()
		before := d.relay.Edition()
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		for name, want := range map[string]string{"Mamma": c.mamma, "Pappa": c.pappa, "Nabo": c.nabo, "Bestemor": ""} {
			if got := told(name); got != want {
				t.Errorf("%s: %s hears of %q, want %q", c.what, name, got, want)
			}
		}
		if (d.relay.Edition() != before) != (c.mamma != "") {
			t.Errorf("%s: the edition went from %d to %d", c.what, before, d.relay.Edition())
		}
	}
	stop()
	mu.Lock()
	heard = nil
	mu.Unlock()
	d.sms("+4795555555", "hallo?")
	if got := told("Mamma"); got != "" {
		t.Errorf("who has stopped hears of %q", got)
	}
}
