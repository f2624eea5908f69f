package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

//go:embed views
var viewFiles embed.FS

// views are the pages; each is executed inside layout.html.
var views = []string{
	"status.html", "notfound.html", "broken.html", "denied.html", "stale.html",
	"signin.html", "confirm.html", "start.html", "invited.html",
	"overview.html", "approvals.html", "hurry.html", "log.html", "guardians.html",
	"me.html", "second.html", "codes.html",
}

// pages are the templates and sentences, by language.
type pages map[string]edition

// edition is the console in one language.
type edition struct {
	words locale
	views map[string]*template.Template
}

// frame is what layout.html and the pages get.
type frame struct {
	Lang    string
	Tone    mood // colours the page's head
	View    any
	Here    string // the page's own address, for a choice of language
	Door    bool   // there is a sign-in
	Name    string // of who has signed in; "" for nobody
	Menu    []menuItem
	Form    string // what each form must carry
	Done    string // what was just done: a locale's key after "done."
	Refused string // why it was not, in words
}

// menuItem is a page that the visitor may see.
type menuItem struct {
	Path string
	Key  string // a locale's, after "menu."
	Here bool
}

// mustPages makes every language's edition and fills each page once, so that a mistake shows at the start and not at
// the first fault at night.
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
		if err := e.rehearse(io.Discard); err != nil {
			panic(err)
		}
		p[l.Code] = e
	}
	return p
}

// newEdition parses every page with the sentences of one language.
func newEdition(words locale, files assets) (edition, error) {
	e := edition{words: words, views: map[string]*template.Template{}}
	for _, view := range views {
		page, err := template.New("layout.html").Option("missingkey=error").Funcs(template.FuncMap{
			"say": words.say, "asset": files.url, "languages": func() any { return languages },
		}).ParseFS(viewFiles, "views/layout.html", "views/"+view)
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

// show answers with a page in the visitor's language. It is filled before anything is sent: a page is whole or an error.
func (v *visit) show(view string, data any) error {
	f := frame{Lang: v.lang, View: data, Here: "/", Door: v.s.options.Store != nil, Refused: v.refused}
	if st, ok := data.(statusView); ok {
		f.Tone = st.Mood
	}
	if path := v.c.Path(); path == "/signin" || path == "/start" {
		f.Here = path
	}
	if v.token != "" {
		f.Name, f.Here = v.me.Name, v.page()
		for _, path := range []string{"/overview", "/approvals", "/hurry", "/log", "/guardians", "/me"} {
			if v.d.May(v.who, v.s.rightFor(path), 0) {
				f.Menu = append(f.Menu, menuItem{Path: path, Key: path[1:], Here: f.Here == path})
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

// rightFor is the right that reading a page takes.
func (s *Server) rightFor(path string) bridge.Right {
	for _, d := range s.doors() {
		if d.path == path && d.method == fiber.MethodGet {
			return d.right
		}
	}
	return ""
}
