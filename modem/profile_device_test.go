package modem_test

import (
	"strings"
	"testing"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// The devices that the software modem plays get the same profile by their USB id and by what they say, and a profile
// knows of them what their habits demand.
func TestProfilesOfDevicesWithHabits(t *testing.T) {
	for _, d := range modemtest.Devices() {
		t.Run(d.Name, func(t *testing.T) {
			said, err := modem.Choose(modem.Identity{Manufacturer: d.Manufacturer, Model: d.Model})
			if err != nil {
				t.Fatal(err)
			}
			p := said.Profile
			if d.USB != "" {
				plugged, err := modem.Choose(modem.Identity{USB: d.USB})
				if err != nil || plugged.Profile.Name != p.Name {
					t.Errorf("by its USB id %q, by what it says %q, %v", plugged.Profile.Name, p.Name, err)
				}
			}
			if d.Habits.Tries != "" && p.Tries != "" && strings.TrimSuffix(p.Tries, "?") != d.Habits.Tries {
				t.Errorf("the tries are asked by %s, it answers %s", p.Tries, d.Habits.Tries)
			}
			if d.Habits.MassStorage && p.Reset != modem.ResetNever {
				t.Errorf("a reset makes it a disk, the profile says %q", p.Reset)
			}
			if d.Habits.CSMPErasesSMSC && p.CSMP {
				t.Error("AT+CSMP may be written, and erases its service centre")
			}
			if d.Habits.Hush != "" && (len(p.Start) == 0 || p.Start[0].Set != d.Habits.Hush) {
				t.Errorf("it is told to be quiet by %s, the profile begins with %v", d.Habits.Hush, p.Start)
			}
			if d.Habits.ReportNamed != "" && p.Reports != 1 {
				t.Errorf("it names the wrong storage for reports, the profile has them stored: %d", p.Reports)
			}
		})
	}
}
