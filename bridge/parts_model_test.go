package bridge_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// longText is a text of several parts of the model: what became of it is known beforehand.
type longText struct {
	name  string
	text  string
	ref   int
	at    time.Time // at the service centre
	parts [][]byte
	came  map[int]bool
	gone  map[int]bool // came earlier, and was shown torn
}

// joinModel sends long texts in a random history (many at once, out of order, doubled by the modem and by the phone,
// with references that come again while the text before still waits, parts that never come or come too late, and
// restarts) and knows naively what a guardian must be shown.
type joinModel struct {
	*desk
	rand  *rand.Rand
	open  []*longText
	late  []*longText // shown torn; what was missing may yet come
	shown []string    // that the relay showed
	want  []string    // whole texts
	torn  map[string]int
	count int

	centre time.Time // the service centre's clock: it may have kept the texts, and hand them over all at once
}

func TestJoiningAgainstAModel(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &joinModel{desk: open(t), rand: rand.New(rand.NewPCG(seed, 7)), torn: map[string]int{}}
			m.centre = m.now
			m.uptime()
			for range 150 {
				m.step()
			}
			m.quiet()
			m.check()
		})
	}
}

// uptime makes a relay that has run for long enough to give up on parts.
func (m *joinModel) uptime() {
	var err error
	m.relay, err = bridge.New(bridge.Options{
		Store: m.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return m.now },
		Uptime: func() func() time.Duration {
			up := time.Duration(0)
			return func() time.Duration { up += time.Hour; return up }
		}(),
		Modems: []string{"main"}, Language: "nb", Location: time.UTC, Country: "NO", FallbackAfter: time.Hour, Addresses: plain{},
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *joinModel) step() {
	m.t.Helper()
	m.now = m.now.Add(time.Duration(m.rand.IntN(20)) * time.Second)
	switch n := m.rand.IntN(100); {
	case n < 25 && len(m.open) < 6:
		m.write()
	case n < 85:
		m.arrive()
	case n < 90:
		m.restart()
		m.uptime()
	case n < 92:
		m.again()
	case n < 96:
		m.revive()
	default:
		m.quiet()
	}
	m.look()
}

// write lets the child write a text under one of two references, so that they come again all the time.
func (m *joinModel) write() {
	m.count++
	m.centre = m.centre.Add(11*time.Minute + time.Duration(m.rand.IntN(1200))*time.Second)
	l := &longText{
		name: fmt.Sprintf("m%03d", m.count), at: m.centre, ref: 1 + m.rand.IntN(2), came: map[int]bool{}, gone: map[int]bool{},
	}
	words := 40 + m.rand.IntN(50)
	for (5*words-1)%153 < 15 {
		words++ // so that the last part of 153 septets holds a whole name as well
	}
	l.text = strings.TrimSpace(strings.Repeat(l.name+" ", words))
	var err error
	if l.parts, err = (air{}).Segment("+4799990000", l.text, l.ref, 0); err != nil || len(l.parts) < 2 {
		m.t.Fatal(len(l.parts), err)
	}
	m.open = append(m.open, l)
}

// arrive brings a part that was not there yet; a tenth of the parts never come.
func (m *joinModel) arrive() {
	if len(m.open) == 0 {
		return
	}
	l := m.open[m.rand.IntN(len(m.open))]
	i := m.rand.IntN(len(l.parts))
	if l.came[i] || l.gone[i] || m.rand.IntN(10) == 0 && i == 0 {
		return
	}
	m.take(l, i)
	l.came[i] = true
	if len(l.came) == len(l.parts) {
		m.want = append(m.want, l.text)
		m.done(l)
	}
}

func (m *joinModel) take(l *longText, i int) {
	m.t.Helper()
	sent := l.at.Add(time.Duration(i) * time.Second)
	m.bring(l, i, sent)
	switch m.rand.IntN(8) {
	case 0, 1: // the modem offers it again
		m.bring(l, i, sent)
	case 2: // the phone sent it again: it did not hear that the network had it
		m.bring(l, i, sent.Add(40*time.Second))
	}
}

func (m *joinModel) bring(l *longText, i int, sent time.Time) {
	m.t.Helper()
	in := deliver(m.t, l.parts[i], "+4793333333", sent)
	in.At = m.now
	if err := m.relay.TakeSMS(m.t.Context(), in); err != nil {
		m.t.Fatal(err)
	}
}

// revive lets parts of a text come that was shown torn already.
func (m *joinModel) revive() {
	for i, l := range m.late {
		if len(l.gone) < len(l.parts) {
			m.late = slices.Delete(m.late, i, i+1)
			m.open = append(m.open, l)
			return
		}
	}
}

// again lets the modem offer a part of an unfinished text once more, under its own time stamp.
func (m *joinModel) again() {
	for _, l := range m.open {
		for i := range l.came {
			m.take(l, i)
			return
		}
	}
}

// quiet is a quarter of an hour without a part: what waits is given up and shown torn.
func (m *joinModel) quiet() {
	m.t.Helper()
	m.now = m.now.Add(15 * time.Minute)
	if err := m.relay.SettleParts(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	for _, l := range slices.Clone(m.open) {
		if len(l.came) > 0 {
			m.torn[l.name]++
			m.done(l)
			maps.Copy(l.gone, l.came)
			l.came = map[int]bool{}
			m.late = append(m.late, l)
		}
	}
	m.look()
}

func (m *joinModel) done(l *longText) {
	m.open = slices.DeleteFunc(m.open, func(o *longText) bool { return o == l })
}

func (m *joinModel) look() {
	for _, s := range m.stanzas() {
		if body, ok := strings.CutPrefix(s, "chat emma→mum@example.org | "); ok {
			m.shown = append(m.shown, body)
		}
	}
}

var nameIn = regexp.MustCompile(`m\d{3}\b`)

// check: each whole text is shown once, as it was written; each torn one once, with nothing of another in it.
func (m *joinModel) check() {
	m.t.Helper()
	for _, body := range m.shown {
		names := slices.Compact(slices.Sorted(slices.Values(nameIn.FindAllString(body, -1))))
		if len(names) != 1 {
			m.t.Errorf("%v in one text: %.60q", names, body)
			continue
		}
		if i := slices.Index(m.want, body); i >= 0 {
			m.want = slices.Delete(m.want, i, i+1)
			continue
		}
		if m.torn[names[0]]--; m.torn[names[0]] < 0 {
			m.t.Errorf("%s is shown once too often: %.60q", names[0], body)
		}
	}
	for _, text := range m.want {
		m.t.Errorf("%.9s is never shown whole", text)
	}
	for name, n := range m.torn {
		if n > 0 {
			m.t.Errorf("%s is never shown, not even torn", name)
		}
	}
	if len(m.shown) < 10 {
		m.t.Errorf("a history of %d texts proves little", len(m.shown))
	}
}
