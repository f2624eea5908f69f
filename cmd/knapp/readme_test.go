package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"knapp/bridge"
)

// The school week that the README shows can be applied, behind the family that it shows before.
func TestTheFamilyOfTheReadmeCanBeApplied(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var document []string
	for _, block := range strings.Split(string(text), "```toml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if strings.Contains(block, "[[child]]") || strings.Contains(block, "[[child.week]]") {
			document = append(document, block)
		}
	}
	if len(document) != 2 {
		t.Fatalf("%d documents were found", len(document))
	}
	file := filepath.Join(t.TempDir(), "family.toml")
	if err := os.WriteFile(file, []byte(strings.Join(document, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var f bridge.Family
	if _, err := readTOML(file, &f); err != nil {
		t.Fatal(err)
	}
	f, err = f.Check(numbers{country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	emma := f.Children[0]
	if len(emma.Week) != 2 || emma.Limits.Day != 40 || emma.Allow[1].When != "home, Trening" || f.Limits.Storm != 60 ||
		emma.Retention.Metadata != 60 || f.Retention.Held != 7 {
		t.Errorf("it is read as %+v", f)
	}
}
