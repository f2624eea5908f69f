package console

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
)

// comesIn signs somebody in.
func comesIn(tab context.Context, t *testing.T, h *home, name string, lang string) {
	t.Helper()
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": lang}),
		chromedp.EmulateViewport(390, 800),
		chromedp.Navigate(h.site.url+"/signin"),
		seen(`#password`),
		write(`#name`, name),
		write(`#password`, password+"\r"),
		seen(`.attention, #see`),
	)
	if err != nil {
		t.Fatal(err)
	}
}

// follows waits until a page is live.
var follows = until(`document.body.dataset.live === 'on'`)

// What Mamma answers, Pappa sees without doing anything; and what he is writing himself stays under his fingers.
func TestTwoGuardiansSeeTheSame(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	h.arrives("+4795555555", "hei, det er Kari")
	mamma, grumbles := browser(t)
	pappa, complaints := browser(t)
	comesIn(mamma, t, h, "Mamma", "nb")
	comesIn(pappa, t, h, "Pappa", "nb")
	var typed, focused, undo, gone, announced string
	var kept bool
	err := run(pappa,
		chromedp.Navigate(h.site.url+"/approvals"),
		follows,
		chromedp.Evaluate(`window.untouched = true; document.querySelector('.question').mine = true; 1`, nil),
	)
	if err != nil {
		t.Fatal(err)
	}
	// A second stranger comes while Pappa writes about the first.
	err = run(pappa, write(`.question input[name="name"]`, "Kar"))
	if err != nil {
		t.Fatal(err)
	}
	h.arrives("+4796666666", "hallo")
	err = run(pappa,
		until(`document.querySelectorAll('.question').length === 2`),
		value(`.question input[name="name"]`, &typed),
		chromedp.Evaluate(`document.activeElement.name`, &focused),
		chromedp.Evaluate(`document.querySelector('.question').mine === true`, &kept),
		text(`#news`, &announced),
	)
	if err != nil {
		t.Fatal(err)
	}
	if typed != "Kar" || focused != "name" || !kept {
		t.Errorf("under his fingers: %q, in %q, the same: %v", typed, focused, kept)
	}
	if announced != "Spørsmål som venter: 2." {
		t.Errorf("a screen reader hears %q", announced)
	}
	// Mamma answers the second: one tap, and the way back is there at once.
	err = run(mamma,
		chromedp.Navigate(h.site.url+"/approvals"),
		follows,
		until(`document.querySelectorAll('.question').length === 2`),
		chromedp.Evaluate(`window.untouched = true; 1`, nil),
		click(`.question:nth-of-type(2) button[value="block"]`),
		seen(`#undo-now`),
		text(`main .say.good p`, &undo),
		chromedp.Evaluate(`document.activeElement.className`, &focused),
		until(`window.untouched && document.querySelectorAll('.question').length === 1`),
	)
	if err != nil {
		t.Fatal(err)
	}
	if undo != "Blokkert." || focused != "say good" {
		t.Errorf("she reads %q, and the focus is on %q", undo, focused)
	}
	err = run(pappa,
		until(`document.querySelectorAll('.question').length === 1 && document.querySelector('#done')?.textContent.includes('blokkert av Mamma')`),
		value(`.question input[name="name"]`, &typed),
		until(`window.untouched`),
	)
	if err != nil {
		t.Fatal(err)
	}
	if typed != "Kar" {
		t.Errorf("what he was writing is now %q", typed)
	}
	// She takes it back, and he sees it again.
	if err := run(mamma, click(`#undo-now`), until(`document.querySelectorAll('.question').length === 2`)); err != nil {
		t.Fatal(err)
	}
	if err := run(pappa, until(`document.querySelectorAll('.question').length === 2`)); err != nil {
		t.Fatal(err)
	}
	// Now she answers the one that he writes about: it stays, says so, and his answer is refused in words.
	err = run(mamma,
		until(`!document.querySelector('[data-sent]')`),
		write(`.question:nth-of-type(1) input[name="name"]`, "Kari"),
		click(`.question:nth-of-type(1) button[value="allow"]`),
		seen(`#undo-now`),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = run(pappa,
		seen(`.question .late`),
		value(`.question input[name="name"]`, &typed),
		click(`.question:nth-of-type(1) button[value="allow"]`),
		seen(`main .say.bad`),
		text(`main .say.bad`, &gone),
		until(`window.untouched`),
	)
	if err != nil {
		t.Fatal(err)
	}
	if typed != "Kar" || gone == "" {
		t.Errorf("he has %q, and reads %q", typed, gone)
	}
	for _, complaint := range append(grumbles(), complaints()...) {
		if !strings.Contains(complaint, "422") { // Chromium notes that he was refused
			t.Errorf("a browser complains: %s", complaint)
		}
	}
}

// The overview changes under the eyes of whoever looks at it, a mute ticks to its end, and who loses its rights is told.
func TestTheOverviewLivesInTheBrowser(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	tab, complaints := browser(t)
	comesIn(tab, t, h, "mamma", "nb")
	emma := h.person("Emma").ID
	mamma := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	var before, after, alarm string
	err := run(tab, follows,
		chromedp.Evaluate(`window.untouched = true; document.querySelector('#to-log').focus(); 1`, nil),
		text(`#figures tbody tr td`, &before),
	)
	if err != nil {
		t.Fatal(err)
	}
	h.arrives("+4793333333", "3 hei")
	err = run(tab,
		until(`document.querySelector('#figures tbody tr td').textContent === '1'`),
		chromedp.Evaluate(`document.activeElement.id`, &after),
	)
	if err != nil {
		t.Fatal(err)
	}
	if before != "0" || after != "to-log" {
		t.Errorf("before it was %q; the focus went to %q", before, after)
	}
	if err := h.relay.Mute(t.Context(), mamma, emma, 0, h.clock().Add(90*time.Second)); err != nil {
		t.Fatal(err)
	}
	err = run(tab,
		until(`/^1:[0-2]\d igjen$/.test(document.querySelector('#kids [data-left]')?.textContent)`),
		chromedp.Evaluate(`document.querySelector('#kids [data-left]').textContent`, &before),
		until(`document.querySelector('#kids [data-left]').textContent !== '`+`' && document.querySelector('#kids [data-left]').textContent < '1:28'`),
	)
	if err != nil {
		t.Fatal(err)
	}
	h.arrives("+4793333333", "SOS")
	err = run(tab,
		seen(`.attention .alarm`),
		text(`#news-now`, &alarm),
		until(`window.untouched`),
	)
	if err != nil {
		t.Fatal(err)
	}
	if alarm != "NØD: Emma ba om hjelp kl. 12.00" {
		t.Errorf("a screen reader hears %q", alarm)
	}
	h.account("Pappa")
	if _, err := h.relay.PhoneIsGone(t.Context(), bridge.Actor{Person: h.person("Pappa").ID, Via: bridge.ViaConsole}, "Mamma"); err != nil {
		t.Fatal(err)
	}
	if err := run(tab, seen(`#unlive`), until(`window.untouched`)); err != nil {
		t.Fatal(err)
	}
	for _, complaint := range complaints() {
		t.Errorf("the browser complains: %s", complaint)
	}
}

// A server that stops and comes back is followed again, and nothing that happened in between is missed. What was tapped
// meanwhile is said not to be done.
func TestAPageFindsItsWayBack(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	tab, _ := browser(t)
	comesIn(tab, t, h, "mamma", "nb")
	err := run(tab,
		chromedp.Navigate(h.site.url+"/hurry"), seen(`#gone`), follows,
		chromedp.Evaluate(`window.untouched = true; 1`, nil),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.site.stop(); err != nil {
		t.Fatal(err)
	}
	err = run(tab,
		until(`document.body.dataset.live === 'off'`),
		click(`form[action="/hurry/mute"] button[value="hour"]`),
		seen(`#failed`),
	)
	if err != nil {
		t.Fatal(err)
	}
	h.arrives("+4793333333", "SOS")
	h.reopen()
	if err := run(tab, follows, seen(`.alarm`), until(`window.untouched`)); err != nil {
		t.Fatal(err)
	}
	if d, err := h.store.Directory(t.Context()); err != nil || len(d.Rules.Mutes(h.person("Emma").ID, noon)) > 0 {
		t.Errorf("what was said to have failed was done (%v)", err)
	}
}

// From the narrowest phone to the widest screen nothing sticks out, and what is to be read is not lost at the edge.
func TestEveryWidthInTheBrowser(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.arrives("+4793333333", "SOS")
	h.arrives("+4795555555", "hei")
	mamma := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	if err := h.relay.AllowFor(t.Context(), mamma, h.person("Emma").ID, 0, 15*time.Minute); err != nil {
		t.Fatal(err)
	}
	tab, complaints := browser(t)
	comesIn(tab, t, h, "mamma", "nb")
	for _, path := range []string{"/overview", "/approvals", "/hurry"} {
		for _, width := range []int64{320, 768, 3840} {
			what := fmt.Sprintf("width%s-%d", filepath.Base(path), width)
			var faults []string
			err := run(tab,
				chromedp.EmulateViewport(width, 900),
				chromedp.Navigate(h.site.url+path),
				seen(`h1`),
				follows,
				chromedp.Evaluate(`document.querySelector('.more').open = true`, nil),
				chromedp.Evaluate(inspect, &faults),
			)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			for _, fault := range append(faults, complaints()...) {
				t.Errorf("%s: %s", what, fault)
			}
			photo(tab, t, what)
		}
	}
}
