package policy

// Decide says what is done with a message.
func Decide(rules Rules, q Request) Verdict {
	if q.Child == 0 || q.Other == 0 {
		return Verdict{Action: Refuse, Reason: Stranger}
	}
	p := pair{q.Child, q.Other}
	guardian := rules.guardians[p]
	rule, found := rules.rules[p]
	if found && !rule.Until.IsZero() && q.ClockSet && !q.At.Before(rule.Until) {
		rule, found = ruled{}, false
	}
	if guardian && q.Direction == FromChild {
		// Promise 3: nothing from a child to its own guardian is ever held, whatever the list says.
		return Verdict{Action: Deliver, Reason: ByGuardianship, Rule: rule.ID}
	}
	allowed := Verdict{Action: Deliver, Reason: ByRule, Rule: rule.ID}
	switch {
	case found && (q.Direction == FromChild && rule.FromChild || q.Direction == ToChild && rule.ToChild):
	case found && q.Emergency && rule.Emergency && q.Direction == FromChild: // whoever is on the emergency list is told
	case found:
		return Verdict{Action: Refuse, Reason: WrongWay, Rule: rule.ID}
	case guardian && q.Direction == ToChild:
		allowed.Reason = ByGuardianship
	default:
		return Verdict{Action: Refuse, Reason: NotOnList}
	}
	if q.Emergency {
		allowed.Reason = ByEmergency // promise 4
		return allowed
	}
	if reason := rules.barred(q, rule, guardian); reason != "" {
		return Verdict{Action: Refuse, Reason: reason, Rule: rule.ID}
	}
	for _, v := range [...]Verdict{rules.muted(q, guardian), rules.closed(q, rule)} {
		switch {
		case v.Action == 0:
		case v.Action == Deliver:
			allowed.Reason = v.Reason
		case q.Urgent && q.ClockSet && (rule.Emergency || guardian):
			allowed.Reason = ByUrgency
		default:
			v.Rule = rule.ID
			return v
		}
	}
	if reason := rules.overspent(q, guardian); reason != "" {
		return Verdict{Action: Refuse, Reason: reason, Rule: rule.ID}
	}
	return allowed
}

// barred is what stands in the way of a message whatever the hour, HASTER or not; "" for nothing.
func (r Rules) barred(q Request, rule ruled, guardian bool) Reason {
	switch {
	case r.stops[pair{q.Child, q.Other}]:
		return Stopped
	case q.Direction == ToChild && r.lost[q.Child]:
		return PhoneLost
	case q.Direction == ToChild && r.refused[pair{q.Child, q.Other}] && !guardian && !rule.Emergency:
		return MutedByChild
	}
	return ""
}

// muted is what the guardians' mutes say; the zero Verdict is nothing. They are for what comes to the child, and not
// for what comes from its guardians: whoever may mute for an hour must not be able to cut off the other parent.
func (r Rules) muted(q Request, guardian bool) Verdict {
	if q.Direction != ToChild || guardian || len(r.mutes) == 0 {
		return Verdict{}
	}
	until := later(r.mutes[pair{q.Child, q.Other}], r.mutes[pair{q.Child, 0}])
	switch {
	case until.IsZero() || q.ClockSet && !q.At.Before(until):
		return Verdict{}
	case until.Equal(forever):
		return Verdict{Action: Hold, Reason: Muted}
	default:
		return Verdict{Action: Hold, Reason: Muted, Until: until}
	}
}

// closed is what the rule's hours say: the zero Verdict when they are open, Deliver when a guardian has opened them
// for a while.
func (r Rules) closed(q Request, rule ruled) Verdict {
	if rule.Child == 0 || rule.hours.always && rule.Until.IsZero() { // a guardian without a rule has no hours
		return Verdict{}
	}
	if !q.ClockSet { // whatever has an end, an override too, needs a clock
		return Verdict{Action: Hold, Reason: ClockNotSet}
	}
	at, c := q.At.In(r.location), r.calendar(q.Child)
	if rule.hours.open(c, at) {
		return Verdict{}
	}
	for _, p := range [...]pair{{q.Child, q.Other}, {q.Child, 0}} {
		if until, ok := r.overrides[p]; ok && q.At.Before(until) {
			return Verdict{Action: Deliver, Reason: ByOverride}
		}
	}
	opens, ok := rule.hours.next(c, at)
	if !ok || !rule.Until.IsZero() && !opens.Before(rule.Until) {
		return Verdict{Action: Refuse, Reason: NeverOpen}
	}
	return Verdict{Action: Hold, Reason: ClosedNow, Until: opens}
}

// overspent names the budget that the message would break, or "".
func (r Rules) overspent(q Request, guardian bool) Reason {
	if q.Parts == 0 {
		return ""
	}
	own, all := r.limits[q.Child], r.limits[0]
	// What is kept for guardians is not eaten by what the gateway itself has to say, to whoever asks it or is refused.
	over := func(spent, words, limit, reserve int) bool {
		if guardian {
			return spent-words+q.Parts > limit
		}
		return spent+q.Parts > limit-reserve
	}
	said := q.Spent.Own
	switch {
	case own.Contact > 0 && !guardian && over(q.Spent.Contact, 0, own.Contact, 0):
		return OverContact
	case own.Day > 0 && over(q.Spent.Day, said.Day, own.Day, own.Reserve):
		return OverDay
	case own.Month > 0 && over(q.Spent.Month, said.Month, own.Month, own.Reserve):
		return OverMonth
	case all.Day > 0 && over(q.Spent.GatewayDay, said.GatewayDay, all.Day, all.Reserve),
		all.Month > 0 && over(q.Spent.GatewayMonth, said.GatewayMonth, all.Month, all.Reserve):
		return OverGateway
	}
	return ""
}

// Listed tells whether the child's list, or a guardianship, lets a message pass in a direction at some time: what
// hours, mutes and budgets say is not asked.
func (r Rules) Listed(child, other Person, way Direction) bool {
	p := pair{child, other}
	rule, found := r.rules[p]
	switch {
	case r.guardians[p] && (way == FromChild || way == ToChild && !found):
		return true
	default:
		return way == FromChild && rule.FromChild || way == ToChild && rule.ToChild
	}
}
