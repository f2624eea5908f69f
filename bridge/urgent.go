package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// urgentPerHour is how often one person's HASTER counts within an hour (DESIGN section 6): enough for any real hurry,
// and too few to write past a timetable as a habit.
const urgentPerHour = 6

// isUrgent tells whether a text begins with HASTER or URGENT. The word stays in the text: the child sees why it got it.
func isUrgent(text string) bool {
	first, _ := firstWord(text)
	switch Fold(first) {
	case "haster", "urgent":
		return true
	}
	return false
}

// urgent tells whether a person's HASTER counts: it has not been used too often.
func (r *Relay) urgent(tx Tx, child, other policy.Person, text string) (bool, error) {
	if !isUrgent(text) {
		return false, nil
	}
	n, err := tx.Urgent(child, other, r.o.Now().Add(-time.Hour))
	return n < urgentPerHour, err
}
