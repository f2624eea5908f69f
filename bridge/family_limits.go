package bridge

import (
	"fmt"
	"strings"
	"time"

	"knapp/bridge/policy"
)

// ChildLimits are how many SMS parts may be sent to or for a child. 0, or left out, is no limit.
type ChildLimits struct {
	Day     int `toml:"day,omitempty" json:"day,omitempty"`
	Month   int `toml:"month,omitempty" json:"month,omitempty"`
	Contact int `toml:"contact,omitempty" json:"contact,omitempty"` // a day, caused by one contact
	Reserve int `toml:"reserve,omitempty" json:"reserve,omitempty"` // of day and of month: only for guardians
}

// FamilyLimits are how many SMS parts the whole gateway may send. 0, or left out, is no limit.
type FamilyLimits struct {
	Day     int `toml:"day,omitempty" json:"day,omitempty"`
	Month   int `toml:"month,omitempty" json:"month,omitempty"`
	Reserve int `toml:"reserve,omitempty" json:"reserve,omitempty"`
	// Storm is how many texts one person may send one child within ten minutes; 0, or left out, is DefaultStorm.
	Storm int `toml:"storm,omitempty" json:"storm,omitempty"`
}

// Policy returns the limits as the rules know them.
func (l ChildLimits) Policy() policy.Limits {
	return policy.Limits{Day: l.Day, Month: l.Month, Contact: l.Contact, Reserve: l.Reserve}
}

// Policy returns the limits as the rules know them.
func (l FamilyLimits) Policy() policy.Limits {
	return policy.Limits{Day: l.Day, Month: l.Month, Reserve: l.Reserve}
}

func (c *checker) limits(path string, l policy.Limits) {
	for _, one := range []struct {
		key   string
		value int
	}{{"day", l.Day}, {"month", l.Month}, {"contact", l.Contact}, {"reserve", l.Reserve}} {
		if one.value < 0 {
			c.add(path+"."+one.key, "%d is less than nothing: a number of SMS parts, or leave it out for no limit", one.value)
			return
		}
	}
	least, key := l.Day, "day"
	if l.Day == 0 || l.Month > 0 && l.Month < l.Day {
		least, key = l.Month, "month"
	}
	switch {
	case l.Day > 0 && l.Month > 0 && l.Day > l.Month:
		c.add(path+".day", "%d is more than the month's %d", l.Day, l.Month)
	case l.Reserve > 0 && least == 0:
		c.add(path+".reserve", "is a part of day or month: set one of them")
	case l.Reserve > 0 && l.Reserve >= least:
		c.add(path+".reserve", "%d leaves nothing for anybody else: less than %s, which is %d", l.Reserve, key, least)
	}
}

// unusual tells why a number may cost more than an ordinary one, or is none at all: "" for an ordinary number of the
// gateway's country. A number in E.164 has at most 15 digits with its country code (ITU-T E.164 §6.2.1); what has no
// plus sign is a short number or a word, which the network alone knows the price of.
func (c *checker) unusual(number Phone) string {
	if !strings.HasPrefix(string(number), "+") {
		return "is a short number, whose price only the network knows"
	}
	if kinds, ok := c.n.(NumberKinds); ok {
		return kinds.Unusual(number)
	}
	return ""
}

// NumberKinds is what a Normalizer may know besides.
type NumberKinds interface {
	// Unusual tells, in a few words, why a number may cost more than an ordinary one ("is abroad (GB)", "is a premium
	// number"); "" for an ordinary one.
	Unusual(number Phone) string
}

// confirmed refuses an unusual number that nobody has confirmed.
func (c *checker) confirmed(path, number string, yes bool) {
	if number == "" || yes {
		return
	}
	if why := c.unusual(Phone(number)); why != "" {
		c.add(path+".phone", "%s %s: an owner says so with confirmed = true", number, why)
	}
}

// until reads the end of a rule for a while.
func (c *checker) until(path string, until *string) {
	if *until == "" {
		return
	}
	t, err := time.Parse(time.RFC3339, *until)
	if err != nil {
		c.add(path+".until", "%q is no time: write \"2026-12-24T18:00:00+01:00\"", *until)
		return
	}
	*until = t.UTC().Format(time.RFC3339)
}

// Rule returns a line of a list as the rules know it, without who it is between. It fails for what Check refuses.
func (a Allow) Rule() (policy.Rule, error) {
	r := policy.Rule{Key: a.Key, FromChild: a.FromChild, ToChild: a.ToChild, Emergency: a.Emergency, When: a.When}
	if r.When == "" {
		r.When = policy.Always
	}
	if a.Until == "" {
		return r, nil
	}
	t, err := time.Parse(time.RFC3339, a.Until)
	if err != nil {
		return r, fmt.Errorf("bridge: the end of a rule: %w", err)
	}
	r.Until = t.UTC()
	return r, nil
}
