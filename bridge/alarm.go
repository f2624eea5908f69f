package bridge

import (
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// The cascade of an emergency (DESIGN section 7): three alerts two minutes apart, then one an hour, until a guardian
// takes it. The ceiling bounds what a phone in a pocket can cost.
const (
	firstAlerts = 3
	alertEvery  = 2 * time.Minute
	alertHourly = time.Hour
	mostAlerts  = firstAlerts + 12
)

// AlarmCause is how a child called for help.
type AlarmCause int

// The causes.
const (
	WroteSOS   AlarmCause = iota // SOS, HJELP, 112 …
	RangTwice                    // two calls within a short time
	UnreadHelp                   // `hjelp …` that nobody has read
)

// raiseAlarm opens an emergency of a child, or repeats the one that is open, and tells everybody at once. m is the
// log entry to be written for what the child sent, or one that is written already (with its ID).
func (r *Relay) raiseAlarm(tx Tx, d *Directory, child Person, cause AlarmCause, m Message, text string) error {
	now := r.o.Now()
	if m.ID == 0 {
		m.Child, m.Direction, m.Emergency = child.ID, policy.FromChild, true
		m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.ByEmergency}
		id, err := tx.AddMessage(m)
		if err != nil {
			return err
		}
		m.ID = id
	}
	if cause == RangTwice {
		text = r.beside(words.CauseRang)
	}
	open, err := r.openAlarm(tx, child.ID)
	if err != nil {
		return err
	}
	if open.ID == 0 {
		open = Alarm{Child: child.ID, Message: m.ID, Text: text, At: now}
		if open.ID, err = tx.AddAlarm(open); err != nil {
			return err
		}
	} else {
		open.Text = text // the child calls again: everybody is told again now
		if open.Rounds >= firstAlerts {
			open.Rounds-- // its own calls bring the ceiling no nearer
			often, err := r.callsOften(tx, child, now)
			if err != nil || often {
				return either(err, r.alertChats(tx, d, child, open, m.ID))
			}
		}
	}
	// The child's answer is first in the queue: a modem may need seconds for each SMS to the others, who have it in their
	// chats at once.
	if err := r.tellUrgent(tx, child, m.ID, words.AlarmReceived, r.namesOf(d.helpers(child.ID))); err != nil {
		return err
	}
	r.o.Log.Warn("emergency", "child", child.ID, "alarm", open.ID, "alerts", open.Rounds+1)
	return r.alert(tx, d, child, &open, m.ID)
}

// callsApart is how far apart a child's own calls are passed on by SMS once there have been several: a phone in a pocket
// must not empty the purse, nor fill the queue before the next round. Chats get each of them.
const callsApart = 30 * time.Second

// callsOften tells whether a call comes too soon after the one before, and notes it if not.
func (r *Relay) callsOften(tx Tx, child Person, now time.Time) (bool, error) {
	const what = "called for help"
	last, err := tx.LastOf(what, child.ID, 0)
	if err != nil || !last.IsZero() && now.Sub(last).Abs() < callsApart {
		return true, err
	}
	_, err = tx.Lately(what, child.ID, 0, now)
	return false, err
}

// alertChats passes a call on where it costs nothing. The rounds go on as they were.
func (r *Relay) alertChats(tx Tx, d *Directory, child Person, a Alarm, about MessageID) error {
	a.Rounds++
	for _, p := range d.helpers(child.ID) {
		if p.JID == "" {
			continue
		}
		chat, _ := r.alertTexts(d, child, p, a)
		s := r.alertStanza(child, p, chat)
		if err := r.addUrgent(tx, Leg{Message: about, Stanza: &s}); err != nil {
			return err
		}
	}
	return tx.SaveAlarm(a)
}

// openAlarm returns the emergency of a child that nobody has taken, or one without ID.
func (r *Relay) openAlarm(tx Tx, child policy.Person) (Alarm, error) {
	open, err := tx.OpenAlarms(child)
	if err != nil {
		return Alarm{}, err
	}
	for _, a := range open {
		if !a.Drill {
			return a, nil
		}
	}
	return Alarm{}, nil
}

// inAlarm tells whether what two write to each other concerns an open emergency of the child: then no hour, mute or
// budget stands between it and whoever was called.
func (r *Relay) inAlarm(tx Tx, d *Directory, child, other policy.Person) (bool, error) {
	rule, _ := d.Rules.Rule(child, other)
	if !rule.Emergency && !d.Rules.IsGuardian(child, other) {
		return false, nil
	}
	a, err := r.openAlarm(tx, child)
	return a.ID != 0, err
}

// helpers returns who is told of a child's emergency: its guardians, then the rest of the emergency list.
func (d *Directory) helpers(child policy.Person) []Person {
	out := d.Guardians(child)
	for _, rule := range d.List(child) {
		p, ok := d.persons[rule.Contact]
		q := policy.Request{Child: child, Other: rule.Contact, Direction: policy.FromChild, Emergency: true}
		if ok && rule.Emergency && !d.Rules.IsGuardian(child, p.ID) && policy.Decide(d.Rules, q).Action == policy.Deliver {
			out = append(out, p)
		}
	}
	return out
}

// alert sends one round to everybody and says when the next is due. about is the log entry that the legs belong to.
func (r *Relay) alert(tx Tx, d *Directory, child Person, a *Alarm, about MessageID) error {
	a.Rounds++
	for _, p := range d.helpers(child.ID) {
		if err := r.alertOne(tx, d, child, p, *a, about); err != nil {
			return err
		}
	}
	now := r.o.Now()
	switch {
	case a.Drill:
		a.Due = now.Add(drillLasts)
	case a.Rounds >= mostAlerts:
		a.Due = time.Time{}
	case a.Rounds < firstAlerts, now.Sub(a.At) >= 0 && now.Sub(a.At) < (firstAlerts-1)*alertEvery:
		a.Due = now.Add(alertEvery)
	default:
		a.Due = now.Add(alertHourly)
	}
	return tx.SaveAlarm(*a)
}

// alertOne tells one person, by every way that there is.
func (r *Relay) alertOne(tx Tx, d *Directory, child, to Person, a Alarm, about MessageID) error {
	chat, short := r.alertTexts(d, child, to, a)
	if to.JID != "" {
		stanza := r.alertStanza(child, to, chat)
		if err := r.addUrgent(tx, Leg{Message: about, Stanza: &stanza}); err != nil {
			return err
		}
	}
	if to.Phone == "" {
		return nil
	}
	return r.addUrgentSMS(tx, about, to.Phone, short)
}

func (r *Relay) alertStanza(child, to Person, text string) Stanza {
	return Stanza{
		Kind: ChatStanza, From: child.Localpart, To: string(to.JID), Body: text, Delay: r.o.Now(), Language: r.languageOf(to),
	}
}

// alertTexts words an alert for a chat and for a phone.
func (r *Relay) alertTexts(d *Directory, child, to Person, a Alarm) (chat, short string) {
	language := r.languageOf(to)
	if a.Drill {
		return words.Say(language, words.Drill, child.Name), GatewayName + ": " + words.Say(language, words.DrillPhone, child.Name)
	}
	inChat, onPhone := words.AlarmOther, words.AlarmPhoneOther
	if d.Rules.IsGuardian(child.ID, to.ID) {
		inChat, onPhone = words.Alarm, words.AlarmPhone
	}
	text := d.quoteNames(foldLines(r.toReader(a.Text, child.Name, language)))
	clock := words.Clock(language, a.At.In(r.o.Location))
	chat = words.Say(language, inChat, child.Name, text, clock, string(child.Phone))
	if a.Rounds > 1 {
		chat = words.Say(language, words.AlarmAgain, a.Rounds, chat)
	}
	return chat, GatewayName + ": " + words.Say(language, onPhone, child.Name, r.brief(text, language), string(child.Phone))
}

// brief writes what somebody wrote so that an alert by SMS stays short, and cheap on the air: the whole text is in the
// chat.
func (r *Relay) brief(text, language string) string {
	short, _ := r.plain(cut(text), language)
	return short
}

// cut shortens a text.
func cut(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// urgent is the verdict on an alert.
var urgent = policy.Verdict{Action: policy.Deliver, Reason: policy.ByEmergency}

// addUrgent writes the outbox row of something that goes before everything else.
func (r *Relay) addUrgent(tx Tx, l Leg) error {
	l.Emergency = true
	if l.Verdict == (policy.Verdict{}) {
		l.Verdict = urgent
	}
	if l.Stanza != nil {
		l.Stanza.ID = newID()
	}
	_, err := tx.AddLeg(l, r.o.Now())
	return err
}

func (r *Relay) addUrgentSMS(tx Tx, about MessageID, to Phone, text string) error {
	segments, err := r.segments(tx, to, text)
	if err != nil {
		return err
	}
	return r.addUrgent(tx, Leg{Message: about, SMS: &SMSLeg{Modem: r.o.Modems[0], To: to, Segments: segments}})
}

// tellUrgent sends the gateway's own words to a phone, before everything else and outside of any cap.
func (r *Relay) tellUrgent(tx Tx, to Person, about MessageID, s words.Sentence, args ...any) error {
	if to.Phone == "" {
		return nil
	}
	return r.addUrgentSMS(tx, about, to.Phone, GatewayName+": "+words.Say(r.languageOf(to), s, args...))
}

// namesOf joins names as a sentence does.
func (r *Relay) namesOf(persons []Person) string {
	names := make([]string, len(persons))
	for i, p := range persons {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// ring says whom a child can ring, and how, in its own words: `Mamma: hold 2`. A guardian goes before everybody else, one
// on a key before one whose number must be typed; another child is nobody to ring.
func (r *Relay) ring(d *Directory, child Person) string {
	var other string
	for _, rule := range d.List(child.ID) {
		p, ok := d.persons[rule.Contact]
		if !ok || rule.Key == 0 || p.Phone == "" || p.Kind == KindChild {
			continue
		}
		text := words.Say(r.languageOf(child), words.HoldKey, rule.Key, p.Name)
		if p.Kind == KindGuardian && d.Rules.IsGuardian(child.ID, p.ID) {
			return text
		}
		if other == "" {
			other = text
		}
	}
	guardians := d.Guardians(child.ID)
	for _, g := range guardians {
		if g.Phone != "" {
			return g.Name + " " + string(g.Phone)
		}
	}
	if other == "" && len(guardians) > 0 {
		return guardians[0].Name
	}
	return other
}

// nextRound is what happens when an alert is due and nobody has taken the emergency.
func (r *Relay) nextRound(tx Tx, d *Directory, a Alarm) error {
	child, ok := d.Person(a.Child)
	if !ok { // no longer in the family: there is nobody to help and nobody to tell
		a.Due, a.TakenAt, a.Text = time.Time{}, r.o.Now(), ""
		return tx.SaveAlarm(a)
	}
	if a.Drill {
		return r.endDrill(tx, d, child, a)
	}
	if err := r.alert(tx, d, child, &a, a.Message); err != nil {
		return err
	}
	if a.Rounds >= mostAlerts {
		for _, g := range d.Guardians(child.ID) {
			text := words.Say(r.languageOf(g), words.AlarmCeiling, child.Name, a.Rounds)
			if err := r.sayTo(tx, child, g, a.Message, text); err != nil {
				return err
			}
		}
	}
	if a.Rounds > firstAlerts+1 {
		return nil // the child has been told, and is told again when somebody takes it
	}
	return r.tellUrgent(tx, child, a.Message, words.AlarmUnanswered, r.ring(d, child))
}

// sayTo tells a grown-up something about a child's emergency: in a chat from the child's address, else by SMS.
func (r *Relay) sayTo(tx Tx, child, to Person, about MessageID, text string) error {
	if to.JID != "" {
		return r.addUrgent(tx, Leg{Message: about, Verdict: own, Stanza: &Stanza{
			Kind: ChatStanza, From: child.Localpart, To: string(to.JID), Body: text, Delay: r.o.Now(),
			Language: r.languageOf(to),
		}})
	}
	if to.Phone == "" {
		return nil
	}
	return r.addUrgentSMS(tx, about, to.Phone, GatewayName+": "+text)
}

// stopDuringAlarm tells who can help that the child wrote STOPP while its emergency is open: nothing from the child's
// phone ends one, since nobody knows who holds it. open is false when there is none.
func (r *Relay) stopDuringAlarm(tx Tx, d *Directory, child Person, m Message) (open bool, err error) {
	a, err := r.openAlarm(tx, child.ID)
	if err != nil || a.ID == 0 {
		return false, err
	}
	m.Child, m.Direction, m.Emergency, m.Verdict = child.ID, policy.FromChild, true, urgent
	id, err := tx.AddMessage(m)
	if err != nil {
		return true, err
	}
	for _, p := range d.helpers(child.ID) {
		text := words.Say(r.languageOf(p), words.ChildWritesStop, child.Name)
		if err := r.sayTo(tx, child, p, id, text); err != nil {
			return true, err
		}
	}
	return true, nil
}

// via words a way by which somebody took an emergency.
func via(language, way string) string {
	switch way {
	case "xmpp":
		return words.Say(language, words.ByChat)
	case "sms":
		return words.Say(language, words.BySMS)
	case "console":
		return words.Say(language, words.ByConsole)
	default:
		return words.Say(language, words.ByBox)
	}
}
