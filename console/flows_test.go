package console

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// manner is how somebody uses the console.
type manner struct {
	look
	scripts bool
}

// walk is somebody with a browser, in whose hand a flow is gone through.
type walk struct {
	t          *testing.T
	h          *home
	tab        context.Context
	complaints func() []string
	manner
}

// flows are what people do with the console, one after the other.
var flows = []struct {
	name string
	home func(t *testing.T) *home // with whom it begins
	who  string                   // is signed in; "" is nobody
	walk func(w *walk)
}{
	{"first start", emptyHome, "", (*walk).firstStart},
	{"codes from the phone and from paper", familiar, "Mamma", (*walk).codes},
	{"invitation", familiar, "Mamma", (*walk).invitation},
	{"children and contacts", familiar, "Mamma", (*walk).family},
	{"timetable and simulator", familiar, "Mamma", (*walk).timetable},
	{"limits", familiar, "Mamma", (*walk).limits},
	{"speed dial and key card", cardHome, "Mamma", (*walk).keys},
	{"log", familiar, "Mamma", (*walk).log},
	{"guardians and sessions", familiar, "Mamma", (*walk).guardians},
	{"gateway", deviceHome, "Mamma", (*walk).gateway},
	{"what is kept", familiar, "Mamma", (*walk).kept},
	{"questions and in a hurry", familiar, "Mamma", (*walk).hurry},
}

// Everything that people do works on a phone, in Norwegian, by day and with scripts; and on a wide screen, in English, in
// the dark and without a script.
func TestEachFlowInTheBrowser(t *testing.T) {
	for _, m := range []manner{{look{"nb", "light", 390}, true}, {look{"en", "dark", 1200}, false}} {
		for _, flow := range flows {
			t.Run(fmt.Sprintf("%s, %s, scripts %v", flow.name, m.lang, m.scripts), func(t *testing.T) {
				t.Parallel() // each has a home and a window of its own
				h := flow.home(t)
				w := h.walks(t, m)
				if flow.who != "" {
					h.account(flow.who)
					w.signsIn(flow.who, "")
					w.do(w.reads("h1", "Hei, "+flow.who, "Hello, "+flow.who))
				}
				flow.walk(w)
				w.looksWell()
			})
		}
	}
}

// walks opens a window as somebody uses the console.
func (h *home) walks(t *testing.T, m manner) *walk {
	t.Helper()
	tab, complaints := browser(t)
	w := &walk{t: t, h: h, tab: tab, complaints: complaints, manner: m}
	w.do(
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": m.lang}),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: m.scheme}}),
		chromedp.EmulateViewport(m.width, 800),
		emulation.SetScriptExecutionDisabled(!m.scripts),
	)
	return w
}

func (w *walk) do(steps ...chromedp.Action) {
	w.t.Helper()
	if err := run(w.tab, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// open goes to a page.
func (w *walk) open(path string) chromedp.Action {
	return chromedp.Tasks{chromedp.Navigate(w.h.site.url + path), seen("h1")}
}

// reads waits until a text stands there, in the language of whoever reads it.
func (w *walk) reads(where, nb, en string) chromedp.Action {
	text := nb
	if w.lang == "en" {
		text = en
	}
	return until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.checkVisibility() && e.innerText.includes(%q))`, where, text))
}

// done waits for what a form is answered with.
func (w *walk) done(nb, en string) chromedp.Action { return w.reads("main > .say.good", nb, en) }

// send sends a form.
func (w *walk) send(action string) chromedp.Action {
	return click(`form[action="` + action + `"] button`)
}

// unfold opens what is folded.
func (w *walk) unfold(what string) chromedp.Action {
	return click(what + ` > summary`)
}

func (w *walk) signsIn(name, code string) {
	w.t.Helper()
	w.do(w.open("/signin"), write("#name", name), write("#password", password),
		write("#code", code+"\r"))
}

func (w *walk) signsOut() {
	w.t.Helper()
	w.do(w.send("/signout"), seen(`footer a[href="/signin"]`))
}

// looksWell looks at the page on which a flow ends, and hears what the browser had against any of it.
func (w *walk) looksWell() {
	w.t.Helper()
	var faults []string
	var lang string
	var ran bool
	w.do(chromedp.Evaluate(inspect, &faults), chromedp.Evaluate(`document.documentElement.lang`, &lang),
		chromedp.Evaluate(`typeof htmx !== 'undefined'`, &ran))
	if ran && !w.scripts {
		w.t.Error("a script ran, and none may")
	}
	if lang != w.lang {
		w.t.Errorf("it ends on a page in %q", lang)
	}
	for _, fault := range append(faults, w.complaints()...) {
		w.t.Error(fault)
	}
}
