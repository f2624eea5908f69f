package xmpp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// converseFiles is where the demo keeps the chat client, which is fetched when the servers are.
const converseFiles = "../../cmd/knapp/demo/vendor"

// page is a converse.js in a headless Chromium.
type page struct {
	t    *testing.T
	ctx  context.Context
	site string
}

// openBrowser starts a browser that reaches this machine alone.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no Chromium: run `make deps-test`")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(alloc)
	t.Cleanup(closeBrowser)
	if err := chromedp.Run(browser); err != nil {
		t.Fatal(err)
	}
	return browser
}

// openConverse signs mum in, in a tab of its own.
func openConverse(browser context.Context, t *testing.T, s *xmpptest.Server) *page {
	t.Helper()
	if _, err := os.Stat(converseFiles + "/converse.min.js"); err != nil {
		t.Fatal("converse.js is not here: run `make deps-test` in the checkout")
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata/converse")))
	mux.Handle("/vendor/", http.StripPrefix("/vendor/", http.FileServer(http.Dir(converseFiles))))
	mux.HandleFunc("/account", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"jid": "mum@" + s.Domain, "password": "secret", "websocket": s.WebsocketURL})
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	tab, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(tab, 4*patience)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, site: site.URL}
	p.do(emulation.SetFocusEmulationEnabled(true)) // what nobody looks at was not seen
	p.signIn()
	return p
}

// signIn opens the page, which signs mum in.
func (p *page) signIn() {
	p.t.Helper()
	p.do(chromedp.Navigate(p.site))
	p.await("mum signed in", `window.guardian !== undefined`)
}

// do runs actions in the page.
func (p *page) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// await returns when a script is true.
func (p *page) await(what, script string) {
	p.t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		holds := false
		if err := chromedp.Run(p.ctx, chromedp.Evaluate(script, &holds)); err == nil && holds {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			var text string
			_ = chromedp.Run(p.ctx, chromedp.Evaluate(`document.body.innerText`, &text))
			p.t.Fatalf("in vain: waited for %s; the page shows %s", what, text)
		}
	}
}

// chatReads is a script that is true when a part of the open chat reads so.
func chatReads(part, text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%s))`, "converse-chat "+part, quoted)
}

// write types into the chat and sends.
func (p *page) write(keys string) {
	p.t.Helper()
	p.await("the text field", `document.querySelector("converse-chat textarea.chat-textarea") !== null`)
	p.do(chromedp.Focus("converse-chat textarea.chat-textarea", chromedp.ByQuery), chromedp.KeyEvent(keys), chromedp.KeyEvent(kb.Enter))
}

// A second client that nobody here wrote: subscribe, chat and receipt, answer and marker, edit, error, a picture (XEP-0363),
// a command, away and back. Plain words to the gateway are TestGuardianWithSlixmpp's alone: converse.js shows whatever
// comes from an address without an @ as a headline that cannot be answered (isServerMessage).
func TestGuardianWithConverse(t *testing.T) {
	browser := openBrowser(t)
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		c.SetAvailable(true)
		emma := "emma@" + s.ComponentDomain
		office.note(func() {
			office.take = func(chat bridge.Chat) error {
				to := string(chat.From) + "/" + chat.Resource
				switch chat.Body {
				case "kommer":
					return c.Send(context.Background(), bridge.Stanza{Kind: bridge.ReceiptStanza, From: "emma", To: to, ID: "cr", Refers: chat.ID})
				case "for langt":
					return c.Send(context.Background(), bridge.Stanza{Kind: bridge.ErrorStanza, From: "emma", To: to, Refers: chat.ID, Condition: notAcceptable, Text: "Del den i to.", Language: "nb"})
				default:
					return nil
				}
			}
		})
		forget := func() { // the server is one for many tests, and a roster that knows her already, or was asked by her, asks for nothing
			m := login(t, s, "mum")
			defer func() { _ = m.conn.Close() }() // or it would take what comes while she is away
			for _, jid := range []string{emma, s.ComponentDomain} {
				m.send(`<presence type='unsubscribed' to='` + jid + `'/>`) // a request that waited for an answer
				m.send(`<iq type='set' id='gone-` + jid + `'><query xmlns='jabber:iq:roster'><item jid='` + jid + `' subscription='remove'/></query></iq>`)
				m.await("the removal", func(st stanza) bool { return st.id == "gone-"+jid })
			}
		}
		forget()
		defer forget()
		p := openConverse(browser, t, s)
		p.do(chromedp.Evaluate(`guardian.api.contacts.add({jid: "`+emma+`", name: "Emma"}); guardian.api.chats.open("`+emma+`", {}, true); 0`, nil))
		office.await(t, "the subscription", func() bool { return office.subs[bridge.Subscription{Localpart: "emma", Contact: mum}] })
		// The child asks back; if that was quicker than the roster, it is a request that a person accepts,
		// and asks for in turn, as the page itself then does.
		p.do(chromedp.Evaluate(`guardian.there = guardian.both = ""; setInterval(async () => {
			const c = await guardian.api.contacts.get("`+emma+`");
			if (c?.get("requesting")) {
				c.authorize();
				c.subscribe();
			} else if (c && c.get("subscription") !== "both" && c.get("subscription") !== "to" && !c.get("ask")) {
				c.subscribe();
			}
			guardian.both = c?.get("subscription");
			guardian.there = c?.getStatus?.() ?? c?.presence?.getStatus?.() ?? "";
		}, 50); 0`, nil))
		p.await("Emma there", `["online", "chat"].includes(guardian.there) && guardian.both === "both"`)

		p.write("kommer")
		office.await(t, "the chat", func() bool { return len(office.chats) == 1 && office.chats[0].Receipt })
		p.await("the receipt", `document.querySelector("converse-chat .chat-msg__receipt") !== null`)
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: string(mum), ID: "cv1", Body: "ok 😀"})
		p.await("the answer", chatReads(".chat-msg__text", "ok"))
		office.await(t, "the receipt and the marker", func() bool {
			for _, marker := range office.markers {
				if marker == "mum@localhost emma cv1 displayed" {
					return len(office.receipts) > 0
				}
			}
			return false
		})

		p.write("kl. 4")
		office.await(t, "the second chat", func() bool { return len(office.chats) == 2 })
		p.await("a way to edit it", `document.querySelector("converse-chat .chat-msg__action-edit") !== null`)
		// The line end of the key that sent is still in the field, and would count as something that was begun.
		p.do(chromedp.Evaluate(`document.querySelector("converse-chat textarea.chat-textarea").value = "";
			[...document.querySelectorAll("converse-chat .chat-msg__action-edit")].at(-1).click()`, nil))
		p.await("the text to be edited", `document.querySelector("converse-chat textarea.chat-textarea").value === "kl. 4"`)
		p.write(kb.Backspace + "5")
		office.await(t, "the edit", func() bool { return len(office.chats) == 3 })
		if edit := office.chats[2]; edit.Body != "kl. 5" || edit.Replaces != office.chats[1].ID {
			t.Errorf("the edit: %+v", edit)
		}

		p.write("for langt")
		p.await("the error", chatReads(".chat-msg__error", "Del den i to."))
		p.sendPicture(office)
		p.command(s.ComponentDomain)

		// Away: the server holds what comes meanwhile.
		away := string(mum) + "/" + office.chats[0].Resource
		p.do(chromedp.Evaluate(`guardian.api.connection.disconnect(); 0`, nil))
		await(t, "mum gone", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // what reaches a page that is going has no answer: ask again
			defer cancel()
			_, err := c.current().ask(ctx, "get", away, ping{})
			return err != nil && strings.Contains(err.Error(), serviceUnavailable)
		})
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: string(mum), ID: "cv2", Body: "er du der?"})
		if err := c.Barrier(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.signIn()
		p.do(chromedp.Evaluate(`guardian.api.chats.open("`+emma+`", {}, true); 0`, nil))
		p.await("what came meanwhile", chatReads(".chat-msg__text", "er du der?"))
	})
}

// sendPicture takes a picture from the disk, as a person does behind the paper clip.
func (p *page) sendPicture(office *recorder) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "bilde.png")
	if err := os.WriteFile(file, drawAvatar("x", "X").png, 0o600); err != nil {
		p.t.Fatal(err)
	}
	before := office.taken()
	p.await("the paper clip", `document.querySelector("converse-chat input.fileupload") !== null`)
	p.do(chromedp.SetUploadFiles("converse-chat input.fileupload", []string{file}, chromedp.ByQuery))
	p.await("the picture", `[...document.querySelectorAll("converse-chat .chat-msg")].at(-1).textContent.includes("/bilde.png")`)
	office.await(p.t, "the picture", func() bool { return len(office.chats) > before })
	sent := office.chats[before]
	if len(sent.Attachments) != 1 || sent.Attachments[0].Type != "image/png" || !strings.HasSuffix(sent.Attachments[0].URL, "/bilde.png") || sent.Body != "" {
		p.t.Errorf("the picture: %+v", sent)
	}
}

// command mutes Emma by the client's own menu (XEP-0050).
func (p *page) command(gateway string) {
	p.t.Helper()
	p.do(chromedp.Evaluate(`document.body.append(document.createElement("converse-adhoc-commands")); 0`, nil))
	p.await("the menu", `document.querySelector("converse-adhoc-commands input[name=jid]") !== null`)
	p.do(chromedp.Evaluate(`{
		const menu = document.querySelector("converse-adhoc-commands");
		menu.querySelector("input[name=jid]").value = "`+gateway+`";
		menu.querySelector("input[type=submit]").click();
	} 0`, nil))
	p.await("the commands", `["Stille", "Hvordan står det til?"].every((name) => document.querySelector("converse-adhoc-commands .list-group")?.textContent.includes(name))`)
	p.do(chromedp.Evaluate(`document.querySelector("converse-adhoc-commands [data-command-node=mute]").click(); 0`, nil))
	p.await("the form", `document.querySelector("converse-adhoc-commands .form-instructions")?.textContent === "Hvem?" &&
		document.querySelector("converse-adhoc-commands [name=until]")?.value === "20"`)
	p.do(chromedp.Evaluate(`{
		const menu = document.querySelector("converse-adhoc-commands");
		menu.querySelector("[name=child]").value = "emma";
		menu.querySelector("[name=until]").value = "21";
		menu.querySelector("[data-action=complete]").click();
	} 0`, nil))
	p.await("what was done", `document.querySelector("converse-adhoc-commands").textContent.includes("Stille til 21.")`)
}
