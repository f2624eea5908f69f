package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// prosodyLines is what Prosody needs, to be put there by hand.
func prosodyLines(c config, host string) string {
	return fmt.Sprintf(`-- Knapp: the children's phones
Component %[1]q
  component_secret = %[2]q
  modules_enabled = { "privilege" }

-- Knapp: the children come into the rosters of %[3]s's people (the package prosody-modules; XEP-0356)
VirtualHost %[3]q
  modules_enabled = { "privilege" } -- or add it to the list that is there
  privileged_entities = { [%[1]q] = { roster = "both" } }
`, c.XMPP.Domain, c.XMPP.secret, host)
}

// What a line of Prosody's configuration begins. It is a program in Lua: what is written otherwise than everybody writes
// it, is left to its owner.
var (
	luaHost    = regexp.MustCompile(`^\s*(VirtualHost|Host|Component)\s*\(?\s*["']([^"']+)["']`)
	luaInclude = regexp.MustCompile(`^\s*Include\s*\(?\s*["']([^"']+)["']`)
)

// luaFile is a file of Prosody's configuration in lines, each with its end.
type luaFile struct {
	name   string
	before string
	lines  []string
}

// luaSection is what stands between a line that names a host and the next. The first has no name: it is for all.
type luaSection struct {
	file       *luaFile
	kind, name string
	head, end  int // head is -1 for the first
}

// readLua reads a configuration and what it includes.
func readLua(name string) ([]*luaFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	main := &luaFile{name: name, before: string(text), lines: strings.SplitAfter(string(text), "\n")}
	files := []*luaFile{main}
	for _, line := range main.code() {
		m := luaInclude.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		pattern := m[1]
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(name), pattern)
		}
		included, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: Include %q: %w", name, m[1], err)
		}
		for _, one := range included {
			text, err := os.ReadFile(one)
			if err != nil {
				return nil, err
			}
			files = append(files, &luaFile{name: one, before: string(text), lines: strings.SplitAfter(string(text), "\n")})
		}
	}
	return files, nil
}

// code returns the lines without their comments.
func (f *luaFile) code() []string {
	var out []string
	inside := false // of a comment of several lines
	for _, line := range f.lines {
		if inside {
			inside = !strings.Contains(line, "]]")
			out = append(out, "\n")
			continue
		}
		code, comment, _ := strings.Cut(line, "--")
		inside = strings.HasPrefix(comment, "[[") && !strings.Contains(comment, "]]")
		out = append(out, code)
	}
	return out
}

// sections returns the parts of a file.
func (f *luaFile) sections() []luaSection {
	code := f.code()
	out := []luaSection{{file: f, head: -1, end: len(code)}}
	for i, line := range code {
		host := luaHost.FindStringSubmatch(line)
		if host == nil && !luaInclude.MatchString(line) {
			continue
		}
		out[len(out)-1].end = min(out[len(out)-1].end, i)
		if host != nil {
			out = append(out, luaSection{file: f, kind: host[1], name: host[2], head: i, end: len(code)})
		}
	}
	return out
}

// mentions tells whether a section's code holds a text in quotes.
func (s luaSection) mentions(text string) bool {
	code := strings.Join(s.file.code()[s.head+1:s.end], "")
	return strings.Contains(code, `"`+text+`"`) || strings.Contains(code, `'`+text+`'`)
}

// errByHand says that somebody's own way of writing is not touched.
var errByHand = errors.New("it is written in a way that is not touched here: put in by hand what knapp setup xmpp prints")

// put adds an entry to the list of an option, or the option behind the section's first line.
func (s luaSection) put(option, entry string) error {
	list := regexp.MustCompile(`^(\s*` + option + `\s*=\s*\{)`)
	code := s.file.code()
	for i := s.head + 1; i < s.end; i++ {
		if m := list.FindString(code[i]); m != "" {
			s.file.lines[i] = m + " " + entry + ";" + strings.TrimPrefix(s.file.lines[i], m)
			return nil
		}
		if strings.Contains(code[i], option) {
			return fmt.Errorf("%s: %s: %w", s.file.name, option, errByHand)
		}
	}
	if head := code[max(s.head, 0)]; s.head < 0 || strings.Contains(head, "{") {
		return fmt.Errorf("%s: %s: %w", s.file.name, strings.TrimSpace(head), errByHand)
	}
	if !strings.HasSuffix(s.file.lines[s.head], "\n") {
		s.file.lines[s.head] += "\n"
	}
	s.file.lines = slices.Insert(s.file.lines, s.head+1, "  "+option+" = { "+entry+" } -- Knapp\n")
	return nil
}

// find returns the section of a host.
func find(files []*luaFile, domain string, kinds ...string) (luaSection, bool) {
	for _, f := range files {
		for _, s := range f.sections() {
			if strings.EqualFold(s.name, domain) && slices.Contains(kinds, s.kind) {
				return s, true
			}
		}
	}
	return luaSection{}, false
}

// prosodyEdits writes what is missing: the component, and the right to write the rosters of a host's people.
func prosodyEdits(name string, c config, host string) ([]edit, error) {
	files, err := readLua(name)
	if err != nil {
		return nil, err
	}
	const privilege = "privilege"
	if component, is := find(files, c.XMPP.Domain, "Component"); !is {
		main := files[0]
		text := strings.TrimRight(main.text(), "\n") + fmt.Sprintf(
			"\n\n-- Knapp: the children's phones\nComponent %q\n  component_secret = %q\n  modules_enabled = { %q }\n",
			c.XMPP.Domain, c.XMPP.secret, privilege)
		main.lines = strings.SplitAfter(text, "\n")
	} else if !component.mentions(privilege) {
		if err := component.put("modules_enabled", `"`+privilege+`"`); err != nil {
			return nil, err
		}
	}
	// Without such a host its people's server is another, which has a keeper of its own.
	people, is := find(files, host, "VirtualHost", "Host")
	if is && !people.mentions(c.XMPP.Domain) {
		if err := people.put("privileged_entities", fmt.Sprintf(`[%q] = { roster = "both" }`, c.XMPP.Domain)); err != nil {
			return nil, err
		}
		people, _ = find(files, host, people.kind)
	}
	if all := files[0].sections()[0]; is && !all.mentions(privilege) && !people.mentions(privilege) {
		if err := people.put("modules_enabled", `"`+privilege+`"`); err != nil {
			return nil, err
		}
	}
	var out []edit
	for _, f := range files {
		if f.text() != f.before {
			out = append(out, edit{f.name, f.before, f.text()})
		}
	}
	return out, nil
}

// text is the whole of a file as it stands now.
func (f *luaFile) text() string { return strings.Join(f.lines, "") }
