package console

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser opens a window of a person's own, and gives a function that says what it complained of since it was asked last.
func browser(t *testing.T) (context.Context, func() []string) {
	t.Helper()
	tab := shared.window(t)
	return tab, complaintsOf(tab)
}

// complaintsOf gives what a tab has complained of since it was asked last.
func complaintsOf(tab context.Context) func() []string {
	var mu sync.Mutex
	var complaints []string
	chromedp.ListenTarget(tab, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded: // a breach of the content policy comes here, and a file that is missing
			complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Error())
		}
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		said := complaints
		complaints = nil
		return said
	}
}

// inspect measures what an eye would: what does not fit, what cannot be read, what a thumb cannot hit.
const inspect = `(() => {
  const faults = [];
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = c => { canvas.clearRect(0,0,1,1); canvas.fillStyle = c; canvas.fillRect(0,0,1,1); return canvas.getImageData(0,0,1,1).data; };
  const light = c => { const [r,g,b] = [...c].slice(0,3).map(v => (v/=255) <= .04045 ? v/12.92 : ((v+.055)/1.055)**2.4); return .2126*r+.7152*g+.0722*b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255,255,255]; };
  if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways: ' + document.documentElement.scrollWidth);
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.skip, .read, svg, [hidden]') || !e.checkVisibility()) continue;
    const box = e.getBoundingClientRect();
    if (box.right > innerWidth + 1 || box.left < -1) faults.push('sticks out: ' + e.className + ' ' + e.tagName);
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (text) {
      const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
      const ratio = (Math.max(a,b)+.05)/(Math.min(a,b)+.05);
      if (ratio < 4.5) faults.push('contrast ' + ratio.toFixed(2) + ': ' + e.textContent.trim().slice(0,40));
    }
    if (e.tagName === 'A' && (box.height < 44 || box.width < 44)) faults.push('small target ' + box.width + 'x' + box.height + ': ' + e.textContent.trim());
  }
  const colours = [...document.querySelectorAll('.way .good .node, .way .bad .node')].map(n =>
    [getComputedStyle(n).backgroundColor, n.parentElement.className]);
  for (const [a, x] of colours) for (const [b, y] of colours) if ((a === b) !== (x === y)) faults.push('stations ' + x + ' and ' + y + ' have colours ' + a + ' and ' + b);
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (!document.querySelector('main') || !document.title) faults.push('no main or title');
  return faults;
})()`

func TestInTheBrowser(t *testing.T) {
	var mu sync.Mutex
	now := healthy()
	s := open(t, Options{Health: func() Health { mu.Lock(); defer mu.Unlock(); return now }})
	tab, complaints := browser(t)
	broken := healthy()
	broken.XMPP = false
	broken.Modems = []ModemHealth{{Ready: true, Since: noon.Add(-72 * time.Hour)}, {Since: noon.Add(-20 * time.Hour)}}
	young := Health{Started: noon.Add(-5 * time.Second)}

	for _, c := range []struct {
		name   string
		health Health
		path   string
		title  map[string]string
	}{
		{"good", healthy(), "/", map[string]string{"nb": "Alt virker", "en": "Everything works"}},
		{"bad", broken, "/", map[string]string{"nb": "Noe virker ikke", "en": "Something is not working"}},
		{"starting", young, "/", map[string]string{"nb": "Starter opp", "en": "Starting up"}},
		{"notfound", healthy(), "/nowhere", map[string]string{"nb": "Her er det ingenting", "en": "There is nothing here"}},
	} {
		mu.Lock()
		now = c.health
		mu.Unlock()
		for lang, title := range c.title {
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{320, 1200} {
					name := fmt.Sprintf("%s-%s-%s-%d", c.name, lang, scheme, width)
					var heading, ground string
					var faults []string
					err := run(tab,
						network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": lang}),
						emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
						chromedp.EmulateViewport(width, 800),
						chromedp.Navigate(s.url+c.path),
						text("h1", &heading),
						chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &ground),
						chromedp.Evaluate(inspect, &faults),
					)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if heading != title {
						t.Errorf("%s: the heading is %q, want %q", name, heading, title)
					}
					if dark := ground == "rgb(20, 25, 23)"; dark != (scheme == "dark") {
						t.Errorf("%s: the ground is %s", name, ground)
					}
					for _, fault := range faults {
						t.Errorf("%s: %s", name, fault)
					}
					for _, complaint := range complaints() {
						if c.path != "/" && strings.Contains(complaint, "404") {
							continue // Chromium notes that the page asked for is not there, which is the point
						}
						t.Errorf("%s: the browser complains: %s", name, complaint)
					}
					photo(tab, t, name)
				}
			}
		}
	}
}

func TestLanguageIsChosenOnceInTheBrowser(t *testing.T) {
	s := open(t, Options{Health: healthy})
	tab, complaints := browser(t)
	var first, chosen, later, focused string
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.Navigate(s.url+"/"),
		text("h1", &first),
		chromedp.KeyEvent("\t"),
		chromedp.Evaluate(`document.activeElement.className`, &focused),
		click(`nav a[lang="en"]`),
		seen(`html[lang="en"] h1`),
		text("h1", &chosen),
		chromedp.Navigate(s.url+"/"),
		text("h1", &later),
	)
	if err != nil {
		t.Fatal(err)
	}
	if first != "Alt virker" || chosen != "Everything works" || later != "Everything works" {
		t.Errorf("it said %q, after the choice %q, on the next visit %q", first, chosen, later)
	}
	if focused != "skip" {
		t.Errorf("the first tab goes to %q, want the link to the content", focused)
	}
	for _, complaint := range complaints() {
		t.Errorf("the browser complains: %s", complaint)
	}
}
