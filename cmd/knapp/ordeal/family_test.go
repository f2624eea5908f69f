package ordeal

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Liv is the child of whatever came after the first seeds had found their bugs: she calls for help, her uncle has hours, her
// grandmother never reads a chat but has a mobile, and sometimes she does not say for whom a text is. Her people are
// nobody else's, but for Mamma and Bestemor, and their traffic is drawn apart, so that an old seed still makes what it made.
const (
	liv          = "+4796666666"
	farmorMobile = "+4797777777"
	farmorJID    = "farmor@example.org"
	onkelJID     = "onkel@example.org"
)

// nowAndThen is open for the first twenty minutes of every hour.
var nowAndThen = func() bridge.Timetable {
	t := bridge.Timetable{Name: "nå og da"}
	for hour := range 24 {
		t.Windows = append(t.Windows, bridge.Hours{
			Days: "daily", From: fmt.Sprintf("%02d:00", hour), To: fmt.Sprintf("%02d:20", hour),
		})
	}
	return t
}()

var livsFamily = bridge.Child{
	Name: "Liv", Localpart: "liv", Phone: liv, Language: "nb", Guardians: []string{"Farmor", "Mamma"}, Default: "Farmor",
	Allow: []bridge.Allow{
		{Contact: "Farmor", Key: 2, ToChild: true, FromChild: true, When: nowAndThen.Name},
		{Contact: "Onkel", Key: 3, ToChild: true, FromChild: true, When: nowAndThen.Name, Emergency: true},
		{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true, Emergency: true},
		{Contact: "Mamma", Key: 5, ToChild: true, FromChild: true},
	},
}

// fallbackAfter is how long a text may stay unread.
const fallbackAfter = 10 * time.Minute

// toFarmor is the leg of a text to her, and on to her mobile.
func toFarmor(text, called string) Leg {
	return Leg{
		Address: farmorJID, Shown: text, Called: called,
		Mobile: farmorMobile, OnMobile: fmt.Sprintf("Liv: (ikke lest på %d min) %s", int(fallbackAfter.Minutes()), onPhone(text)),
	}
}

// drawFamily draws what Liv and her people do.
func drawFamily(seed uint64, length time.Duration, add func(at time.Duration, what string, do func(*world))) {
	r := rand.New(rand.NewPCG(seed, 5))
	at := func() time.Duration { return time.Minute + time.Duration(r.Int64N(int64(length-time.Minute))) }
	for n := range 20 {
		text := fmt.Sprintf("k%d %s", 100_001+n, pick(r, "hei", "hvor er du?", "kan jeg få en is", "😀 fint"))
		when := at()
		switch r.IntN(9) {
		case 0, 1:
			add(when, "", func(w *world) { w.textsTo(liv, "2 ", text, []Leg{toFarmor(text, "Farmor")}) })
		case 2:
			add(when, "", func(w *world) {
				w.textsTo(liv, "0 ", text, []Leg{toFarmor(text, bridgeName), {Address: "mum@example.org", Shown: text, Called: bridgeName}})
			})
		case 3, 4:
			add(when, "", func(w *world) { w.textsTo(liv, "3 ", text, []Leg{{Address: onkelJID, Shown: text, Called: "Onkel"}}) })
		case 5, 6:
			add(when, "", func(w *world) { w.writes("onkel", "liv", "Onkel", text, strings.Fields(text)[0], false) })
		case 7:
			add(when, "", func(w *world) {
				w.textsTo(gran, "Liv: ", text, []Leg{{Address: liv, Shown: "Bestemor: " + onPhone(text), Called: "Liv"}})
			})
		default:
			add(when, "", func(w *world) { w.mumbles(text) })
		}
	}
	for n := range r.IntN(3) {
		when := at()
		name := fmt.Sprintf("k%d", 100_101+n)
		add(when, "", func(w *world) { w.callsForHelp(name) })
		switch r.IntN(4) {
		case 0: // nobody takes it
		case 1:
			add(when+seconds(r, 1, 1500), "", func(w *world) { w.takesBySMS() })
		default:
			by := pick(r, "mum", "farmor")
			add(when+seconds(r, 1, 1500), "", func(w *world) { w.takes(by) })
		}
	}
	for range r.IntN(3) {
		number, off := pick(r, liv, farmorMobile, gran), at()
		add(off, "phone off: "+number, func(w *world) { w.phones[number].SwitchOff() })
		add(off+seconds(r, 60, 5000), "phone on: "+number, func(w *world) { w.phones[number].SwitchOn() })
	}
}

// mumbles lets Liv write without saying for whom.
func (w *world) mumbles(text string) {
	name, _, _ := strings.Cut(text, " ")
	w.tell("phone", liv, "texts", text)
	if err := w.phones[liv].Send(gatewayNumber, text); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: name, From: liv, Unaddressed: true, To: []Leg{
		toFarmor(text, "Farmor"),
		{Address: "mum@example.org", Shown: text, Called: "Mamma"},
		{Address: onkelJID, Shown: text, Called: "Onkel"},
		{Address: gran, Shown: "Liv: " + onPhone(text), Called: "Bestemor"},
	}})
}

// callsForHelp lets Liv send SOS.
func (w *world) callsForHelp(name string) {
	w.tell("phone", liv, "calls for help", name)
	if err := w.phones[liv].Send(gatewayNumber, "SOS "+name+" kom"); err != nil {
		return // it is off
	}
	w.ledger.Called(name, liv, farmorJID, farmorMobile, "mum@example.org", onkelJID, gran)
}

const takesIt = "JEG TAR DEN"

// takes lets a guardian take Liv's emergency, in a chat.
func (w *world) takes(name string) {
	a := w.people[name]
	w.tell(name, "takes it")
	w.mu.Lock()
	w.takings++
	id := "t" + strconv.Itoa(w.takings)
	w.mu.Unlock()
	w.server.mu.Lock()
	there := w.server.up && a.there
	w.server.mu.Unlock()
	if !there {
		return
	}
	w.ledger.Read(name + "@" + w.server.domain) // whoever answers a child has read what it wrote
	c := chat{To: "liv@" + w.server.component, ID: id, Type: "chat", Body: takesIt}
	c.XMLName.Local = "message"
	c.Inner = "<body>" + c.Body + "</body>"
	w.server.fromClient(a, c, "")
}

// takesBySMS lets Farmor take it from her mobile.
func (w *world) takesBySMS() {
	w.tell("farmor takes it by SMS")
	w.ledger.Read(farmorJID)
	_ = w.phones[farmorMobile].Send(gatewayNumber, "Jeg tar den") // it may be off
}

// The gateway's own words. Whatever else it says is a finding.
var (
	takenNB = regexp.MustCompile(`tar nødmeldingen fra Liv|^Du har tatt nødmeldingen fra Liv`)
	waitsNB = regexp.MustCompile(`^(\S+) får meldingen din `)
	goneNB  = regexp.MustCompile(`^Meldingen din til (\S+) ventet for lenge`)
	aloneNB = regexp.MustCompile(`^Ingen har lest ennå`)
	otherNB = regexp.MustCompile(`^Mottatt\. |^Ingen har svart ennå|^\S+ har (?:sett det og tar seg|lest det)|^Til hvem\? |^Nå har jeg svart mye|^Hvem er det til\? |^Meldingen din kommer ikke fram ennå\. |^Sendt til \S+, men ikke lagret: `)
	// takesNothing are the words that take an emergency when none is open: then they are a text like any other.
	takesNothing = regexp.MustCompile(`(?i)(?:Mamma|Farmor): ` + takesIt + `$`)
	timesNB      = regexp.MustCompile(`^(.*) \((\d+) ganger\)$`)
)

// sayings takes apart what the gateway says to a phone in its own words: several things may be said together, and one thing
// once for several times. none is true for what a person wrote.
func sayings(text string) (said []string, none bool) {
	text, found := strings.CutPrefix(text, bridgeName+": ")
	if !found {
		return nil, true
	}
	for _, one := range strings.Split(text, " / ") {
		n := 1
		if many := timesNB.FindStringSubmatch(one); many != nil {
			one = many[1]
			n, _ = strconv.Atoi(many[2]) // the expression takes only digits
		}
		for range n {
			said = append(said, one)
		}
	}
	return said, false
}

// hears is what a phone's owner makes of one thing that the gateway says, which left at a time. known is false for what it
// never says.
func (w *world) hears(number, said string, at time.Time) (known bool) {
	w.tell("phone", number, "was told", said)
	switch {
	case doubtNB.MatchString(said):
		w.ledger.Doubtful(number, doubtNB.FindStringSubmatch(said)[1])
	case failedNB.MatchString(said):
		w.ledger.Failed(number, failedNB.FindStringSubmatch(said)[1])
	case goneNB.MatchString(said):
		w.ledger.Failed(number, goneNB.FindStringSubmatch(said)[1])
	case waitsNB.MatchString(said):
		w.ledger.Waits(number, waitsNB.FindStringSubmatch(said)[1])
	case aloneNB.MatchString(said):
		w.ledger.Unread(number, at)
	case takenNB.MatchString(said):
		w.ledger.Taken(liv, number)
	case strings.HasPrefix(said, "Mottatt. "):
		w.ledger.Heard(number)
	case otherNB.MatchString(said):
	default:
		return w.hearsOfErrands(number, said)
	}
	return true
}

// waits tells whether something is held, waits for a child's word, or is due to be told or sent on. What waits for a
// guardian's answer may wait for a week.
func (w *world) waits(p *process) (bool, error) {
	waits := false
	err := p.db.Do(w.t.Context(), func(tx bridge.Tx) error {
		held, err := tx.Held()
		if err != nil {
			return err
		}
		for _, h := range held {
			waits = waits || h.Question == 0
		}
		next, err := tx.NextConversation()
		waits = waits || !next.IsZero()
		return err
	})
	if err != nil {
		return false, err
	}
	_, due, err := p.db.NextAlarm(w.t.Context(), w.clock())
	return waits || due, err
}

// alarmOpen tells whether an emergency of Liv's is open.
func (w *world) alarmOpen(p *process) (open bool, err error) {
	err = p.db.Do(w.t.Context(), func(tx bridge.Tx) error {
		all, err := tx.OpenAlarms(policy.Person(0))
		open = len(all) > 0
		return err
	})
	return open, err
}

// endAlarm lets two more rounds of what nobody took go by, and then somebody take it. A call may still lie on the modem when
// the last fault is over, so it is asked again and again.
func (w *world) endAlarm(p *process) error {
	open, err := w.alarmOpen(p)
	if err != nil || !open {
		return err
	}
	time.Sleep(130 * time.Minute)
	if w.server.connected() {
		w.takes("mum")
	}
	time.Sleep(time.Minute)
	return nil
}
