package at_test

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"knapp/modem/at"
)

// A modem that takes two seconds for every answer has half a dozen probes to work through when the marker reaches it:
// what it answers to them must not be taken for the answers to what is asked next.
func TestSlowModemStaysInStep(t *testing.T) {
	for range 8 { // the order of two timers is a matter of chance
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			typed := make(chan string, 100)
			go func() {
				defer close(typed)
				for lines := bufio.NewScanner(theirs); lines.Scan(); {
					typed <- strings.Trim(lines.Text(), "\r\x1b")
				}
			}()
			go func() {
				for line := range typed {
					answer := "\r\nOK\r\n"
					switch {
					case line == "":
						continue
					case line == "AT+CMEE?":
						answer = "\r\n+CMEE: 1\r\n" + answer
					case strings.HasPrefix(line, "AT+X"):
						answer = "\r\n" + line[2:] + ": yes\r\n" + answer
					}
					time.Sleep(2 * time.Second) // of the bubble's clock
					if _, err := theirs.Write([]byte(answer)); err != nil {
						return
					}
				}
			}()
			ctx, cancel := context.WithCancel(context.Background())
			conn := at.New(ours, at.Options{})
			ended := make(chan error, 1)
			go func() { ended <- conn.Run(ctx) }()
			if err := conn.Sync(ctx, 20*time.Second); err != nil {
				t.Errorf("no place was found: %v", err)
			}
			for _, cmd := range []string{"+XA", "+XB", "+XC"} {
				lines, err := conn.Command(ctx, cmd)
				if err != nil || len(lines) != 1 || lines[0] != cmd+": yes" {
					t.Errorf("AT%s was answered %q, %v", cmd, lines, err)
				}
			}
			cancel()
			<-ended
			_ = theirs.Close()
		})
	}
}
