package bridge_test

import (
	"context"
	"testing"
	"time"

	"knapp/bridge"
)

const (
	mumJID   = bridge.JID("mum@example.org")
	coachJID = bridge.JID("coach@example.org")
	auntJID  = bridge.JID("aunt@example.org")
)

// shown is what somebody sees of Emma, or of "" the gateway.
func (d *desk) shown(to string, viewer bridge.JID) string {
	d.t.Helper()
	if _, _, err := d.relay.LookAtPhones(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	show, status := d.relay.PresenceFor(d.t.Context(), to, viewer)
	if status == "" {
		return show
	}
	return show + ": " + status
}

func (d *desk) sees(what string, lines ...string) {
	d.t.Helper()
	var got []string
	for _, viewer := range []bridge.JID{mumJID, coachJID, auntJID} {
		got = append(got, d.shown("emma", viewer))
	}
	want(d.t, what, got, lines...)
}

// A guardian is told why a child cannot be reached, everybody else only that it cannot; strangers nothing.
func TestPresenceTellsGuardiansWhy(t *testing.T) {
	d := open(t)
	const gone = bridge.Unavailable
	d.sees("all is well", "", "", "")
	for network, says := range map[bridge.Network]string{
		bridge.NotServed: "Knapp har ikke mobilnett", bridge.ModemAway: "Modemet i Knapp svarer ikke", bridge.Paused: "Knapp står på pause",
	} {
		d.relay.SetNetwork(network)
		d.sees(says, gone+": "+says, gone, gone)
		want(t, "the gateway itself is there", []string{d.shown("", mumJID), d.shown("", coachJID)}, "xa: "+says, "")
	}
	d.relay.SetNetwork(bridge.Served)
	d.sees("all is well again", "", "", "")
	if got := d.shown("emma", "eve@example.org") + d.shown("nobody", mumJID) + d.shown("jonas", coachJID); got != gone+gone+gone {
		t.Errorf("who may not know of a child sees %q", got)
	}

	// The week: school until 14, asleep from 21 to 7; the coach may write during neither, the aunt never.
	d.apply(func(f *bridge.Family) {
		f.Children[0].Week = []bridge.WeekHours{
			{Mode: "school", Days: "mon-fri", From: "08:00", To: "14:00"}, {Mode: "sleep", Days: "daily", From: "21:00", To: "07:00"},
		}
		f.Children[0].Allow[3].When = "home"
	})
	d.now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) // a Monday
	d.sees("school", "dnd: På skolen til kl. 14.00", gone, "")
	d.now = d.now.Add(4 * time.Hour)
	d.sees("home", "", "", "")
	d.now = d.now.Add(8 * time.Hour)
	d.sees("night", "dnd: Sover til kl. 07.00", gone, "")

	d.now = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	emma := d.named("Emma")
	if err := d.relay.Mute(t.Context(), bridge.Keeper, emma, 0, d.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.sees("muted", "dnd: Stille til kl. 16.00", gone, "")
	d.now = d.now.Add(time.Hour)
	d.sees("no longer muted", "", "", "")
	if err := d.relay.Mute(t.Context(), bridge.Keeper, emma, 0, d.now.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.sees("muted for days", "dnd: Stille til 25. november", gone, "")
	if err := d.relay.Unmute(t.Context(), bridge.Keeper, emma, 0); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.LostPhone(t.Context(), bridge.Keeper, emma); err != nil {
		t.Fatal(err)
	}
	d.sees("lost", "xa: Telefonen er meldt mistet", gone, gone)
}

// Two guardians of one child are told why in two languages.
func TestPresenceSpeaksEachGuardiansLanguage(t *testing.T) {
	d := open(t)
	d.apply(func(f *bridge.Family) {
		f.Guardians[1].Language = "en"
		f.Children[0].Week = []bridge.WeekHours{{Mode: "sleep", Days: "daily", From: "21:00", To: "07:00"}}
	})
	both := func(to string) []string { return []string{d.shown(to, mumJID), d.shown(to, "dad@example.org")} }
	d.now = time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)
	want(t, "asleep", both("emma"), "dnd: Sover til kl. 07.00", "dnd: Asleep until 07:00")
	d.relay.SetNetwork(bridge.NotServed)
	want(t, "no network", both(""), "xa: Knapp har ikke mobilnett", "xa: Knapp has no mobile network")
}

// A phone is off when the network says so, or says nothing of two texts; any sign of life ends that.
func TestPresenceOfAPhoneThatIsOff(t *testing.T) {
	d := open(t)
	h := &hand{}
	send := func() byte { d.chat(mumJID, "emma", "", "hei"); d.transmit(h); return h.ref }
	off := []string{"xa: Telefonen er av eller uten dekning", bridge.Unavailable, bridge.Unavailable}
	on := []string{"", "", ""}

	send()
	send()
	d.now = d.now.Add(time.Hour)
	d.sees("a network that never reports says nothing by that", on...)
	d.report(send(), "+4793333333", bridge.Arrived)
	first := send()
	d.now = d.now.Add(time.Hour)
	d.sees("one without a report", on...)
	send()
	d.now = d.now.Add(9 * time.Minute)
	d.sees("two, not for long", on...)
	d.now = d.now.Add(2 * time.Minute)
	d.sees("two for long", off...)
	d.restart()
	d.sees("also after a start", off...)
	d.report(first, "+4793333333", bridge.Arrived)
	d.sees("one arrived", on...)

	d.now = d.now.Add(time.Minute)
	lost := send()
	d.now = d.now.Add(time.Minute)
	d.report(lost, "+4793333333", bridge.Lost)
	d.sees("one was given up", off...)
	d.sms("+4793333333", "hei")
	d.sees("the child writes", on...)
}

// Who shows presence is told of a change when it comes, also of one that only the clock brings.
func TestPresenceIsToldWhenItChanges(t *testing.T) {
	d := open(t)
	told := make(chan struct{}, 100)
	relay, err := bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Now: time.Now, Modems: []string{"main"}, Language: "nb", Location: time.UTC, Addresses: plain{},
		PresenceChanged: func() { told <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = relay.RunPresence(ctx) }()
	defer func() { cancel(); <-done }()
	await := func(what string) {
		t.Helper()
		select {
		case <-told:
		case <-time.After(20 * time.Second):
			t.Fatalf("not told: %s", what)
		}
	}
	relay.SetNetwork(bridge.Served)
	await("the network")
	emma := d.named("Emma")
	if err := relay.Mute(t.Context(), bridge.Keeper, emma, 0, time.Now().Add(4*time.Second)); err != nil {
		t.Fatal(err)
	}
	await("a mute")
	if show, _ := relay.PresenceFor(t.Context(), "emma", coachJID); show != bridge.Unavailable {
		t.Errorf("shown %q", show)
	}
	await("its end")
	if show, _ := relay.PresenceFor(t.Context(), "emma", coachJID); show != "" {
		t.Errorf("shown %q", show)
	}
}
