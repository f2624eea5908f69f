package console

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// witness is a test that hears what is said of it.
type witness struct {
	testing.TB
	ends []func()
	said []string
}

// Cleanup implements testing.TB.
func (w *witness) Cleanup(end func()) { w.ends = append(w.ends, end) }

// Errorf implements testing.TB.
func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

// A Chromium that hangs, or dies, fails the step of the test that meets it, in words and in time; the next test gets
// another one.
func TestAHungBrowserFailsOneTest(t *testing.T) {
	c := &chromium{step: stepsLast, sign: signLasts}
	t.Cleanup(c.end)
	for _, end := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
		c.step, c.sign = stepsLast, signLasts
		w := &witness{TB: t}
		tab := c.window(w)
		process := chromedp.FromContext(tab).Browser.Process()
		if err := c.run(tab, chromedp.Navigate("about:blank")); err != nil {
			t.Fatal(err)
		}
		c.step, c.sign = 300*time.Millisecond, 300*time.Millisecond
		if err := process.Signal(end); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := c.run(tab, there("body"), chromedp.Navigate("about:blank"))
		if err == nil || !strings.Contains(err.Error(), "of 2") || !strings.Contains(err.Error(), "cannot be told") {
			t.Errorf("%v: the step says %v", end, err)
		}
		for _, clean := range w.ends {
			clean()
		}
		if took := time.Since(began); took > signLasts {
			t.Errorf("%v: it took %v", end, took)
		}
		if len(w.said) != 1 || !strings.Contains(w.said[0], "does not answer any more") {
			t.Errorf("%v: the test hears %q", end, w.said)
		}
		if err := process.Signal(syscall.Signal(0)); err == nil {
			t.Errorf("%v: the process is still there", end)
		}
	}
}
