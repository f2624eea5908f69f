package console

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Five children and forty contacts, on a phone and on a laptop: a guardian finds somebody, changes what is allowed, and
// every page is readable for everybody.
func TestChildrenAndContactsInTheBrowser(t *testing.T) {
	h := openKin(t)
	h.account("Mamma")
	tab, complaints := browser(t)
	emma, square := h.page("Emma"), h.square("Farmor", "Emma")
	var heading, done, cell, focused string
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.EmulateViewport(360, 740),
		chromedp.Navigate(h.site.url+"/signin"),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.attention, .menu`),
		chromedp.Navigate(h.site.url+"/contacts"),
		seen(`.matrix`),
		click(`.matrix a[href="`+square+`"]`),
		seen(`#from`),
		text(`h1`, &heading),
		click(`label[for="times"]`),
		click(`label[for="h3"]`),
		click(`.card.fields button`),
		seen(`.say.good`),
		text(`.say.good`, &done),
		text(`.matrix a[href="`+square+`"]`, &cell),
		// By the keyboard alone, a group folds.
		focus(`.group summary`),
		chromedp.KeyEvent("\r"),
		chromedp.Evaluate(`document.activeElement.tagName + document.querySelector('.group').open`, &focused),
	)
	if err != nil {
		t.Fatal(err)
	}
	if heading != "Farmor og Emma" || done != "Lagret." || !strings.Contains(cell, "ferie") || focused != "SUMMARYfalse" {
		t.Errorf("%q, %q, %q, %q", heading, done, cell, focused)
	}

	pages := []struct{ name, path string }{ // the first four are looked at twice
		{"contacts", "/contacts"},
		{"contacts-emma", "/contacts?child=" + id(h.person("Emma"))},
		{"square", square},
		{"child", emma},
		{"contacts-new", "/contacts/new"},
		{"contacts-blocked", "/contacts/blocked"},
		{"contact", "/contacts/" + id(h.person("Farmor"))},
		{"contact-guardian", "/contacts/" + id(h.person("Mamma"))},
		{"square-guardian", h.square("Pappa", "Emma")},
		{"children", "/children"},
		{"child-new", "/children/new"},
	}
	for i, page := range pages {
		looks := []look{{"nb", "light", 320}, {"en", "dark", 1200}}
		if i%2 == 1 {
			looks = []look{{"nb", "light", 1200}, {"en", "dark", 320}}
		}
		if i >= 4 {
			looks = looks[i/2%2 : i/2%2+1]
		}
		for _, look := range looks {
			looksAt(tab, t, complaints, h.site.url+page.path, page.name, look)
		}
	}
}
