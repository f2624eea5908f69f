package bridge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A machine, or somebody with the child's number, asks `?` for ever: it costs some answers, the guardians are told once,
// and nothing more leaves until one of them opens again; a restart begins nothing anew.
func TestAPhoneThatAsksForEverIsStopped(t *testing.T) {
	for _, c := range []struct {
		name  string
		every time.Duration
		asks  []string
		most  int // texts to that phone in three days
		told  string
	}{
		{"at once", time.Second, []string{"?"}, 14, "30 på en time"},
		{"each minute", time.Minute, []string{"REGLER", "HVEM"}, 70, "30 på en time"},
		{"each quarter of an hour", 15 * time.Minute, []string{"0"}, 90, "80 på ett døgn"},
		{"wishes", 10 * time.Second, []string{"SPØR 12", "SPØR +4798765432 Anne"}, 14, "30 på en time"},
		{"keys", 10 * time.Second, []string{"7", "STOPP 8", "STOPP 2"}, 14, "30 på en time"},
		{"who may not be written to", 10 * time.Second, []string{"5 hei", "Trener: svar"}, 14, "30 på en time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			var sent, told []string
			for i := 0; time.Duration(i)*c.every < 72*time.Hour && i < 200; i++ {
				d.now = d.now.Add(c.every)
				d.sms("+4793333333", c.asks[i%len(c.asks)])
				if i%50 == 49 {
					d.restart()
				}
				if i%7 != 0 {
					continue
				}
				sent = append(sent, d.transmit(&hand{})...)
				told = append(told, said(told2(d), "spurt Knapp")...)
			}
			sent = append(sent, d.transmit(&hand{})...)
			told = append(told, said(told2(d), "spurt Knapp")...)
			if got := said(sent, "+4793333333"); len(got) > c.most || len(got) < 5 {
				t.Errorf("%d texts left", len(got))
			}
			if last := sent[len(sent)-1]; !strings.Contains(last, "svarer mer før en voksen") && !strings.Contains(last, "SOS virker alltid") {
				t.Errorf("the last: %q", last)
			}
			if len(told) != 2 || !strings.Contains(told[0], c.told) || !strings.Contains(told[0], "SLIPP Emma Knapp") {
				t.Errorf("told: %q", told)
			}
			d.stanzas()
			d.sms("+4793333333", "2 mamma hjelp er du der")
			d.sms("+4793333333", "SOS")
			mustContain(t, "SOS passes", said(said(d.stanzas(), "dad@example.org"), "NØD"), "Emma skriver")
			mustContain(t, "and is answered", said(d.transmit(&hand{}), "Mottatt"), "+4793333333 Knapp: Mottatt")
			answer, _ := d.says("dad@example.org", "slipp Emma Knapp")
			mustContain(t, "released", []string{answer}, "Åpent igjen mellom Emma og Knapp.")
			mustContain(t, "the child hears it", said(d.transmit(&hand{}), "åpnet igjen"), "+4793333333 Knapp: En voksen har åpnet igjen. Nå svarer jeg når du spør.")
			d.sms("+4793333333", "0")
			mustContain(t, "and is answered again", said(d.transmit(&hand{}), "Du kan skrive til"), "+4793333333")
		})
	}
}

// told2 returns what waits for the server and takes it off the queue, as far as the gateway itself says it.
func told2(d *desk) []string {
	return slices.DeleteFunc(d.stanzas(), func(line string) bool { return !strings.HasPrefix(line, "chat →") })
}

// A child that asks now and then, even a child that plays with it, is answered.
func TestAChildThatAsksIsNotStopped(t *testing.T) {
	d := open(t)
	n := 0
	for day := range 3 {
		for i := range 20 {
			d.now = d.now.Add(20 * time.Minute)
			d.sms("+4793333333", []string{"?", "HVEM", "REGLER"}[(i+day)%3])
			n += len(d.transmit(&hand{}))
		}
		d.now = d.now.Add(17 * time.Hour)
	}
	if got := said(d.stanzas(), "spurt Knapp"); len(got) != 0 {
		t.Errorf("told: %q", got)
	}
	if n < 60 {
		t.Errorf("%d answers", n)
	}
}

// A contact's machine that answers every text is refused some times, and then not any more.
func TestAMachineThatAnswersRefusalsIsStopped(t *testing.T) {
	for name, prepare := range map[string]func(d *desk){
		"a lost phone": func(d *desk) { _ = d.relay.LostPhone(d.t.Context(), d.actor("Mamma"), d.named("Emma")) },
		"wrong way":    func(d *desk) { d.amend(func(f *bridge.Family) { f.Children[0].Allow[2].ToChild = false }) },
		"stopped": func(d *desk) {
			for i := range bridge.DefaultStorm {
				d.sms("+4792222222", fmt.Sprintf("Emma: nummer %d", i))
			}
		},
		"no name": func(*desk) {},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			prepare(d)
			d.stanzas()
			d.transmit(&hand{})
			text := "Emma: Jeg er på ferie"
			if name == "no name" {
				text = "Jeg er på ferie"
			}
			n := 0
			for range 30 {
				for range 5 {
					d.now = d.now.Add(30 * time.Second)
					d.sms("+4792222222", text)
				}
				n += len(said(d.transmit(&hand{}), "+4792222222"))
			}
			if n > 20 || n < 1 {
				t.Errorf("%d texts went to the machine", n)
			}
		})
	}
}

// What the gateway asks by itself has an end too, and the emergency comes all the same.
func TestHelpAgainAndAgainIsBounded(t *testing.T) {
	d := openHelping(t)
	for i := range 200 {
		d.now = d.now.Add(time.Second)
		d.sms("+4793333333", fmt.Sprintf("hjelp meg %d", i))
	}
	n := len(said(d.transmit(&hand{}), "Haster det"))
	if n != 20 {
		t.Errorf("asked %d times", n)
	}
	d.stanzas()
	d.later(5 * time.Minute)
	if len(said(d.stanzas(), "NØD")) == 0 {
		t.Error("no emergency")
	}
}

// A phone that writes to a guardian without end does not empty the purse by what nobody has read.
func TestUnreadTextsGoOnSomeTimes(t *testing.T) {
	d := openHelping(t)
	for i := range 300 {
		d.sms("+4793333333", fmt.Sprintf("2 nummer %d", i))
	}
	d.stanzas()
	d.transmit(&hand{})
	d.later(11 * time.Minute)
	sent := d.transmit(&hand{})
	got := said(sent, "+4791111111")
	if len(got) != 13 || !strings.Contains(got[12], "Emma har skrevet mer som ikke er lest") {
		t.Errorf("%d: %q", len(got), got)
	}
	mustContain(t, "the child is told once", said(sent, "+4793333333"), "Ingen har lest ennå. Ring Mamma: hold 2.")
}

// What passed before the program was started counts: a loop costs nothing more because of a restart.
func TestALoopIsSeenAcrossARestart(t *testing.T) {
	for name, c := range map[string]struct {
		step func(d *desk, i int)
		want string
	}{
		"storm": {func(d *desk, i int) {
			d.chat("coach@example.org", "emma", fmt.Sprintf("c%d", i), fmt.Sprintf("nr %d", i))
		}, "60 meldinger på ti minutter"},
		"repeats": {func(d *desk, i int) {
			d.now = d.now.Add(time.Minute)
			d.chat("coach@example.org", "emma", fmt.Sprintf("c%d", i), "på vei")
		}, "den samme meldingen 8 ganger"},
		"answers": {func(d *desk, i int) {
			d.now = d.now.Add(8 * time.Second)
			if i%2 == 0 {
				d.sms("+4792222222", fmt.Sprintf("Emma: ferie (%d)", i))
			} else {
				d.sms("+4793333333", fmt.Sprintf("Bestemor: kjører (%d)", i))
			}
		}, "16 meldinger fram og tilbake"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			for i := range 70 {
				c.step(d, i)
				if i%5 == 4 {
					d.restart()
				}
			}
			contains(t, "told once", told(d.stanzas(), "mum@example.org"), c.want)
			for _, e := range d.log() {
				if e.Reason == policy.Stopped {
					return
				}
			}
			t.Error("nothing was refused")
		})
	}
}
