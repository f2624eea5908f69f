package console

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestStatusInWords(t *testing.T) {
	modem := func(ready, registered bool) []ModemHealth {
		return []ModemHealth{{Name: "main", Ready: ready, Registered: registered, Since: noon.Add(-20 * time.Minute)}}
	}
	old, young := noon.Add(-26*time.Hour), noon.Add(-10*time.Second)
	for _, c := range []struct {
		name   string
		health Health
		nb, en []string
		not    []string
	}{
		{
			"all is well",
			Health{Modems: modem(true, true), XMPP: true, Started: old},
			[]string{"Alt virker", "siden kl. 11.40", "siden i går kl. 10.00", "Hvis en melding ikke kommer fram", "ring 112"},
			[]string{"Everything works", "since 11:40", "since 10:00 yesterday", "If a message does not arrive", "ring 112"},
			[]string{"Se til modemet", "Noe virker ikke"},
		},
		{
			"modem silent",
			Health{Modems: modem(false, true), XMPP: true, Started: old},
			[]string{"Noe virker ikke", "Svarer ikke", "siden kl. 11.40", "Vet ikke før modemet svarer", "Trekk USB-modemet ut"},
			[]string{"Something is not working", "Does not answer", "Not known until the modem answers", "Pull the USB modem out"},
			[]string{"Se til internett", "Se til dekningen"},
		},
		{
			"no network",
			Health{Modems: modem(true, false), XMPP: true, Started: old},
			[]string{"Noe virker ikke", "Ingen forbindelse", "nærmere et vindu"},
			[]string{"Something is not working", "No connection", "closer to a window"},
			[]string{"Se til modemet", "Se til internett"},
		},
		{
			"no chat",
			Health{Modems: modem(true, true), Started: old},
			[]string{"Noe virker ikke", "Ikke tilkoblet", "start ruteren på nytt"},
			[]string{"Something is not working", "Not connected", "restart the router"},
			[]string{"Se til modemet", "Se til dekningen"},
		},
		{
			"just started",
			Health{Modems: modem(false, false), Started: young},
			[]string{"Starter opp", "Ikke klart ennå", "Mens dere venter", "Se hit igjen om litt"},
			[]string{"Starting up", "While you wait", "Look here again"},
			[]string{"Trekk USB-modemet ut", "Noe virker ikke", "Svarer ikke", "Ikke tilkoblet"},
		},
		{
			"no modem at all",
			Health{XMPP: true, Started: old},
			[]string{"Noe virker ikke", "Trekk USB-modemet ut"},
			[]string{"Something is not working"},
			[]string{"Alt virker"},
		},
		{
			"two modems, one silent",
			Health{XMPP: true, Started: old, Modems: []ModemHealth{{Ready: true, Registered: true}, {}}},
			[]string{"Noe virker ikke", "Modemet 1", "Modemet 2", "Mobilnettet 2"},
			[]string{"Modem 1", "Modem 2"},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, Options{Health: func() Health { return c.health }})
			for lang, words := range map[string][]string{"nb": c.nb, "en": c.en} {
				res, page := s.ask("GET", "/", "Accept-Language", lang)
				if res.StatusCode != 200 || res.Header.Get("Content-Language") != lang || !strings.Contains(page, `<html lang="`+lang+`"`) {
					t.Errorf("%s: %d in %q", lang, res.StatusCode, res.Header.Get("Content-Language"))
				}
				for _, word := range words {
					if !strings.Contains(page, word) {
						t.Errorf("%s: the page lacks %q", lang, word)
					}
				}
				for _, word := range c.not {
					if strings.Contains(page, word) {
						t.Errorf("%s: the page says %q", lang, word)
					}
				}
			}
		})
	}
}

// Nobody has signed in: what the configuration calls things, and how much is written, is not for the door.
func TestNothingPrivateAtTheDoor(t *testing.T) {
	s := open(t, Options{Health: healthy, Version: "v9.8.7-secret"})
	for _, path := range []string{"/", "/?lang=en", "/healthz", "/nowhere"} {
		_, body := s.ask("GET", path)
		for _, secret := range []string{"hovedmodem", "4799", "v9.8.7"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
}

func TestHealthz(t *testing.T) {
	for _, c := range []struct {
		health Health
		code   int
		body   string
	}{
		{healthy(), 200, "ok\n"},
		{Health{}, 503, "modem: does not answer\nchat server: not connected\n"},
		{Health{XMPP: true, Modems: []ModemHealth{{Ready: true}}}, 503, "network: not registered\n"},
		{Health{XMPP: true, Modems: []ModemHealth{{Ready: true, Registered: true}, {}}}, 503, "modem: does not answer\n"},
		{Health{Modems: []ModemHealth{{Ready: true, Registered: true}}}, 503, "chat server: not connected\n"},
		// A monitor must not be told that all is well because the program is young.
		{Health{Started: noon, XMPP: true}, 503, "modem: does not answer\n"},
	} {
		s := open(t, Options{Health: func() Health { return c.health }})
		res, body := s.ask("GET", "/healthz")
		if res.StatusCode != c.code || body != c.body || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%+v: %d %q (%s), want %d %q", c.health, res.StatusCode, body, res.Header.Get("Content-Type"), c.code, c.body)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		configured, path, accept, cookie, want string
	}{
		{"", "/", "", "", "nb"},
		{"en", "/", "", "", "en"},
		{"en", "/", "nb-NO,nb;q=0.9,en;q=0.8", "", "nb"},
		{"nb", "/", "en-GB,en;q=0.9", "", "en"},
		{"en", "/", "nn-NO", "", "nb"},
		{"en", "/", "no", "", "nb"},
		{"nb", "/", "zh-CN", "", "nb"},
		{"en", "/", "zh-CN", "", "en"},
		{"nb", "/", "%%%;q=x", "", "nb"},
		{"nb", "/", "nb", "lang=en", "en"},
		{"nb", "/?lang=nb", "en", "lang=en", "nb"},
		{"nb", "/?lang=../../etc", "en", "lang=<script>", "en"},
	} {
		s := open(t, Options{Health: healthy, Language: c.configured})
		res, _ := s.ask("GET", c.path, "Accept-Language", c.accept, "Cookie", c.cookie)
		if got := res.Header.Get("Content-Language"); got != c.want {
			t.Errorf("%+v: answered in %q", c, got)
		}
		chosen := c.path == "/?lang=nb"
		if set := res.Header.Get("Set-Cookie"); strings.Contains(set, "lang=nb") != chosen || !chosen && set != "" {
			t.Errorf("%+v: cookie %q", c, set)
		}
	}
}

func TestSinceCrossesMidnightAndMonths(t *testing.T) {
	words, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 29, 4, 30, 0, 0, oslo) // the night in which summer time began
	for _, c := range []struct {
		then time.Time
		want string
	}{
		{time.Date(2026, 3, 29, 0, 5, 0, 0, oslo), "siden kl. 00.05"},
		{time.Date(2026, 3, 28, 23, 59, 0, 0, oslo), "siden i går kl. 23.59"},
		{time.Date(2026, 3, 27, 23, 59, 0, 0, oslo), "siden 27. mars"},
		{time.Date(2025, 12, 1, 0, 0, 0, 0, oslo), "siden 1. desember"},
		{now.Add(time.Minute), "siden kl. 04.31"},
	} {
		if got := words.since(c.then, now); got != c.want {
			t.Errorf("%v: %q, want %q", c.then, got, c.want)
		}
	}
}

func TestLocalesAreComplete(t *testing.T) {
	nb, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for _, l := range languages {
		other, err := readLocale(l.Code)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range slices.Sorted(maps.Keys(nb)) {
			if other[key] == "" {
				t.Errorf("%s lacks %q", l.Code, key)
			}
			if a, b := verbs.FindAllString(nb[key], -1), verbs.FindAllString(other[key], -1); !slices.Equal(a, b) {
				t.Errorf("%s %q has %v, nb has %v", l.Code, key, b, a)
			}
		}
		for key := range other {
			if _, ok := nb[key]; !ok {
				t.Errorf("nb lacks %q, which %s has", key, l.Code)
			}
		}
	}
}

// A sentence that no page says any more should go, in both languages; and a page must not hold a sentence of its own.
func TestEverySentenceIsSaid(t *testing.T) {
	words, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	marked := locale{}
	for key := range words {
		marked[key] = "⟦" + key + "⟧"
	}
	e, err := newEdition(marked, mustAssets())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := e.rehearse(&out); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if strings.HasPrefix(key, "month.") {
			continue // one of twelve is said at a time
		}
		if !strings.Contains(out.String(), marked[key]) {
			t.Errorf("no page says %q", key)
		}
	}
	bare := regexp.MustCompile(`(?s)<!doctype.*?<body[^>]*>|<[^>]*>|⟦[^⟧]*⟧`).ReplaceAllString(out.String(), " ")
	for extra := regexp.MustCompile(`%!\(EXTRA[^()]*\)`); extra.MatchString(bare); { // one sentence may be part of another
		bare = extra.ReplaceAllString(bare, " ")
	}
	for _, word := range strings.Fields(bare) {
		if !slices.Contains([]string{"Knapp", "Norsk", "English", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#", ":", "→", "·", ""}, strings.TrimSuffix(word, ",")) {
			t.Errorf("a page says %q in every language", word)
		}
	}
}
