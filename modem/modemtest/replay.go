package modemtest

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Replay makes a profile of a recorded session: what `knapp modem trace` writes,
// a line each with the time, the modem's name, "<" from the modem or ">" to it,
// and what was said, parted by tabs. A modem that it is loaded into answers each
// command as it was answered then, in the order of the recording and at last as
// it was answered last; what it said unasked it says behind the same answer.
// What was not asked then the modem answers by itself. Of a recording without
// texts the forms remain, and the PDUs are missing.
func Replay(r io.Reader) (*Profile, error) {
	p := &Profile{Device: "recording", Answers: map[string][][]string{}, Unfinished: map[string]bool{}, KeepsLast: true}
	s := session{profile: p}
	rows := bufio.NewScanner(r)
	rows.Buffer(nil, longestRow)
	n := 0
	for rows.Scan() {
		n++
		if strings.HasPrefix(rows.Text(), "#") {
			continue
		}
		f := strings.SplitN(rows.Text(), "\t", 4)
		if len(f) != 4 || f[2] != "<" && f[2] != ">" {
			return nil, fmt.Errorf("modemtest: replay: line %d is not time, name, < or >, text, parted by tabs", n)
		}
		if f[2] == ">" {
			s.typed(f[3])
		} else {
			s.heard(f[3])
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("modemtest: replay: %w", err)
	}
	s.file()
	return p, nil
}

// session is a recording while it is read.
type session struct {
	profile *Profile
	command string // the last that was typed, "" for none
	lines   []string
}

func (s *session) typed(text string) {
	switch upper := capitals(text); {
	case text == "<SUB>":
		s.file()
		s.command = "AT+CMGS"
	case strings.HasPrefix(upper, "AT+CMGS="), !strings.HasPrefix(upper, "AT"):
		// A prompt and the PDU behind it: the modem asks for them by itself.
		s.file()
		s.command = ""
	default:
		s.file()
		s.command = "AT" + text[2:]
	}
}

func (s *session) heard(line string) {
	if line != ">" && line != s.command {
		s.lines = append(s.lines, line)
	}
}

// file keeps what was heard since the last command. What was said unasked before
// anything was typed is the profile's own.
func (s *session) file() {
	p := s.profile
	switch {
	case s.command != "" && len(s.lines) > 0:
		p.Answers[s.command] = append(p.Answers[s.command], s.lines)
	case len(s.lines) > 0:
		p.URCs = append(p.URCs, s.lines)
	}
	s.lines = nil
}
