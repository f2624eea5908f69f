package console

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"knapp/bridge"
)

// stream is one page that is open somewhere.
type stream struct {
	s       *Server
	token   string // of the session
	who     bridge.Actor
	mark    string // of what its page shows
	woken   chan struct{}
	recheck chan struct{} // a session has ended

	mu   sync.Mutex // guards news
	news bridge.News
}

// hear takes news. It does not block.
func (st *stream) hear(n bridge.News) {
	st.mu.Lock()
	st.news = st.news.Join(n)
	st.mu.Unlock()
	raise(st.woken)
}

func raise(flag chan struct{}) {
	select {
	case flag <- struct{}{}:
	default:
	}
}

// heard gives the news since it was asked last, and the mark of how things stand with it.
func (st *stream) heard() (bridge.News, string) {
	mark := st.s.live.mark(st.s.options.Office) // before the news: what comes in between is told twice rather than never
	st.mu.Lock()
	defer st.mu.Unlock()
	news := st.news
	st.news = nil
	return news, mark
}

// hangsUp is closed when the browser is gone. It says nothing more on this connection, and the server does not read it
// while it answers.
func hangsUp(conn net.Conn) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = conn.SetReadDeadline(time.Time{})
		_, _ = conn.Read(make([]byte, 1)) // ends at the latest when the stream does, and the connection with it
	}()
	return gone
}

// run tells what has changed until the browser, the session or the program is gone.
func (st *stream) run(ctx context.Context, w *bufio.Writer, gone <-chan struct{}) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	calm := time.NewTimer(0)
	defer calm.Stop()
	<-calm.C
	said := fmt.Sprintf("retry: %d\n\n", again.Milliseconds())
	if _, mark := st.heard(); st.mark != mark { // the page is older
		said += events(bridge.Topics, mark)
	}
	for {
		if _, err := w.WriteString(said); err != nil || w.Flush() != nil {
			return
		}
		calm.Reset(calmFor)
		said = ""
		woken := (<-chan struct{})(nil) // not yet: meanwhile news gathers
		for said == "" {
			select {
			case <-gone:
				return
			case <-st.s.live.closing:
				return
			case <-calm.C:
				woken = st.woken
				continue
			case <-beat.C:
				said = "event: beat\ndata: .\n\n"
			case <-st.recheck:
			case <-woken:
			}
			if !st.may(ctx) {
				_, _ = w.WriteString("event: ended\ndata: .\n\n") // whoever is gone need not hear it
				_ = w.Flush()
				return
			}
			if woken != nil {
				said = st.tell(ctx) + said
			}
		}
	}
}

// tell words the news since it was asked last.
func (st *stream) tell(ctx context.Context) string {
	d, err := st.s.options.Store.Directory(ctx)
	if err != nil {
		return ""
	}
	news, mark := st.heard()
	return events(news.For(d, st.who), mark)
}

// may tells whether the session still is, and still may see something.
func (st *stream) may(ctx context.Context) bool {
	session, ok, err := st.s.options.Store.Session(ctx, hashOf(st.token))
	if err != nil {
		return true // the next look will tell; pages that are fetched meanwhile ask for themselves
	}
	now := st.s.options.Now()
	if !ok || session.Person != st.who.Person || now.Sub(session.Created) > absoluteEnd || now.Sub(session.Seen) > idleEnd {
		return false
	}
	d, err := st.s.options.Store.Directory(ctx)
	return err != nil || d.May(st.who, bridge.See, 0)
}

// events writes one for each topic.
func events(topics []bridge.Topic, mark string) string {
	var b strings.Builder
	for _, topic := range topics {
		fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: .\n\n", mark, topic)
	}
	return b.String()
}
