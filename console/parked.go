package console

import (
	"bytes"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// A form that takes the password again waits for it here, in memory and nowhere else, and goes through as it was sent
// once the password was right: nobody types anything twice, and no page or address carries what was typed. It is kept for
// the session that sent it, and whoever confirms reads what will happen.
const (
	parkedFor  = confirmedFor
	parkedEach = 4       // of one session
	parkedAll  = 64      // of everybody
	parkedSize = 8 << 10 // octets of one: twice the largest form
)

// parkedForm is a form that waits.
type parkedForm struct {
	session string
	door    string // the pattern of its path
	typed   bool   // there is more in it than that it was sent
	to      string // the page that it was sent from
	uri     string
	kind    string // media type
	body    []byte
	until   time.Time
	order   int
	end     *time.Timer
}

// parking keeps forms, by a name that serves once. Its zero value keeps none.
type parking struct {
	mu    sync.Mutex // guards the rest
	forms map[string]*parkedForm
	count int
}

// park keeps a form and names it.
func (p *parking) park(f parkedForm) (name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.forms == nil {
		p.forms = map[string]*parkedForm{}
	}
	for p.crowd(f.session) >= parkedEach {
		p.dropOldest(f.session)
	}
	for len(p.forms) >= parkedAll {
		p.dropOldest("")
	}
	p.count++
	name, f.order = newToken(), p.count
	f.end = time.AfterFunc(parkedFor, func() { // whoever goes away leaves nothing behind
		p.mu.Lock()
		defer p.mu.Unlock()
		p.drop(name)
	})
	p.forms[name] = &f
	return name
}

func (p *parking) crowd(session string) (n int) {
	for _, f := range p.forms {
		if f.session == session {
			n++
		}
	}
	return n
}

// dropOldest forgets the oldest form of a session, or ("") of all.
func (p *parking) dropOldest(session string) {
	oldest := ""
	for name, f := range p.forms {
		if (session == "" || f.session == session) && (oldest == "" || f.order < p.forms[oldest].order) {
			oldest = name
		}
	}
	p.drop(oldest)
}

func (p *parking) drop(name string) {
	if f := p.forms[name]; f != nil {
		f.end.Stop()
		clear(f.body)
		delete(p.forms, name)
	}
}

// of returns what a session has parked under a name.
func (p *parking) of(session, name string, now time.Time) (parkedForm, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.forms[name]
	if f == nil || f.session != session || !now.Before(f.until) {
		return parkedForm{}, false
	}
	kept := *f
	kept.body = bytes.Clone(f.body)
	return kept, true
}

// take is of, and forgets it: nothing happens twice.
func (p *parking) take(session, name string, now time.Time) (parkedForm, bool) {
	f, ok := p.of(session, name, now)
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, still := p.forms[name]; !ok || !still {
		return parkedForm{}, false
	}
	p.drop(name)
	return f, true
}

// clearOf forgets what a session has parked.
func (p *parking) clearOf(session string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, f := range p.forms {
		if f.session == session {
			p.drop(name)
		}
	}
}

// downloads are the doors behind which a file is fetched: a page stays where it is then, and says so.
var downloads = map[string]bool{"/gateway/copy": true, "/log/export": true}

// askAgain sends somebody to give the password again, and keeps the form that it came with.
func (v *visit) askAgain(d door) error {
	to := v.from()
	if d.method == fiber.MethodGet {
		return v.goConfirm(v.own(v.c.Path()), "")
	}
	body := v.c.Request().Body()
	if len(body) > parkedSize {
		return v.goConfirm(to, "large")
	}
	typed := v.c.Request().PostArgs().Len() != 1 // what shows that the form is ours is in each; a file comes otherwise
	return v.goConfirm(to, v.s.parking.park(parkedForm{
		session: string(v.session.Hash), door: d.path, typed: typed, to: to, uri: v.c.OriginalURL(), kind: v.c.Get(fiber.HeaderContentType),
		body: bytes.Clone(body), until: v.now.Add(parkedFor),
	}))
}

// from is the page that a form was sent from.
func (v *visit) from() string {
	var u fasthttp.URI
	if err := u.Parse(nil, []byte(v.c.Get(fiber.HeaderReferer))); err == nil && string(u.Host()) == string(v.c.Context().Host()) {
		if path := string(u.Path()); path != "/overview" && v.own(path) == path {
			return path
		}
	}
	return v.page()
}

// replay goes through a door again with a form that was parked. The guard of that door decides anew.
func (v *visit) replay(f parkedForm) error {
	var again fasthttp.Request
	req := v.c.Request()
	req.Header.CopyTo(&again.Header)
	again.SetRequestURI(f.uri)
	again.Header.SetContentType(f.kind)
	again.Header.SetContentLength(len(f.body))
	again.SetBody(f.body)
	again.CopyTo(req) // and with it nothing that was read of the form before
	v.c.Path(string(req.URI().Path()))
	return v.c.RestartRouting()
}
