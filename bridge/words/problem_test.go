package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Whatever the check of a family can say, it can say to whoever fills in a form, in both languages.
func TestEveryProblemHasItsWords(t *testing.T) {
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || method.Sel.Name != "add" {
				return true
			}
			lit, ok := call.Args[1].(*ast.BasicLit)
			if of, isName := method.X.(*ast.Ident); !ok || !isName || of.Name != "c" {
				return true
			}
			format, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			found[format] = true
			s, known := problems[format]
			if !known {
				t.Errorf("%s: nobody can say %q", filepath.Base(name), format)
				return true
			}
			args := []any{"x", "y", "z", "w"}[:strings.Count(format, "%")]
			for i := range args {
				if v := verb.FindAllString(format, -1)[i]; v == "%d" {
					args[i] = i
				}
			}
			for _, language := range []string{Bokmål, English} {
				if text := Problem(language, format, args...); strings.Contains(text, "%!") || !strings.HasSuffix(text, ".") {
					t.Errorf("%s: %q", language, text)
				}
			}
			if s.Bokmål == s.English && format != "%v" {
				t.Errorf("%q is not put into Norwegian", s.English)
			}
			return true
		})
	}
	for format := range problems {
		if !found[format] {
			t.Errorf("nothing says %q", format)
		}
	}
	if got := Problem(Bokmål, "%d of something new", 3); got != "3 of something new" {
		t.Errorf("what is not known is said as %q", got)
	}
}
