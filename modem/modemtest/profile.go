package modemtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Profile is what a recorded device answers. A command that it knows is
// answered with its recording; any other by the modem itself.
type Profile struct {
	// Device is the name of the recorded device.
	Device string
	// Answers are the recorded lines for a command line ("AT+CPMS=?"). Several
	// recordings of one command are given in turn. "AT+CMGS" is the answer
	// after 0x1A, and nothing is sent then. Lines behind the final result come
	// as a URC; a recording without one gets OK.
	Answers map[string][][]string
	// KeepsLast repeats the last recording of a command when all were given;
	// else they begin anew.
	KeepsLast bool
	// Unfinished are the commands to which the device gives no final result.
	Unfinished map[string]bool
	// URCs are what the device was heard to say unasked; see Modem.URC.
	URCs [][]string
}

// transcript is one row of a recording.
type transcript struct {
	Device  string   `json:"device"`
	Command string   `json:"command"`
	Kind    string   `json:"kind"` // "response" or "urc"
	Lines   []string `json:"lines"`
	Note    string   `json:"note"`
}

// longestRow bounds a row of a recording, in octets.
const longestRow = 1 << 20

// ReadProfiles reads recordings, a JSON object a line with device, command,
// kind ("response" or "urc") and lines, and gives a profile for each device in
// the order in which they first appear. The rows of ../testdata/transcripts.jsonl
// that name no command are filed where their lines belong: an ICCID under
// AT+CCID, a final result alone under AT, an error of a send under AT+CMGS.
func ReadProfiles(r io.Reader) ([]*Profile, error) {
	var all []*Profile
	rows := bufio.NewScanner(r)
	rows.Buffer(nil, longestRow)
	for n := 1; rows.Scan(); n++ {
		var row transcript
		if err := json.Unmarshal(rows.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("read profiles: row %d: %w", n, err)
		}
		i := slices.IndexFunc(all, func(p *Profile) bool { return p.Device == row.Device })
		if i < 0 {
			i = len(all)
			all = append(all, &Profile{
				Device:     row.Device,
				Answers:    map[string][][]string{},
				Unfinished: map[string]bool{},
			})
		}
		all[i].file(row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	return all, nil
}

func (p *Profile) file(row transcript) {
	if row.Kind == "urc" {
		p.URCs = append(p.URCs, row.Lines)
		return
	}
	command := row.Command
	switch {
	case command == "(ICCID string)":
		command = "AT+CCID"
	case strings.HasPrefix(command, "("):
		command = "AT"
	case strings.HasPrefix(command, "AT+CMGS"):
		command = "AT+CMGS"
	}
	p.Answers[command] = append(p.Answers[command], row.Lines)
	if strings.HasPrefix(row.Note, "no final") {
		p.Unfinished[command] = true
	}
}

// Load makes the modem answer as a recorded device; nil ends it. The profile
// must not be changed afterwards.
func (m *Modem) Load(p *Profile) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.profile = p
	m.asked = map[string]int{}
}

// recorded is the recorded answer to a command, if there is one. What the
// device said behind it follows on p.
func (p *port) recorded(command string) (answer, bool) {
	m := p.m
	if m.profile == nil {
		return answer{}, false
	}
	takes := m.profile.Answers[command]
	if len(takes) == 0 {
		return answer{}, false
	}
	n := m.asked[command]
	if m.profile.KeepsLast {
		n = min(n, len(takes)-1)
	}
	lines := takes[n%len(takes)]
	m.asked[command]++
	a := answer{final: finalOK}
	if m.profile.Unfinished[command] {
		a.final = final{}
	}
	if end := slices.IndexFunc(lines, isFinal); end >= 0 {
		if lines[end] != finalOK.text {
			a.final = final{text: lines[end]}
		}
		if behind := lines[end+1:]; len(behind) > 0 {
			p.afterwards(func() { m.unasked(direct, behind...) })
		}
		lines = lines[:end]
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
