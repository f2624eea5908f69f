package console

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

// screen is one subject of the console: its ways in, its place in the menu, and what its pages look like in every state.
// It has a file here, and one of the same name in each locale; its views may have a style sheet of their own.
type screen struct {
	menu     string // the path of its page; "" for a screen that the menu does not lead to
	aside    bool   // stands behind *more* in the menu
	doors    []door
	rehearse func(r *rehearsal)
}

// right is the right that the screen's page takes: whoever has it sees the page in the menu.
func (s screen) right() bridge.Right {
	for _, d := range s.doors {
		if d.path == s.menu && d.method == fiber.MethodGet {
			return d.right
		}
	}
	return ""
}

// front is what everybody may see.
func front() screen {
	return screen{
		doors: []door{
			{"GET", "/", anybody, false, (*visit).front},
			{"GET", "/healthz", anybody, false, func(v *visit) error { return v.s.healthz(v.c) }},
			{"GET", "/static/:name", anybody, false, func(v *visit) error { return v.s.static(v.c) }},
		},
		rehearse: func(r *rehearsal) {
			for _, h := range samples {
				view := statusOf(h, r.now, r.e.words)
				r.fill("status.html", frame{Tone: view.Mood, View: view, Door: true})
			}
			r.outside("notfound.html", nil)
			r.outside("broken.html", nil)
			r.inside("denied.html", nil)
			r.inside("stale.html", "/me")
		},
	}
}

// screens are all, in the order of the menu.
func screens() []screen {
	return []screen{
		front(), entrance(),
		overviewScreen(), approvalsScreen(), hurryScreen(), logScreen(),
		childrenScreen(), contactsScreen(), timetableScreen(), keysScreen(), limitsScreen(), keptScreen(), guardiansScreen(), codeWordScreen(), gatewayScreen(), firstScreen(), mineScreen(),
	}
}

// rehearsal fills pages as an edition would, in each state they can have. Names are digits: a page has none of its own.
type rehearsal struct {
	e    edition
	w    io.Writer
	now  time.Time
	menu []menuItem
	errs []error
}

func (r *rehearsal) fill(view string, f frame) { r.errs = append(r.errs, r.e.write(r.w, view, f)) }

// inside fills a page for somebody who has signed in.
func (r *rehearsal) inside(view string, data any) {
	f := frame{View: data, Name: "1", Menu: r.menu, Form: "1"}
	if r.fill(view, f); r.e.enhanced {
		f.Live, f.Again = "1", "1"
		r.fill(view, f)
	}
}

// outside fills a page for nobody.
func (r *rehearsal) outside(view string, data any) {
	r.fill(view, frame{View: data, Door: true, Form: "1"})
}

// rehearse fills every page in every state it can have, for tests: a mistake shows there and not at the first fault at
// night.
func (e edition) rehearse(w io.Writer) error {
	r := &rehearsal{e: e, w: w, now: time.Unix(1e9, 0)}
	for _, s := range screens() {
		if s.menu != "" {
			r.menu = append(r.menu, menuItem{Path: s.menu, Key: s.menu[1:], Here: s.menu == "/overview", Aside: s.aside})
		}
	}
	for _, s := range screens() {
		s.rehearse(r)
	}
	// What is said in passing: each page can say each.
	for key := range e.words {
		if what, done := strings.CutPrefix(key, "done."); done {
			r.fill("denied.html", frame{Name: "1", Form: "1", Done: what, Refused: "2"})
		}
	}
	return errors.Join(r.errs...)
}
