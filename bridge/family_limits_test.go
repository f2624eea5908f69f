package bridge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func TestLimitsThatNobodyHasSet(t *testing.T) {
	for name, c := range map[string]struct {
		family bridge.FamilyLimits
		child  bridge.ChildLimits
		want   policy.Limits
	}{
		"nothing set":            {want: policy.Limits{Day: 200, Month: 3000, Contact: 100, Reserve: 40}},
		"a day":                  {child: bridge.ChildLimits{Day: 40}, want: policy.Limits{Day: 40, Month: 3000, Contact: 100, Reserve: 10}},
		"a great day":            {child: bridge.ChildLimits{Day: 1000}, want: policy.Limits{Day: 1000, Month: 15000, Contact: 100, Reserve: 40}},
		"a small month":          {child: bridge.ChildLimits{Month: 60}, want: policy.Limits{Day: 60, Month: 60, Contact: 100, Reserve: 15}},
		"no reserve":             {child: bridge.ChildLimits{Reserve: bridge.NoLimit}, want: policy.Limits{Day: 200, Month: 3000, Contact: 100}},
		"none for the child":     {child: bridge.ChildLimits{Day: -1, Month: -1, Contact: -1}, want: policy.Limits{}},
		"none in the family":     {family: bridge.FamilyLimits{Day: -1, Month: -1}, want: policy.Limits{}},
		"its own in such a one":  {family: bridge.FamilyLimits{Day: -1, Month: -1}, child: bridge.ChildLimits{Day: 8}, want: policy.Limits{Day: 8, Reserve: 2}},
		"a month without a day":  {family: bridge.FamilyLimits{Day: -1}, want: policy.Limits{Month: 3000, Reserve: 40}},
		"the gateway's is apart": {family: bridge.FamilyLimits{Day: 50}, want: policy.Limits{Day: 200, Month: 3000, Contact: 100, Reserve: 40}},
	} {
		if got := c.family.PolicyOf(c.child); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got, want := (bridge.FamilyLimits{}).Policy(), (policy.Limits{Day: 600, Month: 9000, Reserve: 40}); got != want {
		t.Errorf("the gateway: %+v, want %+v", got, want)
	}
}

// A family that has set nothing, and writes twenty texts a day each way, never hears of a limit; nor does one that has a
// busy day.
func TestAnOrdinaryFamilyMeetsNoLimit(t *testing.T) {
	d := open(t)
	d.now = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for day := range 30 {
		n := 20
		if day == 12 {
			n = 50
		}
		for i := range n {
			d.now = d.now.Add(9 * time.Minute)
			d.chat("coach@example.org", "emma", fmt.Sprintf("c%d-%d", day, i), fmt.Sprintf("nummer %d den %d.", i, day))
			d.sms("+4793333333", fmt.Sprintf("4 svar %d den %d.", i, day))
			d.transmit(&hand{})
		}
		d.now = time.Date(2026, 11, 2+day, 8, 0, 0, 0, time.UTC)
	}
	for _, line := range d.stanzas() {
		if strings.HasPrefix(line, "error") || strings.HasPrefix(line, "chat →") {
			t.Errorf("%q", line)
		}
	}
}

// What runs away in a family that has set nothing ends the same day, and the guardians were warned before; they and the
// child reach each other, and a call for help passes.
func TestWhatRunsAwayEndsWithoutAnyLimitSet(t *testing.T) {
	d := openHelping(t)
	sent, warned := 0, []string(nil)
	for i := range 2000 { // just below what looks like a storm, and never the same
		d.now = d.now.Add(13 * time.Second)
		d.chat("coach@example.org", "emma", fmt.Sprintf("c%d", i), fmt.Sprintf("nummer %d", i))
		sent += len(said(d.transmit(&hand{}), "Trener"))
	}
	if sent != 100 {
		t.Errorf("%d texts of one contact left in a day", sent)
	}
	for i := range 300 {
		d.now = d.now.Add(13 * time.Second)
		d.sms("+4792222222", fmt.Sprintf("Emma: nabo %d", i))
		sent += len(said(d.transmit(&hand{}), "Nabo:"))
		warned = append(warned, said(told(d.stanzas(), "mum@example.org"), "har brukt")...)
	}
	if sent > 160 {
		t.Errorf("%d texts left in a day", sent)
	}
	mustContain(t, "warned", warned, "Emma har brukt 128 av dagens 160 SMS-er")
	d.chat("mum@example.org", "emma", "m", "kom hjem")
	mustContain(t, "the reserve is for guardians", said(d.transmit(&hand{}), "kom hjem"), "+4793333333 Mamma: kom hjem")
	d.sms("+4793333333", "2 hva skjer")
	mustContain(t, "the child reaches its guardian", said(d.stanzas(), "hva skjer"), "→mum@example.org")
	d.sms("+4793333333", "SOS")
	mustContain(t, "a call for help", said(d.transmit(&hand{}), "NØD!"), "+4791111111", "+4791111112", "+4791111113", "+4792222222")
}
