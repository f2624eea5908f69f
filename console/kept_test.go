package console

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"knapp/bridge"
)

// A guardian sees who did what about its children, and nobody else's; an owner says for how long things are kept.
func TestWhatIsKept(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Tante", "Nabo"} {
		h.account(name)
	}
	b := h.signedIn("Mamma")
	b.get("/log")
	b.get("/kept")
	b.shows("Emma", "0 dager, alltid", "Så i loggen", "på denne siden", `value="30"`)
	b.hides("Ola")
	b.post("/kept/days", "child", "Emma", "what", "metadata", "days", "20")
	b.shows("Lagret.", `value="20"`, "Endret hvor lenge noe lagres")
	b.post("/kept/days", "child", "Emma", "what", "metadata", "days", "40")
	b.shows("En annen foresatt må si ja først", `value="20"`)
	b.hides(`value="40"`)
	for _, days := range []string{"", "-1", "0", "9e9", "99999999999999999999", "1.5", "20 "} {
		b.get("/kept")
		if b.post("/kept/days", "child", "Emma", "what", "held", "days", days); b.code != 422 || !strings.Contains(b.page, `role="alert"`) {
			t.Errorf("%q days: %d", days, b.code)
		}
	}
	for _, try := range [][2]string{{"Ola", "held"}, {"Mamma", "held"}, {"", "held"}, {"Emma", "text"}, {"Emma", ""}} {
		b.get("/kept")
		if b.post("/kept/days", "child", try[0], "what", try[1], "days", "3"); b.code < 400 || b.code >= 500 {
			t.Errorf("%v: %d", try, b.code)
		}
	}
	for name, hidden := range map[string]string{"Tante": `action="/kept/days"`, "Nabo": "Så i loggen"} {
		other := h.signedIn(name)
		other.get("/kept")
		other.hides(hidden)
		if other.code != 200 {
			t.Errorf("%s: %d", name, other.code)
		}
	}
	// Whoever leafs looks once, and every page is another.
	h.write(t, 120)
	b.get("/kept?child=Emma")
	seen, pages := map[string]bool{}, 0
	for {
		pages++
		found := regexp.MustCompile(`number \d+`).FindAllString(b.page, -1)
		for _, one := range found {
			if seen[one] {
				t.Fatalf("%s is on two pages", one)
			}
			seen[one] = true
		}
		older := regexp.MustCompile(`class="again" href="(/kept\?before=\d+&child=Emma)`).FindStringSubmatch(b.page)
		if older == nil {
			break
		}
		b.get(older[1])
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("%d entries on %d pages", len(seen), pages)
	}
}

func (h *home) write(t *testing.T, n int) {
	t.Helper()
	emma := h.person("Emma").ID
	err := h.store.Do(t.Context(), func(tx bridge.Tx) error {
		for i := range n {
			e := bridge.AuditEntry{At: h.clock(), Who: bridge.Keeper, What: "rename", Child: emma, Detail: fmt.Sprintf("number %d", 100+i)}
			if err := tx.AddAudit(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever is written into the audit log has words here.
func TestEveryOperationHasWords(t *testing.T) {
	words, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, room := range []string{"../bridge/*.go", "*.go"} {
		some, err := filepath.Glob(room)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
	}
	call := regexp.MustCompile(`(?:\.audit\(tx, [\w.]+, |v\.change\(|What: )"(\w+)"`)
	found := 0
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(code), -1) {
			found++
			if what := m[1]; !strings.HasSuffix(what, "_") && words["audit."+what] == "" {
				t.Errorf("%s writes %q, which has no words", file, what)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d operations were found", found)
	}
	for _, what := range []string{
		"first_start", "use_invitation", bridge.ReadText, bridge.ReadLog, bridge.ExportLog, bridge.ReadAudit, bridge.ReadTexts,
		"ask_" + string(bridge.CutGuardian), "withdraw_" + string(bridge.RaiseRetention),
		string(bridge.TakeCopy), string(bridge.PutBack), string(bridge.EndPause), string(bridge.AskBalance), string(bridge.ExamineModems),
		"answer_" + string(bridge.QuestionAllowed), "answer_" + string(bridge.QuestionOnce), "answer_" + string(bridge.QuestionBlocked), "answer_" + string(bridge.QuestionMoved),
	} {
		if words["audit."+what] == "" {
			t.Errorf("%q has no words", what)
		}
	}
}
