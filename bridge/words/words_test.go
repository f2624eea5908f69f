package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"
)

// declared reads every sentence from the source, with the file that it stands in.
func declared(t *testing.T) map[string]map[string]Sentence {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]Sentence{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = map[string]Sentence{}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			lit, ok := spec.Values[0].(*ast.CompositeLit)
			if !ok {
				return true
			}
			if kind, ok := lit.Type.(*ast.Ident); !ok || kind.Name != "Sentence" {
				return true
			}
			var texts [2]string
			for i, e := range lit.Elts {
				texts[i], _ = strconv.Unquote(e.(*ast.BasicLit).Value)
			}
			all[name][spec.Names[0].Name] = Sentence{texts[0], texts[1]}
			return true
		})
	}
	return all
}

var verb = regexp.MustCompile(`%(\[\d+\])?[a-z]`)

func TestEverySentenceIsCompleteInBothLanguages(t *testing.T) {
	count := 0
	for file, sentences := range declared(t) {
		for name, s := range sentences {
			count++
			if s.Bokmål == "" || s.English == "" {
				t.Errorf("%s: %s is missing: nb %q, en %q", file, name, s.Bokmål, s.English)
			}
			if a, b := len(verb.FindAllString(s.Bokmål, -1)), len(verb.FindAllString(s.English, -1)); a != b {
				t.Errorf("%s: %s takes %d arguments in nb and %d in en", file, name, a, b)
			}
		}
	}
	if count < 16 {
		t.Errorf("only %d sentences were found", count)
	}
}

// What a button phone gets must not double in price for one character outside the default alphabet.
func TestSentencesToAPhoneAreGSM7(t *testing.T) {
	for file, sentences := range declared(t) {
		if !strings.HasPrefix(file, "phone") {
			continue
		}
		for name, s := range sentences {
			for _, text := range []string{s.Bokmål, s.English} {
				if _, err := gsm7.Encode([]byte(text)); err != nil {
					t.Errorf("%s: %q: %v", name, text, err)
				}
				if len([]rune(text)) > 130 {
					t.Errorf("%s: %q is too long to read at a bus stop", name, text)
				}
			}
		}
	}
}

func TestSay(t *testing.T) {
	at := time.Date(2026, 2, 3, 8, 5, 0, 0, time.UTC)
	for _, c := range []struct{ language, want string }{
		{Bokmål, "Det er ikke sikkert at Emma fikk meldingen din fra kl. 08.05. Den sendes ikke igjen av seg selv."},
		{English, "It is not certain that Emma got your message from 08:05. It is not sent again by itself."},
		{"fr", "It is not certain that Emma got your message from 08:05. It is not sent again by itself."},
	} {
		if got := Say(c.language, PerhapsSent, "Emma", Clock(c.language, at)); got != c.want {
			t.Errorf("%s: %q", c.language, got)
		}
	}
}
