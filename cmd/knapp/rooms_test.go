package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// doors is which package may import which of ours. Pure leaves lie below their parent and know nothing of it;
// adapters lie above it and fill its ports; siblings never meet. Tests and the demo are exempt.
var doors = map[string][]string{
	"cmd/knapp":            {"modem", "modem/at", "modem/tpdu", "bridge", "bridge/policy", "bridge/words", "bridge/store", "bridge/xmpp", "console", "hardware", "cmd/knapp/demo"},
	"cmd/knapp/demo":       {"modem/modemtest", "bridge/xmpp/xmpptest"},
	"cmd/knapp/ordeal":     {},
	"modem":                {"modem/at", "modem/tpdu"},
	"modem/at":             {},
	"modem/tpdu":           {},
	"modem/modemtest":      {"modem/tpdu"},
	"hardware":             {},
	"bridge":               {"bridge/policy", "bridge/words"},
	"bridge/policy":        {},
	"bridge/words":         {},
	"bridge/store":         {"bridge", "bridge/policy", "bridge/words"},
	"bridge/xmpp":          {"bridge", "bridge/policy", "bridge/words"},
	"bridge/xmpp/xmpptest": {},
	"console":              {"bridge", "bridge/policy", "bridge/words"},
}

// owners is which libraries live in one room only.
var owners = map[string][]string{
	"github.com/mattn/go-sqlite3":     {"bridge/store"},
	"database/sql":                    {"bridge/store"},
	"mellium.im/xmpp":                 {"bridge/xmpp"},
	"github.com/gofiber/fiber/v2":     {"console"},
	"go.bug.st/serial":                {"hardware"},
	"github.com/warthog618/modem":     {"modem/at"},
	"github.com/warthog618/sms":       {"modem/tpdu", "modem/modemtest"},
	"github.com/nyaruka/phonenumbers": {"cmd/knapp"},
	"github.com/pelletier/go-toml/v2": {"modem", "cmd/knapp", "cmd/knapp/demo"},
	"C":                               {},
}

func TestRoomsAndDoors(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") && len(name) > 2 {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		room, err := filepath.Rel("../..", filepath.Dir(path))
		if err != nil {
			return err
		}
		room = filepath.ToSlash(room)
		allowed, known := doors[room]
		if !known {
			t.Errorf("%s: there is no room %s", path, room)
			return nil
		}
		seen[room] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, found := strings.CutPrefix(imported, "knapp/"); found && !slices.Contains(allowed, ours) {
				t.Errorf("%s: %s may not import %s", path, room, ours)
			}
			for library, rooms := range owners {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !slices.Contains(rooms, room) {
					t.Errorf("%s: %s lives in %s", path, library, strings.Join(rooms, ", "))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range doors {
		if !seen[room] {
			t.Errorf("the room %s is empty", room)
		}
	}
}

// The top level is as the user named it: what stands there is listed here, or begins with a dot.
func TestTopLevel(t *testing.T) {
	listed, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err != nil {
		t.Fatal(err)
	}
	named := []string{"cmd", "modem", "bridge", "console", "hardware", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE"}
	for file := range strings.Lines(string(listed)) {
		top, _, _ := strings.Cut(strings.TrimSpace(file), "/")
		if !slices.Contains(named, top) && !strings.HasPrefix(top, ".") {
			t.Errorf("%s stands at the top level", top)
		}
	}
	for _, name := range named {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Errorf("%s is missing at the top level: %v", name, err)
		}
	}
}
