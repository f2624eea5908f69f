package policy

import (
	"math/rand/v2"
	"testing"
)

const (
	emma Person = iota + 1
	mum
	dad
	gran
	coach
)

// family is one child with two guardians, one of them on the list, and two contacts.
func family(rules ...Rule) Rules {
	return New(Book{Rules: rules, Guardianships: []Guardianship{{Child: emma, Guardian: mum}, {Child: emma, Guardian: dad}}})
}

func TestDecide(t *testing.T) {
	rules := family(
		Rule{ID: 1, Child: emma, Contact: mum, FromChild: true, ToChild: true, Key: 2},
		Rule{ID: 2, Child: emma, Contact: gran, FromChild: true, ToChild: true, Key: 4},
		Rule{ID: 3, Child: emma, Contact: coach, ToChild: true},
	)
	for _, c := range []struct {
		name string
		q    Request
		want Verdict
	}{
		{"on the list, from the child", Request{Child: emma, Other: gran, Direction: FromChild}, Verdict{Action: Deliver, Reason: ByRule, Rule: 2}},
		{"on the list, to the child", Request{Child: emma, Other: gran, Direction: ToChild}, Verdict{Action: Deliver, Reason: ByRule, Rule: 2}},
		{"one way only: this way", Request{Child: emma, Other: coach, Direction: ToChild}, Verdict{Action: Deliver, Reason: ByRule, Rule: 3}},
		{"one way only: the other", Request{Child: emma, Other: coach, Direction: FromChild}, Verdict{Action: Refuse, Reason: WrongWay, Rule: 3}},
		{"to a guardian on the list", Request{Child: emma, Other: mum, Direction: FromChild}, Verdict{Action: Deliver, Reason: ByGuardianship, Rule: 1}},
		{"to a guardian without a rule", Request{Child: emma, Other: dad, Direction: FromChild}, Verdict{Action: Deliver, Reason: ByGuardianship, Rule: 0}},
		{"from a guardian without a rule", Request{Child: emma, Other: dad, Direction: ToChild}, Verdict{Action: Deliver, Reason: ByGuardianship, Rule: 0}},
		{"nobody", Request{Child: emma, Other: 0, Direction: ToChild}, Verdict{Action: Refuse, Reason: Stranger, Rule: 0}},
		{"to no child", Request{Child: 0, Other: gran, Direction: ToChild}, Verdict{Action: Refuse, Reason: Stranger, Rule: 0}},
		{"somebody else's contact", Request{Child: emma, Other: 99, Direction: ToChild}, Verdict{Action: Refuse, Reason: NotOnList, Rule: 0}},
		{"no direction", Request{Child: emma, Other: gran, Direction: 0}, Verdict{Action: Refuse, Reason: WrongWay, Rule: 2}},
		{"no direction, a guardian", Request{Child: emma, Other: dad, Direction: 0}, Verdict{Action: Refuse, Reason: NotOnList, Rule: 0}},
	} {
		if got := Decide(rules, c.q); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Whatever the rules are: nothing passes that no rule and no guardianship speaks for, nothing from a child to
// its own guardian is refused, and taking a permission away never lets more through.
func TestDecideHoldsForAnyRules(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var rules []Rule
		for other := mum; other <= coach; other++ {
			if r.IntN(2) == 0 {
				rules = append(rules, Rule{
					ID: int64(other), Child: emma, Contact: other, Key: r.IntN(10),
					FromChild: r.IntN(2) == 0, ToChild: r.IntN(2) == 0, Emergency: r.IntN(2) == 0,
				})
			}
		}
		q := Request{Child: emma, Other: Person(r.IntN(8)), Direction: Direction(r.IntN(3))}
		all := family(rules...)
		got := Decide(all, q)
		rule, found := all.Rule(emma, q.Other)
		guardian := all.IsGuardian(emma, q.Other)
		if got.Action == Deliver && !guardian &&
			!(found && (q.Direction == FromChild && rule.FromChild || q.Direction == ToChild && rule.ToChild)) {
			t.Fatalf("%+v passes without a rule: %+v", q, got)
		}
		if guardian && q.Direction == FromChild && got.Action != Deliver {
			t.Fatalf("%+v to an own guardian is refused: %+v", q, got)
		}
		if len(rules) == 0 {
			continue
		}
		less := rules[r.IntN(len(rules))]
		less.FromChild, less.ToChild = false, false
		if Decide(family(append(rules, less)...), q).Action == Deliver && got.Action != Deliver {
			t.Fatalf("%+v passes only after a permission was taken away", q)
		}
	}
}

func TestKeys(t *testing.T) {
	rules := family(Rule{ID: 1, Child: emma, Contact: mum, Key: 2}, Rule{ID: 2, Child: emma, Contact: gran})
	if got := rules.OnKey(emma, 2); got != mum {
		t.Errorf("key 2: %d", got)
	}
	if got := rules.OnKey(emma, 0); got != 0 {
		t.Errorf("who has no key lies on none, but key 0 is %d", got)
	}
}

func BenchmarkDecide(b *testing.B) {
	var rules []Rule
	for i := range 1000 {
		rules = append(rules, Rule{ID: int64(i), Child: emma, Contact: Person(10 + i), FromChild: true})
	}
	all := family(rules...)
	b.ReportAllocs()
	for b.Loop() {
		Decide(all, Request{Child: emma, Other: 700, Direction: FromChild})
	}
}
