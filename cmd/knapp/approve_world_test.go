package main

import (
	"encoding/json"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/modem/modemtest"
)

// A stranger's SMS is held and its guardians are asked; the keeper lets it in, takes that back and blocks it, through the
// running gateway. The guardians hear each, and all of it is written down.
func TestApproveThroughTheGateway(t *testing.T) {
	t.Parallel()
	const number = "+4798765432"
	w := newWorld(t, modemtest.ModemOptions{})
	mum, coach := login(t, w.server, "mum"), login(t, w.server, "coach")
	stranger := w.network.Phone(number)
	w.texts(stranger, "hei, det er Anne")
	asked := mum.await("the question", func(a arrived) bool {
		return a.From == w.server.ComponentDomain && strings.HasPrefix(a.Body, "Ukjent nummer "+number+" har sendt SMS til Knapp")
	})
	if strings.Contains(asked.Body, "Anne") {
		t.Errorf("the question shows the text: %q", asked.Body)
	}
	list := func() (list []questionLine) {
		t.Helper()
		if err := json.Unmarshal([]byte(w.mustKnapp("approve", "list", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	open := list()
	if len(open) != 1 || open[0].Address != number || open[0].State != "open" || open[0].Count != 1 || !strings.Contains(asked.Body, open[0].Code) {
		t.Fatalf("what waits: %+v", open)
	}
	var now status
	if err := json.Unmarshal([]byte(w.mustKnapp("status", "--json")), &now); err != nil || now.Family.Questions != 1 || len(now.Family.Drills) != 2 ||
		len(now.Family.Budgets) != 3 || now.Family.Budgets[0].Child != "Emma" || now.Family.Budgets[0].Reserve == 0 && now.Family.Budgets[0].DayLimit != 0 {
		t.Errorf("status: %+v %v", now.Family, err)
	}
	if shown := w.mustKnapp("status"); !strings.Contains(shown, "1 wait for an answer: knapp approve") || !strings.Contains(shown, "Emma: today") {
		t.Errorf("status: %s", shown)
	}
	code := open[0].Code
	if _, said, exit := w.knapp("approve", "allow", "Z9", "--child", "Emma"); exit != exitFailed || !strings.Contains(said, "I do not know the code Z9") {
		t.Errorf("a code that is none: %d %s", exit, said)
	}
	if _, said, exit := w.knapp("approve", "allow", code, "--name", "Anne"); exit != exitFailed || !strings.Contains(said, "Emma, Jonas") {
		t.Errorf("no child was named: %d %s", exit, said)
	}
	if out := w.mustKnapp("approve", "allow", code, "--child", "Emma", "--name", "Anne"); !strings.Contains(out, "allowed") || !strings.Contains(out, "Anne") {
		t.Errorf("allowed: %s", out)
	}
	w.reads(w.emma, "Anne (ny): hei, det er Anne")
	mum.await("who let her in", func(a arrived) bool {
		return strings.Contains(a.Body, "har sluppet inn Anne ("+number+") hos Emma")
	})
	if left := list(); len(left) != 0 {
		t.Errorf("after the answer: %+v", left)
	}
	w.mustKnapp("approve", "undo", code)
	mum.await("that it is taken back", func(a arrived) bool {
		return strings.Contains(a.Body, "har tatt tilbake svaret om "+number)
	})
	w.mustKnapp("approve", "block", code)
	mum.await("the block", func(a arrived) bool { return strings.Contains(a.Body, "har sagt nei til "+number) })
	w.texts(stranger, "hallo?")
	until(t, "the second text is refused", func() bool {
		return strings.Contains(w.mustKnapp("log", "--why"), "En foresatt har blokkert adressen.")
	})
	if again := list(); len(again) != 0 {
		t.Errorf("asked again about a blocked number: %+v", again)
	}

	var lines []bridge.AuditLine
	if err := json.Unmarshal([]byte(w.mustKnapp("audit", "--json")), &lines); err != nil {
		t.Fatal(err)
	}
	var did []string
	for i := len(lines) - 1; i >= 0; i-- {
		if l := lines[i]; l.Via == bridge.ViaTerminal && strings.HasPrefix(l.What, "answer_") || l.What == "undo" {
			did = append(did, l.What)
		}
	}
	if got := strings.Join(did, " "); got != "answer_allowed undo answer_blocked" {
		t.Errorf("written down: %s", got)
	}
	if out := w.mustKnapp("audit", "--child", "Emma"); !strings.Contains(out, "the keeper") || !strings.Contains(out, "read_log") {
		t.Errorf("audit: %s", out)
	}
	if log := w.mustKnapp("log", "--why"); strings.Contains(log, "det er Anne") || strings.Contains(log, "hallo") {
		t.Errorf("the log shows a text: %s", log)
	}
	for _, a := range coach.all() {
		if strings.Contains(a.Body, number) {
			t.Errorf("a contact hears of it: %+v", a)
		}
	}
}
