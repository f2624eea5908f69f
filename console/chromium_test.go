package console

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// How long is waited, on a machine that does much else. What takes longer hangs.
const (
	stepsLast  = time.Minute      // one step of a test in the browser
	startLasts = 90 * time.Second // Chromium, until it answers
	signLasts  = 20 * time.Second // any sign of life, and its end
)

// chromium is a headless Chromium that the tests share: the first that needs it starts it, and each has a window of its
// own in it, with cookies of its own. One that has died or hangs is replaced when the next window is opened.
type chromium struct {
	step, sign time.Duration // how long is waited for a step, and for a sign of life

	mu   sync.Mutex // guards the rest
	root context.Context
	kill func() // ends the process, whatever it does, and waits until it is gone
}

// shared is the one of this package.
var shared = &chromium{step: stepsLast, sign: signLasts}

func TestMain(m *testing.M) {
	code := m.Run()
	shared.end()
	os.Exit(code)
}

// path finds Chromium.
func (*chromium) path() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", errors.New("the pages are looked at in a real browser: apt-get install chromium")
}

// chromiumFlags are for a program that nobody sees, draws without a graphics card, asks nobody on the network and does not
// go slow in a window that another covers.
func chromiumFlags(path string) []chromedp.ExecAllocatorOption {
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
		chromedp.Flag("force-color-profile", "srgb"), chromedp.WSURLReadTimeout(startLasts),
	}
	for _, flag := range []string{
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps", "disable-extensions", "disable-breakpad",
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding", "disable-hang-monitor",
		"disable-ipc-flooding-protection", "disable-prompt-on-repost", "enable-automation",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	return options
}

// start gives the browser, which is another one if the last has died.
func (c *chromium) start() (context.Context, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.root != nil && c.root.Err() == nil {
		return c.root, nil
	}
	if c.kill != nil {
		c.kill()
	}
	path, err := c.path()
	if err != nil {
		return nil, err
	}
	alloc, kill := chromedp.NewExecAllocator(context.Background(), chromiumFlags(path)...)
	root, _ := chromedp.NewContext(alloc, chromedp.WithBrowserOption(chromedp.WithDialTimeout(startLasts)))
	// The context of the first Run is that of the process and of the connection: it must have no deadline of its own.
	if err := within(startLasts, kill, func() error { return chromedp.Run(root) }); err != nil {
		kill()
		return nil, fmt.Errorf("starting Chromium: %w", err)
	}
	c.root, c.kill = root, kill
	return root, nil
}

// within does something that has to be done without a deadline. What takes longer is given up by killing the browser.
func within(d time.Duration, kill func(), do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		kill()
		return fmt.Errorf("the browser hangs: no answer in %v", d)
	}
}

// window opens a tab with cookies of its own, and closes it when the test ends.
func (c *chromium) window(t testing.TB) context.Context {
	t.Helper()
	root, err := c.start()
	if err != nil {
		t.Fatal(err)
	}
	person, page, err := c.open(root)
	if err != nil {
		c.drop(root)
		t.Fatalf("opening a window: %v", err)
	}
	tab, cancel := chromedp.NewContext(root, chromedp.WithTargetID(page))
	t.Cleanup(func() {
		soon, stop := context.WithTimeout(root, c.sign)
		defer stop()
		if err := target.DisposeBrowserContext(person).Do(onBrowser(soon)); err != nil {
			c.drop(root)
			t.Errorf("Chromium does not answer any more (%v); it was ended, and the next test gets another one", err)
		}
		cancel() // gives up after a second by itself
	})
	// As in start: the first Run's context stays that of the tab.
	err = within(c.step, func() { c.drop(root) }, func() error {
		return chromedp.Run(tab, emulation.SetFocusEmulationEnabled(true)) // the keyboard works in each of several windows
	})
	if err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	return tab
}

// open makes a person who has no cookies yet, and a page in a window.
func (c *chromium) open(root context.Context) (person cdp.BrowserContextID, page target.ID, err error) {
	soon, cancel := context.WithTimeout(root, c.step)
	defer cancel()
	person, err = target.CreateBrowserContext().WithDisposeOnDetach(true).Do(onBrowser(soon))
	if err != nil {
		return "", "", err
	}
	page, err = target.CreateTarget("about:blank").WithBrowserContextID(person).WithNewWindow(true).Do(onBrowser(soon))
	return person, page, err
}

// onBrowser is for what is asked of the browser and not of a page.
func onBrowser(ctx context.Context) context.Context {
	return cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
}

// drop kills a browser, so that the next window is opened in another.
func (c *chromium) drop(root context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.root == root {
		c.root = nil
		c.kill()
	}
}

// end closes the browser, in peace if it can be had.
func (c *chromium) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kill == nil {
		return
	}
	if c.root != nil && c.root.Err() == nil {
		soon, cancel := context.WithTimeout(c.root, c.sign)
		_ = chromedp.Cancel(soon) // it still writes to its folder
		cancel()
	}
	c.kill()
	c.root, c.kill = nil, nil
}

// run takes the steps of a test one after the other. Each has a deadline of its own: a slow machine is no failure, and
// what hangs is found.
func run(tab context.Context, actions ...chromedp.Action) error { return shared.run(tab, actions...) }

func (c *chromium) run(tab context.Context, actions ...chromedp.Action) error {
	steps := flat(actions)
	for i, action := range steps {
		if err := c.take(tab, action); err != nil {
			return fmt.Errorf("step %d of %d: %w%s", i+1, len(steps), err, c.shown(tab))
		}
	}
	return nil
}

// take takes one step.
func (c *chromium) take(tab context.Context, action chromedp.Action) error {
	step, cancel := context.WithTimeout(tab, c.step)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- chromedp.Run(step, action) }()
	select {
	case err := <-done:
		return err
	case <-step.Done():
	}
	soon := time.NewTimer(c.sign)
	defer soon.Stop()
	select {
	case err := <-done:
		return err
	case <-soon.C:
		// While chromedp waits for a page's document it holds a lock, and whoever looks for an element waits for that lock
		// whatever its deadline. Only the end of the whole tab ends both.
		_ = chromedp.Cancel(tab)
		return fmt.Errorf("the page hangs: %w", <-done)
	}
}

// flat gives the steps that are in lists of steps.
func flat(actions []chromedp.Action) (steps []chromedp.Action) {
	for _, action := range actions {
		if list, ok := action.(chromedp.Tasks); ok {
			steps = append(steps, flat(list)...)
		} else {
			steps = append(steps, action)
		}
	}
	return steps
}

// shown says what stands in a window, for whoever has to find out why a step failed.
func (c *chromium) shown(tab context.Context) string {
	soon, cancel := context.WithTimeout(tab, c.sign)
	defer cancel()
	var page string
	err := chromedp.Run(soon, chromedp.Evaluate(
		`document.readyState + ' ' + document.visibilityState + ' live: ' + document.body?.dataset.live + ' ' + location.pathname + location.search + ' "' + document.title + '": ' + (document.querySelector('main, body')?.innerText ?? '').slice(0, 600)`, &page))
	if err != nil {
		return fmt.Sprintf("; what it shows cannot be told: %v", err)
	}
	return "; it shows " + page
}
