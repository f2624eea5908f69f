package modem

import (
	"bufio"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// transcript is one row of testdata/transcripts.jsonl: what a modem said. Each row names its source.
type transcript struct {
	ID      string
	Device  string
	Command string
	Kind    string
	Lines   []string
	Raw     string
}

func transcripts(t testing.TB) []transcript {
	t.Helper()
	f, err := os.Open("testdata/transcripts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	var rows []transcript
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var r transcript
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Lines == nil {
			r.Lines = strings.Split(r.Raw, "\n")
		}
		rows = append(rows, r)
	}
	return rows
}

func each(t *testing.T, command string, check func(t *testing.T, r transcript)) {
	t.Helper()
	n := 0
	for _, r := range transcripts(t) {
		if r.Command == command {
			n++
			t.Run(r.ID, func(t *testing.T) { check(t, r) })
		}
	}
	if n == 0 {
		t.Errorf("no transcript of %s", command)
	}
}

// Every answer to AT+CPMS=? names at least one usable storage for reading, but those that name none at all.
func TestStoragesOfDevices(t *testing.T) {
	want := map[string][3]string{
		"t041": {"SM BM SR", "SM", ""},
		"t092": {}, "t225": {}, "t228": {}, "t358": {},
		"t223": {"ME MT", "ME SM MT", "SM MT"},
		"t224": {"ME", "MT", "SM"},
		"t226": {"ME MT", "ME", "SM"}, "t227": {"ME MT", "ME", "SM"},
		"t355": {"SM ME SM_P ME_P MT", "SM ME SM_P ME_P MT", "SM ME SM_P ME_P MT"},
		"t360": {"ME SR", "ME SR", "ME"},
		"t429": {"ME SM MT", "ME SM MT", "SM MT"},
	}
	each(t, "AT+CPMS=?", func(t *testing.T, r transcript) {
		got := parseStorages(r.Lines)
		if w, ok := want[r.ID]; ok {
			for i := range got {
				if g := strings.Join(got[i], " "); g != w[i] {
					t.Errorf("memory %d of %s: %q, want %q", i+1, r.Device, g, w[i])
				}
			}
			return
		}
		if !slices.Contains(got[0], "SM") && !slices.Contains(got[0], "ME") {
			t.Errorf("%s: nothing to read in %q: %v", r.Device, r.Lines, got)
		}
	})
}

func TestUseOfDevices(t *testing.T) {
	want := map[string][]StorageUse{
		"t093": nil,
		"t283": {{"ME", 1, 100}, {"MT", 5, 100}, {"TA", 1, 100}},
		"t287": {{"MT", 0, 100}, {"MT", 0, 100}, {"MT", 0, 100}},
		"t431": {{"ME", 0, 25}, {"ME", 0, 25}, {"SM", 0, 20}},
		"t441": {{"ME", 0, 23}, {"ME", 0, 23}, {"SM", 10, 10}},
	}
	each(t, "AT+CPMS?", func(t *testing.T, r transcript) {
		got := parseUse(r.Lines)
		if w, ok := want[r.ID]; ok && !reflect.DeepEqual(got, w) {
			t.Errorf("%s: %+v, want %+v", r.Device, got, w)
		}
	})
	if got := parseUse([]string{"+CPMS: 1,50,0,23,1,50"}); !reflect.DeepEqual(got, []StorageUse{{"", 1, 50}, {"", 0, 23}, {"", 1, 50}}) {
		t.Errorf("the answer to a setting: %+v", got)
	}
}

// Whatever is offered, messages are announced and never routed directly, and reports come directly where they can.
func TestAnnouncementsOfDevices(t *testing.T) {
	want := map[string]string{
		"t239": "1,1,0,0,1", "t240": "1,1,0,2,1", "t352": "2,1,0,1,0", "t353": "1,1,0,1,0", "t354": "1,1,0,1,0",
		"t430": "1,1,0,2,1",
	}
	each(t, "AT+CNMI=?", func(t *testing.T, r transcript) {
		got := announcements(parseOffer(r.Lines, "+CNMI"), false, 0)
		if len(got) == 0 || got[0] != want[r.ID] {
			t.Errorf("%s offers %q: %q, want %q first", r.Device, r.Lines, got, want[r.ID])
		}
	})
	if got := announcements(nil, false, 0); got[0] != "1,1,0,1,0" || got[1] != "2,1,0,1,0" {
		t.Errorf("a modem that offers nothing: %q", got)
	}
}

func TestRegistrationOfDevices(t *testing.T) {
	want := map[string]RegStatus{
		"t152": Denied, "t160": NotRegistered, "t361": RegUnknown, "t363": NotRegistered, "t365": Roaming,
		"t437": NotRegistered, "t440": Home, "t172": Home, "t190": Denied, "t194": Roaming, "t195": Roaming,
		"t197": Searching, "t174": Denied, "t188": Roaming, "t189": NotRegistered,
	}
	for _, name := range []string{"+CREG", "+CEREG", "+CGREG"} {
		each(t, "AT"+name+"?", func(t *testing.T, r transcript) {
			w, ok := want[r.ID]
			if !ok {
				w = Home
			}
			if got := parseRegistration(r.Lines, name); got != w {
				t.Errorf("%s said %q: %v, want %v", r.Device, r.Lines, got, w)
			}
		})
	}
}

func TestRegistrationCodesOfDevices(t *testing.T) {
	want := map[string]RegStatus{
		"t153": Denied, "t154": NotRegistered, "t157": NotRegistered, "t164": Searching, "t170": Roaming,
		"t171": NotRegistered, "t175": Denied, "t178": Roaming, "t179": Roaming, "t180": Roaming, "t181": Roaming, "t184": NotRegistered,
		"t187": NotRegistered, "t191": Denied, "t196": NotRegistered, "t198": Searching,
	}
	for _, name := range []string{"+CREG", "+CEREG", "+CGREG"} {
		each(t, "(URC) "+name, func(t *testing.T, r transcript) {
			args, ok := argsOf(r.Lines, name)
			if !ok {
				t.Fatalf("no %s in %q", name, r.Lines)
			}
			w, ok := want[r.ID]
			if !ok {
				w = Home
			}
			if got := parseRegistrationCode(args); got != w {
				t.Errorf("%s said %q: %v, want %v", r.Device, r.Lines, got, w)
			}
		})
	}
}

func TestOperatorOfDevices(t *testing.T) {
	each(t, "AT+COPS?", func(t *testing.T, r transcript) {
		want := "TELE2"
		if r.ID == "t439" {
			want = "242 01 Telenor"
		}
		if got := parseOperator(r.Lines); got != want {
			t.Errorf("%s said %q: %q", r.Device, r.Lines, got)
		}
	})
}

func TestPINOfDevices(t *testing.T) {
	want := map[string]string{
		"t269": "", "t270": "SIM PIN", "t271": "SIM PUK2", "t272": "SIM PUK", "t273": "SIM PUK2", "t274": "SIM PIN",
		"t275": "PH-NET PIN",
	}
	each(t, "AT+CPIN?", func(t *testing.T, r transcript) {
		w, ok := want[r.ID]
		if !ok {
			w = "READY"
		}
		// The command loop takes the final result off.
		lines := slices.DeleteFunc(slices.Clone(r.Lines), func(s string) bool { return strings.TrimSpace(s) == "OK" })
		if got := parsePIN(lines); got != w {
			t.Errorf("%s said %q: %q, want %q", r.Device, r.Lines, got, w)
		}
	})
}

func TestTriesOfDevices(t *testing.T) {
	want := map[string]int{"t253": 1, "t254": 10, "t255": 15, "t256": 1, "t257": 1, "t258": 1, "t259": 15, "t266": 15}
	each(t, `AT+CSIM=10,"0020000100"`, func(t *testing.T, r transcript) {
		got, known := parseTries(r.Lines)
		if w, ok := want[r.ID]; ok != known || got != w {
			t.Errorf("%q: %d, %v; want %d, %v", r.Lines, got, known, w, ok)
		}
	})
	for line, want := range map[string]int{
		"+CPINR: SIM PIN,3,3": 3, "^CPIN: SIM PIN,3,10,2,10,3": 2, `+QPINC: "SC",3,10`: 3, "+SPIC: 1,10,3,10": 1,
	} {
		if got, known := parseTries([]string{line}); !known || got != want {
			t.Errorf("%q: %d, %v", line, got, known)
		}
	}
	if _, known := parseTries([]string{"+CPINR: SIM PIN2,3,3"}); known {
		t.Error("the tries of PIN2 are not those of the PIN")
	}
}

func TestSMSCOfDevices(t *testing.T) {
	want := map[string]string{
		"t102": "", "t103": "", "t378": "+97254120032", "t379": "+79168999100", "t380": "+6281100000",
		"t381": "+447802092035", "t382": "",
	}
	each(t, "AT+CSCA?", func(t *testing.T, r transcript) {
		if got := parseSMSC(r.Lines); got != want[r.ID] {
			t.Errorf("%s said %q: %q, want %q", r.Device, r.Lines, got, want[r.ID])
		}
	})
}

func TestMessagesOfDevices(t *testing.T) {
	for _, command := range []string{"AT+CMGR=1", "AT+CMGR=n"} {
		each(t, command, func(t *testing.T, r transcript) {
			got, ok := parseRead(r.Lines)
			if !ok {
				t.Fatalf("%s: no message in %q", r.Device, r.Lines)
			}
			pduMode := slices.Contains([]string{"t105", "t119", "t120"}, r.ID)
			if pduMode && (len(got.pdu) < 40 || got.isOurs()) {
				t.Errorf("%s: %+v", r.Device, got)
			}
			if r.ID == "t403" && !got.isOurs() {
				t.Errorf("stored unsent: %+v", got)
			}
		})
	}
	each(t, "AT+CMGR=0", func(t *testing.T, r transcript) {
		if got, ok := parseRead([]string{}); ok {
			t.Errorf("an empty place: %+v", got)
		}
	})
	count := map[string]int{"t115": 1, "t117": 1, "t118": 4}
	each(t, "AT+CMGL=4", func(t *testing.T, r transcript) {
		got := parseList(r.Lines)
		if w, ok := count[r.ID]; ok && len(got) != w {
			t.Errorf("%s: %d messages, want %d", r.Device, len(got), w)
		}
		for _, s := range got {
			if s.pdu == "" {
				t.Errorf("%s: no PDU at %d", r.Device, s.index)
			}
			if r.Device == "Pantech" && !s.isOurs() {
				t.Errorf("%s: stored sent: %+v", r.Device, s)
			}
		}
	})
}

func TestWhere(t *testing.T) {
	each(t, "(URC) +CMTI", func(t *testing.T, r transcript) {
		args, _ := argsOf(r.Lines, "+CMTI")
		storage, index, ok := parseWhere(args)
		switch r.ID {
		case "t417":
			if storage != "ME" || index != 41 || !ok {
				t.Errorf("%q: %q, %d, %v", args, storage, index, ok)
			}
		case "t418":
			if storage != "" || index != 111 || !ok {
				t.Errorf("%q: %q, %d, %v", args, storage, index, ok)
			}
		case "t419":
			if ok {
				t.Errorf("%q: %q, %d", args, storage, index)
			}
		}
	})
}

func TestIdentityOfDevices(t *testing.T) {
	for _, command := range []string{"AT+CGMI", "AT+CGMM", "AT+CGMR"} {
		each(t, command, func(t *testing.T, r transcript) {
			lines := slices.DeleteFunc(slices.Clone(r.Lines), func(s string) bool {
				s = strings.TrimSpace(s)
				return s == "OK" || s == "ERROR"
			})
			got := plainText(lines, strings.TrimPrefix(command, "AT"))
			if got == "" && !strings.Contains(strings.Join(r.Lines, ""), "ERROR") || strings.TrimSpace(got) != got {
				t.Errorf("%s said %q: %q", r.Device, r.Lines, got)
			}
		})
	}
}

func TestSignal(t *testing.T) {
	for line, want := range map[string]int{
		"+CSQ: 20,99": -73, "+CSQ:0,0": -113, "+CSQ: 31,99": -51, "+CSQ: 12.7,0": -89, "+CSQ: 153,99": -63,
		"+CSQ: 99,99": 0, "+CSQ: 199,99": 0, "+CSQ: ,": 0, "+CSQ:": 0, "OK": 0,
	} {
		if got, ok := parseSignal([]string{line}); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v; want %d", line, got, ok, want)
		}
	}
}

// FuzzAnswers feeds every parser arbitrary lines: none panics, and what they find is what was there.
func FuzzAnswers(f *testing.F) {
	for _, r := range transcripts(f) {
		f.Add(strings.Join(r.Lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		_ = parseStorages(lines)
		for _, u := range parseUse(lines) {
			if u.Used < 0 || u.Total < 0 {
				t.Errorf("%q: %+v", text, u)
			}
		}
		for _, cnmi := range announcements(parseOffer(lines, "+CNMI"), false, 0) {
			if f := strings.Split(cnmi, ","); f[1] != "1" {
				t.Errorf("%q: AT+CNMI=%s", text, cnmi)
			}
		}
		for _, name := range []string{"+CREG", "+CEREG", "+CGREG"} {
			_ = parseRegistration(lines, name).String()
			if args, ok := argsOf(lines, name); ok {
				_ = parseRegistrationCode(args).String()
			}
		}
		if dBm, ok := parseSignal(lines); ok && (dBm < -116 || dBm > -25) {
			t.Errorf("%q: %d dBm", text, dBm)
		}
		_, _, _ = parseOperator(lines), parseSMSC(lines), plainText(lines, "+CGMM")
		_ = parsePIN(lines)
		if tries, known := parseTries(lines); known && tries < 0 {
			t.Errorf("%q: %d tries", text, tries)
		}
		one, _ := parseRead(lines)
		for _, s := range append(parseList(lines), one) {
			if s.pdu != "" && !isHex(s.pdu) {
				t.Errorf("%q: PDU %q", text, s.pdu)
			}
			_ = s.isOurs()
		}
		_, _ = parseReference(lines)
		if args, ok := argsOf(lines, "+CMTI"); ok {
			if _, index, ok := parseWhere(args); ok && index < 0 {
				t.Errorf("%q: index %d", text, index)
			}
		}
	})
}
