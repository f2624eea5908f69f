package tpdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"
)

// hei is TP-UDL and TP-UD of "hei"; scts what stands before it.
const (
	hei  = "03E8721A"
	when = "62112271840040"
)

// from is a DELIVER of "hei" by a sender whose address octets are given.
func from(address string) string { return "0004" + address + "0000" + when + hei }

// coded is a DELIVER with this TP-DCS, and "hei" in octets that any alphabet can read.
func coded(pid, dcs byte) string {
	return "00040A917419325476" + hex.EncodeToString([]byte{pid, dcs}) + when + hei
}

// pack returns the octets of a text in GSM-7.
func pack(t *testing.T, text string) string {
	t.Helper()
	w := writing{single: singleGSM7, part: partGSM7}
	if _, ok := w.measure(text); !ok {
		t.Fatalf("%q is not GSM-7", text)
	}
	return hex.EncodeToString(gsm7.Pack7Bit(w.encode(text), 0))
}

func decoded(t *testing.T, pdu string) Message {
	t.Helper()
	m, err := Decode(pdu)
	if err != nil {
		t.Fatalf("Decode(%s): %v", pdu, err)
	}
	return m
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		name, address string
		want          string
		ton, npi      byte
	}{
		{"international", "0A917419325476", "+4791234567", 1, 1},
		{"a short number", "05812799F9", "72999", 0, 1},
		{"national", "08A119325476", "91234567", 2, 1},
		{"no fill in the last octet", "0581279919", "72999", 0, 1},
		{"fill in the middle", "068127F999", "72999", 0, 1},
		{"what is no digit", "0581BADCFE", "*#abc", 0, 1},
		{"a name of 13 semi-octets", "0DD0" + pack(t, "NETFLIX"), "NETFLIX", 5, 0},
		{"a name of 14 semi-octets", "0ED0" + pack(t, "NETFLIX"), "NETFLIX", 5, 0},
		{"a name of 8 letters", "0ED0" + pack(t, "NETFLIX1"), "NETFLIX1", 5, 0},
		{"a name of 11 letters", "14D0" + pack(t, "Postnord 11"), "Postnord 11", 5, 0},
		{"a name in Norwegian", "07D0" + pack(t, "Bånn"), "Bånn", 5, 0},
		{"a name with an escape", "06D0" + pack(t, "a€"), "a€", 5, 0},
		{"a name that ends in an escape", "02D01B", " ", 5, 0},
		{"nobody", "0080", "", 0, 0},
		{"nobody, international", "0091", "", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := decoded(t, from(tt.address)).Deliver
			equal(t, d.From.String(), any(tt.want))
			equal(t, d.From.TON, any(tt.ton))
			equal(t, d.From.NPI, any(tt.npi))
			equal(t, d.From.Alphanumeric(), any(tt.ton == 5))
			equal(t, d.Text, "hei")
		})
	}
}

func TestParseAddress(t *testing.T) {
	for s, want := range map[string]Address{
		"+4791234567": {"4791234567", TONInternational, NPITelephone},
		"72999":       {"72999", TONUnknown, NPITelephone},
		"91234567":    {"91234567", TONUnknown, NPITelephone},
		"*100#":       {"*100#", TONUnknown, NPITelephone},
	} {
		got := number(t, s)
		equal(t, got, any(want))
		equal(t, got.String(), any(s))
		tpdus, err := Segment(got, "hei", Options{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := DecodeTPDU(tpdus[0])
		if err != nil {
			t.Fatal(err)
		}
		equal(t, m.Submit.To, any(got))
	}
	for _, s := range []string{"", "+", "NETFLIX", "+47 91", "47+", "++47", "+" + strings.Repeat("1", 21), "٣"} {
		if a, err := ParseAddress(s); err == nil {
			t.Errorf("ParseAddress(%q) = %v, want an error", s, a)
		}
	}
}

// TP-DCS by the groups of 23.038 §4.
func TestCodingSchemes(t *testing.T) {
	tests := []struct {
		dcs      byte
		alphabet Alphabet
		class    int
		waiting  bool
	}{
		{0x00, AlphabetGSM7, -1, false},
		{0x04, Alphabet8Bit, -1, false},
		{0x08, AlphabetUCS2, -1, false},
		{0x0c, AlphabetGSM7, -1, false}, // reserved alphabet
		{0x10, AlphabetGSM7, 0, false},
		{0x1b, AlphabetUCS2, 3, false},
		{0x20, Alphabet8Bit, -1, false}, // compressed
		{0x48, AlphabetUCS2, -1, false}, // deleted after reading
		{0x80, AlphabetGSM7, -1, false}, // reserved groups
		{0xbf, AlphabetGSM7, -1, false},
		{0xc8, AlphabetGSM7, -1, true},
		{0xd0, AlphabetGSM7, -1, true},
		{0xe8, AlphabetUCS2, -1, true},
		{0xf0, AlphabetGSM7, 0, false},
		{0xf5, Alphabet8Bit, 1, false},
		{0xf2, AlphabetGSM7, 2, false},
	}
	for _, tt := range tests {
		d := decoded(t, coded(0, tt.dcs)).Deliver
		_, waiting := d.Waiting()
		if d.Alphabet != tt.alphabet || d.Class != tt.class || waiting != tt.waiting {
			t.Errorf("DCS %02X: %v, class %d, waiting %v, want %v, %d, %v",
				tt.dcs, d.Alphabet, d.Class, waiting, tt.alphabet, tt.class, tt.waiting)
		}
		if text := d.Text; (text == "") != (tt.alphabet == Alphabet8Bit) || tt.alphabet == AlphabetGSM7 && text != "hei" {
			t.Errorf("DCS %02X: text %q", tt.dcs, text)
		}
	}
}

func TestWaiting(t *testing.T) {
	got, _ := decoded(t, coded(0, 0xd9)).Deliver.Waiting()
	equal(t, got, any(Waiting{Kind: WaitingFax, Active: true, Store: true, Count: -1}))
	got, _ = decoded(t, coded(0, 0xc0)).Deliver.Waiting()
	equal(t, got, any(Waiting{Kind: WaitingVoice, Count: -1}))
	// The header outranks TP-DCS: two voice messages, keep the text.
	got, _ = decoded(t, built(0xc0, true, 6, "0401028002"+"00")).Deliver.Waiting()
	equal(t, got, any(Waiting{Kind: WaitingVoice, Active: true, Store: true, Count: 2}))
}

func TestProtocolIdentifiers(t *testing.T) {
	for pid, want := range map[byte]int{0x00: 0, 0x40: 0, 0x41: 1, 0x47: 7, 0x48: 0} {
		d := decoded(t, coded(pid, 0)).Deliver
		equal(t, d.Replaces(), any(want))
		equal(t, d.TypeZero(), any(pid == 0x40))
	}
}

// 23.040 §9.2.3.24.15 and .16: the identifiers are 24 and 25 hex.
func TestNationalLanguages(t *testing.T) {
	septets := func(s ...byte) string { return hex.EncodeToString(gsm7.Pack7Bit(s, 3)) }
	tests := []struct {
		name, header, ud string
		n                int
		want             string
	}{
		{"Turkish shift", "03240101", septets(0x1b, 0x53, 0x53), 3, "ŞS"},
		{"Turkish locking", "03250101", septets(0x0b, 0x1b, 0x65), 3, "Ğ€"},
		{"Portuguese locking", "03250103", septets(0x0b, 0x7b), 2, "Ôã"},
		{"Spanish has no locking table", "03250102", septets(0x0b), 1, "Ø"},
		{"a language that nobody knows", "03250170", septets(0x0b), 1, "Ø"},
		{"an element of no length", "022500", hex.EncodeToString(gsm7.Pack7Bit([]byte{0x0b}, 4)), 1, "Ø"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			covered := (len(tt.header)/2*8 + 6) / 7
			d := decoded(t, built(0, true, covered+tt.n, tt.header+tt.ud)).Deliver
			equal(t, d.Text, any(tt.want))
		})
	}
}

func TestHeaders(t *testing.T) {
	tests := []struct {
		name, ud string
		concat   *Concat
		text     string
	}{
		{"parts of 0", "05000307000000610062", nil, "ab"},
		{"part 0", "05000307020000610062", nil, "ab"},
		{"part 3 of 2", "05000307020300610062", nil, "ab"},
		{"the last of two counts", "0B000307020108040102030200610062", &Concat{0x0102, true, 3, 2}, "ab"},
		{"a wrong length", "040002070200610062", nil, "ab"},
		{"an element that runs over the header", "050009070201" + "00610062", nil, "ab"},
		{"half an element", "0100" + "00610062", nil, "ab"},
		{"no element", "00" + "00610062", nil, "ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := decoded(t, built(8, true, len(tt.ud)/2, tt.ud)).Deliver
			equal(t, d.Text, any(tt.text))
			if (d.Concat == nil) != (tt.concat == nil) || d.Concat != nil && *d.Concat != *tt.concat {
				t.Errorf("Concat = %v, want %v", d.Concat, tt.concat)
			}
		})
	}
	_, part := decoded(t, built(8, false, 2, "0061")).Deliver.Key()
	equal(t, part, false)
}

func TestTimestamps(t *testing.T) {
	for octets, want := range map[string]string{
		"62112271840040": "2026-11-22T17:48:00+01:00",
		"6211227184004A": "2026-11-22T17:48:00-06:00",
		"89922122404100": "", // month 29
		"89212221404100": "1998-12-22T12:04:14Z",
		"FFFFFFFFFFFFFF": "",
		"00000000000000": "",
		"621122718400A0": "", // zone that is not BCD
		"62201371840040": "", // 31 February
		"62112242840040": "", // hour 24
	} {
		got := decoded(t, "00040A917419325476"+"0000"+octets+hei).Deliver
		equal(t, got.Text, "hei")
		if s := got.SCTS.Format(time.RFC3339); got.SCTS.IsZero() != (want == "") || want != "" && s != want {
			t.Errorf("%s = %s, want %q", octets, s, want)
		}
	}
	m := decoded(t, "0006D60B911326880000F4"+when+"FFFFFFFFFFFFFF"+"00")
	equal(t, m.Report.Discharge.IsZero(), true)
	equal(t, m.Report.SCTS.IsZero(), false)
	equal(t, m.Report.Fate(), any(FateDelivered))
}

// 23.040 §9.2.3.15.
func TestFates(t *testing.T) {
	for st := range 256 {
		want := FateFailed
		switch {
		case st == 0x00:
			want = FateDelivered
		case st < 0x20:
			want = FateUnconfirmed
		case st < 0x40:
			want = FateTrying
		}
		got := StatusReport{Status: byte(st)}.Fate()
		equal(t, got, any(want))
		equal(t, got.Final(), any(want != FateTrying))
	}
}

func TestEnhancedValidity(t *testing.T) {
	for octets, want := range map[string]time.Duration{
		"00000000000000": 0,
		"01470000000000": 6 * time.Hour,
		"021E0000000000": 30 * time.Second,
		"03102030000000": time.Hour + 2*time.Minute + 3*time.Second,
	} {
		m := decoded(t, "000900"+"0A917419325476"+"0000"+octets+hei)
		equal(t, m.Submit.Validity.For, any(want))
		equal(t, m.Submit.Text, "hei")
	}
}

// What a modem prints around a PDU does no harm, and what is broken still says who sent it.
func TestDecodeAtTheEdges(t *testing.T) {
	pdu := from("0A917419325476")
	for _, s := range []string{" " + pdu + "\r\n", pdu + "\"", strings.ToLower(pdu), pdu + "00"} {
		equal(t, decoded(t, s).Deliver.Text, "hei")
	}
	equal(t, decoded(t, pdu+"0000").Trailing, 2)

	// One octet more than the standard has is read, a length that cannot be is not.
	equal(t, decoded(t, "0C91"+strings.Repeat("21", 11)+pdu[2:]).Deliver.Text, "hei")
	if m, err := Decode("0D91" + strings.Repeat("21", 12) + pdu[2:]); err == nil {
		t.Errorf("an SMSC of 13 octets: %v", m)
	}

	m, err := Decode(pdu[:len(pdu)-2])
	var fe *FormatError
	if !errors.As(err, &fe) || fe.Field != "TP-UD" {
		t.Errorf("Decode of a PDU cut short: %v", err)
	}
	equal(t, m.Deliver.From.String(), "+4791234567")
	equal(t, m.Deliver.Text, "he")

	for _, s := range []string{"", "0", "00", "zz", "0491"} {
		if m, err := Decode(s); err == nil {
			t.Errorf("Decode(%q) = %v, want an error", s, m)
		}
	}
}

func TestLogsHoldNoTextAndNoNumber(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	for _, pdu := range []string{
		from("0A917419325476"),
		ucs2Part(2, 1, "0061"),
		"000006" + "0A917419325476" + "0000" + hei,
		"0006D60A917419325476" + when + when + "00",
		"0001000A9174193254760000" + hei,
	} {
		m, err := Decode(pdu)
		logger.Info("message", "m", m, "err", err)
		if m.Deliver != nil {
			logger.Info("deliver", "d", m.Deliver)
			if k, ok := m.Deliver.Key(); ok {
				logger.Info("part", "key", k)
			}
		}
	}
	logger.Info("number", "to", number(t, "72999"), "also", number(t, "12"), "name", Address{"NETFLIX", 5, 0})
	for _, secret := range []string{"hei", "791234567", "E8721A", "e8721a", "72999", "12 "} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, log.String())
		}
	}
	for _, wanted := range []string{"+47…67", "…99", "NETFLIX", "part=1", "fate=delivered"} {
		if !strings.Contains(log.String(), wanted) {
			t.Errorf("the log lacks %q:\n%s", wanted, log.String())
		}
	}
}
