package console

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func TestAQuestionIsAnsweredAndUndone(t *testing.T) {
	h := openHome(t)
	h.account("Pappa")
	h.arrives("+4795555555", "hei, det er Kari")
	b := h.signedIn("Pappa")
	b.shows("Spørsmål som venter på svar: 1.")
	b.get("/approvals")
	b.shows("En ukjent skriver til portens nummer", "+4795555555", "Ikke bekreftet: ring først")
	b.hides("det er Kari")
	questions, err := h.relay.Questions(t.Context(), bridge.Keeper)
	if err != nil || len(questions) != 1 {
		t.Fatal(questions, err)
	}
	code := questions[0].Code
	b.post("/approvals/text", "code", code)
	b.shows("det er Kari")
	b.get("/approvals")
	b.hides("det er Kari")
	b.post("/approvals/answer", "code", code, "how", "allow", "child", "Emma", "name", "Bestemor")
	b.shows(`role="alert"`) // the name is taken
	b.post("/approvals/answer", "code", code, "how", "allow", "child", "Emma", "name", "Kari")
	b.shows("Tillatt.", "tillatt av Pappa", "Ingen spørsmål venter")
	kari := h.person("Kari")
	if d, err := h.store.Directory(t.Context()); err != nil || !d.Sees(kari.ID, h.person("Emma").ID) {
		t.Errorf("Kari is not on Emma's list (%v)", err)
	}
	b.post("/approvals/answer", "code", code, "how", "undo")
	b.shows("Angret", "En ukjent skriver til portens nummer")
	b.post("/approvals/answer", "code", code, "how", "block")
	b.shows("Blokkert.", "blokkert av Pappa")
	b.post("/approvals/answer", "code", "ZZ9", "how", "allow")
	b.shows(`role="alert"`)
}

func TestInAHurry(t *testing.T) {
	h := openHome(t)
	h.account("Tante")
	emma, bestemor := h.person("Emma"), h.person("Bestemor")
	rules := func() policy.Rules {
		d, err := h.store.Directory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Rules
	}
	b := h.signedIn("Tante")
	b.get("/hurry")
	b.post("/hurry/mute", "child", id(emma), "other", id(bestemor), "how", "hour")
	b.shows("Dempet. Barnet får vite det.", "kl. 13.00", "60 min igjen")
	if got := rules().Mutes(emma.ID, noon); len(got) != 1 || got[0].Other != bestemor.ID || !got[0].Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("muted is %+v", got)
	}
	b.post("/hurry/mute", "child", id(emma), "other", id(bestemor), "how", "off")
	b.shows("Ikke dempet lenger.")
	b.post("/hurry/allow", "child", id(emma), "other", "0", "how", "15")
	b.shows("Åpnet.", "15 min igjen")
	if got := rules().Overrides(emma.ID, noon); len(got) != 1 || !got[0].Until.Equal(noon.Add(15*time.Minute)) {
		t.Errorf("opened is %+v", got)
	}
	b.post("/hurry/allow", "child", id(emma), "other", "0", "how", "off")
	b.shows("Timeplanen gjelder igjen.")
	b.post("/hurry/phone", "child", id(emma), "how", "lost")
	b.shows("Telefonen er meldt mistet.", "Telefonen er funnet")
	b.get("/overview")
	b.shows("Telefonen til Emma er meldt mistet.")
	b.get("/hurry")
	b.post("/hurry/phone", "child", id(emma), "how", "found")
	if rules().IsLost(emma.ID) {
		t.Error("the phone is still lost")
	}
	for _, junk := range [][]string{
		{"/hurry/mute"},
		{"/hurry/mute", "child", id(emma)},
		{"/hurry/mute", "child", "-1", "how", "on"},
		{"/hurry/allow", "child", id(emma), "how", "99999999"},
		{"/hurry/allow", "child", "x", "how", "15"},
		{"/hurry/phone", "child", id(emma), "how", "sell"},
		{"/hurry/mute", "child", id(bestemor), "how", "on"},
		{"/hurry/mute", "child", "99999999999999999999", "how", "on"},
	} {
		b.get("/hurry")
		if b.post(junk[0], junk[1:]...); b.code != 400 && b.code != 403 {
			t.Errorf("%v: %d", junk, b.code)
		}
	}
}

func TestIHaveIt(t *testing.T) {
	h := openHome(t)
	h.account("Onkel")
	h.arrives("+4793333333", "SOS")
	b := h.signedIn("Onkel")
	b.shows("NØD: Emma ba om hjelp")
	b.get("/hurry")
	b.post("/hurry/alarm", "child", id(h.person("Emma")))
	b.shows("Den er din.")
	b.hides("NØD")
	b.post("/hurry/alarm", "child", id(h.person("Emma")))
	b.shows("ingen åpen alarm")
}

func TestLogIsFilteredPagedAndExported(t *testing.T) {
	h := openHome(t)
	h.account("Pappa")
	for range logPage + 5 {
		h.exchange("Emma", "Bestemor", policy.ByRule)
	}
	h.later(26 * time.Hour)
	h.exchange("Emma", "Pappa", policy.ByGuardianship)
	b := h.signedIn("Pappa")
	b.get("/log")
	b.shows("Emma → Pappa", "Hvorfor?", "Eldre")
	if n := strings.Count(b.page, "Emma → Bestemor"); n != logPage-1 {
		t.Errorf("the first page has %d of them", n)
	}
	older := b.page[strings.Index(b.page, "/log?before="):]
	b.get(older[:strings.Index(older, `"`)])
	if n := strings.Count(b.page, "Emma → Bestemor"); n != 6 {
		t.Errorf("the second page has %d of them", n)
	}
	b.get("/log?days=1")
	b.shows("Emma → Pappa")
	b.hides("Emma → Bestemor")
	b.get("/log?person=bestem&way=from")
	b.hides("Emma → Pappa")
	b.get("/log?person=ingen")
	b.shows("Ingenting passer til det.")
	for _, junk := range []string{"?before=x", "?before=-5", "?days=1000", "?way=up", "?child=Ola", "?person=%25", "?person=" + strings.Repeat("a", 300)} {
		if b.get("/log" + junk); b.code != 200 {
			t.Errorf("%s: %d", junk, b.code)
		}
	}
	b.get("/log")
	b.post("/log/export", "as", "json")
	var entries []bridge.LogEntry
	if err := json.Unmarshal([]byte(b.page), &entries); err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, e := range entries {
		if e.Other == "Bestemor" {
			written++ // the rest tells Emma and the others who took the log along
		}
		if e.Why == "" {
			t.Errorf("an entry without a why: %+v", e)
		}
	}
	if written != logPage+5 {
		t.Errorf("%d of Bestemor's are in the file", written)
	}
	b.get("/log")
	b.post("/log/export", "as", "csv")
	if lines := strings.Count(b.page, ",Bestemor,"); lines != logPage+5 || !strings.HasPrefix(b.page, "id,at,direction,child,other") {
		t.Errorf("%d lines: %.200s", lines, b.page)
	}
	looks := map[string]int{}
	audit, err := h.store.Audit(t.Context(), bridge.AuditQuery{Limit: 100, Child: "Emma"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range audit {
		looks[l.What+" "+l.Who]++
	}
	if looks["read_log Pappa"] != 1 || looks["export_log Pappa"] != 2 {
		t.Errorf("the audit log has %v", looks)
	}
}

func TestASpreadsheetRunsNothing(t *testing.T) {
	for field, harm := range map[string]bool{
		"": false, "+4791111111": false, "Emma": false, "2026-01-01": false, "Åse": false,
		"=1+1": true, "+cmd": true, "-2": true, "@SUM(A1)": true, "\t=1": true, "+47=1": true,
	} {
		if harmless.MatchString(field) == harm {
			t.Errorf("%q is taken for harmless: %v", field, !harm)
		}
	}
}

// Every page can be filled in every state, in every language, with and without the browser code of others.
func TestEveryPageCanBeFilled(t *testing.T) {
	files, built := printed()
	for _, enhanced := range []bool{true, false} {
		for lang := range built {
			words, err := readLocale(lang)
			if err != nil {
				t.Fatal(err)
			}
			e, err := newEdition(words, files)
			if err != nil {
				t.Fatal(err)
			}
			if e.enhanced = enhanced && files.enhanced(); e.enhanced != enhanced {
				continue // there is none here: another build has it, and the same test
			}
			if err := e.rehearse(io.Discard); err != nil {
				t.Errorf("%s, enhanced %v: %v", lang, enhanced, err)
			}
		}
	}
}
