package xmpp

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"knapp/bridge"
)

// fullOffice cannot commit an error until there is room on its disk.
type fullOffice struct {
	*recorder
	full bool // guarded by recorder.mu
}

func (o *fullOffice) TakeBounce(ctx context.Context, b bridge.Bounce) error {
	o.mu.Lock()
	full := o.full
	o.mu.Unlock()
	if full {
		return errors.New("no room left on the disk")
	}
	return o.recorder.TakeBounce(ctx, b)
}

// An error that comes while the disk is full is heard once there is room: the server does not say it again.
func TestErrorIsOfferedUntilItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		office := &fullOffice{recorder: newRecorder(), full: true}
		c := NewComponent(Options{Domain: "sms.localhost", Office: office})
		w := c.startWorker(t.Context())
		st, err := decode([]byte(`<message from='mum@localhost' to='emma@sms.localhost' type='error' id='a1'>`+
			`<error type='wait'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		w.put(item{stanza: st})
		time.Sleep(time.Hour) // of the bubble's clock
		office.note(func() { office.full = false })
		time.Sleep(2 * bounceAgain)
		office.mu.Lock()
		taken := len(office.bounces)
		office.mu.Unlock()
		if taken != 1 {
			t.Errorf("it was taken %d times", taken)
		}
		w.end()
	})
}
