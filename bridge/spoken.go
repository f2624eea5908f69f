package bridge

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// verb is what a guardian's plain words to the gateway ask for.
type verb string

// The verbs.
const (
	sayHelp      verb = "help"
	sayStatus    verb = "status"
	sayWho       verb = "who"
	sayQuestions verb = "questions"
	sayYes       verb = "yes"
	sayOnce      verb = "once"
	sayNo        verb = "no"
	sayNew       verb = "new"
	sayShow      verb = "show"
	sayUndo      verb = "undo"
	sayUnblock   verb = "unblock"
	sayMute      verb = "mute"
	sayUnmute    verb = "unmute"
	sayOpen      verb = "open"
	sayLost      verb = "lost"
	sayFound     verb = "found"
	sayGone      verb = "gone"
	sayBack      verb = "back"
	sayDrill     verb = "drill"
	sayCallMe    verb = "call"
	sayBalance   verb = "balance"
	sayAudit     verb = "audit"
	sayRelease   verb = "release"
	sayLimits    verb = "limits"
	sayAnswer    verb = "answer"
)

// spoken are the words for each, folded, in both languages: who lives in two says either.
var spoken = map[string]verb{
	"hjelp": sayHelp, "help": sayHelp, "kommandoer": sayHelp, "commands": sayHelp, "meny": sayHelp, "menu": sayHelp,
	"status": sayStatus, "hvordan gar det": sayStatus,
	"hvem": sayWho, "who": sayWho, "hvem er der": sayWho, "hvem kan nas": sayWho, "who is there": sayWho, "who is reachable": sayWho,
	"sporsmal": sayQuestions, "questions": sayQuestions, "venter": sayQuestions, "hva venter": sayQuestions, "waiting": sayQuestions, "liste": sayQuestions, "list": sayQuestions,
	"ja": sayYes, "yes": sayYes, "godta": sayYes, "tillat": sayYes, "slipp inn": sayYes, "allow": sayYes, "accept": sayYes, "let in": sayYes,
	"engang": sayOnce, "en gang": sayOnce, "bare en gang": sayOnce, "ja en gang": sayOnce, "once": sayOnce, "yes once": sayOnce,
	"nei": sayNo, "no": sayNo, "blokk": sayNo, "blokker": sayNo, "avvis": sayNo, "block": sayNo, "deny": sayNo, "reject": sayNo,
	"nytt": sayNew, "ny": sayNew, "nytt nummer": sayNew, "new": sayNew, "new number": sayNew, "new number of": sayNew,
	"vis": sayShow, "vis tekst": sayShow, "show": sayShow, "show text": sayShow, "les": sayShow, "read": sayShow,
	"angre": sayUndo, "undo": sayUndo, "ta tilbake": sayUndo,
	"opphev": sayUnblock, "avblokker": sayUnblock, "unblock": sayUnblock,
	"stille": sayMute, "demp": sayMute, "ro": sayMute, "mute": sayMute, "quiet": sayMute,
	"slutt stille": sayUnmute, "unmute": sayUnmute, "ikke stille": sayUnmute,
	"apne": sayOpen, "apne for": sayOpen, "la": sayOpen, "open": sayOpen, "allow until": sayOpen,
	"mistet": sayLost, "mistet telefonen": sayLost, "borte telefon": sayLost, "lost": sayLost, "lost phone": sayLost,
	"funnet": sayFound, "fant": sayFound, "funnet telefonen": sayFound, "found": sayFound, "found phone": sayFound,
	"borte": sayGone, "gone": sayGone, "min telefon er borte": sayGone, "telefonen min er borte": sayGone, "my phone is gone": sayGone,
	"tilbake": sayBack, "back": sayBack,
	"ovelse": sayDrill, "drill": sayDrill, "test alarm": sayDrill,
	"ring meg": sayCallMe, "call me": sayCallMe, "be om a ringe": sayCallMe,
	"saldo": sayBalance, "balance": sayBalance, "penger": sayBalance,
	"svar": sayAnswer, "answer": sayAnswer, "reply": sayAnswer,
	"slipp": sayRelease, "slipp fri": sayRelease, "apne igjen": sayRelease, "release": sayRelease, "open again": sayRelease,
	"grense": sayLimits, "grenser": sayLimits, "limit": sayLimits, "limits": sayLimits, "budsjett": sayLimits, "budget": sayLimits,
	"innsyn": sayAudit, "hvem sa": sayAudit, "audit": sayAudit, "who looked": sayAudit,
}

// longestPhrase is how many words the longest of them has.
const longestPhrase = 4

// order is a guardian's plain words, understood.
type order struct {
	verb verb
	code string // "K7", or ""
	rest string // what is left, as it was written
	sure bool   // it ended with SIKKER or SURE
}

// codeForm is how a question is named, with or without a space between.
var codeForm = regexp.MustCompile(`(?i)^([A-Z])\s?([0-9]{1,3})$`)

// readOrder reads plain words to the gateway. Case, accents and punctuation do not matter, and the code may stand in
// front. ok is false for what asks for nothing that is known.
func readOrder(text string) (o order, ok bool) {
	fields := strings.Fields(text)
	if strings.Trim(text, " ?") == "" && strings.Contains(text, "?") {
		return order{verb: sayHelp}, true
	}
	if code, n := readCode(fields); n > 0 {
		o.code, fields = code, fields[n:]
	}
	words := 0
	for n := min(longestPhrase, len(fields)); n >= 1 && words == 0; n-- {
		if v, known := spoken[onlyWords(strings.Join(fields[:n], " "))]; known {
			o.verb, words = v, n
		}
	}
	if words == 0 {
		return o, false
	}
	fields = fields[words:]
	if code, n := readCode(fields); o.code == "" && n > 0 {
		o.code, fields = code, fields[n:]
	}
	if o.verb == sayAnswer { // what follows is for somebody else: every word of it
		o.rest = strings.Join(fields, " ")
		return o, true
	}
	if n := len(fields); n > 0 {
		switch onlyWords(fields[n-1]) {
		case "sikker", "sure":
			o.sure, fields = true, fields[:n-1]
		}
	}
	o.rest = strings.TrimFunc(strings.Join(fields, " "), func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == '!' || r == ',' || r == ':' })
	return o, true
}

// readCode reads a code off the front and tells how many words it took.
func readCode(fields []string) (string, int) {
	for n := min(2, len(fields)); n >= 1; n-- {
		joined := strings.Trim(strings.Join(fields[:n], " "), ".,:;!?()")
		if m := codeForm.FindStringSubmatch(joined); m != nil {
			return strings.ToUpper(m[1] + m[2]), n
		}
	}
	return "", 0
}

// forHow is how long something lasts: until a time of day, for a while, or until the child's next mode begins.
type forHow struct {
	clock bool
	hour  int
	min   int
	while time.Duration
	next  bool
}

var (
	atClock = regexp.MustCompile(`^(?:til|until|till)?\s*(?:kl\.?|klokka|klokken|at)?\s*(\d{1,2})(?:[:.](\d{2}))?$`)
	aWhile  = regexp.MustCompile(`^(?:i|for)?\s*(\d{1,3})\s*(m|min|minutt|minutter|minutes|minute|t|time|timer|h|hour|hours|hrs)$`)
)

// readFor reads `til 16.30`, `15 min`, `en time`, `til neste`; "" is nothing said. ok is false for what is none of
// these.
func readFor(text string) (f forHow, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch Fold(text) {
	case "":
		return forHow{}, true
	case "til neste", "til neste modus", "neste", "until next", "until the next", "until the next mode", "next":
		return forHow{next: true}, true
	case "en time", "1time", "an hour", "one hour", "i en time", "for an hour":
		return forHow{while: time.Hour}, true
	case "et kvarter", "kvarter", "a quarter", "i et kvarter":
		return forHow{while: 15 * time.Minute}, true
	}
	if m := aWhile.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		unit := time.Minute
		if m[2][0] == 't' || m[2][0] == 'h' {
			unit = time.Hour
		}
		f.while = time.Duration(n) * unit
		return f, f.while > 0 && f.while <= 24*time.Hour
	}
	if m := atClock.FindStringSubmatch(text); m != nil {
		f.clock = true
		f.hour, _ = strconv.Atoi(m[1])
		f.min, _ = strconv.Atoi(m[2])
		return f, f.hour < 24 && f.min < 60
	}
	return forHow{}, false
}

// end returns when it is over, on the family's wall; usual is meant when nothing was said.
func (f forHow) end(now time.Time, next, usual time.Time) time.Time {
	switch {
	case f.next:
		return next
	case f.while > 0:
		return now.Add(f.while)
	case f.clock:
		y, m, d := now.Date()
		at := time.Date(y, m, d, f.hour, f.min, 0, 0, now.Location())
		if !at.After(now) {
			at = time.Date(y, m, d+1, f.hour, f.min, 0, 0, now.Location())
		}
		return at
	default:
		return usual
	}
}

// takeName takes a name off the front of what was said: the longest that is one of these.
func takeName(text string, persons []Person) (p Person, rest string, ok bool) {
	fields := strings.Fields(text)
	for n := len(fields); n >= 1; n-- {
		folded := Fold(strings.Trim(strings.Join(fields[:n], " "), ".,:;!?"))
		for _, candidate := range persons {
			if Fold(candidate.Name) == folded {
				return candidate, strings.Join(fields[n:], " "), true
			}
		}
	}
	return Person{}, text, false
}
