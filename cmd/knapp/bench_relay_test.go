package main

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkRelay measures the built program over a real pty and a loopback socket, and beside it, message by message,
// the floor. What it is given is the least there is: a modem that answers at once unless it is said how long it takes,
// and a server that only hands on; a real one's time is not the gateway's. Nothing here depends on how fast a machine
// is but the numbers: only a message that is lost or doubled fails.
func BenchmarkRelay(b *testing.B) {
	resting := newIdle(b) // rests while the others work
	b.Run("start", benchStart)
	b.Run("sms-in", benchIn)
	b.Run("xmpp-out", benchOut)
	b.Run("burst-in", benchBurstIn)
	b.Run("burst-out", benchBurstOut)
	b.Run("idle", resting.bench)
}

const (
	// samples is how many messages the latencies are taken of.
	samples = 250
	// apart is the time between two messages, in which the one before comes to rest: its commit as sent, its deletion.
	apart = 4 * time.Millisecond
)

// benchIn measures from the last byte of a PDU to the last byte of its stanza, and from the +CMTI before it.
func benchIn(b *testing.B) {
	r := newBenchRig(b, startBenchModem(b, 10, 0), startBenchServer(b, nil))
	r.startReady(b)
	low := startFloor(b, r.dir)
	var whole, relay, floor series
	n := 0
	for b.Loop() {
		for i := range samples {
			n++
			pdu := deliver(fmt.Sprintf("melding %06d", n), time.Now())
			answer := fmt.Sprintf("\r\n+CMGR: 0,,%d\r\n%s\r\n\r\nOK\r\n", tpduLength(pdu), pdu)
			time.Sleep(apart)
			took := low.in(b, answer)
			time.Sleep(apart)
			from, stanzas := r.modem.seen(), r.server.seen()
			announced := r.modem.announce(pdu)
			stanza := r.server.await(b, stanzas, 1)[0]
			read, _ := r.modem.await(b, from, "AT+CMGR=")
			r.modem.await(b, from, "AT+CMGD=")
			if i < warmUp {
				continue
			}
			floor.add(took)
			relay.add(stanza.at.Sub(read.answered))
			whole.add(stanza.at.Sub(announced))
		}
	}
	relay.reportOver(b, &floor)
	whole.report(b, "from-CMTI-")
	b.ReportMetric(0, "ns/op")
	low.stop(b)
}

// warmUp is how many messages of a series are not counted: pages, statements and buffers that are touched first.
const warmUp = 20

// benchOut measures from the last byte of a stanza to the first byte of AT+CMGS.
func benchOut(b *testing.B) {
	r := newBenchRig(b, startBenchModem(b, 10, 0), startBenchServer(b, nil))
	r.startReady(b)
	low := startFloor(b, r.dir)
	var relay, floor series
	n := 0
	for b.Loop() {
		for i := range samples {
			n++
			stanza := chat(fmt.Sprint("m", n), fmt.Sprintf("svar %06d", n))
			time.Sleep(apart)
			took := low.out(b, stanza)
			time.Sleep(apart)
			from := r.modem.seen()
			written := r.server.say(stanza)
			sent, _ := r.modem.await(b, from, "AT+CMGS=")
			if i < warmUp {
				continue
			}
			floor.add(took)
			relay.add(sent.first.Sub(written))
		}
	}
	relay.reportOver(b, &floor)
	b.ReportMetric(0, "ns/op")
	low.stop(b)
}

const (
	// inBurst is how many messages a burst has.
	inBurst = 1000
	// onSIM is how many of them lie on the SIM when the gateway starts; each place that it frees is filled at once.
	onSIM = 100
	// readTakes is what the modem needs to read, to list and to delete one message; sendTakes from the text to +CMGS.
	// Real ones need 10 to 100 ms and 1 to 3 s: the longer it is, the higher the busy share.
	readTakes = 7 * time.Millisecond
	sendTakes = 20 * time.Millisecond
)

// benchBurstIn has 1,000 messages wait for the gateway's start, on the SIM and behind it.
func benchBurstIn(b *testing.B) {
	for b.Loop() {
		modem := startBenchModem(b, onSIM, readTakes)
		r := newBenchRig(b, modem, startBenchServer(b, nil))
		texts := map[string]int{}
		for i := range inBurst {
			text := fmt.Sprintf("melding %06d", i)
			texts[text] = 0
			modem.store(deliver(text, time.Now()))
		}
		r.start(b)
		began, listed := modem.await(b, 0, "AT+CMGL=")
		at := listed
		for range inBurst {
			_, at = modem.await(b, at, "AT+CMGD=")
		}
		for _, m := range r.server.await(b, 0, inBurst) {
			texts[m.body]++
		}
		reportBusy(b, began, modem.since(listed-1, "AT+CMG"))
		reportLost(b, texts)
		r.reportMemory(b)
	}
	b.ReportMetric(0, "ns/op")
}

// benchBurstOut has 1,000 stanzas come at once, and measures what lies between +CMGS and the next AT+CMGS.
func benchBurstOut(b *testing.B) {
	for b.Loop() {
		r := newBenchRig(b, startBenchModem(b, 10, sendTakes), startBenchServer(b, nil))
		r.startReady(b)
		from := r.modem.seen()
		go func() {
			for i := range inBurst {
				r.server.say(chat(fmt.Sprint("m", i), fmt.Sprintf("svar %06d", i)))
			}
		}()
		at := from
		for range inBurst {
			_, at = r.modem.await(b, at, "AT+CMGS=")
		}
		sent := r.modem.since(from, "AT+CMGS=")
		pdus := map[string]int{}
		var gaps, prompts series
		for i, x := range sent {
			pdus[x.pdu]++
			prompts.add(x.whole.Sub(x.first))
			if i > 0 {
				gaps.add(x.first.Sub(sent[i-1].answered))
			}
		}
		for i := len(pdus); i < inBurst; i++ {
			pdus[fmt.Sprint("missing ", i)] = 0
		}
		reportBusy(b, sent[0], sent)
		reportLost(b, pdus)
		b.ReportMetric(float64(gaps.at(0.50).Microseconds()), "gap-µs-p50")
		b.ReportMetric(float64(gaps.at(0.99).Microseconds()), "gap-µs-p99")
		b.ReportMetric(float64(prompts.at(0.50).Microseconds()), "prompt-to-text-µs-p50")
		r.reportMemory(b)
	}
	b.ReportMetric(0, "ns/op")
}

// reportBusy prints the share of the time in which the modem worked, from a first command to the last answer. Its
// waiting for the text behind the prompt is no work.
func reportBusy(b *testing.B, first exchange, all []exchange) {
	b.Helper()
	var busy time.Duration
	for _, x := range all {
		busy += x.final.Sub(x.whole)
	}
	took := all[len(all)-1].final.Sub(first.whole)
	b.ReportMetric(100*float64(busy)/float64(took), "%-busy")
	b.ReportMetric(took.Seconds(), "s")
}

// reportLost prints how many messages never came and how many came too often, of how often each did.
func reportLost(b *testing.B, times map[string]int) {
	b.Helper()
	lost, doubled := 0, 0
	for _, n := range times {
		switch {
		case n == 0:
			lost++
		case n > 1:
			doubled += n - 1
		}
	}
	b.ReportMetric(float64(lost), "lost")
	b.ReportMetric(float64(doubled), "doubled")
	if lost > 0 || doubled > 0 {
		b.Errorf("lost %d, doubled %d of %d", lost, doubled, len(times))
	}
}

// reportMemory prints what the gateway has in memory now.
func (r *benchRig) reportMemory(b *testing.B) {
	b.Helper()
	rss, own, peak := r.memory(b)
	b.ReportMetric(rss, "MB-RSS")
	b.ReportMetric(own, "MB-RssAnon")
	b.ReportMetric(peak, "MB-peak")
}
