package ordeal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

// rest waits until nothing waits any more.
func (w *world) rest() bool {
	for range 9 * 12 {
		time.Sleep(5 * time.Minute)
		p := w.alive()
		if p == nil || !w.server.connected() {
			continue
		}
		if err := w.endAlarm(p); err != nil {
			w.tell("look for an open emergency:", err)
			continue
		}
		sms, stanzas, err := p.db.Waiting(w.t.Context())
		if err == nil {
			var waits bool
			if waits, err = w.waits(p); waits {
				continue
			}
		}
		if err == nil && w.insisting.Load() == 0 && sms == 0 && stanzas == 0 && w.network.Waiting(gatewayNumber) == 0 && w.onModem() == 0 {
			time.Sleep(30 * time.Minute) // an error may come late
			if sms, stanzas, err = p.db.Waiting(w.t.Context()); err != nil || sms+stanzas > 0 {
				continue
			}
			return true
		}
	}
	return false
}

func (w *world) onModem() int { return len(w.modem.Stored("SM")) + len(w.modem.Stored("ME")) }

// calm ends every fault.
func (w *world) calm() {
	w.tell("calm")
	w.calmed.Store(true)
	w.modem.ClearFaults()
	w.network.ClearFaults()
	w.modem.SetTiming(modemtest.Timing{Answer: 5 * time.Millisecond, Air: 2 * time.Second})
	w.modem.SetRegistration(1, 1, 1)
	w.setDisk(0, 0)
	w.unplug(false)
	w.stopReading(false)
	w.server.start()
	w.server.calm()
	for _, number := range numbersOfAll {
		w.phones[number].SwitchOn()
	}
	for _, name := range namesOfAll {
		w.server.present(w.people[name], true)
	}
	if p := w.alive(); p != nil {
		p.mu.Lock()
		clear(p.fuse)
		p.mu.Unlock()
	}
}

// lookAtPhones tells the ledger what the phones show that they did not before.
func (w *world) lookAtPhones() {
	w.looking.Lock()
	defer w.looking.Unlock()
	for _, number := range numbersOfAll {
		all := w.phones[number].Inbox()
		fresh := all[w.looked[number]:]
		w.looked[number] = len(all)
		for _, m := range fresh {
			if takesNothing.MatchString(m.Text) || strings.HasPrefix(m.Text, "Mistet. Ring ") {
				continue
			}
			said, none := sayings(undated(m.Text))
			for _, one := range said {
				none = !w.hears(number, one, m.At) || none
			}
			if none {
				w.ledger.PhoneShows(number, undated(m.Text))
			}
		}
	}
}

// count tells the ledger what lies with the phones and what the network took.
func (w *world) count() error {
	w.lookAtPhones()
	w.countDays()
	type long struct {
		to   string
		ref  uint16
		wide bool
	}
	parts := map[long]map[int]string{}
	for _, s := range w.modem.Sent() {
		m, err := tpdu.DecodeTPDU(s.TPDU)
		if err != nil || m.Submit == nil {
			return fmt.Errorf("the gateway sent what cannot be read: %X: %w", s.TPDU, err)
		}
		to, text, c := m.Submit.To.String(), m.Submit.Text, m.Submit.Concat
		if c == nil {
			if tagged.MatchString(text) && !strings.HasPrefix(text, bridgeName+": ") { // an alert is said again
				w.ledger.Sent(s.TPDU)
			}
			w.ledger.WentOut(to, text, s.At)
			w.ledger.OnAir(to, undated(text))
			continue
		}
		w.ledger.Sent(s.TPDU)
		key := long{to, c.Ref, c.Wide}
		if parts[key] == nil {
			parts[key] = map[int]string{}
		}
		parts[key][int(c.Seq)] = text
		if len(parts[key]) == int(c.Total) {
			whole := ""
			for i := range int(c.Total) {
				whole += parts[key][i+1]
			}
			w.ledger.OnAir(to, undated(whole))
			delete(parts, key)
		}
	}
	if err := w.countWishes(w.alive()); err != nil {
		return err
	}
	return w.countUnheard(w.alive())
}

// countUnheard looks up which of the gateway's own words could not be sent: the network refused them, or nobody can
// know. They are reported to nobody, since the report would need reporting. It is called before every purge, which may
// drop the log.
func (w *world) countUnheard(p *process) error {
	names := map[string]string{"Emma": emma, "Jonas": jonas, "Liv": liv, "Bestemor": gran, "Mia": mia, "Noa": noa, "Trener": trener, "Emil": emil, "Anne": guest}
	for before := bridge.MessageID(0); ; {
		entries, err := p.db.Log(w.t.Context(), bridge.LogQuery{Before: before, Limit: 1000})
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
		for _, e := range entries {
			before = e.ID
			writer, called := names[e.Child], e.Other
			if e.Direction == "to_child" {
				writer, called = names[e.Other], e.Child
			}
			if e.Direction == "to_child" && e.Other == "" { // about nothing that it wrote
				writer, called = names[e.Child], Itself
			}
			if called == "" {
				called = bridge.GatewayName
			}
			for i, leg := range e.Legs {
				if leg.Way == "sms" && leg.To == writer && slices.Contains([]bridge.LegState{bridge.Failed, bridge.Unknown}, leg.State) {
					w.mu.Lock()
					key := legKey{e.ID, i}
					known := w.unheard[key]
					w.unheard[key] = true
					w.mu.Unlock()
					if !known {
						w.ledger.Unheard(writer, called)
					}
				}
			}
		}
	}
}

// finish ends the run.
func (w *world) finish() {
	close(w.over)
	w.supervised.Wait()
	w.server.stop()
	w.unplug(true)
	_ = w.network.Close()
}

// tail returns the end of the story.
func (w *world) tail(n int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.lines[max(0, len(w.lines)-n):], "\n")
}
