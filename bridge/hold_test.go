package bridge_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// schoolDesk is a Friday at ten in a family where Emma is at school until two and sleeps from nine to seven. Bestemor,
// on the phone, and Trener, in a chat, may write when she is at home.
func schoolDesk(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	d.arrange(func(f *bridge.Family) {
		emma := &f.Children[0]
		emma.Week = []bridge.WeekHours{
			{Mode: policy.School, Days: "mon-fri", From: "08:15", To: "14:00"},
			{Mode: policy.Sleep, Days: "daily", From: "21:00", To: "07:00"},
		}
		emma.Allow[2].When, emma.Allow[3].When, emma.Allow[4].When = "home", "home", "home"
		emma.Allow[2].Emergency = true
	})
	return d
}

// arrange changes the household and applies it.
func (d *desk) arrange(change func(f *bridge.Family)) {
	d.t.Helper()
	f := household
	f.Guardians = append([]bridge.Guardian(nil), f.Guardians...)
	f.Contacts = append([]bridge.Contact(nil), f.Contacts...)
	f.Children = append([]bridge.Child(nil), f.Children...)
	for i := range f.Children {
		f.Children[i].Allow = append([]bridge.Allow(nil), f.Children[i].Allow...)
	}
	change(&f)
	checked, err := f.Check(plain{})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(d.t.Context(), checked); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) releaseDue() {
	d.t.Helper()
	if err := d.relay.ReleaseDue(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// named returns the id of a name.
func (d *desk) named(name string) policy.Person {
	d.t.Helper()
	family, err := d.store.Directory(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	p, ok := family.Named(name)
	if !ok {
		d.t.Fatalf("%s is nobody", name)
	}
	return p.ID
}

func (d *desk) until(clock string) {
	d.t.Helper()
	at, err := time.Parse("2006-01-02 15:04", clock)
	if err != nil {
		d.t.Fatal(err)
	}
	d.now = at
}

// contains tells whether lines are what is wanted, each a part of the line at its place.
func contains(t *testing.T, what string, got []string, parts ...string) {
	t.Helper()
	ok := len(got) == len(parts)
	for i := 0; ok && i < len(got); i++ {
		ok = strings.Contains(got[i], parts[i])
	}
	if !ok {
		t.Errorf("%s:\n got  %q\n want %q", what, got, parts)
	}
}

func TestAMessageWaitsForTheEndOfSchool(t *testing.T) {
	d := schoolDesk(t)
	d.chat("coach@example.org", "emma", "c1", "Trening kl. 17")
	d.chat("coach@example.org", "emma", "c2", "Ta med drikke")
	want(t, "told once a hold", d.stanzas(), "chat emma→coach@example.org | Emma har skole; meldingen kommer fram kl. 14.00.")
	d.sms("+4792222222", "Emma: Hei vennen")
	want(t, "a phone is told as well", d.transmit(&hand{}), "+4792222222 Knapp: Emma har skole; meldingen kommer fram kl. 14.00.")
	d.sms("+4793333333", "Bestemor: hei")
	want(t, "and the child", d.transmit(&hand{}), "+4793333333 Knapp: Bestemor får meldingen din kl. 14.00.")
	d.restart()
	d.until("2026-11-20 13:59")
	d.releaseDue()
	want(t, "a minute before", d.transmit(&hand{}))
	d.until("2026-11-20 14:00")
	d.releaseDue()
	got := d.transmit(&hand{})
	contains(t, "when school is out, in order", got, "Trener: Trening kl. 17", "Trener: Ta med drikke", "Bestemor: Hei vennen", "Emma: hei")
	d.releaseDue()
	want(t, "and once", d.transmit(&hand{}))
	if entry := d.log()[len(d.log())-2]; entry.Verdict != "deliver" && entry.Verdict != "refuse" {
		t.Errorf("the log still says that it waits: %+v", entry)
	}
	want(t, "nobody is told anything more", d.stanzas())
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "a receipt means delivered, late as it is", d.stanzas(), "receipt emma→coach@example.org/phone | c1")
}

func TestAMessageOfTheNightArrivesInTheMorning(t *testing.T) {
	d := schoolDesk(t)
	d.until("2026-11-20 22:30")
	d.chat("coach@example.org", "emma", "c1", "Husk skiene")
	want(t, "at night", d.stanzas(), "chat emma→coach@example.org | Det er natt hos Emma; meldingen kommer fram i morgen kl. 07.00.")
	d.chat("mum@example.org", "emma", "m1", "Sov godt")
	contains(t, "a guardian has no hours", d.transmit(&hand{}), "Mamma: Sov godt")
	d.until("2026-11-21 07:00")
	d.releaseDue()
	contains(t, "in the morning", d.transmit(&hand{}), "Trener: Husk skiene")
}

// What comes after the hour waits behind what came before, even when nobody has released that yet.
func TestNothingOvertakesWhatIsHeld(t *testing.T) {
	d := schoolDesk(t)
	d.chat("coach@example.org", "emma", "c1", "først")
	d.until("2026-11-20 14:30")
	d.chat("coach@example.org", "emma", "c2", "så")
	contains(t, "in order", d.transmit(&hand{}), "Trener: først", "Trener: så")
}

func TestWhatIsHeldIsDecidedAnew(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *desk)
		sent   []string
		told   []string
	}{
		{"taken off the list", func(d *desk) {
			d.arrange(func(f *bridge.Family) {
				f.Children[0].Allow = append(f.Children[0].Allow[:3:3], f.Children[0].Allow[4])
			})
		}, nil, []string{
			"error emma→coach@example.org/phone | forbidden | Du kan ikke skrive til Emma herfra. | c1",
			"chat emma→coach@example.org | Du kan ikke skrive til Emma herfra.",
		}},
		{"opened by a guardian", func(d *desk) {
			if err := d.relay.AllowFor(d.t.Context(), bridge.Keeper, d.named("Emma"), 0, time.Hour); err != nil {
				d.t.Fatal(err)
			}
		}, []string{"Knapp har åpnet for alle på lista di. Det slutter kl. 11.00.", "Trener: Trening"}, nil},
		{"the phone is lost", func(d *desk) {
			if err := d.relay.LostPhone(d.t.Context(), bridge.Keeper, d.named("Emma")); err != nil {
				d.t.Fatal(err)
			}
			d.stanzas()
		}, []string{"Mistet. Ring +4791111111"}, []string{
			"error emma→coach@example.org/phone | recipient-unavailable | Emma har mistet telefonen sin. Ring en av de voksne. | c1",
			"chat emma→coach@example.org | Emma har mistet telefonen sin. Ring en av de voksne.",
		}},
		{"muted as well", func(d *desk) {
			d.until("2026-11-20 14:30")
			if err := d.relay.Mute(d.t.Context(), bridge.Keeper, d.named("Emma"), d.named("Trener"), d.now.Add(time.Hour)); err != nil {
				d.t.Fatal(err)
			}
		}, []string{"vil at det skal være stille fra Trener en stund."}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := schoolDesk(t)
			d.chat("coach@example.org", "emma", "c1", "Trening")
			d.stanzas()
			c.change(d)
			d.releaseDue()
			contains(t, "sent", d.transmit(&hand{}), c.sent...)
			want(t, "told", d.stanzas(), c.told...)
		})
	}
}

func TestWhatWaitedForTooLongIsNotSent(t *testing.T) {
	d := schoolDesk(t)
	if err := d.relay.Mute(t.Context(), bridge.Keeper, d.named("Emma"), 0, time.Time{}); err != nil {
		t.Fatal(err)
	}
	d.chat("coach@example.org", "emma", "c1", "Trening")
	want(t, "held for no one knows how long", d.stanzas(), "chat emma→coach@example.org | Det skal være stille hos Emma nå; meldingen kommer fram senere.")
	d.transmit(&hand{})
	d.now = d.now.Add(7*24*time.Hour + time.Minute)
	d.releaseDue()
	want(t, "its writer is told", d.stanzas(),
		"error emma→coach@example.org/phone | recipient-unavailable | Meldingen din til Emma ventet for lenge og ble ikke sendt. | c1",
		"chat emma→coach@example.org | Meldingen din til Emma ventet for lenge og ble ikke sendt.")
	if err := d.relay.Unmute(t.Context(), bridge.Keeper, d.named("Emma"), 0); err != nil {
		t.Fatal(err)
	}
	d.releaseDue()
	contains(t, "and it is gone", d.transmit(&hand{}), "har skrudd på meldingene igjen")
}

func TestHASTERPassesTheTimetableSixTimesAnHour(t *testing.T) {
	d := schoolDesk(t)
	for range 7 {
		d.now = d.now.Add(time.Minute)
		d.sms("+4792222222", "Emma: HASTER:ring meg "+d.now.Format("15.04"))
	}
	sent := d.transmit(&hand{})
	passed := 0
	for _, s := range sent {
		if strings.Contains(s, "Bestemor: HASTER:ring meg") {
			passed++
		}
	}
	if passed != 6 || !strings.Contains(sent[len(sent)-1], "+4792222222 Knapp: Emma har skole") {
		t.Errorf("%d passed: %q", passed, sent)
	}
	d.chat("coach@example.org", "emma", "c1", "HASTER: hei")
	contains(t, "who is not on the emergency list is held", d.stanzas(), "Emma har skole")
}

// RunHolds wakes at the hour, and when the clock is set late.
func TestHoldsAreReleasedByTheClock(t *testing.T) {
	for _, c := range []struct {
		name string
		set  time.Duration // after the start, when the clock is known
		out  time.Duration // by when it must have left
	}{
		{"the hour comes", 0, 4*time.Hour + time.Second},
		{"the network tells the time late", 5 * time.Hour, 5*time.Hour + 2*time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := schoolDesk(t)
				began := time.Now()
				clock := func() time.Time { return d.now.Add(time.Since(began)) }
				relay, err := bridge.New(bridge.Options{
					Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: clock, Modems: []string{"main"},
					Language: "nb", Location: time.UTC, ClockSet: func() bool { return time.Since(began) >= c.set },
				})
				if err != nil {
					t.Fatal(err)
				}
				d.relay = relay
				d.chat("coach@example.org", "emma", "c1", "Trening")
				d.chat("mum@example.org", "emma", "m1", "Hei")
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- relay.RunHolds(ctx) }()
				waiting := func() int {
					n, _, err := d.store.Waiting(ctx)
					if err != nil {
						t.Fatal(err)
					}
					return n
				}
				if n := waiting(); n != 1 {
					t.Errorf("%d texts pass at once, only Mamma's should", n)
				}
				time.Sleep(c.out - time.Minute*3)
				synctest.Wait()
				if n := waiting(); n != 1 {
					t.Errorf("%d texts have passed too early", n)
				}
				time.Sleep(time.Minute * 3)
				synctest.Wait()
				if n := waiting(); n != 2 {
					t.Errorf("what was held is not released: %d", n)
				}
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
				_ = d.store.Close()
			})
		})
	}
}

// Whoever writes while the timetable is closed hears what will be lost on the way as well as anybody else, and hears at
// once of what no hour would let through.
func TestAWriterHearsOfWhatIsHeldToo(t *testing.T) {
	d := schoolDesk(t)
	d.chat("coach@example.org", "emma", "c1", strings.Repeat("altfor langt ", 120))
	contains(t, "too long for any hour", d.stanzas(), "error emma→coach@example.org/phone | not-acceptable | ")
	err := d.relay.TakeChat(t.Context(), bridge.Chat{
		From: "coach@example.org", Resource: "phone", To: "emma", ID: "c2", Body: "se her 🎉", At: d.now,
		Attachments: []bridge.Attachment{{URL: "https://example.org/x", Type: "image/jpeg"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := d.stanzas()
	contains(t, "when it comes, and what of it will not be seen", got, "Emma har skole", "ble til ord", "kan ikke se bilder eller filer")
	d.until("2026-11-20 15:00")
	d.releaseDue()
	contains(t, "after school", d.transmit(&hand{}), "(fre 10.00) Trener: se her (feirer) (sendte et bilde)")
	want(t, "told once", d.stanzas())
}
