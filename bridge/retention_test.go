package bridge_test

import (
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// What the document says of how long things are kept is within bounds, and a delivered text cannot be kept at all.
func TestRetentionHasBounds(t *testing.T) {
	for want, days := range map[string]bridge.RetentionDays{
		"": {Held: 1, Metadata: 365, Audit: 90},
		"retention.delivered: a text that was delivered is kept for no day, and nobody can raise that: leave it out": {Delivered: 1},
		"retention.held: 31 is out of bounds: 1 to 30 days; 7 is usual":                                              {Held: 31},
		"retention.metadata: -1 is out of bounds: 1 to 365 days; 30 is usual":                                        {Metadata: -1},
		"retention.audit: 30 is out of bounds: 90 to 3650 days; 365 is usual":                                        {Audit: 30},
	} {
		for path, f := range map[string]bridge.Family{
			"": {Retention: days},
			"child[0].": {Guardians: []bridge.Guardian{{Name: "Mamma", JID: "mum@example.org"}}, Children: []bridge.Child{
				{Name: "Emma", Localpart: "emma", Phone: "+4793333333", Retention: days},
			}},
		} {
			_, err := f.Check(plain{})
			switch {
			case want == "" && err != nil:
				t.Errorf("%+v: %v", days, err)
			case want != "" && (err == nil || err.Error() != path+want):
				t.Errorf("%+v: %v, want %s%s", days, err, path, want)
			}
		}
	}
}

// Who applies a document that keeps more cannot do it behind the child's back; to keep less needs no word.
func TestAFamilyThatKeepsMoreIsTold(t *testing.T) {
	d := open(t)
	d.stanzas()
	set := func(f bridge.Family) {
		t.Helper()
		if _, _, err := d.relay.ApplyFamily(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	f, err := d.store.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Retention = bridge.RetentionDays{Metadata: 90}
	f.Children[0].Retention = bridge.RetentionDays{Held: 14, Metadata: 60}
	set(f)
	told := strings.Join(d.transmit(&hand{}), "\n")
	for _, want := range []string{
		f.Children[0].Phone + " Knapp: Fra nå kan en melding som venter ligge her i 14 dager før den slettes.",
		f.Children[0].Phone + " Knapp: Fra nå husker jeg hvem og når i 60 dager. Ikke hva du skriver.",
		f.Children[1].Phone,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the children are told:\n%s\nwant %s", told, want)
		}
	}
	if said := strings.Join(d.stanzas(), "\n"); !strings.Contains(said, "loggen (hvem og når) om "+f.Children[0].Name+" lagres nå i 60 dager. Barnet har fått vite det.") {
		t.Errorf("the guardians are told: %s", said)
	}
	set(f)
	f.Retention, f.Children[0].Retention = bridge.RetentionDays{}, bridge.RetentionDays{Held: 2}
	set(f)
	want(t, "to keep less, or the same", d.transmit(&hand{}))
	lines, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	details := ""
	for _, l := range lines {
		details += l.What + " " + l.Child + " " + l.Detail + "\n"
	}
	for _, want := range []string{
		"set_retention " + f.Children[0].Name + " metadata: 30 → 60 days", "set_retention " + f.Children[0].Name + " held: 14 → 2 days",
	} {
		if !strings.Contains(details, want) {
			t.Errorf("written down:\n%swant %s", details, want)
		}
	}
}

// A text that waits is forgotten when the child's term is over, and not before.
func TestAHeldTextIsForgottenInTime(t *testing.T) {
	for _, days := range []int{2, 14} {
		d := open(t)
		f, err := d.store.Family(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.Retention.Held = days
		if _, _, err := d.relay.ApplyFamily(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		d.sms("+4798765432", "hei Emma")
		held := func() int {
			if err := d.relay.ReleaseDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			n := 0
			if err := d.store.Do(t.Context(), func(tx bridge.Tx) error {
				all, err := tx.Held()
				n = len(all)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		d.now = d.now.Add(time.Duration(days)*24*time.Hour - time.Hour)
		if held() != 1 {
			t.Errorf("%d days: forgotten too early", days)
		}
		d.now = d.now.Add(2 * time.Hour)
		if held() != 0 {
			t.Errorf("%d days: kept for too long", days)
		}
	}
}
