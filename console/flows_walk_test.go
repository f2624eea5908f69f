package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// familiar is the family that most flows begin with: somebody has written, and a stranger asks.
func familiar(t *testing.T) *home {
	h := openHome(t)
	h.account("Pappa")
	h.exchange("Emma", "Bestemor", policy.ByRule)
	h.arrives("+4795555555", "hei, det er Kari")
	return h
}

func emptyHome(t *testing.T) *home {
	h := openHome(t)
	if _, _, err := h.relay.ApplyFamily(t.Context(), bridge.Family{}); err != nil {
		t.Fatal(err)
	}
	return h
}

func cardHome(t *testing.T) *home {
	h := openHome(t)
	h.sendsCards()
	return h
}

func deviceHome(t *testing.T) *home {
	d := newDevice()
	return openHomeWith(t, func(o *Options) { o.Machine = d.machine() })
}

func (w *walk) firstStart() {
	code, _, err := w.h.s.FirstCode(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(
		w.open("/start"), w.reads("h1", "Første gang", "The first time"),
		write("#code", "AAAA-AAAA-AAAA\r"), w.reads(".say.bad", "Koden er ikke riktig", "The code is not right"),
		write("#code", code+"\r"), seen("#jid"),
		write("#name", "Mamma"), write("#phone", "+4791111111"),
		write("#jid", "mum@example.org"), write("#password", password),
		write("#again", password+"\r"),
		w.done("Innloggingen er klar.", "The sign-in is ready."), w.reads("h1", "Kom i gang", "Getting started"),
		w.send("/gateway/text"), w.reads("#text", "Prøven fra kl. 12.00 venter på modemet.", "waits for the modem."),
	)
	w.complaints() // Chromium notes that the wrong code was refused
}

func (w *walk) codes() {
	var secret, paper string
	now := func() string {
		code, err := totp.GenerateCode(secret, w.h.clock())
		if err != nil {
			w.t.Fatal(err)
		}
		return code
	}
	w.do(w.open("/me/second"), value(`input[name="secret"]`, &secret))
	w.do(
		write("#code", now()+"\r"), w.reads("h1", "Skriv disse ned nå", "Write these down now"),
		text(".codes li code", &paper),
		click(`a.again[href="/me"]`), seen(`form[action="/me/codes"]`),
	)
	w.signsOut()
	w.signsIn("Mamma", "")
	w.do(w.reads(".say.bad", "passer ikke sammen", "do not belong together"))
	w.complaints() // that it was refused
	w.signsIn("Mamma", paper)
	w.do(w.reads("h1", "Hei, Mamma", "Hello, Mamma"))
	w.signsOut()
	w.h.later(time.Minute)
	w.signsIn("Mamma", now())
	w.do(w.reads("h1", "Hei, Mamma", "Hello, Mamma"))
}

func (w *walk) invitation() {
	var link string
	w.do(
		w.open("/guardians"),
		click(`button[aria-label$=" Tante"]`),
		w.reads("h2", "Gi denne lenken til Tante", "Give this link to Tante"),
		text(`section code`, &link),
	)
	aunt := w.h.walks(w.t, w.manner)
	aunt.do(
		chromedp.Navigate(w.h.site.url+link[strings.Index(link, "/invited"):]),
		aunt.reads(".lead", "Tante, velg et passord.", "Tante, choose a password."),
		write("#password", password), write("#again", password+"\r"),
		aunt.reads("h1", "Hei, Tante", "Hello, Tante"),
	)
	aunt.looksWell()
}

func (w *walk) family() {
	w.do(
		w.open("/children/new"),
		write("#name", "Sofie"), write("#phone", "+4793331111"),
		w.send("/children/new"), w.done("Barnet er lagt til.", "The child is added."),
		w.open("/contacts/new"),
		write("#name", "Farmor"), write("#address", "+4792223333"),
		click(`p:has(> input[value="Sofie"]) label`), w.send("/contacts/new"), w.done("Kontakten er lagt til.", "The contact is added."),
		w.open("/contacts"), seen(".matrix"),
	)
	square := w.h.square("Farmor", "Sofie")
	w.do(
		click(`.matrix a[href="`+square+`"]`),
		w.reads("h1", "Farmor og Sofie", "Farmor and Sofie"),
		set("#key", "4"),
		click(`label[for="times"]`), click(`label[for="h0"]`),
		w.send(square), w.done("Lagret.", "Saved."),
	)
	if rule, ok := w.h.rule("Sofie", "Farmor"); !ok || rule.Key != 4 {
		w.t.Errorf("the rule is %+v", rule)
	}
}

func (w *walk) timetable() {
	w.do(
		w.open("/timetable/template?name=middle"), w.send("/timetable/template"),
		w.done("Timeplanen er endret. Barnet får vite det på SMS.", "The timetable is changed. The child is told by SMS."),
		click(`.programs a[href*="day=4"]`), seen("#at2"),
		set("#at2", "12:30"), w.send("/timetable/day"),
		w.done("Timeplanen er endret.", "The timetable is changed."), w.reads(".said", "12.30", "12:30"),
		w.open("/timetable/ask"), set("#other", id(w.h.person("Bestemor"))),
		set("#date", noon.Format(time.DateOnly)), set("#time", "10:15"),
		w.send("/timetable/ask"), w.reads(".answers", "Kan Bestemor skrive til Emma?", "May Bestemor write to Emma?"),
		w.reads("main", "på skolen", "at school"),
	)
}

func (w *walk) limits() {
	child := "#child-" + id(w.h.person("Emma"))
	w.do(
		w.open("/limits"), w.unfold(child+" details"),
		set(child+` input[name="month"]`, "500"), w.send("/limits/child"),
		w.done("Grensene er lagret.", "The limits are saved."), w.reads(child, "av 500 SMS", "of 500 SMS"),
	)
	if got := w.h.limitsOf("Emma").Month; got != 500 {
		w.t.Errorf("the limit is %d", got)
	}
}

func (w *walk) keys() {
	w.do(
		w.open("/keys"), click(".pad li:nth-child(2) a"), seen(".pad .here"),
		set("#who", id(w.h.person("Mamma"))), w.send("/keys/set"), w.done("Lagret.", "Saved."),
		w.reads(".pad li:nth-child(2)", "Mamma", "Mamma"),
		w.send("/keys/send"), w.reads("h1", "Send kort til telefonen til Emma?", "Send cards to Emma's phone?"),
		w.send("/keys/send"), w.done("Kortene er på vei.", "The cards are on their way."),
		click(`a[href^="/keys/card"]`), seen(".wallet"),
		w.reads(".wallet", "Mamma", "Mamma"),
	)
}

func (w *walk) log() {
	w.do(
		w.open("/log"), w.reads(".log .soft", "De kan skrive", "They may write"),
		w.unfold("details.search"), write("#person", "ingen slik"), w.send("/log"),
		w.reads("main", "Ingen", "No"), gone("ol.log"),
		click(`a.again[href="/log"]`), seen("ol.log"),
	)
	list := w.downloads(click(`form[action="/log/export"] button[value="csv"]`))
	if !strings.Contains(list, "Bestemor") {
		w.t.Errorf("the list says %q", list)
	}
}

func (w *walk) guardians() {
	other := w.h.walks(w.t, w.manner)
	other.signsIn("Mamma", "")
	other.do(other.reads("h1", "Hei, Mamma", "Hello, Mamma"))
	w.do(
		w.open("/guardians"),
		write("#name", "Farfar"), write("#jid", "farfar@example.org"),
		w.send("/guardians/new"), w.done("Lagt til.", "Added."), w.reads(".rows", "Farfar", "Farfar"),
		w.open("/me"), click(`form[action="/me/sessions"] button`), w.done("Logget ut der.", "Signed out there."),
	)
	other.do(other.open("/overview"), seen("#password"))
}

func (w *walk) gateway() {
	w.do(
		w.open("/gateway"), w.send("/gateway/text"), w.done("Prøven er på vei.", "The test is on its way."),
		w.reads("#test", "venter på modemet", "waits for the modem"),
		w.send("/gateway/examine"), seen("#examine h3"),
	)
	if copied := w.downloads(w.send("/gateway/copy")); !strings.HasPrefix(copied, "copycopy") || len(copied) != 200000 {
		w.t.Errorf("the copy has %d octets", len(copied))
	}
}

func (w *walk) kept() {
	days := `form.days:has([value="metadata"])`
	w.do(
		w.open("/kept"), set(days+` input[name="days"]`, "20"),
		click(days+` button`), w.done("Lagret.", "Saved."),
		w.reads("ol.log", "Endret hvor lenge noe lagres", "Changed how long something is kept"), w.reads("ol.log", "Mamma", "Mamma"),
	)
}

func (w *walk) hurry() {
	again := w.open("/hurry")
	w.do(
		w.open("/approvals"),
		click(`.question button[value="block"]`), w.done("Blokkert.", "Blocked."),
		click("#undo-now"), w.done("Angret", "Undone"), seen(".question"),
		write(`.question input[name="name"]`, "Kari"),
		click(`.question button[value="allow"]`), w.done("Tillatt.", "Allowed."),
		again, click(`form[action="/hurry/mute"] button[value="hour"]`), w.done("Dempet. Barnet får vite det.", "Muted. The child is told."),
		again, w.send("/hurry/drill"), w.done("Øvelsen har begynt.", "The drill has begun."),
		again, click("#ask-gone button"), w.done("Rettighetene er tatt bort i et døgn.", "The rights are taken away for a day."),
		again, w.send("/hurry/back"), w.done("Rettighetene er gitt tilbake.", "The rights are given back."),
		again, w.unfold("#gone-mine"), click("#ask-gone-self button"),
		w.reads("h1", "Rettighetene dine er tatt bort", "Your rights are taken away"),
	)
}

// downloads gives what the browser saves after a step.
func (w *walk) downloads(step chromedp.Action) string {
	w.t.Helper()
	folder := w.t.TempDir()
	here := chromedp.FromContext(w.tab)
	info, err := target.GetTargetInfo().WithTargetID(here.Target.TargetID).Do(cdp.WithExecutor(w.tab, here.Browser))
	if err != nil {
		w.t.Fatal(err)
	}
	err = cdpbrowser.SetDownloadBehavior(cdpbrowser.SetDownloadBehaviorBehaviorAllow).WithBrowserContextID(info.BrowserContextID).
		WithDownloadPath(folder).Do(cdp.WithExecutor(w.tab, here.Browser))
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(step)
	often := time.NewTicker(20 * time.Millisecond)
	defer often.Stop()
	for late := time.After(stepsLast); ; {
		saved, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			w.t.Fatal(err)
		}
		if len(saved) == 1 && !strings.HasSuffix(saved[0], ".crdownload") && !strings.HasPrefix(filepath.Base(saved[0]), ".") {
			content, err := os.ReadFile(saved[0])
			if err != nil {
				w.t.Fatal(err)
			}
			return string(content)
		}
		select {
		case <-often.C:
		case <-late:
			w.t.Fatalf("nothing is saved; there is %q", saved)
		}
	}
}
