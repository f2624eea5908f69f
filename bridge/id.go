package bridge

import "crypto/rand"

// newID makes a stanza id that nobody can guess, so that nobody can answer for a stanza that was not sent to
// them.
func newID() string { return rand.Text() }
