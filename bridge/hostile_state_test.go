package bridge_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Who looks after one child learns nothing of another, by no door.
func TestGuardianOfOneChildSeesNothingOfAnother(t *testing.T) {
	d := open(t)
	d.amend(func(f *bridge.Family) {
		f.Guardians = append(f.Guardians, bridge.Guardian{Name: "Ex", JID: "ex@example.org", Phone: "+4795555555", Role: bridge.RoleGuardian})
		f.Children[0].Guardians = []string{"Mamma", "Pappa"}
		f.Children[1].Guardians = []string{"Ex"}
	})
	d.sms("+4793333333", "2 hei mamma")
	d.sms("+4793333333", "4 hei bestemor")
	d.sms("+4793333333", "SPØR +4798765432 Anne")
	ex := d.actor("Ex")
	d.stanzas()
	for name, f := range map[string]func() ([]bridge.LogEntry, error){
		"log": func() ([]bridge.LogEntry, error) { return d.relay.Log(t.Context(), ex, bridge.LogQuery{Limit: 100}) },
		"named": func() ([]bridge.LogEntry, error) {
			return d.relay.Log(t.Context(), ex, bridge.LogQuery{Limit: 100, Child: "Emma"})
		},
		"search": func() ([]bridge.LogEntry, error) {
			page, err := d.relay.SearchLog(t.Context(), ex, "nb", bridge.LogFilter{Limit: 100})
			return page.Entries, err
		},
		"search1": func() ([]bridge.LogEntry, error) {
			page, err := d.relay.SearchLog(t.Context(), ex, "nb", bridge.LogFilter{Limit: 100, Child: d.named("Emma")})
			return page.Entries, err
		},
		"recent": func() ([]bridge.LogEntry, error) { return d.relay.Recent(t.Context(), ex, time.Time{}) },
	} {
		list, _ := f()
		for _, e := range list {
			if e.Child == "Emma" {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
	audit, _ := d.relay.ReadAuditLog(t.Context(), ex, bridge.AuditQuery{Limit: 100, Child: "Emma"})
	for _, l := range audit {
		t.Errorf("audit: %+v", l)
	}
	if qs, _ := d.relay.Questions(t.Context(), ex); len(qs) != 0 {
		t.Errorf("questions: %+v", qs)
	}
	for _, text := range []string{"ja K2", "vis K2", "nei K2", "ja A2", "vis A2", "spørsmål", "innsyn Emma", "hvem", "status", "mistet Emma", "stille Emma", "ring meg Emma"} {
		answer, others := d.says("ex@example.org", text)
		if strings.Contains(answer, "Anne") || strings.Contains(answer, "+4798765432") || len(said(others, "emma")) > 0 {
			t.Errorf("%s: %q %q", text, answer, others)
		}
	}
	d.chat("ex@example.org", "emma", "zz", "hei")
	for _, l := range d.transmit(&hand{}) {
		if strings.HasPrefix(l, "+4793333333 Ex") {
			t.Error(l)
		}
	}
	d.sms("+4795555555", "Emma: hei")
	for _, l := range d.transmit(&hand{}) {
		if strings.HasPrefix(l, "+4793333333") {
			t.Error(l)
		}
	}
}

// countingStore counts the subscriptions that are written.
type countingStore struct {
	bridge.Store
	wrote int
}

func (c *countingStore) Do(ctx context.Context, step func(bridge.Tx) error) error {
	return c.Store.Do(ctx, func(tx bridge.Tx) error { return step(countingTx{tx, c}) })
}

type countingTx struct {
	bridge.Tx
	c *countingStore
}

func (t countingTx) SetSubscription(child policy.Person, contact bridge.JID, on bool) error {
	t.c.wrote++
	return t.Tx.SetSubscription(child, contact, on)
}

// A stranger's presence asks as much of the database for an invented child as for a real one.
func TestSubscriptionsOfStrangersCostTheSame(t *testing.T) {
	d := open(t)
	c := &countingStore{Store: d.store}
	relay, err := bridge.New(bridge.Options{
		Store: c, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }, Modems: []string{"main"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var wrote []int
	for _, to := range []string{"emma", "invented"} {
		c.wrote = 0
		if granted, err := relay.Subscribe(t.Context(), "x@evil.example", to); err != nil || granted {
			t.Fatal(granted, err)
		}
		if err := relay.Unsubscribe(t.Context(), "x@evil.example", to); err != nil {
			t.Fatal(err)
		}
		wrote = append(wrote, c.wrote)
	}
	if wrote[0] != wrote[1] {
		t.Errorf("written for a real and an invented child: %d", wrote)
	}
}

// In every state a child reaches its guardian at once.
func TestAChildReachesItsGuardianInEveryState(t *testing.T) {
	for name, prepare := range map[string]func(d *desk){
		"budget": func(d *desk) {
			d.amend(func(f *bridge.Family) { f.Limits.Day = 1; f.Children[0].Limits.Day = 1 })
			for range 5 {
				d.sms("+4793333333", "4 hei")
			}
		},
		"muted":              func(d *desk) { _ = d.relay.Mute(d.t.Context(), d.actor("Mamma"), d.named("Emma"), 0, time.Time{}) },
		"lost":               func(d *desk) { _ = d.relay.LostPhone(d.t.Context(), d.actor("Mamma"), d.named("Emma")) },
		"silenced by itself": func(d *desk) { d.sms("+4793333333", "STOPP 2") },
		"suspended":          func(d *desk) { _, _ = d.relay.PhoneIsGone(d.t.Context(), d.actor("Pappa"), "Mamma") },
		"restart": func(d *desk) {
			d.sms("+4793333333", "2 en")
			d.chat("dad@example.org", "emma", "q", "hei")
			d.transmit(&hand{})
			d.restart()
		},
		"alarm": func(d *desk) { d.sms("+4793333333", "SOS") },
		"storm": func(d *desk) {
			for range 80 {
				d.sms("+4793333333", "2 samme")
			}
		},
		"clock back": func(d *desk) { d.now = d.now.AddDate(-30, 0, 0) },
		"clock on":   func(d *desk) { d.now = d.now.AddDate(30, 0, 0) },
	} {
		d := open(t)
		prepare(d)
		d.stanzas()
		d.sms("+4793333333", "2 her er jeg")
		if got := said(d.stanzas(), "her er jeg"); len(got) != 1 || !strings.Contains(got[0], "→mum@example.org") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What is held, asked, undecided or unseen when the family changes is not lost without a word.
func TestFamilyChangesUnderWhatWaits(t *testing.T) {
	d := schoolDesk(t)
	d.sms("+4792222222", "Emma: hei fra bestemor")
	d.chat("coach@example.org", "emma", "c", "trening i dag")
	d.stanzas()
	d.transmit(&hand{})
	d.amend(func(f *bridge.Family) {
		f.Children[0].Allow = append(f.Children[0].Allow[:2:2], f.Children[0].Allow[4:]...)
	})
	d.releaseDue()
	sent := d.transmit(&hand{})
	mustContain(t, "bestemor hears", said(sent, "+4792222222"), "Emma")
	d.until("2026-11-20 14:01")
	d.releaseDue()
	want(t, "neither arrives when school is over", said(d.transmit(&hand{}), "+4793333333"))
}
