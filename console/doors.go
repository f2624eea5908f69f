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

// doors lists every way in. Without a store there is nobody to sign in: the front door only.
func (s *Server) doors() []door {
	front := []door{
		{"GET", "/", anybody, false, (*visit).front},
		{"GET", "/healthz", anybody, false, func(v *visit) error { return s.healthz(v.c) }},
		{"GET", "/static/:name", anybody, false, func(v *visit) error { return s.static(v.c) }},
	}
	if s.options.Store == nil {
		return front
	}
	return append(front, []door{
		{"GET", "/signin", anybody, false, (*visit).signIn},
		{"POST", "/signin", anybody, false, (*visit).signInNow},
		{"GET", "/start", anybody, false, (*visit).start},
		{"POST", "/start", anybody, false, (*visit).startNow},
		{"GET", "/invited", anybody, false, (*visit).invited},
		{"POST", "/invited", anybody, false, (*visit).invitedNow},

		{"POST", "/signout", bridge.See, false, (*visit).signOut},
		{"GET", "/confirm", bridge.See, false, (*visit).confirm},
		{"POST", "/confirm", bridge.See, false, (*visit).confirmNow},

		{"GET", "/overview", bridge.See, false, (*visit).overview},
		{"GET", "/approvals", bridge.See, false, (*visit).approvals},
		{"POST", "/approvals/answer", bridge.Approve, false, (*visit).answer},
		{"POST", "/approvals/text", bridge.Read, false, (*visit).showText},
		{"GET", "/hurry", bridge.See, false, (*visit).hurry},
		{"POST", "/hurry/mute", bridge.Hurry, false, (*visit).mute},
		{"POST", "/hurry/allow", bridge.Hurry, false, (*visit).allow},
		{"POST", "/hurry/phone", bridge.Hurry, false, (*visit).phone},
		{"POST", "/hurry/alarm", bridge.See, false, (*visit).takeAlarm},
		{"GET", "/log", bridge.See, false, (*visit).log},
		{"POST", "/log/export", bridge.Read, true, (*visit).export},
		{"GET", "/guardians", bridge.Govern, false, (*visit).guardians},
		{"POST", "/guardians/invite", bridge.Govern, true, (*visit).invite},

		{"GET", "/me", bridge.See, false, (*visit).mine},
		{"POST", "/me/password", bridge.See, true, (*visit).setPassword},
		{"GET", "/me/second", bridge.See, true, (*visit).second},
		{"POST", "/me/second", bridge.See, true, (*visit).secondOn},
		{"POST", "/me/second/off", bridge.See, true, (*visit).secondOff},
		{"POST", "/me/codes", bridge.See, true, (*visit).newCodes},
		{"POST", "/me/sessions", bridge.See, false, (*visit).endSession},
	}...)
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
			return v.see("/confirm", url.Values{"to": {v.page()}})
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
	for _, d := range v.s.doors() {
		if d.method == fiber.MethodGet && d.path == to && d.right != anybody && to != "/confirm" {
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
