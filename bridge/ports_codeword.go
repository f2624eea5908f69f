package bridge

import "time"

// Borrowed is a phone that is nobody's, from which somebody wrote with the family's code word.
type Borrowed struct {
	ID      int64
	Code    string // "K7": by which guardians answer
	Address Phone
	Modem   string    // that its texts come by, and the answers leave by
	Began   time.Time // when the word first came from it
	Said    time.Time // when it last came
	Texts   int       // so far
	Alarms  int       // of them that call for help
}

// CodeWordTx is what a step may do about phones that said the code word.
type CodeWordTx interface {
	// AddBorrowed writes one, and forgets those of more than a day before.
	AddBorrowed(b Borrowed) (int64, error)
	// SaveBorrowed writes back Modem, Said, Texts and Alarms.
	SaveBorrowed(b Borrowed) error
	// Borrowed returns all that are kept, the oldest first.
	Borrowed() ([]Borrowed, error)
}
