package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"knapp/modem/modemtest"
)

// browser is a real Chromium with an empty profile that can reach nothing but loopback, and remembers what it asked for.
type browser struct {
	t    *testing.T
	ctx  context.Context
	home string

	mu       sync.Mutex
	foreign  []string // requests to anywhere but home
	troubles []string // what the page's console complained of
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "/usr/bin/chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: run `make deps-test`")
	return ""
}

func openBrowser(t *testing.T, home string) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute), // on a machine that does much else
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "nb"),
	)
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(closeTab)
	if err := chromedp.Run(tab); err != nil { // without a deadline, which would be that of the connection too
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tab, 90*time.Second)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, home: home}
	chromedp.ListenTarget(ctx, b.listen)
	b.do(network.Enable(), runtime.Enable())
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ask := func(url string) {
		for _, own := range []string{b.home + "/", "ws" + strings.TrimPrefix(b.home, "http") + "/", "data:", "blob:" + b.home + "/", "about:"} {
			if strings.HasPrefix(url, own) {
				return
			}
		}
		b.foreign = append(b.foreign, url)
	}
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		ask(e.Request.URL)
	case *network.EventWebSocketCreated:
		ask(e.URL)
	case *runtime.EventExceptionThrown:
		b.troubles = append(b.troubles, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			var words []string
			for _, arg := range e.Args {
				words = append(words, string(arg.Value), arg.Description)
			}
			b.troubles = append(b.troubles, strings.Join(words, " "))
		}
	}
}

// stayedHome fails when the browser asked for anything that is not ours.
func (b *browser) stayedHome() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, url := range b.foreign {
		b.t.Errorf("the browser asked for %s", url)
	}
	for _, trouble := range b.troubles {
		b.t.Errorf("the page's console: %s", trouble)
	}
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.fail(fmt.Sprintf("browser: %v", err))
	}
}

// fail leaves a picture of what the browser shows, where pictures are wanted.
func (b *browser) fail(why string) {
	b.t.Helper()
	b.picture(b.t.Name() + "-failed.png")
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("%s\nconsole: %s\nforeign: %v", why, strings.Join(b.troubles, "\n"), b.foreign)
}

// picture writes what the window shows into the folder that KNAPP_SCREENSHOTS names, if it names one.
func (b *browser) picture(name string) {
	folder := os.Getenv("KNAPP_SCREENSHOTS")
	if folder == "" {
		return
	}
	var png []byte
	if err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot(&png)); err != nil {
		b.t.Errorf("screenshot: %v", err)
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.t.Error(err)
		return
	}
	if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, "/", "-")), png, 0o644); err != nil {
		b.t.Error(err)
	}
}

// await waits until a script is true in the page.
func (b *browser) await(what, script string) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, chromedp.Poll(script, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.fail(fmt.Sprintf("waited in vain for %s: %v", what, err))
	}
}

func (b *browser) eval(script string) string {
	b.t.Helper()
	var out any
	b.do(chromedp.Evaluate(script, &out))
	return fmt.Sprint(out)
}

// window sets size and colour scheme, as a visitor's would be.
func (b *browser) window(width, height int64, scheme string) {
	b.t.Helper()
	b.do(
		emulation.SetDeviceMetricsOverride(width, height, 1, false),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
	)
}

// press presses keys of the phone with the mouse: digits, left, right, up, down, power.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do(chromedp.Click(fmt.Sprintf("#phone [data-key=%s]", quote(key)), chromedp.ByQuery))
	}
}

func quote(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(out)
}

// inChat is the chat client's document, which has our origin.
const inChat = `document.getElementById("chat").contentDocument`

// open loads the page and waits for both phones' lines.
func (b *browser) open(lang string) {
	b.t.Helper()
	b.do(network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": lang}), chromedp.Navigate(b.home+"/"))
	b.await("the phone's line", `document.querySelector(".operator")?.textContent.startsWith("Knapp Mobil")`)
}

// phoneAlone is the page with phones and network, and neither gateway nor chat.
func phoneAlone(t *testing.T) (*browser, *modemtest.Network) {
	t.Helper()
	s, net := testSite(t)
	s.accounts = nil
	srv := httptest.NewServer(testHandler(t, s))
	t.Cleanup(srv.CloseClientConnections)
	return openBrowser(t, srv.URL), net
}

func wait(t *testing.T, phone *modemtest.Phone, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := phone.Wait(ctx, func(got modemtest.Text) bool { return got.Text == text }); err != nil {
		t.Fatalf("%q: %v; it has %v", text, err, phone.Inbox())
	}
}
