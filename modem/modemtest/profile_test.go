package modemtest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

// The rows of ../testdata/transcripts.jsonl; each names its source. 382 are
// answers, 66 were said unasked.
const (
	recordedAnswers = 382
	recordedURCs    = 66
)

func profiles(t *testing.T) []*modemtest.Profile {
	t.Helper()
	f, err := os.Open("../testdata/transcripts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := modemtest.ReadProfiles(f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// said are the lines of what a modem said, without the empty ones of the
// framing.
func said(s string) []string {
	return slices.DeleteFunc(strings.Split(s, "\r\n"), func(l string) bool { return l == "" })
}

// TestRecordings replays every recorded device: each command gets exactly the
// recorded lines, in the order of the recordings, and each URC comes as it was
// heard. OK stands behind answers whose recording left the final result out,
// unless it says that the device gives none.
func TestRecordings(t *testing.T) {
	answers, urcs := 0, 0
	for _, p := range profiles(t) {
		t.Run(p.Device, func(t *testing.T) {
			_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
			m.Load(p)
			for command, takes := range p.Answers {
				for _, want := range takes {
					answers++
					// The end of what is expected is its last line.
					want = slices.Clone(want)
					if !slices.ContainsFunc(want, final) && !p.Unfinished[command] {
						want = append(want, "OK")
					}
					if command == "AT+CMGS" {
						h.typeIn("AT+CMGS=15\r")
						h.until("> ")
						h.typeIn(submitPDU(t, emma, "hei", false) + "\x1a")
					} else {
						h.typeIn(command + "\r")
					}
					got := ""
					for _, l := range want {
						got += h.until(l + "\r\n")
					}
					if !slices.Equal(said(got), want) {
						t.Errorf("%s:\n got %q\nwant %q", command, said(got), want)
					}
				}
			}
			for _, lines := range p.URCs {
				urcs++
				m.URC(lines...)
				if got := said(h.until(lines[len(lines)-1] + "\r\n")); !slices.Equal(got, lines) {
					t.Errorf("said %q, want %q", got, lines)
				}
			}
			if got, _ := h.text(); got != "" {
				t.Errorf("and behind it all: %q", got)
			}
		})
	}
	if answers != recordedAnswers || urcs != recordedURCs {
		t.Errorf("replayed %d answers and %d URCs", answers, urcs)
	}
}

func final(line string) bool {
	return slices.Contains([]string{"OK", "ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "COMMAND NOT SUPPORT", "UNKNOWN COMMAND"}, line) ||
		strings.HasPrefix(line, "+CME ERROR:") || strings.HasPrefix(line, "+CMS ERROR:") || strings.HasPrefix(line, "MODEM ERROR:")
}

// TestBuiltInAnswersHaveTheRecordedShape: without a profile the modem answers
// the recorded commands with the same prefix, or refuses.
func TestBuiltInAnswersHaveTheRecordedShape(t *testing.T) {
	_, _, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	alike, refused := 0, 0
	for _, p := range profiles(t) {
		for command := range p.Answers {
			if command == "AT+CMGS" || !strings.HasPrefix(command, "AT") {
				continue
			}
			got := said(h.at(command))
			end := got[len(got)-1]
			if end != "OK" {
				refused++
				continue
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(command, "AT"), "=")
			name = strings.TrimSuffix(name, "?")
			for _, l := range got[:len(got)-1] {
				if strings.HasPrefix(l, "+C") && strings.Contains(l, ": ") && !strings.HasPrefix(l, name+": ") {
					t.Errorf("%s: %q", command, l)
				}
			}
			alike++
		}
	}
	if alike < 100 {
		t.Errorf("only %d commands are answered, %d refused", alike, refused)
	}
}
