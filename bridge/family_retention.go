package bridge

import (
	"fmt"
	"strings"
)

// RetentionDays are for how many days things are kept (promise 7). 0, or left out, is as in the family, and there as
// usual.
type RetentionDays struct {
	Held     int `toml:"held,omitempty" json:"held,omitempty"`         // a text that waits
	Metadata int `toml:"metadata,omitempty" json:"metadata,omitempty"` // the log: who, when, how long
	Audit    int `toml:"audit,omitempty" json:"audit,omitempty"`       // who read, exported or changed what
	// Delivered is refused unless it is 0: whoever looks for the setting is told that there is none.
	Delivered int `toml:"delivered,omitempty" json:"delivered,omitempty"`
}

// Of returns the days of one of the things that are kept.
func (k RetentionDays) Of(what Retained) int {
	switch what {
	case KeepHeld:
		return k.Held
	case KeepMetadata:
		return k.Metadata
	default:
		return k.Audit
	}
}

// Set writes the days of one of the things that are kept.
func (k *RetentionDays) Set(what Retained, days int) {
	switch what {
	case KeepHeld:
		k.Held = days
	case KeepMetadata:
		k.Metadata = days
	case KeepAudit:
		k.Audit = days
	}
}

func (k RetentionDays) String() string {
	var parts []string
	for _, what := range AllRetained {
		if days := k.Of(what); days != 0 {
			parts = append(parts, fmt.Sprintf("%s %d days", what, days))
		}
	}
	if len(parts) == 0 {
		return "as usual"
	}
	return strings.Join(parts, ", ")
}

func (c *checker) retention(path string, k RetentionDays) {
	if k.Delivered != 0 {
		c.add(path+".delivered", "a text that was delivered is kept for no day, and nobody can raise that: leave it out")
	}
	for _, what := range AllRetained {
		b := keptDays[what]
		if days := k.Of(what); days != 0 && (days < b.least || days > b.most) {
			c.add(path+"."+string(what), "%d is out of bounds: %d to %d days; %d is usual", days, b.least, b.most, b.usual)
		}
	}
}
