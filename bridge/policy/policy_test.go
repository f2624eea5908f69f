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
	return New(rules, []Guardianship{{Child: emma, Guardian: mum}, {Child: emma, Guardian: dad}})
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
		{"on the list, from the child", Request{emma, gran, FromChild}, Verdict{Deliver, ByRule, 2}},
		{"on the list, to the child", Request{emma, gran, ToChild}, Verdict{Deliver, ByRule, 2}},
		{"one way only: this way", Request{emma, coach, ToChild}, Verdict{Deliver, ByRule, 3}},
		{"one way only: the other", Request{emma, coach, FromChild}, Verdict{Refuse, WrongWay, 3}},
		{"to a guardian on the list", Request{emma, mum, FromChild}, Verdict{Deliver, ByGuardianship, 1}},
		{"to a guardian without a rule", Request{emma, dad, FromChild}, Verdict{Deliver, ByGuardianship, 0}},
		{"from a guardian without a rule", Request{emma, dad, ToChild}, Verdict{Deliver, ByGuardianship, 0}},
		{"nobody", Request{emma, 0, ToChild}, Verdict{Refuse, Stranger, 0}},
		{"to no child", Request{0, gran, ToChild}, Verdict{Refuse, Stranger, 0}},
		{"somebody else's contact", Request{emma, 99, ToChild}, Verdict{Refuse, NotOnList, 0}},
		{"no direction", Request{emma, gran, 0}, Verdict{Refuse, WrongWay, 2}},
		{"no direction, a guardian", Request{emma, dad, 0}, Verdict{Refuse, NotOnList, 0}},
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
		Decide(all, Request{emma, 700, FromChild})
	}
}
