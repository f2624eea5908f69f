package bridge

import (
	"fmt"
	"strings"
	"time"

	"knapp/bridge/policy"
)

// NoLimit is written where no limit is wanted. 0, or left out, is as usual.
const NoLimit = -1

// What is usual: more than a family meets that writes fifty texts a day, and little enough that what runs away costs no
// more than some days of ordinary use. A child's words to its own guardians and emergencies know no limit at all.
const (
	usualDay     = 200 // SMS parts to or for a child a day
	usualMonth   = 3000
	usualContact = 100 // a day, caused by one contact
	usualReserve = 40  // of day and of month, but a quarter at most
	gatewayDay   = 600
	gatewayMonth = 9000
)

// ChildLimits are how many SMS parts may be sent to or for a child. 0, or left out, is as usual; NoLimit is none.
type ChildLimits struct {
	Day     int `toml:"day,omitempty" json:"day,omitempty"`
	Month   int `toml:"month,omitempty" json:"month,omitempty"`
	Contact int `toml:"contact,omitempty" json:"contact,omitempty"` // a day, caused by one contact
	Reserve int `toml:"reserve,omitempty" json:"reserve,omitempty"` // of day and of month: only for guardians
}

// FamilyLimits are how many SMS parts the whole gateway may send. 0, or left out, is as usual; NoLimit is none, and none
// either for the children that have no limits of their own.
type FamilyLimits struct {
	Day     int `toml:"day,omitempty" json:"day,omitempty"`
	Month   int `toml:"month,omitempty" json:"month,omitempty"`
	Reserve int `toml:"reserve,omitempty" json:"reserve,omitempty"`
	// Storm is how many texts one person may send one child within ten minutes; 0, or left out, is DefaultStorm.
	Storm int `toml:"storm,omitempty" json:"storm,omitempty"`
}

// LimitsRow are limits as a document has them: 0 is as usual, NoLimit is none.
type LimitsRow struct{ Day, Month, Contact, Reserve int }

// Row returns the limits as they are kept.
func (l ChildLimits) Row() LimitsRow { return LimitsRow(l) }

// Row returns the limits as they are kept.
func (l FamilyLimits) Row() LimitsRow {
	return LimitsRow{Day: l.Day, Month: l.Month, Reserve: l.Reserve}
}

// Child returns limits of a child as they were kept.
func (l LimitsRow) Child() ChildLimits { return ChildLimits(l) }

// Policy returns the limits that hold for the whole gateway.
func (l FamilyLimits) Policy() policy.Limits {
	return l.Row().orUsual(LimitsRow{Day: gatewayDay, Month: gatewayMonth, Reserve: usualReserve})
}

// PolicyOf returns the limits that hold for a child of the family.
func (l FamilyLimits) PolicyOf(child ChildLimits) policy.Limits {
	usual := LimitsRow{usualDay, usualMonth, usualContact, usualReserve}
	if l.Day == NoLimit {
		usual.Day, usual.Contact = NoLimit, NoLimit
	}
	if l.Month == NoLimit {
		usual.Month = NoLimit
	}
	return child.Row().orUsual(usual)
}

// orUsual puts what is usual where nothing is said. What is said counts: a day above the usual month raises the month, a
// month below the usual day bounds the day.
func (l LimitsRow) orUsual(usual LimitsRow) policy.Limits {
	if l.Month == 0 {
		l.Month = usual.Month
		if l.Day > 0 && l.Month != NoLimit {
			l.Month = max(l.Month, 15*l.Day)
		}
	}
	if l.Day == 0 {
		l.Day = usual.Day
		if l.Month > 0 && l.Day != NoLimit {
			l.Day = min(l.Day, l.Month)
		}
	}
	if l.Contact == 0 {
		l.Contact = usual.Contact
	}
	least := 0
	for _, most := range []int{l.Day, l.Month} {
		if most > 0 && (least == 0 || most < least) {
			least = most
		}
	}
	if l.Reserve == 0 {
		l.Reserve = min(usual.Reserve, least/4)
	}
	return policy.Limits{Day: max(l.Day, 0), Month: max(l.Month, 0), Contact: max(l.Contact, 0), Reserve: max(l.Reserve, 0)}
}

func (c *checker) limits(path string, l LimitsRow) {
	for _, one := range []struct {
		key   string
		value int
	}{{"day", l.Day}, {"month", l.Month}, {"contact", l.Contact}, {"reserve", l.Reserve}} {
		if one.value < NoLimit {
			c.add(path+"."+one.key, "%d is less than nothing: a number of SMS parts, -1 for no limit, or leave it out for the usual one", one.value)
			return
		}
	}
	least, key := l.Day, "day"
	if l.Day <= 0 || l.Month > 0 && l.Month < l.Day {
		least, key = l.Month, "month"
	}
	switch {
	case l.Day > 0 && l.Month > 0 && l.Day > l.Month:
		c.add(path+".day", "%d is more than the month's %d", l.Day, l.Month)
	case l.Reserve > 0 && least <= 0:
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
	r := policy.Rule{Key: a.Key, FromChild: a.FromChild, ToChild: a.ToChild, Emergency: a.Emergency, When: a.When, Modem: a.Modem}
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
