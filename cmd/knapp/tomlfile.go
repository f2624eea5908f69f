package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// fault is one thing that is wrong in a file, and where.
type fault struct {
	file string
	line int // 0: not known
	text string
}

func (f fault) Error() string {
	if f.line == 0 {
		return fmt.Sprintf("%s: %s", f.file, f.text)
	}
	return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text)
}

// tomlFile is a TOML document with the line of every key in it.
type tomlFile struct {
	name  string
	lines map[string]int // `child[0].allow[1].key` → line; tables too
}

// readTOML reads a file into a struct. Unknown keys and values of the wrong type are faults that name the
// line, the key and what is allowed there.
func readTOML(name string, into any) (tomlFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return tomlFile{}, fmt.Errorf("%w: does the file exist, and may you read it?", err)
	}
	f := tomlFile{name: name, lines: linesOf(data)}
	return f, f.decode(data, into)
}

func (f tomlFile) decode(data []byte, into any) error {
	decoder := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields()
	err := decoder.Decode(into)
	var strict *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict):
		var faults []error
		for _, e := range strict.Errors {
			line, _ := e.Position()
			key := e.Key()
			table := key[:len(key)-1]
			faults = append(faults, fault{f.name, line, fmt.Sprintf(
				"%s: unknown key %q; allowed here: %s", strings.Join(key, "."), key[len(key)-1],
				strings.Join(allowedKeys(reflect.TypeOf(into), table), ", "))})
		}
		return errors.Join(faults...)
	case errors.As(err, &wrong):
		line, _ := wrong.Position()
		text := strings.TrimPrefix(wrong.Error(), "toml: ")
		if key := wrong.Key(); len(key) > 0 {
			if want := kindAt(reflect.TypeOf(into), key); want != "" {
				text = "wants " + want
			}
			text = strings.Join(key, ".") + ": " + text
		}
		return fault{f.name, line, text}
	default:
		return fault{file: f.name, text: err.Error()}
	}
}

// at makes a fault of what is wrong at a path; where the key itself is missing, at its table.
func (f tomlFile) at(path, text string) fault {
	for p := path; p != ""; {
		if line := f.lines[p]; line != 0 {
			return fault{f.name, line, path + ": " + text}
		}
		cut := strings.LastIndexAny(p, ".[")
		if cut < 0 {
			break
		}
		p = p[:cut]
	}
	return fault{f.name, 0, path + ": " + text}
}

// linesOf notes where every table and key stands.
func linesOf(data []byte) map[string]int {
	lines := make(map[string]int)
	count := make(map[string]int) // array table → how many so far
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		path, line := "", 0
		if e.Kind == unstable.KeyValue {
			path = table
		}
		for it := e.Key(); it.Next(); {
			node := it.Node()
			line = p.Shape(node.Raw).Start.Line
			if path != "" {
				path += "."
			}
			path += string(node.Data)
			if n := count[path]; n > 0 && !(e.Kind == unstable.ArrayTable && it.IsLast()) {
				path = fmt.Sprintf("%s[%d]", path, n-1)
			}
		}
		switch e.Kind {
		case unstable.ArrayTable:
			count[path]++
			path = fmt.Sprintf("%s[%d]", path, count[path]-1)
			table = path
		case unstable.Table:
			table = path
		}
		lines[path] = line
	}
	return lines
}

// typeAt returns the type of what stands at a key, nil for nothing.
func typeAt(t reflect.Type, key []string) reflect.Type {
	for _, name := range key {
		t = elem(t)
		if t.Kind() != reflect.Struct {
			return nil
		}
		i := 0
		for i < t.NumField() && tagName(t.Field(i)) != name {
			i++
		}
		if i == t.NumField() {
			return nil
		}
		t = t.Field(i).Type
	}
	return t
}

// kindAt says what a key's value must look like.
func kindAt(t reflect.Type, key []string) string {
	if t = typeAt(t, key); t == nil {
		return ""
	}
	switch t.Kind() {
	case reflect.String:
		return "a text in quotes"
	case reflect.Bool:
		return "true or false, without quotes"
	case reflect.Int:
		return "a number, without quotes"
	case reflect.Slice:
		if elem(t).Kind() == reflect.String {
			return "a list of texts, such as [\"one\", \"two\"]"
		}
		return "one or more tables, such as [[" + strings.Join(key, ".") + "]]"
	case reflect.Struct:
		return "a table, such as [" + strings.Join(key, ".") + "]"
	default:
		return ""
	}
}

// allowedKeys lists the keys that a table may have.
func allowedKeys(t reflect.Type, table []string) []string {
	t = typeAt(t, table)
	if t == nil || elem(t).Kind() != reflect.Struct {
		return nil
	}
	t = elem(t)
	var keys []string
	for i := range t.NumField() {
		if name := tagName(t.Field(i)); name != "" && name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

func elem(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

func tagName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	return name
}
