package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"
)

//go:embed locale
var localeFiles embed.FS

// locale is every sentence of the console in one language, by key.
type locale map[string]string

// languages are those that there is a locale for, each with its own name for itself.
var languages = []struct{ Code, Name string }{{"nb", "Norsk"}, {"en", "English"}}

// readLocale reads one language from the binary: a file for each screen. No two say the same thing.
func readLocale(code string) (locale, error) {
	files, err := fs.Glob(localeFiles, "locale/"+code+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("console: locale %s: %w", code, err)
	}
	all := locale{}
	for _, file := range files {
		data, err := localeFiles.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("console: %s: %w", file, err)
		}
		var part locale
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("console: %s: %w", file, err)
		}
		for key, text := range part {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("console: %s: %q is in another file too", file, key)
			}
			all[key] = text
		}
	}
	return all, nil
}

// say is a sentence; arguments fill its %s and %d.
func (l locale) say(key string, args ...any) (string, error) {
	text, ok := l[key]
	if !ok {
		return "", fmt.Errorf("console: no sentence %q", key)
	}
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	return text, nil
}

// since is how a family says a time in the past: the clock for today and yesterday, else the day.
func (l locale) since(then, now time.Time) string {
	clock := then.Format(l["clock"])
	switch days := daysBetween(then, now); {
	case days <= 0:
		return fmt.Sprintf(l["since.today"], clock)
	case days == 1:
		return fmt.Sprintf(l["since.yesterday"], clock)
	default:
		return fmt.Sprintf(l["since.day"], then.Day(), l["month."+then.Format("01")])
	}
}

// moment is how a family says a time, past or to come: the clock for today, else with the day.
func (l locale) moment(at, now time.Time) string {
	clock := at.Format(l["clock"])
	switch daysBetween(now, at) {
	case 0:
		return fmt.Sprintf(l["at.today"], clock)
	case -1:
		return fmt.Sprintf(l["at.yesterday"], clock)
	case 1:
		return fmt.Sprintf(l["at.tomorrow"], clock)
	default:
		return fmt.Sprintf(l["at.day"], at.Day(), l["month."+at.Format("01")], clock)
	}
}

// daysBetween counts midnights from one local time to another.
func daysBetween(from, to time.Time) int {
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}

// langCookie keeps a choice of language that was made by hand.
const langCookie = "lang"

// keepLanguage remembers a choice of language that was made by hand a moment ago.
func (s *Server) keepLanguage(c *fiber.Ctx, code string) {
	if c.Query(langCookie) == code {
		c.Cookie(&fiber.Cookie{
			Name: langCookie, Value: code, Path: "/", MaxAge: 365 * 24 * 3600,
			HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.encrypted(c),
		})
	}
}

// spoken are the languages that Accept-Language is matched with. A Norwegian who asks for Nynorsk, or a Dane, is served
// better by Bokmål than by English.
var spoken = language.NewMatcher([]language.Tag{language.MustParse("nb"), language.English})

// language is the one to answer in: chosen by hand now, chosen by hand before, asked for by the browser, or configured.
func (s *Server) language(c *fiber.Ctx) string {
	for _, chosen := range []string{c.Query("lang"), c.Cookies(langCookie)} {
		for _, l := range languages {
			if chosen == l.Code {
				return l.Code
			}
		}
	}
	tags, _, err := language.ParseAcceptLanguage(c.Get(fiber.HeaderAcceptLanguage))
	if err != nil || len(tags) == 0 {
		return s.options.Language
	}
	_, index, confidence := spoken.Match(tags...)
	if confidence == language.No {
		return s.options.Language
	}
	return languages[index].Code
}
