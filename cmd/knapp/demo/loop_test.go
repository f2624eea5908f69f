package demo

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The promise of `make run`, with the real program and a real browser: `2 hei` on the phone arrives at Mamma's chat,
// and her answer on the phone.
func TestLoop(t *testing.T) {
	knapp := filepath.Join(t.TempDir(), "knapp")
	if out, err := exec.Command("go", "build", "-o", knapp, "knapp/cmd/knapp").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	t.Setenv("TMPDIR", t.TempDir())
	var out terminal
	st, end := start(t, Options{Knapp: knapp, Listen: "127.0.0.1:0", Language: "nb", Out: &out})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("terminal:\n%s\ngateway:\n%s", out.String(), st.gateway.tail())
		}
	})
	b := openBrowser(t, st.url)
	b.window(1280, 820, "light")
	b.open("nb")
	b.await("Emma's chat", inChat+`?.querySelector("converse-chat textarea.chat-textarea") !== null`)
	// By name and there, without anybody's asking: the children are in the roster, and the gateway says that they are.
	for _, c := range children() {
		b.await(c.name+" in the roster, available", fmt.Sprintf(`[...%s.querySelectorAll("converse-roster-contact")].some((row) =>
			row.textContent.includes(%s) && row.innerHTML.includes("--chat-status-online"))`, inChat, quote(c.name)))
	}
	b.await("Emma's name on her chat", inChat+`.querySelector("converse-chat .chat-head").textContent.includes("Emma")`)
	b.write("2 hei")
	b.await("hei at Mamma's", chatShows("hei"))
	b.answer("kommer nå")
	emma := st.network.Phone(children()[0].number)
	wait(t, emma, "Mamma: kommer nå")
	b.await("the answer on the phone", `document.querySelector(".news")?.textContent === "1 ulest melding"`)
	b.picture("loop.png")

	// A phone that is off gets it when it is on again, once.
	st.phones[0].turn(switches{On: false, Reach: true})
	b.answer("er du der")
	until(t, "the network keeps it", func() bool { return st.network.Waiting(emma.Number()) > 0 })
	st.phones[0].turn(switches{On: true, Reach: true})
	wait(t, emma, "Mamma: er du der")
	count := func(text string) (n int) {
		for _, got := range emma.Inbox() {
			if got.Text == text {
				n++
			}
		}
		return n
	}
	if n := count("Mamma: er du der"); n != 1 {
		t.Errorf("it arrived %d times", n)
	}
	b.stayedHome()
	begin := time.Now()
	if err := end(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("ending took %v", took)
	}
}
