package policy

import "testing"

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

func TestKeys(t *testing.T) {
	rules := family(Rule{ID: 1, Child: emma, Contact: mum, Key: 2}, Rule{ID: 2, Child: emma, Contact: gran})
	if got := rules.OnKey(emma, 2); got != mum {
		t.Errorf("key 2: %d", got)
	}
	if got := rules.OnKey(emma, 0); got != 0 {
		t.Errorf("who has no key lies on none, but key 0 is %d", got)
	}
}
