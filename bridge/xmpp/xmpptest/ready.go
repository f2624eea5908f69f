package xmpptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"time"
)

// startLimit is how long a server may take to accept connections; a busy
// single-board computer needs a few seconds for Erlang.
const startLimit = 60 * time.Second

// errPortTaken says that somebody else has a port that was free a moment ago.
var errPortTaken = errors.New("port is taken")

// ports are those of one server.
type ports struct{ c2s, tls, component, http int }

// freePorts returns the ports that are fixed, and free ones for the others. They
// lie below the range from which the kernel takes those of outgoing connections
// (32768 and up), so that they are still free when a stopped server starts again.
func freePorts(o Options) (ports, error) {
	p := ports{c2s: o.C2SPort, tls: o.TLSPort, component: o.ComponentPort, http: o.HTTPPort}
	taken := map[int]bool{p.c2s: true, p.tls: true, p.component: true, p.http: true}
	for _, port := range []*int{&p.c2s, &p.tls, &p.component, &p.http} {
		const tries = 200
		for try := 0; *port == 0; try++ {
			if try == tries {
				return ports{}, errors.New("xmpptest: no free port on 127.0.0.1 between 20000 and 32000")
			}
			candidate := 20000 + rand.IntN(12000)
			if taken[candidate] {
				continue
			}
			l, err := net.Listen("tcp", address(candidate))
			if err != nil {
				continue
			}
			l.Close()
			taken[candidate] = true
			*port = candidate
		}
	}
	return p, nil
}

func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// ready waits until every address of s accepts connections and the log, read from
// the offset logged, does not say that a port belonged to somebody else.
func (s *Server) ready(ctx context.Context, p *process, logged int64) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	waiting := []string{s.C2SAddr, s.TLSAddr, s.ComponentAddr}
	if s.HTTPAddr != "" {
		waiting = append(waiting, s.HTTPAddr)
	}
	for len(waiting) > 0 {
		select {
		case <-p.exited:
			return s.startError("it ended", logged)
		case <-ctx.Done():
			return s.startError(fmt.Sprintf("%s does not accept connections: %v", waiting[0], context.Cause(ctx)), logged)
		case <-poll.C:
		}
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", waiting[0]); err == nil {
			conn.Close()
			waiting = waiting[1:]
			continue
		}
		if portTaken(s.logSince(logged)) {
			return s.startError("its port went to another program", logged)
		}
	}
	// The address may have accepted us although it is not ours.
	if portTaken(s.logSince(logged)) {
		return s.startError("its port went to another program", logged)
	}
	return nil
}

// portTaken looks for what Prosody and ejabberd write when they cannot listen.
func portTaken(log []byte) bool {
	return bytes.Contains(log, []byte("Failed to open server port")) ||
		bytes.Contains(log, []byte("already in use")) ||
		bytes.Contains(log, []byte("eaddrinuse"))
}

// startError joins why with the end of what the server itself wrote.
func (s *Server) startError(why string, logged int64) error {
	log := s.logSince(logged)
	cause := errNotStarted
	if portTaken(log) {
		cause = errPortTaken
	}
	const most = 2000
	if len(log) > most {
		log = log[len(log)-most:]
	}
	return fmt.Errorf("xmpptest: %s: %s: %w; its log %s ends:\n%s", s.Kind, why, cause, s.Log(), log)
}

// errNotStarted is every other reason.
var errNotStarted = errors.New("did not start")

// logSince is the log from an offset, or what went to standard output when there
// is no log yet.
func (s *Server) logSince(offset int64) []byte {
	f, err := os.Open(s.Log())
	if err != nil {
		out, _ := os.ReadFile(s.Dir + "/output.log")
		return out
	}
	defer f.Close()
	text, _ := io.ReadAll(io.NewSectionReader(f, offset, 1<<20))
	return text
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
