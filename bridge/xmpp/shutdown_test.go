package xmpp

import (
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

func TestRunEndsInTime(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	tests := []struct {
		name string
		take func(bridge.Chat) error
	}{
		{"idle", nil},
		{"an office that hangs", func(bridge.Chat) error { <-hang; return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			office := newRecorder()
			office.take = tt.take
			server := mute(t)
			o := server.options(office)
			o.Queue = 2
			_, stop := run(t, o)
			office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
			for range 10 {
				server.send(t, `<message from='mum@localhost/x' to='emma@sms.localhost' id='1'><body>hei</body></message>`)
			}
			begin := time.Now()
			if err := stop(); err != nil {
				t.Errorf("Run returned %v", err)
			}
			if took := time.Since(begin); took > 300*time.Millisecond {
				t.Errorf("Run took %v to end", took)
			}
			server.awaitInput(t, "</stream:stream>")
		})
	}
}

// What was read when the program ends is committed, or its sender is told that it is not.
func TestNothingIsSwallowedAtTheEnd(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		office := newRecorder()
		office.take = func(bridge.Chat) error { // a slow disk: not all can be taken in time
			time.Sleep(5 * time.Millisecond)
			return nil
		}
		_, stop := run(t, options(s, office))
		office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
		m := login(t, s, "mum")
		const sent = 60
		for range sent {
			m.send(`<message type='chat' to='emma@` + s.ComponentDomain + `' id='end'><body>hei</body></message>`)
		}
		office.await(t, "the first", func() bool { return len(office.chats) > 0 })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		refused := 0
		await(t, "an answer for each", func() bool {
			for {
				select {
				case st := <-m.stanzas:
					if st.kind == "message" && st.id == "end" && st.typ == "error" {
						refused++
					}
					continue
				default:
				}
				return office.taken()+refused >= sent
			}
		})
		if taken := office.taken(); taken+refused != sent {
			t.Errorf("%d of %d were taken and %d refused", taken, sent, refused)
		}
	})
}
