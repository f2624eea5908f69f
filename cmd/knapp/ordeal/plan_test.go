package ordeal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// event is something that happens to the world at a time that the seed has chosen.
type event struct {
	at   time.Duration
	what string
	do   func(w *world)
}

// plan is what a seed makes: what people write, and what goes wrong. It holds no time but the bubble's and draws nothing
// while it is carried out.
type plan struct {
	length time.Duration
	events []event
}

// newPlan draws a plan: so many messages, so many faults of these kinds.
func newPlan(seed uint64, messages, faults int, kinds []kind) plan {
	r := rand.New(rand.NewPCG(seed, 2))
	p := plan{length: time.Duration(2+r.IntN(3)) * time.Hour}
	add := func(at time.Duration, what string, do func(*world)) { p.events = append(p.events, event{at, what, do}) }
	for n := 0; n < messages; {
		at := time.Minute + time.Duration(r.Int64N(int64(p.length-time.Minute)))
		burst := 1
		if r.IntN(8) == 0 {
			burst = 2 + r.IntN(12)
		}
		for range min(burst, messages-n) {
			n++
			write(r, n, func(after time.Duration, do func(*world)) { add(at+after, "", do) })
			at += time.Duration(r.IntN(2500)) * time.Millisecond
		}
	}
	for range faults {
		at := time.Minute + time.Duration(r.Int64N(int64(p.length-time.Minute)))
		k := pick(r, kinds...)
		k.draw(r, func(after time.Duration, what string, do func(*world)) { add(at+after, what, do) })
	}
	if len(kinds) == len(allKinds) && r.IntN(12) == 0 {
		at := time.Duration(r.Int64N(int64(p.length)))
		add(at, "server is gone for a day", func(w *world) { w.server.stop() })
		add(at+24*time.Hour, "server is back", func(w *world) { w.server.start() })
		p.length = at + 24*time.Hour + time.Minute
	}
	if len(kinds) == len(allKinds) {
		later := rand.New(rand.NewPCG(seed, 4))
		for range faults / 2 {
			at := time.Minute + time.Duration(later.Int64N(int64(p.length-time.Minute)))
			k := pick(later, laterKinds...)
			k.draw(later, func(after time.Duration, what string, do func(*world)) { add(at+after, what, do) })
		}
	}
	drawFamily(seed, p.length, add)
	drawErrands(seed, p.length, add)
	slices.SortStableFunc(p.events, func(a, b event) int { return int(a.at - b.at) })
	return p
}

// write draws one message.
func write(r *rand.Rand, n int, add func(after time.Duration, do func(*world))) {
	text := fmt.Sprintf("k%d %s", n, pick(r, "hei", "er du hjemme?", "kan jeg bli med Åse på øving i dag", "😀 fint"))
	switch wide := strings.Contains(text, "😀"); {
	case r.IntN(6) > 0:
	case wide: // three parts of 67 characters
		text += strings.Repeat(" og så videre", 4+r.IntN(8))
	default: // three of 153
		text += strings.Repeat(" og så videre", 8+r.IntN(20))
	}
	child := pick(r, emma, jonas)
	name := map[string]string{emma: "Emma", jonas: "Jonas"}[child]
	switch r.IntN(10) {
	case 0, 1:
		add(0, func(w *world) {
			w.textsTo(child, "2 ", text, []Leg{{Address: "mum@example.org", Shown: text, Called: "Mamma"}})
		})
	case 2:
		add(0, func(w *world) {
			w.textsTo(child, "Pappa: ", text, []Leg{{Address: "dad@example.org", Shown: text, Called: "Pappa"}})
		})
	case 3:
		add(0, func(w *world) {
			w.textsTo(child, "0 ", text, []Leg{
				{Address: "mum@example.org", Shown: text, Called: bridgeName}, {Address: "dad@example.org", Shown: text, Called: bridgeName},
			})
		})
	case 4:
		add(0, func(w *world) {
			w.textsTo(child, "4 ", text, []Leg{{Address: gran, Shown: name + ": " + onPhone(text), Called: "Bestemor"}})
		})
	case 5:
		add(0, func(w *world) {
			w.textsTo(gran, name+": ", text, []Leg{{Address: child, Shown: "Bestemor: " + onPhone(text), Called: name}})
		})
	default:
		person, label := "mum", "Mamma"
		if r.IntN(3) == 0 {
			person, label = "dad", "Pappa"
		}
		id := fmt.Sprintf("m%d", n)
		local := strings.ToLower(name)
		add(0, func(w *world) { w.writes(person, local, label, text, id, false) })
		if r.IntN(5) == 0 { // a client that is not sure sends it again
			add(seconds(r, 1, 100), func(w *world) { w.writes(person, local, label, text, id, true) })
		}
	}
}

const (
	bridgeName = "Knapp"
	day        = 24 * time.Hour
)
