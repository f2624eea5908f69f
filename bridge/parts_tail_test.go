package bridge_test

import (
	"strings"
	"testing"
	"time"
)

// Two texts under one reference end in the same words: the second one's last part is no repetition of the first one's.
func TestTextsThatEndAlike(t *testing.T) {
	const tail = "og saa var det helt slutt"
	text := func(begins string) string {
		return begins + strings.Repeat("a", 153-len(begins)) + tail // 153 septets are a part's (23.040 §9.2.3.24.1)
	}
	for _, c := range []struct {
		name  string
		order []int // of the second text's parts
	}{{"in order", []int{0, 1}}, {"the end first", []int{1, 0}}} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			arrive := func(text string, order []int) {
				t.Helper()
				parts, err := (air{}).Segment("+4799990000", text, 7, 0)
				if err != nil || len(parts) != 2 {
					t.Fatal(len(parts), err)
				}
				for _, i := range order {
					d.now = d.now.Add(time.Second)
					in := deliver(t, parts[i], "+4793333333", d.now)
					in.At = d.now
					if err := d.relay.TakeSMS(t.Context(), in); err != nil {
						t.Fatal(err)
					}
				}
			}
			arrive(text("2 en "), []int{0, 1})
			want(t, "the first", d.stanzas(), "chat emma→mum@example.org | "+text("2 en ")[2:])
			arrive(text("2 to "), c.order)
			want(t, "the second", d.stanzas(), "chat emma→mum@example.org | "+text("2 to ")[2:])
		})
	}
}
