package bridge_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// script plays a conversation: each line is what somebody does, and what everybody sees of it. `Emma> hei` is a child's
// SMS, `mum: hei` a chat to Emma, `+2h` lets time go by, `restart` is a power cut; `→ …` lines are what is seen.
func (d *desk) play(script string) {
	d.t.Helper()
	phones := map[string]bridge.Phone{"Emma": "+4793333333", "Jonas": "+4794444444", "Bestemor": "+4792222222", "Mobil": "+4791111111"}
	jids := map[string]bridge.JID{"mum": "mum@example.org", "dad": "dad@example.org", "coach": "coach@example.org", "aunt": "aunt@example.org"}
	var seen, wanted []string
	check := func(line string) {
		d.t.Helper()
		if !slices.Equal(seen, wanted) {
			d.t.Fatalf("before %q:\n got  %s\n want %s", line, strings.Join(seen, "\n      "), strings.Join(wanted, "\n      "))
		}
		seen, wanted = nil, nil
	}
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, "→ "); ok {
			wanted = append(wanted, after)
			continue
		}
		check(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case line == "restart":
			d.restart()
		case line[0] == '+':
			step, err := time.ParseDuration(line[1:])
			if err != nil {
				d.t.Fatal(err)
			}
			d.now = d.now.Add(step)
			d.tend()
		default:
			if who, text, ok := strings.Cut(line, "> "); ok {
				d.sms(phones[who], text)
			} else if who, text, ok := strings.Cut(line, ": "); ok && jids[who] != "" {
				d.number++
				d.chat(jids[who], "emma", fmt.Sprintf("c%d", d.number), text)
			} else {
				d.t.Fatalf("what is %q?", line)
			}
		}
		seen = d.everything()
	}
	check("the end")
}

// everything returns what everybody sees: texts to phones, then chats.
func (d *desk) everything() []string {
	d.t.Helper()
	var seen []string
	names := strings.NewReplacer("+4793333333 ", "Emma: ", "+4794444444 ", "Jonas: ", "+4792222222 ", "Bestemor: ",
		"+4791111111 ", "Mobil: ", "chat emma→", "", "chat jonas→", "Jonas → ", "@example.org | ", ": ")
	for _, s := range append(d.transmit(&hand{}), d.stanzas()...) {
		seen = append(seen, names.Replace(s))
	}
	return seen
}

// tend lets the loops of the post office do what is due.
func (d *desk) tend() {
	d.t.Helper()
	if err := d.relay.TendConversations(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// count asks the database itself.
func (d *desk) count(query string) (n int) {
	d.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+d.path+"?mode=ro")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestConversations(t *testing.T) {
	for _, c := range []struct{ name, script string }{
		{"nobody else wrote", `
			Emma> hei
			→ mum: hei
			mum: hei vennen
			→ Emma: Mamma: hei vennen
			Emma> kommer snart
			→ mum: kommer snart`},
		{"somebody else wrote: a digit answers", `
			Emma> hei
			→ mum: hei
			dad: skal jeg hente deg?
			→ Emma: Pappa: skal jeg hente deg?
			Emma> ja
			→ Emma: Knapp: Til hvem? 2 Mamma 3 Pappa
			Emma> ved skolen
			Emma> 3
			→ dad: ja
			→ dad: ved skolen
			Emma> takk
			→ dad: takk`},
		{"a name answers", `
			Emma> hei
			→ mum: hei
			Bestemor> Emma: vil du ha kake?
			→ Emma: Bestemor: vil du ha kake?
			Emma> ja!
			→ Emma: Knapp: Til hvem? 2 Mamma 4 Bestemor
			Emma> bestemor
			→ Bestemor: Emma: ja!`},
		{"the same again with a key is said once", `
			Emma> hei
			→ mum: hei
			dad: skal jeg hente deg?
			→ Emma: Pappa: skal jeg hente deg?
			Emma> ja
			→ Emma: Knapp: Til hvem? 2 Mamma 3 Pappa
			Emma> 3 ja
			→ dad: ja`},
		{"something else with a key goes with it", `
			Emma> hei
			→ mum: hei
			dad: skal jeg hente deg?
			→ Emma: Pappa: skal jeg hente deg?
			Emma> ja
			→ Emma: Knapp: Til hvem? 2 Mamma 3 Pappa
			Emma> 3 klokka fire
			→ dad: ja
			→ dad: klokka fire`},
		{"a key that is empty is asked again", `
			Emma> hei
			→ mum: hei
			dad: hei hei
			→ Emma: Pappa: hei hei
			Emma> ja
			→ Emma: Knapp: Til hvem? 2 Mamma 3 Pappa
			Emma> 7
			→ Emma: Knapp: Det er ingen på 7. Til hvem? 2 Mamma 3 Pappa
			Emma> 0
			→ mum: ja
			→ dad: ja`},
		{"without an answer the guardians get it, over a power cut too", `
			Emma> 4 hei
			→ Bestemor: Emma: hei
			dad: hvor er du?
			→ Emma: Pappa: hvor er du?
			Emma> hos Ida
			→ Emma: Knapp: Til hvem? 3 Pappa 4 Bestemor
			restart
			+4m
			+2m
			→ mum: (Emma sa ikke hvem dette var til) hos Ida
			→ dad: (Emma sa ikke hvem dette var til) hos Ida
			+1h`},
		{"what the phone has not got yet is no question", `
			Emma> 0 jeg er framme
			→ mum: jeg er framme
			→ dad: jeg er framme
			mum: så bra
			→ Emma: Mamma: så bra
			→ dad: Mamma svarte Emma.
			Emma> ja
			→ mum: ja`},
		{"keys and commands", `
			Emma> 2
			→ Emma: Knapp: 2 er Mamma. Skriv 2 og så det du vil si.
			Emma> 7
			→ Emma: Knapp: Det er ingen på 7.
			Emma> 5
			→ Emma: Knapp: 5 er Trener, men du kan ikke skrive dit nå.
			Emma> hvem
			→ Emma: Knapp: Du kan skrive til: 2 Mamma 3 Pappa 4 Bestemor 6 Tante. 0 er alle de voksne dine.
			Emma> 116 111
			→ Emma: Knapp: Ring 116 111
			Emma> 2 116 111 er nummeret
			→ mum: 116 111 er nummeret`},
		{"rules", `
			Emma> regler
			→ Emma: Knapp: Nå er det fritid. Du kan skrive til: 2 Mamma 3 Pappa 4 Bestemor 6 Tante. Det er 160 SMS igjen i dag. Jeg husker hvem og når i 30 dager, ikke hva d
			→ Emma: u skrev. Ingen har sett i det de siste 30 dagene.`},
		{"doubtful help goes at once", `
			Emma> hei
			→ mum: hei
			dad: hei hei
			→ Emma: Pappa: hei hei
			Emma> hjelp meg med leksene
			→ Emma: Knapp: Haster det? Svar SOS.
			→ mum: hjelp meg med leksene
			→ dad: hjelp meg med leksene`},
		{"what T9 makes of SOS", `
			Emma> rop
			→ Emma: Knapp: Mente du SOS? Svar SOS, så sier jeg fra til alle.
			→ mum: rop
			+11m
			Emma> ja
			→ mum: ja`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.relay.Connected(true)
			d.play(c.script)
		})
	}
}

// Nothing of a child's text to a helpline is in the log, or in the files, once it was answered.
func TestAHelplineIsLoggedNowhere(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "116 111 jeg er redd hjemme")
	if log := d.log(); len(log) != 0 {
		t.Errorf("the log shows it before the answer has left: %+v", log)
	}
	want(t, "answered", d.transmit(&hand{}), "+4793333333 Knapp: Ring 116 111")
	want(t, "told to nobody", d.stanzas())
	if log := d.log(); len(log) != 0 {
		t.Errorf("the log shows it: %+v", log)
	}
	if n := d.count(`SELECT count(*) FROM message`) + d.count(`SELECT count(*) FROM outbox`); n != 0 {
		t.Errorf("%d rows remember it", n)
	}
}

// What must be said is said: at once, or together, but never passed over.
func TestFailuresAreToldWhenThereAreMany(t *testing.T) {
	d := open(t)
	for range 30 {
		d.sms("+4793333333", "2 hei")
	}
	queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 100)
	if err != nil || len(queued) != 30 {
		t.Fatal(len(queued), err)
	}
	for _, q := range queued {
		b := bridge.Bounce{From: "mum@example.org", To: "emma", ID: q.ID, Condition: "item-not-found", Type: "cancel"}
		if err := d.relay.TakeBounce(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.transmit(&hand{})); n != 20 {
		t.Errorf("%d notices at once", n)
	}
	d.restart()
	d.now = d.now.Add(16 * time.Minute)
	d.tend()
	want(t, "the rest together", d.transmit(&hand{}),
		"+4793333333 Knapp: Mamma fikk ikke meldingen din. Prøv igjen, eller ring. (10 ganger)")
	d.now = d.now.Add(time.Hour)
	d.tend()
	want(t, "once", d.transmit(&hand{}))
}
