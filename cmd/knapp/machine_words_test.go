package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"knapp/bridge/words"
	"knapp/modem"
)

// saidOf returns the sentences that the modem room gives to the functions of some names, from its source: a text of one of
// its arguments, or of a constant that stands there.
func saidOf(t *testing.T, functions ...string) (said []string) {
	t.Helper()
	files, err := filepath.Glob("../../modem/*.go")
	if err != nil {
		t.Fatal(err)
	}
	consts := map[string]string{}
	var calls []ast.Expr
	var text func(e ast.Expr) string
	text = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			s, _ := strconv.Unquote(e.Value)
			return s
		case *ast.BinaryExpr:
			return text(e.X) + text(e.Y)
		case *ast.Ident:
			if s, known := consts[e.Name]; known {
				return s
			}
			return "%s"
		case *ast.CallExpr: // fmt.Sprintf
			if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
				return text(e.Args[0])
			}
		}
		return ""
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING && i < len(n.Names) {
						consts[n.Names[i].Name], _ = strconv.Unquote(lit.Value)
					}
				}
			case *ast.CallExpr:
				f := ""
				switch fun := n.Fun.(type) {
				case *ast.Ident:
					f = fun.Name
				case *ast.SelectorExpr:
					f = fun.Sel.Name
				}
				if slices.Contains(functions, f) && len(n.Args) > 0 {
					calls = append(calls, n.Args[0])
				}
			}
			return true
		})
	}
	for _, e := range calls {
		if s := text(e); strings.Contains(s, " ") {
			said = append(said, s)
		}
	}
	return said
}

var verb = regexp.MustCompile(`%[sdv]`)

// What a profile says of a modem, what only a person can mend of its SIM, and what an examination finds stand in both
// languages: a sentence that is added is missed here.
func TestWhatIsSaidOfAModemHasItsWords(t *testing.T) {
	profiles, err := modem.Profiles()
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	plainName := regexp.MustCompile(`(^|\s)[a-z]`)
	for _, p := range profiles {
		for _, text := range []string{p.Warn, p.Refuse} {
			if text != "" {
				said = append(said, text)
			}
		}
		if plainName.MatchString(p.Title) && p.Title != "u-blox" {
			said = append(said, p.Title)
		}
	}
	said = append(said, saidOf(t, "find", "simProblem", "simSilent", "tellSIMProblem")...)
	if len(said) < 50 {
		t.Errorf("only %d sentences were found", len(said))
	}
	for _, text := range said {
		if text == "%s" {
			continue // a sentence of one of the others
		}
		n := 0
		example := verb.ReplaceAllStringFunc(text, func(string) string { n++; return strconv.Itoa(6 + n) })
		for _, language := range []string{words.Bokmål, words.English} {
			out, ok := words.Machine(language, example)
			if !ok {
				t.Errorf("%s: nobody words %q", language, example)
			}
			for i := range n {
				if !strings.Contains(out, strconv.Itoa(7+i)) {
					t.Errorf("%s: %q lost a part of %q", language, out, example)
				}
			}
			if language == words.Bokmål && out == example || strings.Contains(out, "%!") {
				t.Errorf("%s: %q", language, out)
			}
		}
	}
}
