package modemtest

import "strings"

// Profile is what a recorded device answers. A command that it knows is
// answered with its recording; any other by the modem itself.
type Profile struct {
	// Device is the name of the recorded device.
	Device string
	// Answers are the recorded lines for a command line ("AT+CPMS=?"), final
	// result included if it was recorded. Several recordings of one command
	// are given in turn.
	Answers map[string][][]string
}

// Load makes the modem answer as a recorded device; nil ends it.
func (m *Modem) Load(p *Profile) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.profile = p
	m.asked = map[string]int{}
}

// recorded is the recorded answer to a command, if there is one.
func (m *Modem) recorded(command string) (answer, bool) {
	if m.profile == nil {
		return answer{}, false
	}
	takes := m.profile.Answers[command]
	if len(takes) == 0 {
		return answer{}, false
	}
	lines := takes[m.asked[command]%len(takes)]
	m.asked[command]++
	a := answer{final: finalOK}
	if n := len(lines); n > 0 && isFinal(lines[n-1]) {
		a.final = final{text: lines[n-1]}
		if a.final.text == finalOK.text {
			a.final = finalOK
		}
		lines = lines[:n-1]
	}
	if len(lines) > 0 {
		a.blocks = [][]string{lines}
	}
	return a, true
}

// isFinal recognises a final result, makers' own ones included.
func isFinal(line string) bool {
	switch line {
	case "OK", "ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "COMMAND NOT SUPPORT", "UNKNOWN COMMAND":
		return true
	}
	for _, head := range []string{"+CME ERROR:", "+CMS ERROR:", "MODEM ERROR:"} {
		if strings.HasPrefix(line, head) {
			return true
		}
	}
	return false
}
