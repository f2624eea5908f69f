package modem

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"knapp/modem/at"
	"knapp/modem/tpdu"
)

// Why a USSD code was not answered.
var (
	ErrUSSDBusy    = errors.New("another USSD code is being asked")
	ErrUSSDSilent  = errors.New("the operator did not answer the USSD code in time")
	ErrUSSDRefused = errors.New("the operator does not take the USSD code")
)

// ussdWithin is how long the network may take: its own time-out is about half a minute (TS 22.090 §4).
const ussdWithin = 45 * time.Second

// ussdAnswer is one +CUSD (TS 27.007 §7.15).
type ussdAnswer struct {
	m    int // 0 done, 1 the operator asks back, 2 ended by the network, 4 not supported, 5 time-out
	text string
}

// USSD asks the operator something, such as "*100#" for the balance, and returns what it writes. It is network traffic,
// free of charge with most operators. One code is asked at a time; a question that the operator asks back is not
// answered. Errors are ErrDown, ErrUSSDBusy, ErrUSSDSilent, ErrUSSDRefused and those of the modem.
func (m *Modem) USSD(ctx context.Context, code string) (string, error) {
	m.mu.Lock()
	s := m.session
	answer := make(chan ussdAnswer, 4)
	busy := m.ussd != nil
	if s != nil && !busy {
		m.ussd = answer
	}
	m.mu.Unlock()
	switch {
	case s == nil:
		return "", ErrDown
	case busy:
		return "", ErrUSSDBusy
	}
	defer func() {
		m.mu.Lock()
		m.ussd = nil
		m.mu.Unlock()
	}()
	coding, other := s.profile.USSD, USSDPacked
	if coding == USSDPacked {
		other = USSDPlain
	}
	text, err := s.askUSSD(ctx, answer, encodeUSSD(coding, code))
	if (errors.Is(err, ErrUSSDRefused) || refused(err)) && ctx.Err() == nil {
		// Several makers want it packed and say so nowhere, and models of one maker differ.
		if text, again := s.askUSSD(ctx, answer, encodeUSSD(other, code)); again == nil {
			return text, nil
		}
	}
	return text, err
}

// askUSSD sends one code and waits for what the network makes of it.
func (s *session) askUSSD(ctx context.Context, answer <-chan ussdAnswer, code string) (string, error) {
	if _, err := s.conn.CommandWithin(ctx, ussdWithin, fmt.Sprintf("+CUSD=1,%q,15", code)); err != nil {
		return "", fmt.Errorf("ask by USSD: %w", err)
	}
	timer := time.NewTimer(ussdWithin)
	defer timer.Stop()
	select {
	case a := <-answer:
		if a.m == 1 {
			// The session stays open until it is ended, and nothing else can be asked meanwhile.
			_, _, _ = s.tryWithin(ctx, s.m.o.CommandTimeout, "+CUSD=2")
		}
		switch {
		case a.m == 5:
			return "", ErrUSSDSilent
		case a.m > 2 || a.text == "":
			return "", ErrUSSDRefused
		}
		return a.text, nil
	case <-timer.C:
		_, _, _ = s.tryWithin(ctx, s.m.o.CommandTimeout, "+CUSD=2")
		return "", ErrUSSDSilent
	case <-s.conn.Done():
		return "", at.ErrClosed
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// heardUSSD hands the network's answer to whoever asked. What the operator says of itself is nobody's.
func (s *session) heardUSSD(u at.URC) {
	a := parseUSSD(u)
	s.m.mu.Lock()
	waiting := s.m.ussd
	s.m.mu.Unlock()
	if waiting == nil {
		s.log.Info("the operator says something by USSD that nobody asked", "octets", len(a.text))
		return
	}
	select {
	case waiting <- a:
	default:
	}
}

// parseUSSD reads "+CUSD: <m>[,<str>,<dcs>]", whose text may go on over several lines.
func parseUSSD(u at.URC) ussdAnswer {
	args := u.Args()
	if u.Trailing != "" {
		args += "\n" + u.Trailing
	}
	head, rest, _ := strings.Cut(args, ",")
	a := ussdAnswer{m: -1}
	if n, ok := number(head); ok {
		a.m = n
	}
	// The text may hold commas and quotes; what follows its last quote is the coding.
	rest = strings.TrimSpace(rest)
	text, dcs := strings.Trim(rest, "\""), 15
	if end := strings.LastIndex(rest, "\""); strings.HasPrefix(rest, "\"") && end > 0 {
		text = rest[1:end]
		if n, ok := number(strings.Trim(rest[end+1:], ", \n")); ok {
			dcs = n
		}
	}
	a.text = decodeUSSD(text, byte(dcs))
	return a
}

// encodeUSSD writes a code as a modem wants it.
func encodeUSSD(coding USSDCoding, code string) string {
	switch coding {
	case USSDPacked:
		if octets, ok := tpdu.PackUSSD(code); ok {
			return strings.ToUpper(hex.EncodeToString(octets))
		}
		return code
	case USSDUCS2:
		var b []byte
		for _, u := range utf16.Encode([]rune(code)) {
			b = append(b, byte(u>>8), byte(u))
		}
		return strings.ToUpper(hex.EncodeToString(b))
	default:
		return code
	}
}

// decodeUSSD reads a text by its coding (TS 23.038 §5). Modems mix what they say with what they do, so a text in hex is
// tried by its coding first and then by the others; the first that reads as a text is taken, else what stands there.
func decodeUSSD(text string, dcs byte) string {
	octets, err := hex.DecodeString(text)
	if err != nil || len(octets) == 0 || isDigits(text) && !strings.HasPrefix(text, "00") {
		return strings.TrimSpace(text)
	}
	wide := func() (string, bool) { return readUCS2(octets) }
	packed := func() (string, bool) { return readPacked(octets) }
	plain := func() (string, bool) { return string(octets), readable(string(octets)) }
	tries := []func() (string, bool){packed, wide, plain}
	switch {
	case dcs == 0x11 && len(octets) > 2: // UCS-2 behind two septets that name a language
		tries = []func() (string, bool){func() (string, bool) { return readUCS2(octets[2:]) }, wide, packed}
	case dcs&0xC0 == 0x40 && dcs&0x0C == 0x08, len(octets)%2 == 0 && octets[0] == 0:
		tries = []func() (string, bool){wide, packed, plain}
	case dcs&0xC0 == 0x40 && dcs&0x0C == 0x04:
		tries = []func() (string, bool){plain, wide, packed}
	}
	for _, try := range tries {
		if s, ok := try(); ok {
			return strings.TrimSpace(s)
		}
	}
	return text
}

func readUCS2(octets []byte) (string, bool) {
	if len(octets)%2 != 0 {
		return "", false
	}
	var units []uint16
	for i := 0; i < len(octets); i += 2 {
		u := uint16(octets[i])<<8 | uint16(octets[i+1])
		if u == 0 || u == 0xFFFF {
			break // what follows is whatever lay in the modem's memory (Telit HE910)
		}
		units = append(units, u)
	}
	s := string(utf16.Decode(units))
	return s, readable(s)
}

func readPacked(octets []byte) (string, bool) {
	s := tpdu.UnpackUSSD(octets)
	return s, readable(s)
}

// readable tells whether a text can be what an operator writes to people: letters, digits and their company, and no
// script that a number of random octets falls into.
func readable(s string) bool {
	odd := 0
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == 0x0C:
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return false
		case r > 0x2000 && r != '€' && r != '–' && r != '…' && r != '’' && r != '“' && r != '”':
			odd++
		}
	}
	return s != "" && odd*2 <= len([]rune(s))
}
