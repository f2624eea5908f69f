package bridge_test

import (
	"testing"
	"time"

	"knapp/bridge"
)

// A text that was late when it came, and waits here until its day needs another name, carries one time and not two: within six
// days its day of the week, then its date.
func TestALateTextIsDatedOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		late  time.Duration // when it came
		waits time.Duration
		want  string
	}{
		{"late, and sent at once", 40 * time.Minute, time.Minute, "(fre 13.20) Bestemor: hei"},
		{"late, and it waits", 40 * time.Minute, time.Hour, "(fre 13.20) Bestemor: hei"},
		{"in time, and it waits", time.Minute, time.Hour, "(fre 13.59) Bestemor: hei"},
		{"by the week", 6*24*time.Hour - 5*time.Minute, time.Hour, "(14.11. 14.05) Bestemor: hei"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			err := d.relay.TakeSMS(t.Context(), bridge.SMS{
				Modem: "main", PDU: "00", At: d.now, Written: d.now.Add(-c.late), From: "+4792222222", Text: "Emma: hei",
			})
			if err != nil {
				t.Fatal(err)
			}
			d.now = d.now.Add(time.Second)
			d.restart() // the clock of a process counts from its start
			d.now = d.now.Add(c.waits)
			want(t, "what she gets", d.transmit(&hand{}), "+4793333333 "+c.want)
		})
	}
}
