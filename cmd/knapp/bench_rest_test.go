package main

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// starts is how often the start is measured.
const starts = 10

// benchStart measures from exec to relaying, both ways: a message lies on the SIM, and a stanza comes as soon as the
// component is let in. The modem is ready; the database is the one of the start before.
func benchStart(b *testing.B) {
	var greetings atomic.Int64
	server := startBenchServer(b, func() string {
		n := greetings.Add(1)
		// Two of them: texts that go to and fro, strictly in turn, are a loop, and are stopped.
		return chat(fmt.Sprint("g", n), fmt.Sprintf("velkommen %06d", n)) + chat(fmt.Sprint("h", n), fmt.Sprintf("og hei %06d", n))
	})
	r := newBenchRig(b, startBenchModem(b, 10, 0), server)
	var in, out, both series
	n := 0
	for b.Loop() {
		for i := range starts {
			n++
			text := fmt.Sprintf("melding %06d", n)
			r.modem.store(deliver(text, time.Now()))
			from, stanzas := r.modem.seen(), r.server.seen()
			began := r.start(b)
			stanza := r.server.await(b, stanzas, 1)[0]
			sent, next := r.modem.await(b, from, "AT+CMGS=")
			r.modem.await(b, next, "AT+CMGS=")
			r.modem.await(b, from, "AT+CMGD=")
			time.Sleep(apart)
			r.stop()
			if i == 0 {
				continue // makes what a database has at its first start
			}
			in.add(stanza.at.Sub(began))
			out.add(sent.first.Sub(began))
			both.add(max(stanza.at.Sub(began), sent.first.Sub(began)))
		}
	}
	b.ReportMetric(inMS(both.at(0.50)), "ms-to-relaying-p50")
	b.ReportMetric(inMS(both.at(1)), "ms-to-relaying-max")
	b.ReportMetric(inMS(in.at(0.50)), "ms-to-stanza-p50")
	b.ReportMetric(inMS(out.at(0.50)), "ms-to-CMGS-p50")
	b.ReportMetric(0, "ns/op")
}

// idle is a gateway that has nothing to do, and a goroutine that looks at it.
type idle struct {
	rig    *benchRig
	looks  chan look
	enough chan struct{}
}

// look is what was seen of the gateway at a time.
type look struct {
	at      time.Time
	wakeups int
}

const (
	// settles is how long after its start a gateway is looked at for the first time.
	settles = 5 * time.Second
	// rests is for how long it is looked at, at least.
	rests = 30 * time.Second
)

func newIdle(b *testing.B) *idle {
	b.Helper()
	i := &idle{
		rig:   newBenchRig(b, startBenchModem(b, 10, 0), startBenchServer(b, nil)),
		looks: make(chan look, 1024), enough: make(chan struct{}),
	}
	i.rig.startReady(b)
	go i.watch()
	b.Cleanup(func() {
		select {
		case <-i.enough:
		default:
			close(i.enough)
		}
		for range i.looks { // until watch has ended
			continue
		}
	})
	return i
}

// watch looks once a second.
func (i *idle) watch() {
	defer close(i.looks)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-i.enough:
			return
		case at := <-tick.C:
			if at.Sub(began) >= settles {
				i.looks <- look{at, i.rig.wakeups()}
			}
		}
	}
}

// bench prints how often the resting gateway woke up in 30 s, in how many of those seconds it did so at all, and its
// memory. The modem's commands say what for: its signal and network are asked for once a minute.
func (i *idle) bench(b *testing.B) {
	var all []look
	for b.Loop() {
		for len(all) < 2 || all[len(all)-1].at.Sub(all[0].at) < rests {
			all = append(all, <-i.looks)
		}
	}
	awake := 0
	for n := 1; n < len(all); n++ {
		if all[n].wakeups != all[n-1].wakeups {
			awake++
		}
	}
	first, last := all[0], all[len(all)-1]
	per := rests.Seconds() / last.at.Sub(first.at).Seconds()
	b.ReportMetric(float64(last.wakeups-first.wakeups)*per, "wakeups/30s")
	b.ReportMetric(float64(awake)*per, "awake-s/30s")
	asked := 0
	for _, x := range i.rig.modem.since(0, "AT+CSQ") {
		if x.first.After(first.at) && x.first.Before(last.at) {
			asked++
		}
	}
	b.ReportMetric(float64(asked)*per, "watches/30s")
	i.rig.reportMemory(b)
	b.ReportMetric(0, "ns/op")
}
