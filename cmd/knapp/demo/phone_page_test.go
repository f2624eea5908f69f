package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What the keys write is what the network carries.
func TestTypingByKeys(t *testing.T) {
	b, net := phoneAlone(t)
	gateway := net.Phone(gatewayNumber)
	b.open("nb")
	b.await("home", `document.querySelector(".view .time")?.textContent.includes(":")`)

	text := func() string { return b.eval(`document.querySelector("#phone textarea")?.value`) }
	type step struct{ keys, want string }
	for _, s := range []step{
		{"left", ""},
		{"4 4", "h"},
		{"3 3", "he"},
		{"4 4 4", "hei"},
		{"0", "hei "},
		{"2 2 2 2", "hei æ"},
		{"6 6 6 6", "hei æø"},
		{"2 2 2 2 2", "hei æøå"},
		{"right", "hei æø"},
		{"# 2", "hei æøA"}, // Abc: one capital
		{"3", "hei æøAd"},
		{"# # 5", "hei æøAdJ"}, // ABC
		{"6", "hei æøAdJM"},
		{"# 7", "hei æøAdJM7"}, // 123
		{"# 1", "hei æøAdJM7."},
		{"1 1", "hei æøAdJM7?"}, // the same key goes on: , then ?
	} {
		b.press(strings.Fields(s.keys)...)
		if got := text(); got != s.want && !(s.want == "" && got == "") {
			t.Fatalf("after %q the screen shows %q, want %q", s.keys, got, s.want)
		}
	}
	// The same letter twice: after a second it stands.
	b.press("5")
	b.await("the letter to stand", `new Promise((done) => setTimeout(() => done(true), 1100))`)
	b.press("5")
	if got := text(); got != "hei æøAdJM7?jj" {
		t.Fatalf("after a pause: %q", got)
	}
	b.press("left")
	wait(t, gateway, "hei æøAdJM7?jj")
	b.await("the message that it was sent", `document.querySelector(".view").textContent.includes("Sendt")`)
	b.await("home again", `document.querySelector(".view .time") !== null`)

	// A held key gives its digit.
	b.press("left")
	x, y := b.middle(`#phone [data-key="2"]`)
	b.do(
		input.DispatchMouseEvent(input.MousePressed, x, y).WithButton(input.Left).WithClickCount(1),
		chromedp.Poll(`document.querySelector("#phone textarea").value === "2"`, nil, chromedp.WithPollingTimeout(5*time.Second)),
		input.DispatchMouseEvent(input.MouseReleased, x, y).WithButton(input.Left).WithClickCount(1),
	)
	b.press("0", "4", "4")
	b.press("left")
	wait(t, gateway, "2 h")
	b.stayedHome()
}

func (b *browser) middle(selector string) (x, y float64) {
	b.t.Helper()
	var at []float64
	b.do(chromedp.Evaluate(fmt.Sprintf(`(() => { const r = document.querySelector(%s).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, quote(selector)), &at))
	return at[0], at[1]
}

// The visitor's own keyboard writes as well, and everything can be reached without a mouse.
func TestTypingByKeyboard(t *testing.T) {
	b, net := phoneAlone(t)
	b.open("en")
	b.do(chromedp.KeyEvent("2 hei på deg")) // the phone is in the hand from the start
	b.await("characters left", `document.querySelector(".room").textContent === "abc 148"`)
	b.do(chromedp.KeyEvent(kb.Backspace + kb.Backspace + kb.Backspace + kb.Backspace + "€ 😀"))
	b.await("the other alphabet", `document.querySelector(".room").textContent === "abc 58"`)
	b.do(chromedp.KeyEvent(kb.Enter))
	wait(t, net.Phone(gatewayNumber), "2 hei på€ 😀")
	b.await("home", `document.querySelector(".view .time") !== null`)

	// By Tab and Enter alone: the keys are buttons.
	b.do(chromedp.Focus(`#phone [data-key="5"]`), chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Enter))
	b.await("a letter by Enter", `document.querySelector("#phone textarea").value === "k"`)
	b.stayedHome()
}

// What arrives shows an envelope, can be read, and survives a reload; the other child's does not show here.
func TestReading(t *testing.T) {
	b, net := phoneAlone(t)
	emma, jonas, gateway := net.Phone(children()[0].number), net.Phone(children()[1].number), net.Phone(gatewayNumber)
	b.open("en")
	send := func(to, text string) {
		t.Helper()
		if err := gateway.Send(to, text); err != nil {
			t.Fatal(err)
		}
	}
	send(emma.Number(), "Mamma: <b>hei</b> & kom hjem")
	send(jonas.Number(), "Pappa: til Jonas")
	b.await("the envelope", `!document.querySelector(".envelope").hasAttribute("hidden") && document.querySelector(".news").textContent === "1 unread message"`)
	b.await("Jonas's badge", `document.querySelector("input[value=jonas]").parentElement.querySelector(".badge").textContent === "1"`)
	b.await("the spoken news", `document.getElementById("spoken").textContent === "New message from Mamma"`)
	b.press("right")
	b.await("the inbox", `document.querySelector(".list b")?.textContent === "Mamma"`)
	send(emma.Number(), "Bestemor: god natt")
	b.await("the newest on top, the choice kept", `document.querySelectorAll(".list li").length === 2 && document.querySelector(".list li").textContent.startsWith("Bestemor") && document.querySelector("[aria-selected=true] b").textContent === "Mamma"`)
	b.press("left")
	b.await("the text, not its markup", `document.querySelector(".letter")?.textContent === "Mamma: <b>hei</b> & kom hjem"`)
	b.press("right", "right")
	b.await("one left", `document.querySelector(".news").textContent === "1 unread message"`)

	b.do(chromedp.Click("input[value=jonas]", chromedp.ByQuery))
	b.press("right", "left")
	b.await("Jonas's text", `document.querySelector(".letter")?.textContent === "Pappa: til Jonas"`)
	b.do(chromedp.Reload())
	b.await("both texts after a reload", `document.querySelector(".news")?.textContent.includes("unread")`)
	b.stayedHome()
}

func TestPowerAndReach(t *testing.T) {
	b, net := phoneAlone(t)
	emma, gateway := net.Phone(children()[0].number), net.Phone(gatewayNumber)
	b.open("nb")
	b.do(chromedp.Click("#on", chromedp.ByQuery))
	b.await("a dark phone", `document.querySelector("#phone").classList.contains("dark") && document.querySelector(".view").textContent === "Telefonen er av"`)
	if err := gateway.Send(emma.Number(), "Mamma: vent"); err != nil {
		t.Fatal(err)
	}
	b.press("left") // nothing happens
	if got := b.eval(`document.querySelector("#phone textarea") === null`); got != "true" {
		t.Error("a phone that is off opens a message")
	}
	b.press("power")
	b.await("what waited", `document.querySelector(".news")?.textContent === "1 ulest melding" && document.getElementById("on").checked`)

	b.do(chromedp.Click("#reach", chromedp.ByQuery))
	b.await("no network", `document.querySelector(".operator").textContent === "Ingen dekning"`)
	b.do(chromedp.Focus("#phone"), chromedp.KeyEvent("hei"), chromedp.KeyEvent(kb.Enter))
	b.await("that it was not sent", `document.querySelector(".view").textContent.includes("Ikke sendt")`)
	b.await("the text, kept", `document.querySelector("#phone textarea")?.value === "hei"`)
	b.do(chromedp.Click("#reach", chromedp.ByQuery))
	b.await("network", `document.querySelector(".operator").textContent === "Knapp Mobil"`)
	b.do(chromedp.Focus("#phone textarea"), chromedp.KeyEvent(kb.Enter))
	wait(t, gateway, "hei")

	// Held, the power key switches off.
	b.await("home", `document.querySelector(".view .time") !== null`)
	x, y := b.middle(".power")
	b.do(
		input.DispatchMouseEvent(input.MousePressed, x, y).WithButton(input.Left).WithClickCount(1),
		chromedp.Poll(`!document.getElementById("on").checked`, nil, chromedp.WithPollingTimeout(5*time.Second)),
		input.DispatchMouseEvent(input.MouseReleased, x, y).WithButton(input.Left).WithClickCount(1),
	)
	b.stayedHome()
}
