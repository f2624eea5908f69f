package words

import (
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"
)

func TestEverySentenceIsCompleteInBothLanguages(t *testing.T) {
	for s := Sentence(0); s < sentences; s++ {
		if nb[s] == "" || en[s] == "" {
			t.Errorf("sentence %d is missing: nb %q, en %q", s, nb[s], en[s])
		}
		if a, b := strings.Count(nb[s], "%"), strings.Count(en[s], "%"); a != b {
			t.Errorf("sentence %d takes %d arguments in nb and %d in en", s, a, b)
		}
	}
}

// What a child reads must not double in price for one character outside the default alphabet.
func TestSentencesToAChildAreGSM7(t *testing.T) {
	for _, s := range []Sentence{MayNotWriteTo, DidNotReach, OnlyTextIsRelayed, NameTheChild} {
		for _, text := range []string{nb[s], en[s]} {
			if _, err := gsm7.Encode([]byte(text)); err != nil {
				t.Errorf("%q: %v", text, err)
			}
			if len([]rune(text)) > 120 {
				t.Errorf("%q is too long to read at a bus stop", text)
			}
		}
	}
}

func TestSay(t *testing.T) {
	at := time.Date(2026, 2, 3, 8, 5, 0, 0, time.UTC)
	for _, c := range []struct{ language, want string }{
		{Bokmål, "Det er ikke sikkert at Emma fikk meldingen din fra kl. 08.05. Den sendes ikke igjen av seg selv."},
		{English, "It is not certain that Emma got your message from 08:05. It is not sent again by itself."},
		{"fr", "It is not certain that Emma got your message from 08:05. It is not sent again by itself."},
	} {
		if got := Say(c.language, PerhapsSent, "Emma", Clock(c.language, at)); got != c.want {
			t.Errorf("%s: %q", c.language, got)
		}
	}
}
