package console

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

// anybody is the right that everybody has. A door without any right stays shut.
const anybody bridge.Right = "anybody"

// door is one way into the console. What is not among the doors is not there.
type door struct {
	method, path string
	right        bridge.Right
	fresh        bool // only a short while after the password was given
	enter        func(v *visit) error
}

// doorsOf lists every way in. Without a store there is nobody to sign in: the front door only.
func doorsOf(o Options) []door {
	if o.Store == nil {
		return front().doors
	}
	var all []door
	for _, s := range screens() {
		all = append(all, s.doors...)
	}
	return all
}

// visit is one request of somebody.
type visit struct {
	s    *Server
	c    *fiber.Ctx
	lang string
	now  time.Time // in the family's time zone

	token   string // of the session; "" for nobody
	session bridge.Session
	me      bridge.Person
	who     bridge.Actor
	d       *bridge.Directory // as it was when the visit began; nil for nobody
	made    string            // the form cookie that this answer sets
	refused string            // why something was not done, in words
	mark    string            // of how things stood when the visit began; "" where nothing is live
}

func (s *Server) visit(c *fiber.Ctx) *visit {
	return &visit{s: s, c: c, lang: s.language(c), now: s.options.Now().In(s.options.TimeZone)}
}

func (v *visit) words() locale { return v.s.pages[v.lang].words }

// ctx is for what a visit asks of the rest of the program. Each is short, and a step must not stop half-way because a
// browser has gone.
func (v *visit) ctx() context.Context { return v.c.UserContext() }

// guard lets in whoever has the right, and nobody else.
func (s *Server) guard(d door) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v := s.visit(c)
		if s.options.Office != nil && s.assets.enhanced() {
			v.mark = s.live.mark(s.options.Office)
		}
		if d.path != "/healthz" && !strings.HasPrefix(d.path, "/static/") {
			if err := v.recognise(v.ctx()); err != nil {
				return err
			}
		}
		if d.right != anybody {
			if v.token == "" {
				return v.see("/signin", url.Values{"to": {v.page()}})
			}
			if d.right == "" || !v.d.May(v.who, d.right, 0) {
				return v.deny()
			}
		}
		if d.method == fiber.MethodPost && !v.ownForm() {
			c.Status(fiber.StatusForbidden)
			return v.show("stale.html", v.page())
		}
		if d.fresh && !v.confirmed() {
			return v.askAgain(d)
		}
		return d.enter(v)
	}
}

// deny says that somebody may not do what it asked for, and not whether there is such a thing.
func (v *visit) deny() error {
	v.c.Status(fiber.StatusForbidden)
	return v.show("denied.html", nil)
}

// page is the page that a request belongs to: where somebody goes back to.
func (v *visit) page() string {
	first, _, _ := strings.Cut(strings.TrimPrefix(v.c.Path(), "/"), "/")
	return v.own("/" + first)
}

// own is a page of ours that can be gone to, or the overview: nobody is sent elsewhere by a link.
func (v *visit) own(to string) string {
	for _, d := range v.s.doors {
		if d.method == fiber.MethodGet && leadsTo(d.path, to) && d.right != anybody && to != "/confirm" && to != "/live" {
			return to
		}
	}
	return "/overview"
}

// see sends the browser to a page of ours (RFC 9110 §15.4.4).
func (v *visit) see(path string, query url.Values) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return v.c.Redirect(path, fiber.StatusSeeOther)
}

// done goes back to a page after something was done, and has it say so.
func (v *visit) done(path, what string) error { return v.see(path, url.Values{"done": {what}}) }
