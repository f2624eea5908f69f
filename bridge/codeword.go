package bridge

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// A child without its phone borrows one and writes the family's code word first: the guardians read it at once, marked
// unverified, since whoever heard the word can write it. A wrong word is a stranger's SMS like any other, and no answer
// tells one from the other.
const (
	codeWordFor      = 2 * time.Hour // how long the phone may write on without the word, and be answered
	mostBorrowed     = 5             // unknown numbers within an hour
	mostBorrowedText = 30            // texts from one of them; calls for help are not counted out
	mostBorrowedSMS  = 5             // calls for help from one of them that go on as SMS as well
)

// saysCodeWord tells whether a text begins with the family's code word, and returns what follows it.
func (d *Directory) saysCodeWord(text string) (rest string, ok bool) {
	first, rest := firstWord(strings.Map(typed, text))
	if d.CodeWord == "" || Fold(first) != Fold(d.CodeWord) {
		return "", false
	}
	return strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }), true
}

// callsForHelp tells whether what follows a code word is an emergency. In doubt it is.
func (r *Relay) callsForHelp(text string) bool {
	_, number := callsEmergency(text, r.o.Country)
	return number || isAlarm(text) || beginsWithHelp(text)
}

func (b Borrowed) open(now time.Time) bool { return now.Sub(b.Said).Abs() < codeWordFor }

// takeCodeWord takes a stranger's SMS that begins with the code word, or comes from a phone that has lately said it.
// taken is false for all others.
func (r *Relay) takeCodeWord(tx Tx, d *Directory, m Message, text string) (taken bool, err error) {
	rest, said := d.saysCodeWord(text)
	if d.CodeWord == "" {
		return false, nil
	}
	known, err := tx.Borrowed()
	if err != nil {
		return false, err
	}
	now := r.o.Now()
	b, open := r.borrowedBy(known, Phone(m.Address))
	switch {
	case !open && !said:
		return false, nil
	case !said:
		rest = strings.TrimSpace(text)
	}
	if !open {
		lately := slices.DeleteFunc(slices.Clone(known), func(b Borrowed) bool { return now.Sub(b.Began).Abs() >= time.Hour })
		if len(lately) >= mostBorrowed {
			return false, nil
		}
		if b, err = r.newBorrowed(tx, Phone(m.Address)); err != nil {
			return false, err
		}
	}
	if said {
		b.Said = now
	}
	b.Modem = m.Modem
	b.Texts++
	return true, r.tellCodeWord(tx, d, b, m, rest)
}

func (r *Relay) borrowedBy(known []Borrowed, from Phone) (Borrowed, bool) {
	i := slices.IndexFunc(known, func(b Borrowed) bool { return b.Address == from && b.open(r.o.Now()) })
	if i < 0 {
		return Borrowed{}, false
	}
	return known[i], true
}

func (r *Relay) newBorrowed(tx Tx, from Phone) (Borrowed, error) {
	now := r.o.Now()
	b := Borrowed{Address: from, Began: now, Said: now}
	open, err := tx.OpenQuestions()
	if err != nil {
		return b, err
	}
	if b.Code, err = r.freeCode(tx, open); err != nil {
		return b, err
	}
	if b.ID, err = tx.AddBorrowed(b); err != nil {
		return b, err
	}
	return b, r.audit(tx, itself, "code_word", 0, 0, b.Code+" "+string(from))
}

// tellCodeWord tells the guardians what came from a phone that said the code word.
func (r *Relay) tellCodeWord(tx Tx, d *Directory, b Borrowed, m Message, text string) error {
	m.Emergency = r.callsForHelp(text)
	m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.ByCodeWord}
	if b.Texts > mostBorrowedText && !m.Emergency {
		m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.Stopped}
	}
	id, err := tx.AddMessage(m)
	if err != nil {
		return err
	}
	if m.Emergency {
		b.Alarms++
		r.o.Log.Warn("a call for help with the code word", "from", b.Address, "message", id)
	}
	if err := tx.SaveBorrowed(b); err != nil || m.Verdict.Action == policy.Refuse {
		return err
	}
	if text == "" {
		text = r.beside(words.EmptyText)
	}
	for _, g := range r.toldOfCodeWord(d, m.Emergency) {
		chat, short := r.codeWordTexts(d, b, g, text, m.Emergency)
		if g.JID != "" {
			s := Stanza{Kind: ChatStanza, To: string(g.JID), Body: chat, Delay: writtenAt(m), Language: r.languageOf(g)}
			if m.Emergency {
				err = r.addUrgent(tx, Leg{Message: id, Verdict: own, Stanza: &s})
			} else {
				err = r.addStanza(tx, id, own, s)
			}
		}
		switch {
		case err != nil:
			return err
		case g.Phone == "":
		case m.Emergency && b.Alarms <= mostBorrowedSMS:
			err = r.addUrgentSMS(tx, id, g.Phone, GatewayName+": "+short)
		case g.JID == "":
			err = r.say(tx, g, id, short)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// toldOfCodeWord is whom it reaches: every guardian who may approve, and when it calls for help everyone who looks after
// a child. Whose phone is gone is none of them.
func (r *Relay) toldOfCodeWord(d *Directory, emergency bool) []Person {
	right := Approve
	if emergency {
		right = See
	}
	return slices.DeleteFunc(d.guardiansOfAll(), func(g Person) bool {
		return !d.mayFor(Actor{Person: g.ID, Via: ViaXMPP}, right, 0)
	})
}

func (r *Relay) codeWordTexts(d *Directory, b Borrowed, g Person, text string, emergency bool) (chat, short string) {
	language := r.languageOf(g)
	text = d.quoteNames(foldLines(r.toReader(text, "", language)))
	inChat, onPhone := words.CodeWordSays, words.CodeWordPhone
	if emergency {
		inChat, onPhone = words.CodeWordAlarm, words.CodeWordAlarmPhone
	}
	chat = words.Say(language, inChat, string(b.Address), text, b.Code)
	if b.Texts == mostBorrowedText {
		chat += "\n" + words.Say(language, words.CodeWordEnough)
	}
	return chat, words.Say(language, onPhone, string(b.Address), r.brief(text, language))
}

// answerCodeWord sends a guardian's words to a phone that said the code word.
func (r *Relay) answerCodeWord(tx Tx, d *Directory, who Actor, code, text string) (string, error) {
	if err := d.allow(who, Approve, 0); err != nil {
		return "", err
	}
	by, _ := d.Person(who.Person)
	language := r.languageOf(by)
	known, err := tx.Borrowed()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(known, func(b Borrowed) bool { return b.Code == code && b.open(r.o.Now()) })
	if i < 0 {
		return "", refuse(words.CodeWordOver, code)
	}
	b := known[i]
	text, err = r.mayAnswerTo(d, who, b, text)
	if err != nil {
		return "", err
	}
	plain, _ := r.plain(text, r.o.Language)
	labelled := d.Label(by.Name, plain)
	parts := r.o.Texts.Parts(labelled)
	if parts > MaxParts {
		return "", refuse(words.TooLong, parts, MaxParts)
	}
	if b.Alarms == 0 { // a call for help passes every budget
		if over, err := r.gatewaySpent(tx, d, parts); err != nil || over {
			return "", either(err, refuse(words.CodeWordNoBudget))
		}
	}
	m := Message{
		At: r.o.Now(), Direction: policy.ToChild, Other: by.ID, Address: string(b.Address), Modem: b.Modem, Parts: parts,
		Length: utf8.RuneCountInString(text), Emergency: b.Alarms > 0,
		Verdict: policy.Verdict{Action: policy.Deliver, Reason: policy.ByCodeWord},
	}
	if m.ID, err = tx.AddMessage(m); err != nil {
		return "", err
	}
	segments, err := r.segments(tx, b.Address, labelled)
	if err != nil {
		return "", err
	}
	leg, err := tx.AddLeg(Leg{
		Message: m.ID, Emergency: m.Emergency, Verdict: m.Verdict, SMS: &SMSLeg{Modem: r.modemFor(m), To: b.Address, Segments: segments},
	}, r.o.Now())
	if err != nil {
		return "", err
	}
	if err := tx.Charge(leg, r.today()); err != nil {
		return "", err
	}
	if err := r.audit(tx, who, "answer_code_word", 0, 0, b.Code+" "+string(b.Address)); err != nil {
		return "", err
	}
	err = r.informGuardians(tx, d, 0, Approve, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.CodeWordOtherAnswered, by.Name, string(b.Address), b.Code)
	})
	return words.Say(language, words.CodeWordAnswered, b.Code, string(b.Address)), err
}

// mayAnswerTo refuses what cannot be answered, or costs more than an answer may without an owner's second word. It
// returns the words to be sent.
func (r *Relay) mayAnswerTo(d *Directory, who Actor, b Borrowed, text string) (string, error) {
	if _, err := r.o.Addresses.Phone(string(b.Address)); err != nil || !strings.HasPrefix(string(b.Address), "+") {
		return "", refuse(words.CodeWordNoReply, string(b.Address))
	}
	if r.unusual(string(b.Address)) {
		first, rest, _ := strings.Cut(text, " ")
		sure := onlyWords(first) == "sikker" || onlyWords(first) == "sure"
		if !sure || !d.May(who, Govern, 0) {
			return "", refuse(words.CodeWordCostly, string(b.Address), b.Code)
		}
		text = rest
	}
	if strings.TrimSpace(text) == "" {
		return "", refuse(words.CodeWordWhat, b.Code)
	}
	return text, nil
}

// gatewaySpent tells whether a text would break the budget of the whole gateway.
func (r *Relay) gatewaySpent(tx Tx, d *Directory, parts int) (bool, error) {
	all := d.Rules.Limits(0)
	if all.Day == 0 && all.Month == 0 {
		return false, nil
	}
	spent, err := tx.Spent(0, 0, r.today())
	return all.Day > 0 && spent.GatewayDay+parts > all.Day || all.Month > 0 && spent.GatewayMonth+parts > all.Month, err
}

// reportCodeWord tells the guardian who answered what became of it.
func (r *Relay) reportCodeWord(tx Tx, by Person, m Message, state LegState) error {
	s, told := map[LegState]words.Sentence{Failed: words.CodeWordNotSent, Unknown: words.CodeWordPerhaps}[state]
	if !told || by.JID == "" || by.Kind != KindGuardian {
		return nil
	}
	return r.sayToGuardian(tx, m.ID, by, words.Say(r.languageOf(by), s, m.Address))
}
