package ordeal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Mia and Noa are the children of what guardians decide: a stranger is let in, or not; Mia asks for a friend; somebody is muted;
// the coach gets a new number, and a neighbour comes onto the list, by `family apply`; Noa's phone is lost and found again; and somebody
// knows the family's code word. Tante corrects what she has written, and takes it back. Their people are nobody else's, and their
// traffic is drawn apart, so that an old seed still makes what it made.
const (
	mia       = "+4798111111"
	noa       = "+4798222222"
	morfar    = "+4798333333" // a guardian who has nothing but a mobile
	trener    = "+4798444444"
	trenerNew = "+4798555555"
	emil      = "+4798666666" // whom Mia asks for
	guest     = "+4798777777" // who writes to the gateway
	borrowed  = "+4798888888"

	mosterJID  = "moster@example.org"
	tanteJID   = "tante@example.org"
	fremmedJID = "fremmed@example.org"
	naboJID    = "nabo@example.org"
	sportJID   = "sport@example.org"

	codeWord = "blåbær"
)

var errandsGuardians = []bridge.Guardian{
	{Name: "Moster", JID: mosterJID, Role: bridge.RoleGuardian},
	{Name: "Morfar", Phone: morfar, Role: bridge.RoleHelper},
}

var errandsContacts = []bridge.Contact{{Name: "Tante", JID: tanteJID}, {Name: "Trener", Phone: trener}, {Name: "Sport", JID: sportJID}}

var errandsChildren = []bridge.Child{
	{
		Name: "Mia", Localpart: "mia", Phone: mia, Language: "nb", Guardians: []string{"Moster", "Morfar"}, Default: "Moster",
		Allow: []bridge.Allow{
			{Contact: "Moster", Key: 2, ToChild: true, FromChild: true},
			{Contact: "Tante", Key: 3, ToChild: true, FromChild: true},
			{Contact: "Trener", Key: 4, ToChild: true, FromChild: true},
			{Contact: "Sport", Key: 5, ToChild: true, FromChild: true, When: nowAndThen.Name},
		},
	},
	{
		Name: "Noa", Localpart: "noa", Phone: noa, Language: "nb", Guardians: []string{"Moster", "Morfar"}, Default: "Moster",
		Limits: bridge.ChildLimits{Day: 12, Contact: tantesShare, Reserve: 4},
		Allow: []bridge.Allow{
			{Contact: "Moster", Key: 2, ToChild: true, FromChild: true},
			{Contact: "Tante", Key: 3, ToChild: true, FromChild: true},
		},
	},
}

// tantesShare is how many parts Noa may get from Tante in a day.
const tantesShare = 5

// errand is one thing that guardians see to, and what comes of it.
type errand func(r *rand.Rand, e *errands)

// errands draws them.
type errands struct {
	length time.Duration
	n      int // texts so far
	add    func(at time.Duration, do func(*world))
	r      *rand.Rand
}

// at draws a time, at the latest so long before the end.
func (e *errands) at(before time.Duration) time.Duration {
	room := max(e.length-time.Minute-before, time.Minute)
	return time.Minute + time.Duration(e.r.Int64N(int64(room)))
}

// text draws one that is no other's.
func (e *errands) text() string {
	e.n++
	return fmt.Sprintf("k%d %s", 200_000+e.n, pick(e.r, "hei", "er du der?", "vi møtes kl. fem", "ring meg når du kan"))
}

// drawErrands draws what Mia's and Noa's people do.
func drawErrands(seed uint64, length time.Duration, add func(at time.Duration, what string, do func(*world))) {
	e := &errands{
		length: length, r: rand.New(rand.NewPCG(seed, 6)),
		add: func(at time.Duration, do func(*world)) { add(at, "", do) },
	}
	for range 8 {
		e.smallTalk()
	}
	// A document takes away whom an answer has let in: what is applied and what is answered do not meet.
	all := []errand{letsIn, letsIn, wishes, mutes, corrects, corrects, losesPhone, knowsTheWord, spends, opens}
	if e.r.IntN(4) == 0 {
		all = []errand{applies, applies, mutes, corrects, losesPhone, knowsTheWord, spends, opens}
	}
	e.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	done := map[string]bool{}
	for _, one := range all[:4] {
		if name := fmt.Sprintf("%p", one); !done[name] { // some are likelier than others, and none is seen to twice
			done[name] = true
			one(e.r, e)
		}
	}
}

// smallTalk is a text between Mia and one of her people.
func (e *errands) smallTalk() {
	at, text := e.at(0), e.text()
	switch e.r.IntN(4) {
	case 0:
		e.add(at, func(w *world) { w.textsTo(mia, "2 ", text, []Leg{{Address: mosterJID, Shown: text, Called: "Moster"}}) })
	case 1:
		e.add(at, func(w *world) { w.textsTo(mia, "3 ", text, []Leg{{Address: tanteJID, Shown: text, Called: "Tante"}}) })
	case 2:
		e.add(at, func(w *world) { w.writes("tante", "mia", "Tante", text, strings.Fields(text)[0], false) })
	default:
		e.add(at, func(w *world) { w.writes("moster", "noa", "Moster", text, strings.Fields(text)[0], false) })
	}
}

// letsIn has a stranger write, and a guardian answer, or nobody.
func letsIn(r *rand.Rand, e *errands) {
	from := pick(r, guest, fremmedJID)
	first := e.at(time.Hour)
	for range 1 + r.IntN(4) {
		text := e.text()
		e.add(first+seconds(r, 0, 2400), func(w *world) { w.knocks(from, text) })
	}
	how := pick(r, bridge.QuestionAllowed, bridge.QuestionAllowed, bridge.QuestionOnce, bridge.QuestionBlocked, bridge.QuestionOpen)
	if how == bridge.QuestionOpen {
		return // nobody answers
	}
	e.add(first+seconds(r, 60, 3600), func(w *world) { w.answers(from, how) })
	if how == bridge.QuestionOnce {
		return // a clock that jumps by a day ends it
	}
	for range r.IntN(3) {
		text, back := e.text(), e.text()
		at := first + seconds(r, 1800, 7200)
		e.add(at, func(w *world) { w.knocks(from, text) })
		e.add(at+time.Minute, func(w *world) { w.textsGuest(from, back) })
	}
}

// wishes has Mia ask for somebody, and a guardian answer yes, or no, or nobody.
func wishes(r *rand.Rand, e *errands) {
	at := e.at(30 * time.Minute)
	e.add(at, func(w *world) { w.wishesFor("Emil") })
	how := pick(r, bridge.QuestionAllowed, bridge.QuestionAllowed, bridge.QuestionBlocked, bridge.QuestionOpen)
	if how == bridge.QuestionOpen {
		return
	}
	e.add(at+seconds(r, 10, 3000), func(w *world) { w.answers(emil, how) })
	for range r.IntN(3) {
		text, back := e.text(), e.text()
		at := at + seconds(r, 1800, 7200)
		e.add(at, func(w *world) { w.textsGuest(emil, text) })
		e.add(at+time.Minute, func(w *world) { w.knocks(emil, back) })
	}
}

// mutes has a guardian mute Tante, who goes on writing, and let her through again.
func mutes(r *rand.Rand, e *errands) {
	at := e.at(time.Hour)
	e.add(at, func(w *world) { w.mutesTante() })
	for range 1 + r.IntN(4) {
		text := e.text()
		e.add(at+seconds(r, 0, 2000), func(w *world) { w.writes("tante", "mia", "Tante", text, strings.Fields(text)[0], false) })
	}
	e.add(at+seconds(r, 600, 3000), func(w *world) { w.unmutesTante() })
}

// corrects has Tante correct a text, or take it back, while it waits or after.
func corrects(r *rand.Rand, e *errands) {
	at, old, fresh := e.at(10*time.Minute), e.text(), e.text()
	id, second := strings.Fields(old)[0], strings.Fields(fresh)[0]
	e.add(at, func(w *world) { w.writes("tante", "mia", "Tante", old, id, false) })
	after := at + seconds(r, 0, 20)
	if r.IntN(2) == 0 {
		after = at + seconds(r, 20, 600)
	}
	if r.IntN(3) == 0 {
		e.add(after, func(w *world) { w.retracts("tante", "mia", id) })
		return
	}
	e.add(after, func(w *world) { w.correctsWith("tante", "mia", id, fresh, second) })
}

// losesPhone has Noa's phone lost for a while.
func losesPhone(r *rand.Rand, e *errands) {
	at := e.at(time.Hour)
	e.add(at, func(w *world) { w.loses() })
	for range 1 + r.IntN(4) {
		text, at := e.text(), at+seconds(r, 0, 3500)
		if r.IntN(2) == 0 {
			e.add(at, func(w *world) { w.writes("tante", "noa", "Tante", text, strings.Fields(text)[0], false) })
			continue
		}
		e.add(at, func(w *world) {
			w.textsLoosely(noa, "3 ", text, []Leg{{Address: tanteJID, Shown: text, Called: "Tante"}})
		})
	}
	e.add(at+seconds(r, 600, 3000), func(w *world) { w.finds() })
}

// knowsTheWord has somebody write the family's code word from a phone that nobody knows.
func knowsTheWord(r *rand.Rand, e *errands) {
	for range 1 + r.IntN(2) {
		text := e.text()
		e.add(e.at(0), func(w *world) {
			name := strings.Fields(text)[0]
			w.tell("phone", borrowed, "texts the code word and", text)
			if err := w.phones[borrowed].Send(gatewayNumber, codeWord+" "+text); err != nil {
				return // it is off
			}
			m := Message{Name: name, From: borrowed, Unaddressed: true}
			for _, g := range []string{"mum", "dad", "farmor", "moster"} {
				m.To = append(m.To, Leg{Address: g + "@example.org", Shown: text, Called: bridgeName})
			}
			w.ledger.Wrote(m)
		})
	}
}

// applies has the keeper apply a document: the coach has a new number, and a neighbour is on Mia's list.
func applies(r *rand.Rand, e *errands) {
	at := e.at(time.Hour)
	for range 2 + r.IntN(3) {
		text, at := e.text(), at+seconds(r, 0, 3500)
		switch r.IntN(4) {
		case 0:
			e.add(at, func(w *world) { w.knocks(naboJID, text) })
		case 1:
			e.add(at, func(w *world) { w.knocks(trener, text) })
		case 2:
			e.add(at, func(w *world) { w.knocks(trenerNew, text) })
		default:
			e.add(at, func(w *world) { w.textsTrener(text) })
		}
	}
	e.add(at+seconds(r, 300, 2500), func(w *world) { w.applies() })
}

// spends has Tante write to Noa what is more than there is room for in a day.
func spends(r *rand.Rand, e *errands) {
	at := e.at(30 * time.Minute)
	for range tantesShare + 1 + r.IntN(4) {
		text := e.text()
		e.add(at+seconds(r, 0, 1500), func(w *world) { w.writes("tante", "noa", "Tante", text, strings.Fields(text)[0], false) })
	}
}

// opens has a guardian open for a while what Mia's timetable closes, and close it again.
func opens(r *rand.Rand, e *errands) {
	at := e.at(time.Hour)
	long := seconds(r, 300, 3000)
	e.add(at, func(w *world) { w.opensSport(long) })
	for range 2 + r.IntN(3) {
		text := e.text()
		e.add(at+seconds(r, 0, 3500)-20*time.Minute, func(w *world) {
			w.writes("sport", "mia", "Sport", text, strings.Fields(text)[0], false)
		})
	}
	if r.IntN(2) == 0 {
		e.add(at+seconds(r, 60, 2000), func(w *world) { w.closesSport() })
	}
}

// errNotYet is what cannot be done yet.
var errNotYet = errors.New("not yet")

// insist lets somebody do something in the console, again and again until it is done; done is called then, at once. What was
// refused is not done.
func (w *world) insist(what string, do func(ctx context.Context, p *process, who bridge.Actor) error, done func()) {
	w.insisting.Add(1)
	w.supervised.Go(func() {
		defer w.insisting.Add(-1)
		for rest := 20 * time.Second; ; rest = min(rest*3/2, 5*time.Minute) {
			p := w.alive()
			if p != nil {
				d, err := p.db.Directory(w.t.Context())
				if err == nil {
					moster, _ := d.Named("Moster")
					err = do(w.t.Context(), p, bridge.Actor{Person: moster.ID, Via: bridge.ViaConsole})
				}
				var refused *bridge.Refusal
				switch {
				case err == nil:
					w.tell("Moster", what)
					done()
					return
				case errors.As(err, &refused):
					w.tell("Moster", what, "and is refused:", err)
					return
				case errors.Is(err, errNotYet) && w.calmed.Load():
					return // it has come to its end
				case !errors.Is(err, errNotYet):
					w.tell("Moster", what, "and fails:", err)
				}
			}
			select {
			case <-w.over:
				return
			case <-time.After(rest):
			}
		}
	})
}

// asked finds what is asked about an address, and whether it is answered already: the answer was kept, and who gave it was not
// told so.
func asked(ctx context.Context, p *process, who bridge.Actor, address string) (q bridge.Question, answered bool, err error) {
	about := func(q bridge.Question) bool {
		return q.Address == address && (q.Kind == bridge.ChildsWish) == (address == emil)
	}
	open, err := p.relay.Questions(ctx, who)
	if err != nil {
		return q, false, err
	}
	if i := slices.IndexFunc(open, about); i >= 0 {
		return open[i], false, nil
	}
	old, err := p.relay.Answered(ctx, who)
	if err != nil {
		return q, false, err
	}
	if i := slices.IndexFunc(old, about); i >= 0 {
		return old[i], true, nil
	}
	return q, false, errNotYet
}

// answers lets Moster answer what is asked about somebody.
func (w *world) answers(from string, how bridge.QuestionState) {
	name := map[string]string{guest: "Anne", fremmedJID: "Fredrik"}[from] // as a child called it, if it did
	w.insist(fmt.Sprint("answers about ", from, ": ", how), func(ctx context.Context, p *process, who bridge.Actor) error {
		q, answered, err := asked(ctx, p, who, from)
		if err != nil || answered {
			return err
		}
		if how == bridge.QuestionBlocked {
			_, err = p.relay.Refuse(ctx, who, q.Code)
			return err
		}
		w.lookAtPhones() // what they show by now nobody has let through
		w.ledger.Opening(from, mia)
		if how == bridge.QuestionOnce {
			_, err = p.relay.Once(ctx, who, q.Code, bridge.Admission{Child: "Mia", Name: name})
		} else {
			_, err = p.relay.Approve(ctx, who, q.Code, bridge.Admission{Child: "Mia", Name: name})
		}
		return err
	}, func() {
		yes := how != bridge.QuestionBlocked
		if yes {
			if how == bridge.QuestionOnce {
				w.ledger.OpenedOnce(from, mia)
			} else {
				w.ledger.Opened(from, mia)
			}
			w.mu.Lock()
			w.guests[from] = true
			w.mu.Unlock()
		}
		if from == emil {
			w.ledger.Answered(mia, "Emil", yes)
			w.mu.Lock()
			w.denied = !yes
			w.mu.Unlock()
		}
	})
}

func (w *world) person(ctx context.Context, p *process, name string) policy.Person {
	d, err := p.db.Directory(ctx)
	if err != nil {
		return 0
	}
	one, _ := d.Named(name)
	return one.ID
}
