package console

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
)

// fullKeys puts somebody on each of Emma's keys, with names as long as names can be.
func (h *home) fullKeys() {
	h.t.Helper()
	family, err := h.store.Family(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	emma := &family.Children[0]
	emma.Name, emma.Was = "Emma Charlotte Wiken", "Emma" // 20 characters, the longest
	emma.Allow = []bridge.Allow{{Contact: "Bestemor", Key: 3, ToChild: true, FromChild: true, When: "always"}}
	for key, name := range map[int]string{
		1: "Tante Margrethe Moen", 2: "Mamma", 4: "Onkel Wilhelm Wøyen", 5: "Storebror Maximilian", 6: "Trener Bjørn-Åge", 7: "Nabo Åse", 8: "Mommo WWWWWWWWWWWWWW", 9: "Wærenskiold Wergelan",
	} {
		if name != "Mamma" {
			family.Contacts = append(family.Contacts, bridge.Contact{Name: name, Phone: fmt.Sprintf("+479666666%d", key)})
		}
		emma.Allow = append(emma.Allow, bridge.Allow{Contact: name, Key: key, ToChild: true, FromChild: true, When: "always"})
	}
	if _, _, err := h.relay.ApplyFamily(h.t.Context(), family); err != nil {
		h.t.Fatal(err)
	}
}

// fits gives what is not inside its frame, and what is not black on white.
const fits = `(() => {
  const faults = [], inside = (e, f) => { const a = e.getBoundingClientRect(), b = f.getBoundingClientRect();
    return a.left >= b.left - .5 && a.right <= b.right + .5 && a.top >= b.top - .5 && a.bottom <= b.bottom + .5; };
  for (const face of document.querySelectorAll('.face, .sheet')) {
    if (face.scrollWidth > face.clientWidth + 1 || face.scrollHeight > face.clientHeight + 1)
      faults.push(face.className + ' runs over: ' + face.scrollWidth + 'x' + face.scrollHeight + ' in ' + face.clientWidth + 'x' + face.clientHeight);
    const parts = [...face.querySelectorAll('*')].filter(e => !e.closest('svg') || e.tagName === 'svg');
    for (const e of parts) if (!inside(e, face)) faults.push(face.className + ' cuts off ' + e.tagName + ': ' + e.textContent.trim().slice(0, 40));
    const leaves = parts.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
    for (const e of leaves) {
      if (getComputedStyle(e).color !== 'rgb(0, 0, 0)') faults.push('not black: ' + e.textContent.trim());
      for (const o of leaves) if (e !== o && !e.contains(o) && !o.contains(e)) {
        for (const a of e.getClientRects()) for (const b of o.getClientRects()) {
          const w = Math.min(a.right, b.right) - Math.max(a.left, b.left), h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (w > 1 && h > 2.5) faults.push('"' + e.textContent.trim() + '" lies over "' + o.textContent.trim() + '"');
        }
      }
    }
  }
  return faults;
})()`

// A guardian changes a key with a thumb and then from the keyboard; every page is readable for everybody; and both papers
// come out of the printer on one page, whole and black.
func TestKeysInTheBrowser(t *testing.T) {
	h := openHome(t)
	h.sendsCards()
	h.account("Mamma")
	tab, complaints := browser(t)
	var first, second string
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.EmulateViewport(390, 800),
		chromedp.Navigate(h.site.url+"/signin?to=/keys"),
		seen(`#password`),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.pad`),
		click(`.pad li:nth-child(2) a`),
		seen(`.pad .here`),
		set(`#who`, id(h.person("Mamma"))),
		click(`form[action="/keys/set"] button`),
		seen(`.say.good`),
		text(`.pad li:nth-child(2)`, &first),
		// From the keyboard: to the form, another key, another person, and send.
		focus(`#key`),
		chromedp.KeyEvent("3"),
		chromedp.KeyEvent("\t"),
		chromedp.KeyEvent("Mamma"),
		chromedp.KeyEvent("\t"),
		chromedp.KeyEvent("\r"),
		until(`document.querySelector('.pad li:nth-child(3)').innerText.includes('Mamma')`),
		text(`.pad li:nth-child(2)`, &second),
	)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first, "Mamma") || !strings.Contains(second, "Bestemor") {
		t.Errorf("key 2 says %q, and after the two have changed places %q", first, second)
	}
	h.fullKeys()
	for _, path := range []string{"/keys", "/keys?key=3", "/keys/send?card=0", "/keys/card?tongue=nb", "/keys/sheet?tongue=en"} {
		for _, look := range []look{{"nb", "light", 320}, {"en", "dark", 1200}} {
			looksAt(tab, t, complaints, h.site.url+path, "keys"+regexp.MustCompile(`\W`).ReplaceAllString(path[5:], ""), look)
		}
	}
	for _, path := range []string{"/keys/card", "/keys/sheet"} {
		for _, paper := range []struct{ name, tongue, box string }{{"a4", "nb", "594.95.* 841.91"}, {"letter", "en", "612 792"}} {
			h.prints(tab, path+"?paper="+paper.name+"&tongue="+paper.tongue, filepath.Base(path)+"-"+paper.name+"-"+paper.tongue, paper.box)
		}
	}
}

func (h *home) keep(name string, content []byte) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.t.ArtifactDir(), name), content, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

var (
	pdfPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)
	pdfBox  = regexp.MustCompile(`/MediaBox\s*\[0 0 ([^\]]*)\]`)
)

// prints prints a page as a browser does, and looks at the paper.
func (h *home) prints(tab context.Context, path, what, box string) {
	h.t.Helper()
	var faults []string
	var pdf []byte
	var card []float64
	err := run(tab,
		emulation.SetEmulatedMedia().WithMedia("print").WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}),
		chromedp.EmulateViewport(688, 1000), // what is between the margins of A4, in pixels of 1/96 inch
		chromedp.Navigate(h.site.url+path),
		seen(".wallet, .sheet"),
		chromedp.Evaluate(fits, &faults),
		chromedp.Evaluate(`[...document.querySelectorAll('.face')].flatMap(f => { const b = f.getBoundingClientRect(); return [b.width * 25.4 / 96, b.height * 25.4 / 96]; })`, &card),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
			return err
		}),
		emulation.SetEmulatedMedia(),
	)
	if err != nil {
		h.t.Fatalf("%s: %v", what, err)
	}
	for _, fault := range faults {
		h.t.Errorf("%s: %s", what, fault)
	}
	if pages := len(pdfPage.FindAll(pdf, -1)); pages != 1 {
		h.t.Errorf("%s: %d pages", what, pages)
	}
	boxes := pdfBox.FindSubmatch(pdf)
	if boxes == nil || !regexp.MustCompile("^"+box).Match(boxes[1]) {
		h.t.Errorf("%s: the paper is %q, want %s", what, boxes, box)
	}
	for i, side := range card {
		// ISO/IEC 7810 ID-1: 85.60 by 53.98 mm.
		if want := []float64{85.6, 54}[i%2]; side < want-.1 || side > want+.1 {
			h.t.Errorf("%s: a face is %v mm", what, card)
		}
	}
	h.keep(what+".pdf", pdf)
}
