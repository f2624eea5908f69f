package tpdu

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// vector is a row of testdata/vectors.jsonl; testdata/README.md says where the rows
// are from and where they differ from the standard.
type vector struct {
	ID             string         `json:"id"`
	PDU            string         `json:"pdu"`
	Direction      string         `json:"direction"`
	Expect         map[string]any `json:"expect"`
	HeaderLen      int            `json:"header_tpdu_len"`
	HeaderMatches  bool           `json:"header_len_matches"`
	UpstreamAccept bool           `json:"upstream_accepts"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var rows []vector
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		var v vector
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// The fields of expect in all rows, and what each is checked against. A field that is
// not here fails the test.
var checks = map[string]func(t *testing.T, m Message, want any){
	"smsc":        func(t *testing.T, m Message, want any) { equal(t, m.SMSC, want) },
	"tpdu_len":    func(t *testing.T, m Message, want any) { equal(t, len(m.TPDU), integer(t, want)) },
	"first_octet": func(t *testing.T, m Message, want any) { equal(t, int(m.TPDU[0]), integer(t, want)) },
	"toa": func(t *testing.T, m Message, want any) {
		a := peer(t, m)
		equal(t, 0x80|int(a.TON)<<4|int(a.NPI), integer(t, want))
	},
	"sender":         func(t *testing.T, m Message, want any) { equal(t, m.Deliver.From.String(), want) },
	"sender_ton":     func(t *testing.T, m Message, want any) { equal(t, tonName(m.Deliver.From), want) },
	"recipient":      func(t *testing.T, m Message, want any) { equal(t, peer(t, m).String(), want) },
	"recipient_ton":  func(t *testing.T, m Message, want any) { equal(t, tonName(peer(t, m)), want) },
	"more_to_send":   func(t *testing.T, m Message, want any) { equal(t, m.Deliver.MoreToSend, want) },
	"tp_rp":          func(t *testing.T, m Message, want any) { equal(t, m.Deliver.ReplyPath, want) },
	"tp_sri":         func(t *testing.T, m Message, want any) { equal(t, m.Deliver.ReportToSender, want) },
	"tp_rd":          func(t *testing.T, m Message, want any) { equal(t, m.Submit.RejectDuplicates, want) },
	"tp_srr":         func(t *testing.T, m Message, want any) { equal(t, m.Submit.StatusReport, want) },
	"pid":            func(t *testing.T, m Message, want any) { equal(t, int(part(t, m).PID), integer(t, want)) },
	"dcs":            func(t *testing.T, m Message, want any) { equal(t, int(part(t, m).DCS), integer(t, want)) },
	"class":          func(t *testing.T, m Message, want any) { equal(t, part(t, m).Class, integer(t, want)) },
	"alphabet":       func(t *testing.T, m Message, want any) { equal(t, part(t, m).Alphabet.String(), want) },
	"text":           func(t *testing.T, m Message, want any) { equal(t, part(t, m).Text, want) },
	"ts":             func(t *testing.T, m Message, want any) { sameTime(t, scts(t, m), want) },
	"discharge":      func(t *testing.T, m Message, want any) { sameTime(t, m.Report.Discharge, want) },
	"st":             func(t *testing.T, m Message, want any) { equal(t, int(m.Report.Status), integer(t, want)) },
	"trailing_bytes": func(t *testing.T, m Message, want any) { equal(t, m.Trailing, integer(t, want)) },
	"udl":            func(t *testing.T, m Message, want any) { checkUDL(t, m, integer(t, want)) },
	"udh":            checkHeader,
	"concat":         checkConcat,
	"ports":          checkPorts,
	"vp":             checkValidity,
	"mwi_dcs":        checkWaiting,
	"mr":             checkMR,
	"st_class":       checkFate,
	"data_hex":       checkData,
	"error":          nil, // these two are checked by checkRefused
	"why":            nil,
}

func TestVectors(t *testing.T) {
	rows := vectors(t)
	if len(rows) != 183 {
		t.Fatalf("%d rows, want 183", len(rows))
	}
	used := make(map[string]bool)
	for _, v := range rows {
		for field := range v.Expect {
			if _, known := checks[field]; !known {
				t.Errorf("%s: nothing checks the field %q", v.ID, field)
			}
			used[field] = true
		}
		t.Run(v.ID, func(t *testing.T) {
			m, err := Decode(v.PDU)
			if v.Expect["error"] == true {
				checkRefused(t, v, err)
				return
			}
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			checkDirection(t, m, v.Direction)
			for field, want := range v.Expect {
				t.Run(field, func(t *testing.T) { checks[field](t, m, want) })
			}
			if v.HeaderMatches {
				equal(t, len(m.TPDU), v.HeaderLen)
			}
		})
	}
	for field := range checks {
		if !used[field] {
			t.Errorf("no row has the field %q", field)
		}
	}
}

// checkRefused holds the error against the row's reason, which is in its author's words.
func checkRefused(t *testing.T, v vector, err error) {
	var fe *FormatError
	if !errors.As(err, &fe) {
		t.Fatalf("Decode = %v, want a *FormatError: %s", err, v.Expect["why"])
	}
	why := v.Expect["why"].(string)
	var want string
	switch {
	case strings.HasPrefix(why, "user data short: "): // "need 10 have 9"
		n := strings.Fields(strings.TrimPrefix(why, "user data short: "))
		want = "TP-UD: cut short: need " + n[1] + " octets, have " + n[3]
	case strings.HasPrefix(why, "address length "):
		want = "length " + strings.TrimPrefix(why, "address length ") + ", longest is 20 semi-octets"
	default:
		want = map[string]string{
			"short":           "cut short",
			"udhi with no ud": "TP-UDH: header but no user data",
			"reserved mti":    "TP-MTI: reserved",
			"not hex":         "not hex",
			"smsc length":     "SMSC: length",
		}[why]
	}
	if want == "" || !strings.Contains(err.Error(), want) {
		t.Errorf("Decode: %v, want %q (%s)", err, want, why)
	}
}

func checkDirection(t *testing.T, m Message, want string) {
	var got []string
	if m.Deliver != nil {
		got = append(got, "deliver")
	}
	if m.Submit != nil {
		got = append(got, "submit")
	}
	if m.Report != nil {
		got = append(got, "status-report")
	}
	equal(t, strings.Join(got, ","), any(want))
}

// part is what DELIVER and SUBMIT share.
func part(t *testing.T, m Message) Deliver {
	switch {
	case m.Deliver != nil:
		return *m.Deliver
	case m.Submit != nil:
		s := m.Submit
		return Deliver{
			From: s.To, PID: s.PID, DCS: s.DCS, Class: s.Class, Concat: s.Concat, Ports: s.Ports,
			Alphabet: s.Alphabet, UD: s.UD, Header: s.Header, Text: s.Text,
		}
	}
	t.Fatal("neither DELIVER nor SUBMIT")
	return Deliver{}
}

func peer(t *testing.T, m Message) Address {
	if m.Report != nil {
		return m.Report.To
	}
	return part(t, m).From
}

func scts(t *testing.T, m Message) time.Time {
	switch {
	case m.Deliver != nil:
		return m.Deliver.SCTS
	case m.Report != nil:
		return m.Report.SCTS
	}
	t.Fatal("no TP-SCTS in a SUBMIT")
	return time.Time{}
}

func tonName(a Address) string {
	return map[byte]string{
		TONUnknown: "unknown", TONInternational: "intl", TONNational: "national",
		4: "subscriber", TONAlphanumeric: "alnum",
	}[a.TON]
}

// checkUDL finds TP-UDL by itself and holds the decoded lengths against it.
func checkUDL(t *testing.T, m Message, want int) {
	p := part(t, m)
	at := 1 + 2 + 2 + 7 // first octet, address head, PID and DCS, SCTS
	digits := 1
	if m.Submit != nil {
		at = 1 + 1 + 2 + 2 + len(m.Submit.Validity.Raw)
		digits = 2
	}
	at += (int(m.TPDU[digits]) + 1) / 2
	equal(t, int(m.TPDU[at]), want)
	header := 0
	if m.TPDU[0]&0x40 != 0 {
		header = 1
		for _, e := range p.Header {
			header += 2 + len(e.Data)
		}
	}
	if p.Alphabet == AlphabetGSM7 {
		header = (header*8 + 6) / 7
	}
	equal(t, header+len(p.UD), want)
}

func checkHeader(t *testing.T, m Message, want any) {
	es := part(t, m).Header
	list := want.([]any)
	if len(es) != len(list) {
		t.Fatalf("%d elements, want %d", len(es), len(list))
	}
	for i, w := range list {
		e := w.(map[string]any)
		equal(t, int(es[i].ID), integer(t, e["iei"]))
		equal(t, strings.ToUpper(hex.EncodeToString(es[i].Data)), e["data"])
		known(t, e, "iei", "data")
	}
}

func checkConcat(t *testing.T, m Message, want any) {
	c, w := part(t, m).Concat, want.(map[string]any)
	if c == nil {
		t.Fatal("no Concat")
	}
	bits := 8
	if c.Wide {
		bits = 16
	}
	equal(t, int(c.Ref), integer(t, w["ref"]))
	equal(t, bits, integer(t, w["ref_bits"]))
	equal(t, int(c.Total), integer(t, w["total"]))
	equal(t, int(c.Seq), integer(t, w["seq"]))
	known(t, w, "ref", "ref_bits", "total", "seq")
}

func checkPorts(t *testing.T, m Message, want any) {
	p, w := part(t, m).Ports, want.(map[string]any)
	if p == nil {
		t.Fatal("no Ports")
	}
	equal(t, int(p.Dst), integer(t, w["dst"]))
	equal(t, int(p.Src), integer(t, w["src"]))
	known(t, w, "dst", "src")
}

func checkValidity(t *testing.T, m Message, want any) {
	v, w := m.Submit.Validity, want.(map[string]any)
	switch w["format"] {
	case "relative":
		equal(t, len(v.Raw), 1)
		equal(t, int(v.Raw[0]), integer(t, w["raw"]))
		known(t, w, "format", "raw")
	case "absolute":
		sameTime(t, v.Until, w["ts"])
		known(t, w, "format", "ts")
	default:
		t.Fatalf("unknown format %v", w["format"])
	}
}

func checkWaiting(t *testing.T, m Message, want any) {
	got, ok := m.Deliver.Waiting()
	w := want.(map[string]any)
	equal(t, ok, true)
	equal(t, got.Store, w["store"])
	equal(t, got.Active, w["active"])
	equal(t, int(got.Kind), integer(t, w["type"]))
	known(t, w, "store", "active", "type")
}

func checkMR(t *testing.T, m Message, want any) {
	if m.Report != nil {
		equal(t, int(m.Report.MR), integer(t, want))
		return
	}
	equal(t, int(m.Submit.MR), integer(t, want))
}

func checkFate(t *testing.T, m Message, want any) {
	fates := map[any]Fate{"delivered": FateDelivered, "temporary-still-trying": FateTrying}
	equal(t, m.Report.Fate(), any(fates[want]))
}

func checkData(t *testing.T, m Message, want any) {
	equal(t, strings.ToUpper(hex.EncodeToString(part(t, m).UD)), want)
	equal(t, part(t, m).Text, "")
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

// known fails when a row says more than was looked at.
func known(t *testing.T, m map[string]any, keys ...string) {
	t.Helper()
	if len(m) != len(keys) {
		t.Errorf("%v has fields other than %v", m, keys)
	}
}

func integer(t *testing.T, v any) int {
	t.Helper()
	n, err := v.(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// sameTime compares instant and zone; null is a time that cannot be read.
func sameTime(t *testing.T, got time.Time, want any) {
	t.Helper()
	if want == nil {
		equal(t, got.IsZero(), true)
		return
	}
	equal(t, got.Format("2006-01-02T15:04:05-07:00"), want)
}
