package console

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// formOn is a form as a browser would send it.
type formOn struct {
	method, action string
	values         url.Values // as they stand
	buttons        [][2]string
}

// crawled is what a page leads to.
type crawled struct {
	links []string
	forms []formOn
}

// attr returns an attribute of an element.
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// readPage finds the links and forms of a page.
func readPage(t *testing.T, page io.Reader) (c crawled) {
	t.Helper()
	root, err := html.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *html.Node, in *formOn)
	walk = func(n *html.Node, in *formOn) {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "a" && has(n, "href"):
			c.links = append(c.links, attr(n, "href"))
		case n.Data == "form":
			c.forms = append(c.forms, formOn{method: strings.ToUpper(attr(n, "method")), action: attr(n, "action"), values: url.Values{}})
			in = &c.forms[len(c.forms)-1]
			defer func(at int, f *formOn) { c.forms[at] = *f }(len(c.forms)-1, in)
		case in == nil || attr(n, "name") == "" || has(n, "disabled"):
		case n.Data == "button":
			in.buttons = append(in.buttons, [2]string{attr(n, "name"), attr(n, "value")})
		case n.Data == "textarea":
			in.values.Add(attr(n, "name"), "")
		case n.Data == "select":
			in.values.Add(attr(n, "name"), chosenOf(n))
		case n.Data == "input":
			if kind := attr(n, "type"); kind != "checkbox" && kind != "radio" || has(n, "checked") {
				in.values.Add(attr(n, "name"), attr(n, "value"))
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child, in)
		}
	}
	walk(root, nil)
	return c
}

// chosenOf returns the option of a select that a browser would send.
func chosenOf(sel *html.Node) (value string) {
	first := true
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "option" {
			v := attr(n, "value")
			if !has(n, "value") && n.FirstChild != nil {
				v = strings.TrimSpace(n.FirstChild.Data)
			}
			if first || has(n, "selected") {
				value, first = v, false
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
	}
	walk(sel)
	return value
}

// absurd is what nobody means and somebody sends.
var absurd = []string{
	"", "0", "-1", "99999999999999999999", "1e309", "25:61", "2026-02-30", "<script>alert(1)</script>", "'; DROP TABLE person; --",
	"\x00\x01\x1b", "\xff\xfe", "a\r\nSet-Cookie: a=b", strings.Repeat("æ", 600), "../../etc/passwd", "%00", "{{.}}", "Emma\u202e", "１２",
}

// visitor goes through the console as one role.
type crawler struct {
	t      *testing.T
	b      *surfer
	who    string
	seen   map[string]bool
	queue  []string
	pages  int
	posts  int
	faults int
}

// skipped are doors that end the walk or have no end themselves.
func skipped(path string) bool {
	return path == "/signout" || path == "/live" || path == "/me/sessions" || path == "/me/password" || strings.HasPrefix(path, "/static/")
}

func (c *crawler) fault(format string, args ...any) {
	c.faults++
	if c.faults < 20 {
		c.t.Errorf(c.who+": "+format, args...)
	}
}

// fetch gets a page and looks what it leads to. An answer without a page leads nowhere.
func (c *crawler) fetch(address string) crawled {
	res, err := c.b.client.Get(c.b.h.site.url + address)
	return c.look("GET "+address, res, err)
}

func (c *crawler) look(what string, res *http.Response, err error) crawled {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %s: %v", c.who, what, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 500 {
		c.fault("%s: %d", what, res.StatusCode)
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		_, _ = io.Copy(io.Discard, res.Body)
		return crawled{}
	}
	page := readPage(c.t, res.Body)
	for _, link := range page.links {
		to, err := res.Request.URL.Parse(link)
		if err != nil {
			c.fault("%s has a link to %q", what, link)
			continue
		}
		if to.Host != res.Request.URL.Host || skipped(to.Path) {
			continue
		}
		if address := to.RequestURI(); !c.seen[shapeOf(to)] {
			c.seen[shapeOf(to)] = true
			c.queue = append(c.queue, address)
		}
	}
	return page
}

// shapeOf is what two addresses have in common that differ only in what they show: where the log goes on, the language.
func shapeOf(u *url.URL) string {
	q := u.Query()
	q.Del("lang")
	for _, endless := range []string{"before", "from", "week", "date"} {
		if q.Has(endless) {
			q.Set(endless, "")
		}
	}
	return u.Path + "?" + q.Encode()
}

// submit sends a form of a page with values in the place of its own.
func (c *crawler) submit(f formOn, change func(url.Values)) {
	action, err := url.Parse(f.action)
	if err != nil || skipped(action.Path) {
		return
	}
	values := url.Values{}
	for name, all := range f.values {
		values[name] = slices.Clone(all)
	}
	change(values)
	c.posts++
	if f.method != http.MethodPost {
		action.RawQuery = values.Encode()
		res, err := c.b.client.Get(c.b.h.site.url + action.RequestURI())
		c.look("GET "+action.RequestURI(), res, err)
		return
	}
	res, err := c.b.client.PostForm(c.b.h.site.url+action.RequestURI(), values)
	what := fmt.Sprintf("POST %s %q", f.action, values)
	c.look(what[:min(len(what), 300)], res, err)
}

// walk follows every link and sends every form of every kind of page: as it stands with each of its buttons, with each
// field absurd, and with none. Absurd forms go first; what stands may change the page.
func (c *crawler) walk(start string) {
	c.queue = append(c.queue, start)
	sent := map[string]bool{}
	for len(c.queue) > 0 && c.pages < 400 {
		address := c.queue[0]
		c.queue = c.queue[1:]
		c.pages++
		page := c.fetch(address)
		for i, f := range page.forms {
			kind := f.method + f.action + strings.Join(slices.Sorted(mapsKeys(f.values)), ",")
			if sent[kind] {
				continue
			}
			sent[kind] = true
			n := len(sent) + i
			names := slices.Sorted(mapsKeys(f.values))
			for _, name := range names {
				if name == "form" {
					continue
				}
				for k := range 3 {
					c.submit(f, func(v url.Values) { v.Set(name, absurd[(n*7+k*5+len(name))%len(absurd)]) })
				}
			}
			c.submit(f, func(v url.Values) {
				for _, name := range names {
					if name != "form" {
						v.Del(name)
					}
				}
			})
			c.submit(f, func(v url.Values) { v.Del("form") })
			for _, button := range append(f.buttons, [2]string{"how", "nonsense"}) {
				c.submit(f, func(v url.Values) { v.Set(button[0], button[1]) })
			}
		}
	}
}

func mapsKeys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range v {
			if !yield(name) {
				return
			}
		}
	}
}

// faultLog says in the test what the program said of a fault.
type faultLog struct{ t *testing.T }

// Write implements io.Writer.
func (f *faultLog) Write(line []byte) (int, error) {
	f.t.Logf("%s", line)
	return len(line), nil
}

// Every role follows every link and sends every form, sensibly and absurdly, and never meets a fault of the program.
func TestCrawlAsEverybody(t *testing.T) {
	for _, who := range []string{"", "Mamma", "Pappa", "Tante", "Onkel", "Nabo"} {
		t.Run("as "+who, func(t *testing.T) {
			t.Parallel() // each has a home of its own
			h := openHome(t)
			for _, name := range []string{"Mamma", "Pappa", "Tante", "Onkel", "Nabo"} {
				h.account(name)
			}
			h.arrives("+4795555555", "hei, det er Kari")
			h.arrives("+4793333333", "SOS")
			h.month()
			h.exchange("Emma", "Mamma", policy.ByGuardianship)
			b := h.signedIn(who)
			h.s.log = slog.New(slog.NewTextHandler(&faultLog{t}, &slog.HandlerOptions{Level: slog.LevelError}))
			c := &crawler{t: t, b: b, who: who, seen: map[string]bool{}}
			start := "/overview"
			if who == "" {
				start = "/"
			}
			for _, s := range screens() {
				if s.menu != "" {
					c.queue = append(c.queue, s.menu)
				}
			}
			c.walk(start)
			t.Logf("%d pages, %d forms sent", c.pages, c.posts)
			if least := map[bool]int{true: 4, false: 10}[who == ""]; c.pages < least {
				t.Errorf("only %d pages were found", c.pages)
			}
			// The family is still one that can be read, whatever was sent.
			d, err := h.store.Directory(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if who != "" && who != "Mamma" && who != "Pappa" {
				if p, ok := d.Named("Emma"); !ok || p.Kind != bridge.KindChild {
					t.Error("Emma is gone")
				}
			}
		})
	}
}
