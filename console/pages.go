package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"
)

//go:embed views
var viewFiles embed.FS

// views are the pages; each is executed inside layout.html.
var views = []string{"status.html", "notfound.html", "broken.html"}

// pages are the templates and sentences, by language.
type pages map[string]edition

// edition is the console in one language.
type edition struct {
	words locale
	views map[string]*template.Template
}

// frame is what layout.html gets.
type frame struct {
	Lang string
	Tone mood // colours the page's head
	View any
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

// rehearse fills every page in every state it can have.
func (e edition) rehearse(w io.Writer) error {
	for _, h := range samples {
		view := statusOf(h, time.Unix(1e9, 0), e.words)
		if err := e.write(w, "status.html", frame{Tone: view.Mood, View: view}); err != nil {
			return err
		}
	}
	for _, view := range views[1:] {
		if err := e.write(w, view, frame{}); err != nil {
			return err
		}
	}
	return nil
}

// samples reach every branch of the status page.
var samples = []Health{
	{},
	{Started: time.Unix(1e9-1, 0), Modems: []ModemHealth{{}}},
	{Started: time.Unix(1e9-1e6, 0), XMPP: true, Modems: []ModemHealth{
		{Ready: true, Registered: true, Since: time.Unix(1e9-90000, 0)}, {Ready: true}, {},
	}},
	{Started: time.Unix(1e9-1e6, 0), XMPP: true, Modems: []ModemHealth{{Ready: true, Registered: true}}},
}

func (e edition) write(w io.Writer, view string, f frame) error {
	if err := e.views[view].Execute(w, f); err != nil {
		return fmt.Errorf("console: fill %s: %w", view, err)
	}
	return nil
}

// show answers with a page in the reader's language. It is filled before anything is sent: a page is whole or an error.
func (s *Server) show(c *fiber.Ctx, view string, data any) error {
	code := s.language(c)
	f := frame{Lang: code, View: data}
	if st, ok := data.(statusView); ok {
		f.Tone = st.Mood
	}
	var out bytes.Buffer
	if err := s.pages[code].write(&out, view, f); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentLanguage, code)
	c.Set(fiber.HeaderVary, "Accept-Language, Cookie")
	return c.Send(out.Bytes())
}
