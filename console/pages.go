package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed views
var viewFiles embed.FS

// pages are the templates and sentences, by language.
type pages map[string]edition

// edition is the console in one language.
type edition struct {
	words    locale
	views    map[string]*template.Template
	enhanced bool // there is browser code of others
}

// frame is what layout.html and the pages get.
type frame struct {
	Lang    string
	Tone    mood // colours the page's head
	View    any
	Here    string // the page of the menu that it belongs to
	Self    string // the page's own address with all that it asks for, for a choice of language
	Door    bool   // there is a sign-in
	Name    string // of who has signed in; "" for nobody
	Menu    []menuItem
	Aside   bool   // the page is one of those behind *more*
	Form    string // what each form must carry
	Done    string // what was just done: a locale's key after "done."
	Refused string // why it was not, in words
	Live    string // marks how things stand on this page; "" where nothing is live (live.go)
	Again   string // where this page can be fetched again
}

// menuItem is a page that the visitor may see.
type menuItem struct {
	Path  string
	Key   string // a locale's, after "menu."
	Here  bool
	Aside bool // stands behind *more*
}

// printed is what every server of one program shares: what is in the binary does not change.
var printed = sync.OnceValues(func() (assets, pages) {
	files := mustAssets()
	return files, mustPages(files)
})

// mustPages makes every language's edition: a page that cannot be parsed shows at the start. That each can be filled, in
// every state, is a test's to say (TestEveryPageCanBeFilled): it takes longer than all else that a start does, and no
// start can come to another answer.
func mustPages(files assets) pages {
	p := pages{}
	for _, l := range languages {
		words, err := readLocale(l.Code)
		if err != nil {
			panic(err)
		}
		e, err := newEdition(words, files)
		if err != nil {
			panic(err)
		}
		p[l.Code] = e
	}
	return p
}

// newEdition parses every page with the sentences of one language.
func newEdition(words locale, files assets) (edition, error) {
	e := edition{words: words, views: map[string]*template.Template{}, enhanced: files.enhanced()}
	views, err := fs.Glob(viewFiles, "views/*.html")
	if err != nil {
		return edition{}, fmt.Errorf("console: views: %w", err)
	}
	for _, path := range views {
		view := path[len("views/"):]
		page, err := template.New("layout.html").Option("missingkey=error").Funcs(template.FuncMap{
			"say": words.say, "asset": files.url, "live": liveAttributes, "tap": tapAttributes, "languages": func() any { return languages },
		}).ParseFS(viewFiles, "views/layout.html", path)
		if err != nil {
			return edition{}, fmt.Errorf("console: %s: %w", view, err)
		}
		e.views[view] = page
	}
	return e, nil
}

func (e edition) write(w io.Writer, view string, f frame) error {
	if err := e.views[view].Execute(w, f); err != nil {
		return fmt.Errorf("console: fill %s: %w", view, err)
	}
	return nil
}

// In is the page's own address in a language.
func (f frame) In(lang string) string {
	u, err := url.Parse(f.Self)
	if err != nil {
		u = &url.URL{Path: "/"}
	}
	q := u.Query()
	q.Del("done") // it was said
	q.Set(langCookie, lang)
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

// show answers with a page in the visitor's language. It is filled before anything is sent: a page is whole or an error.
func (v *visit) show(view string, data any) error {
	f := frame{Lang: v.lang, View: data, Here: "/", Door: v.s.options.Store != nil, Refused: v.refused}
	if st, ok := data.(statusView); ok {
		f.Tone = st.Mood
	}
	if path := v.c.Path(); path == "/signin" || path == "/start" {
		f.Here = path
	}
	f.Self = f.Here
	if code := v.c.Response().StatusCode(); v.c.Method() == fiber.MethodGet && code < fiber.StatusBadRequest {
		f.Self = v.c.OriginalURL()
	} else if v.token != "" {
		f.Self = v.page()
	}
	if v.token != "" {
		f.Name, f.Here, f.Live = v.me.Name, v.page(), v.mark
		f.Again = f.Here
		if v.c.Method() == fiber.MethodGet && v.c.Path() == f.Here {
			f.Again = v.c.OriginalURL()
		}
		for _, s := range screens() {
			if s.menu != "" && v.d.May(v.who, s.right(), 0) {
				f.Menu = append(f.Menu, menuItem{Path: s.menu, Key: s.menu[1:], Here: f.Here == s.menu, Aside: s.aside})
				f.Aside = f.Aside || s.aside && f.Here == s.menu
			}
		}
		if what := v.c.Query("done"); v.refused == "" && v.words()["done."+what] != "" {
			f.Done = what
		}
	}
	if formless := view == "status.html" || view == "notfound.html" || view == "broken.html"; !formless || v.token != "" {
		f.Form = v.formToken()
	}
	v.s.keepLanguage(v.c, v.lang)
	var out bytes.Buffer
	if err := v.s.pages[v.lang].write(&out, view, f); err != nil {
		return err
	}
	v.c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	v.c.Set(fiber.HeaderContentLanguage, v.lang)
	v.c.Set(fiber.HeaderVary, "Accept-Language, Cookie")
	return v.c.Send(out.Bytes())
}
