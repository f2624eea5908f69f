package demo

import (
	"net/http"
	"slices"

	"golang.org/x/text/language"
)

// languages are those that the page speaks; the first is the default.
var languages = []string{"nb", "en"}

var languageMatcher = language.NewMatcher([]language.Tag{language.MustParse("nb"), language.English})

const languageCookie = "knapp-demo-language"

// languageOf is the language that the visitor chose with the switch, else the best of Accept-Language, else the demo's.
func (s *server) languageOf(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(languages, c.Value) {
		return c.Value
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err == nil && len(tags) > 0 {
		if _, i, confidence := languageMatcher.Match(tags...); confidence != language.No {
			return languages[i]
		}
	}
	return s.language
}

func otherLanguage(lang string) string {
	if lang == "nb" {
		return "en"
	}
	return "nb"
}

// chooseLanguage remembers the visitor's choice until the browser closes, and goes back to the page.
func (s *server) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	lang := r.PathValue("lang")
	if !slices.Contains(languages, lang) {
		http.NotFound(w, r)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: lang, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
