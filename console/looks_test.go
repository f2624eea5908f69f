package console

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// look is how a page is looked at.
type look struct {
	lang, scheme string
	width        int64
}

// on has a window look so.
func (l look) on() chromedp.Tasks {
	return chromedp.Tasks{
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": l.lang}),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}),
		chromedp.EmulateViewport(l.width, 800),
	}
}

// axe gives what axe-core finds wrong by WCAG 2.2 A and AA, with the element.
const axe = `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r =>
  r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 200) + ' ' + n.failureSummary)))`

// axeCore is the program that finds it.
var axeCore = sync.OnceValues(func() (string, error) {
	script, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	return string(script) + ";1", err
})

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// looksAt opens a page in a look, and fails the test for what does not fit or cannot be read there, what axe-core finds
// wrong, and what the browser complains of. Without an address it is the page that is open. before is done when it is there.
func looksAt(tab context.Context, t *testing.T, complaints func() []string, address, name string, as look, before ...chromedp.Action) {
	t.Helper()
	script, err := axeCore()
	if err != nil {
		t.Fatalf("%v: make deps-test brings it", err)
	}
	what := fmt.Sprintf("%s-%s-%s-%d", name, as.lang, as.scheme, as.width)
	var faults, found []string
	var lang string
	steps := as.on()
	if address != "" {
		steps = append(steps, chromedp.Navigate(address))
	}
	err = run(tab, steps, seen("h1"), chromedp.Tasks(before),
		chromedp.Evaluate(`document.documentElement.lang`, &lang),
		chromedp.Evaluate(inspect, &faults),
		chromedp.Evaluate(script, nil),
		chromedp.Evaluate(axe, &found, chromedp.EvalAsValue, awaited),
	)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if lang != as.lang {
		t.Errorf("%s: the page is in %q", what, lang)
	}
	for _, fault := range append(faults, found...) {
		t.Errorf("%s: %s", what, fault)
	}
	for _, complaint := range complaints() {
		t.Errorf("%s: the browser complains: %s", what, complaint)
	}
	photo(tab, t, what)
}

// photo keeps a picture of the whole page, where somebody asks for what tests leave behind (go test -artifacts): a picture
// costs as much as looking at the page, and would be thrown away.
func photo(tab context.Context, t *testing.T, name string) {
	t.Helper()
	if asked := flag.Lookup("test.artifacts"); asked == nil || asked.Value.String() != "true" {
		return
	}
	var picture []byte
	if err := run(tab, chromedp.FullScreenshot(&picture, 100)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
