package xmpp

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The table in the package's comment names tests that are there, and every XEP that the code speaks of.
func TestTableOfStandardsIsTrue(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code, tests strings.Builder
	var table string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case name == "doc.go":
			table = string(text)
		case strings.HasSuffix(name, "_test.go"):
			tests.Write(text)
		default:
			code.Write(text)
		}
	}
	for _, named := range regexp.MustCompile(`\bTest\w+`).FindAllString(table, -1) {
		if !strings.Contains(tests.String(), "func "+named) {
			t.Errorf("there is no %s", named)
		}
	}
	for _, xep := range regexp.MustCompile(`XEP-(\d{4})`).FindAllStringSubmatch(code.String(), -1) {
		if !strings.Contains(table, xep[1]) {
			t.Errorf("XEP-%s is in the code and not in the table", xep[1])
		}
	}
}
