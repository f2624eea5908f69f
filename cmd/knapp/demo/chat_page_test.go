package demo

import (
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func vendorFolder(t *testing.T) fs.FS {
	t.Helper()
	vendor, err := fs.Sub(vendorFiles, "vendor")
	if err != nil {
		t.Fatal(err)
	}
	return vendor
}

// chatShows is a script that is true when the open chat shows a message with this text.
func chatShows(text string) string {
	return fmt.Sprintf(`[...%s.querySelectorAll(".chat-msg__text")].some((m) => m.textContent.trim() === %s)`, inChat, quote(text))
}

// answer types into the open chat and sends.
func (b *browser) answer(text string) {
	b.t.Helper()
	b.await("the chat's text field", inChat+`.querySelector("textarea.chat-textarea") !== null`)
	b.do(
		chromedp.Evaluate(`document.getElementById("chat").contentWindow.focus(); `+inChat+`.querySelector("textarea.chat-textarea").focus()`, nil),
		chromedp.KeyEvent(text), chromedp.KeyEvent(kb.Enter),
	)
}

// write types on the phone and sends.
func (b *browser) write(text string) {
	b.t.Helper()
	b.await("home", `document.querySelector(".view .time") !== null`)
	b.do(chromedp.Focus("#phone"), chromedp.KeyEvent(text), chromedp.KeyEvent(kb.Enter))
}

// There and back between the phone and a real chat client, and the browser asks nobody else for anything.
func TestChat(t *testing.T) {
	home, st := chatPage(t)
	b := openBrowser(t, home)
	b.window(1280, 900, "light")
	b.open("nb")
	b.await("Emma's chat", inChat+`?.querySelector("converse-chat textarea.chat-textarea") !== null`)
	b.write("2 hei")
	b.await("hei in Mamma's chat", chatShows("hei"))
	b.answer("kommer nå")
	wait(t, st.network.Phone(children()[0].number), "Mamma: kommer nå")
	b.await("the answer on the phone", `document.querySelector(".news")?.textContent === "1 ulest melding"`)
	b.picture("chat-nb-light.png")

	// Another parent, then the first again: what was said is still there.
	b.do(chromedp.Click("input[value=pappa]", chromedp.ByQuery))
	b.await("Pappa signed in", inChat+`?.querySelector("converse-user-profile .username")?.textContent.trim().toLowerCase() === "pappa"`)
	b.do(chromedp.Click("input[value=mamma]", chromedp.ByQuery))
	b.await("what was said", chatShows("kommer nå"))
	b.stayedHome()
	start := time.Now()
	st.tearDown()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("with a chat open the end takes %v", took)
	}
}
