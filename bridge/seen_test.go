package bridge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// The gateway's own word to a child is no message of the child's: when it does not leave, nobody's text has failed.
func TestAWordToTheChildThatFailsIsNoFailureOfItsText(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "2 hei")
	d.stanzas()
	d.later(10 * time.Minute)
	refused := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 28")}
	texts := d.transmit(&hand{script: []error{refused, refused}}) // the copy to the mobile, and `Ingen har lest`
	wrong := func(text string) bool { return strings.Contains(text, "fikk ikke meldingen") }
	if told := said(texts, "+4793333333"); slices.ContainsFunc(told, wrong) {
		t.Errorf("mum has the text in her chat, and Emma is told %q", told)
	}
}
