package bridge_test

import (
	"errors"
	"testing"

	"knapp/bridge"
)

// A child whose text to a phone may or may not have left is told so, as everybody else is (promise 2).
func TestChildIsToldWhatIsNotKnown(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "4 kommer du")
	lost := &bridge.TransmitError{Unknown: true, Err: errors.New("no answer")}
	want(t, "told, and not sent again", d.transmit(&hand{script: []error{lost}}),
		"+4793333333 Knapp: Det er ikke sikkert at Bestemor fikk meldingen din fra kl. 14.00. Den sendes ikke igjen av seg selv.")
}
