package policy

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// world makes books and requests at random, over few persons and few times, so that what must not meet meets.
type world struct {
	*rand.Rand
	location *time.Location
}

func newWorld(t testing.TB, seed uint64) world {
	return world{rand.New(rand.NewPCG(seed, 7)), oslo(t)}
}

func (w world) yes() bool { return w.IntN(2) == 0 }

func (w world) person() Person { return Person(w.IntN(6)) }

func (w world) child() Person { return Person(1 + w.IntN(2)) }

func (w world) time() time.Time {
	return time.Date(2026, 3, 27, 0, 0, 0, 0, w.location).Add(time.Duration(w.IntN(4*24*12)) * 5 * time.Minute)
}

// until is a time, or none.
func (w world) until() time.Time {
	if w.yes() {
		return time.Time{}
	}
	return w.time()
}

func (w world) window() Window {
	return Window{Days(w.IntN(128)), 5 * w.IntN(289), 5 * w.IntN(289)}
}

func (w world) rule(id int64) Rule {
	when := []string{"", Always, "home", "school", "sleep,holidays", "club", "club, home", "nobody knows"}
	r := Rule{
		ID: id, Child: w.child(), Contact: w.person(), FromChild: w.yes(), ToChild: w.yes(), Emergency: w.yes(),
		When: when[w.IntN(len(when))],
	}
	if w.IntN(4) == 0 {
		r.Until = w.time()
	}
	return r
}

func (w world) limits() Limits {
	return Limits{Day: w.IntN(12), Month: w.IntN(40), Contact: w.IntN(6), Reserve: w.IntN(4)}
}

func (w world) mode() Mode { return []Mode{Home, School, Sleep, Holidays}[w.IntN(4)] }

func (w world) book() Book {
	b := Book{Location: w.location, Weeks: map[Person][]Slot{}, Limits: map[Person]Limits{}}
	for i := range w.IntN(6) {
		b.Rules = append(b.Rules, w.rule(int64(i+1)))
	}
	for range w.IntN(3) {
		b.Guardianships = append(b.Guardianships, Guardianship{w.child(), w.person()})
		b.Weeks[w.child()] = append(b.Weeks[w.child()], Slot{w.window(), w.mode()})
		b.Timetables = append(b.Timetables, Timetable{"club", []Window{w.window()}})
		b.Overrides = append(b.Overrides, Override{w.child(), w.person(), w.time()})
	}
	for range w.IntN(2) {
		b.Mutes = append(b.Mutes, Mute{w.child(), w.person(), w.yes(), w.until()})
		b.Stops = append(b.Stops, Stop{w.child(), w.person()})
		b.Lost = append(b.Lost, w.child())
		b.Holidays = append(b.Holidays, Holiday{w.person(), Date{2026, 3, 28}, Date{2026, 3, 28 + w.IntN(4)}})
		b.Limits[Person(w.IntN(3))] = w.limits()
	}
	return b
}

func (w world) request() Request {
	return Request{
		Child: w.child(), Other: w.person(), Direction: Direction(w.IntN(3)), At: w.time(), ClockSet: w.IntN(4) > 0,
		Emergency: w.IntN(3) == 0, Urgent: w.IntN(3) == 0, Parts: w.IntN(5),
		Spent: Spent{w.IntN(12), w.IntN(40), w.IntN(6), w.IntN(12), w.IntN(40), Own{w.IntN(3), w.IntN(3), w.IntN(3), w.IntN(3)}},
	}
}

// lastRule returns the rule that counts for two persons.
func lastRule(b Book, child, other Person) (Rule, bool) {
	var found Rule
	for _, r := range b.Rules {
		if r.Child == child && r.Contact == other {
			found = r
		}
	}
	return found, found.Child != 0
}

const worlds = 30_000

func TestNothingPassesWithoutARule(t *testing.T) {
	w := newWorld(t, 1)
	passed := 0
	for range worlds {
		b, q := w.book(), w.request()
		v := Decide(New(b), q)
		if v.Action != Deliver {
			continue
		}
		passed++
		rule, found := lastRule(b, q.Child, q.Other)
		way := found && (q.Direction == FromChild && (rule.FromChild || q.Emergency && rule.Emergency) || q.Direction == ToChild && rule.ToChild)
		gone := found && !rule.Until.IsZero() && q.ClockSet && !q.At.Before(rule.Until)
		guardian := slices.Contains(b.Guardianships, Guardianship{q.Child, q.Other}) &&
			(q.Direction == FromChild || q.Direction == ToChild && (!found || rule.ToChild || gone))
		if q.Other == 0 || q.Child == 0 || !guardian && (!way || gone) {
			t.Fatalf("%+v passes (%+v) without a rule: %+v", q, v, b)
		}
	}
	if passed < worlds/50 {
		t.Errorf("only %d of %d passed: the test proves little", passed, worlds)
	}
}

func TestAnEmergencyPassesAllThatBounds(t *testing.T) {
	w := newWorld(t, 2)
	freed := 0
	for range worlds {
		b, q := w.book(), w.request()
		q.Emergency = true
		bare := Book{Location: b.Location, Rules: b.Rules, Guardianships: b.Guardianships}
		with, without := Decide(New(b), q), Decide(New(bare), q)
		if with != without {
			t.Fatalf("%+v: %+v with timetables, mutes, stops and budgets, %+v without: %+v", q, with, without, b)
		}
		q.Emergency = false
		if with.Action == Deliver && Decide(New(b), q).Action != Deliver {
			freed++
		}
	}
	if freed < worlds/100 {
		t.Errorf("only %d of %d were freed: the test proves little", freed, worlds)
	}
}

func TestAChildAlwaysReachesItsGuardians(t *testing.T) {
	w := newWorld(t, 3)
	for range worlds {
		b, q := w.book(), w.request()
		q.Other = 5
		b.Guardianships = append(b.Guardianships, Guardianship{q.Child, q.Other})
		q.Direction = FromChild
		if v := Decide(New(b), q); v.Action != Deliver {
			t.Fatalf("%+v: %+v: %+v", q, v, b)
		}
	}
}

func TestARestrictionNeverLetsMoreThrough(t *testing.T) {
	w := newWorld(t, 4)
	kept := map[string]int{}
	for range worlds {
		b, q := w.book(), w.request()
		if w.yes() && len(b.Rules) > 0 { // about somebody who is on a list
			r := b.Rules[w.IntN(len(b.Rules))]
			q.Child, q.Other = r.Child, r.Contact
		}
		before := Decide(New(b), q)
		less, what := b, ""
		switch w.IntN(7) {
		case 0:
			what = "a block"
			less.Rules = append(slices.Clone(b.Rules), Rule{ID: 99, Child: q.Child, Contact: q.Other})
		case 1:
			what = "a mute"
			less.Mutes = append(slices.Clone(b.Mutes), Mute{q.Child, []Person{q.Other, 0}[w.IntN(2)], w.yes(), w.until()})
		case 2:
			what = "a stop"
			less.Stops = append(slices.Clone(b.Stops), Stop{q.Child, q.Other})
		case 3:
			what = "a lost phone"
			less.Lost = append(slices.Clone(b.Lost), q.Child)
		case 4:
			what = "a limit"
			who := []Person{q.Child, 0}[w.IntN(2)]
			if _, ok := b.Limits[who]; ok {
				continue // that would be another one in its place
			}
			less.Limits = map[Person]Limits{0: b.Limits[0], q.Child: b.Limits[q.Child]}
			less.Limits[who] = w.limits()
		case 5:
			what = "an end of a rule"
			less.Rules = slices.Clone(b.Rules)
			for i := range less.Rules {
				if less.Rules[i].Until.IsZero() {
					less.Rules[i].Until = w.time()
				}
			}
			if slices.Contains(b.Guardianships, Guardianship{q.Child, q.Other}) {
				continue // a guardian's rule is itself a restriction: its end takes that away
			}
		case 6:
			what = "an override less"
			less.Overrides = nil
		}
		after := Decide(New(less), q)
		if after.Action == Deliver && before.Action != Deliver {
			t.Fatalf("%s lets %+v through: %+v, before %+v: %+v", what, q, after, before, less)
		}
		if before.Action == Deliver && after.Action != Deliver {
			kept[what]++
		}
	}
	for _, what := range []string{"a block", "a mute", "a stop", "a lost phone", "a limit", "an end of a rule", "an override less"} {
		if kept[what] == 0 {
			t.Errorf("%s never kept anything from passing: the test proves nothing of it", what)
		}
	}
}

// A verdict can be replayed: the same book and request, made anew, give it again; and what is held until a time, and
// not by a mute alone, passes or is held for another reason then.
func TestAVerdictCanBeReplayed(t *testing.T) {
	w := newWorld(t, 5)
	held := 0
	for range worlds {
		b, q := w.book(), w.request()
		if len(b.Rules) > 0 {
			r := b.Rules[w.IntN(len(b.Rules))]
			q.Child, q.Other = r.Child, r.Contact
		}
		v := Decide(New(b), q)
		if again := Decide(New(b), q); again != v {
			t.Fatalf("%+v: %+v and then %+v", q, v, again)
		}
		if v.Action == 0 || v.Reason == "" {
			t.Fatalf("%+v: %+v is no verdict", q, v)
		}
		if v.Action != Hold || v.Until.IsZero() || !q.ClockSet {
			continue
		}
		held++
		if !v.Until.After(q.At) {
			t.Fatalf("%+v: held until %s, which is past: %+v", q, v.Until, b)
		}
		q.At = v.Until
		if after := Decide(New(b), q); after.Action == Hold && after.Reason == v.Reason {
			t.Fatalf("%+v: held by %s until %s, and still then: %+v: %+v", q, v.Reason, v.Until, after, b)
		}
		q.At = v.Until.Add(-time.Minute)
		if before := Decide(New(b), q); before.Action == Deliver {
			t.Fatalf("%+v: held until %s, but a minute before it is %+v: %+v", q, v.Until, before, b)
		}
	}
	if held < worlds/200 {
		t.Errorf("only %d of %d were held: the test proves little", held, worlds)
	}
}

func BenchmarkDecide(b *testing.B) {
	var book Book
	book.Location = oslo(b)
	book.Weeks = map[Person][]Slot{emma: schoolWeek}
	book.Holidays, book.Limits = holidays, map[Person]Limits{emma: {Day: 100, Month: 1000, Contact: 50, Reserve: 10}}
	book.Mutes = []Mute{{Child: emma, Other: coach}}
	for i := range 1000 {
		book.Rules = append(book.Rules, Rule{ID: int64(i), Child: emma, Contact: Person(10 + i), FromChild: true, ToChild: true, When: "home, sleep"})
	}
	rules := New(book)
	q := Request{Child: emma, Other: 700, Direction: ToChild, ClockSet: true, Parts: 2, Spent: Spent{Day: 3}}
	for _, c := range []struct {
		name string
		at   time.Time
	}{{"deliver", at(b, "2026-11-16 15:00")}, {"hold", at(b, "2026-11-16 10:00")}} {
		b.Run(c.name, func(b *testing.B) {
			q.At = c.at
			b.ReportAllocs()
			for b.Loop() {
				Decide(rules, q)
			}
		})
	}
}
