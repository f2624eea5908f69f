package modem

import (
	"bufio"
	"encoding/json"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each built-in profile says where its facts come from, how its modems are recognised, and nothing that contradicts
// itself.
func TestProfilesAreWhole(t *testing.T) {
	all, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, p := range all {
		if p.Title == "" || len(p.Source) == 0 {
			t.Errorf("%s: a title and a source are needed", p.Name)
		}
		if len(p.USB)+len(p.Manufacturer)+len(p.Models) == 0 {
			t.Errorf("%s: nothing leads to it", p.Name)
		}
		for _, u := range p.USB {
			if !regexp.MustCompile(`^[0-9a-f]{4}:([0-9a-f]{4}|\*)$`).MatchString(u.ID) {
				t.Errorf("%s: USB id %q", p.Name, u.ID)
			}
			if other := seen[u.ID]; other != "" {
				t.Errorf("%s: USB id %s leads to %s as well", p.Name, u.ID, other)
			}
			seen[u.ID] = p.Name
			if u.Second != "" && !p.TwoPorts {
				t.Logf("%s: %s has a second port that is not used", p.Name, u.ID)
			}
		}
		for _, m := range p.Models {
			if _, err := path.Match(m, ""); err != nil {
				t.Errorf("%s: pattern %q: %v", p.Name, m, err)
			}
		}
		for _, m := range p.Manufacturer {
			if m != strings.ToLower(m) {
				t.Errorf("%s: manufacturer %q is not in lower case", p.Name, m)
			}
		}
		if !slices.Contains([]ResetSafety{ResetUnknown, ResetSafe, ResetNever}, p.Reset) {
			t.Errorf("%s: reset %q", p.Name, p.Reset)
		}
		if !slices.Contains([]USSDCoding{USSDPlain, USSDPacked, USSDUCS2}, p.USSD) {
			t.Errorf("%s: USSD coding %q", p.Name, p.USSD)
		}
		if p.Reports < 0 || p.Reports > 2 {
			t.Errorf("%s: reports %d", p.Name, p.Reports)
		}
		if p.Direct {
			t.Errorf("%s: mt=2 was proven for none yet; if it is now, name the proof in its source and this test", p.Name)
		}
	}
}

// The interfaces that a profile names are those of the table by which ports are found.
func TestProfilesAgreeWithTheTableOfPorts(t *testing.T) {
	f, err := os.Open("../hardware/usb_at_ports.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	type row struct {
		Vendor  string `json:"vendor"`
		Product string `json:"product"`
		AT      string `json:"at_primary_if"`
		Second  string `json:"at_secondary_if"`
	}
	table := map[string]row{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var r row
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		table[r.Vendor+":"+r.Product] = r
	}
	all, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, u := range p.USB {
			if r, ok := table[u.ID]; u.AT != "" && (!ok || r.AT != u.AT || r.Second != u.Second) {
				t.Errorf("%s: %s has AT on %q and %q, the table says %q and %q", p.Name, u.ID, u.AT, u.Second, r.AT, r.Second)
			}
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		id   Identity
		want string
		why  string
	}{
		{Identity{"2c7c:0125", "Quectel", "EC25"}, "quectel-lte", `the modem says it is "Quectel" "EC25"`},
		{Identity{"2c7c:0125", "", ""}, "quectel-lte", "its USB id is 2c7c:0125"},
		{Identity{"2c7c:9999", "", ""}, "quectel", "the vendor of its USB id 2c7c:9999"},
		{Identity{"", "Quectel", "BG96"}, "quectel-lpwa", ""},
		{Identity{"", "Quectel_Ltd", "Quectel_M95"}, "quectel-2g", ""},
		// The id says one thing and the modem another: ids are used again, a modem knows itself.
		{Identity{"12d1:1001", "huawei", "E3372"}, "huawei-lte", ""},
		{Identity{"12d1:1506", "huawei", "E3531"}, "huawei-e3531", ""},
		{Identity{"12d1:1001", "huawei", "E173"}, "huawei-3g", ""},
		{Identity{"12d1:4321", "huawei", "XY1"}, "huawei", "nothing else is known of this model"},
		{Identity{"12d1:14dc", "", ""}, "huawei-hilink", ""},
		{Identity{"1e0e:9001", "SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H"}, "simcom-lte", ""},
		{Identity{"1e0e:9011", "SIMCOM INCORPORATED", "A7670E-FASE"}, "simcom-a76xx", ""},
		{Identity{"", "SIMCOM_Ltd", "SIMCOM_SIM800L"}, "simcom-2g", ""},
		{Identity{"0403:6001", "", ""}, "", "nothing is known of USB id 0403:6001: everything is asked"},
		{Identity{"", "Knapp", "Software Modem"}, "", `nothing is known of "Knapp" "Software Modem": everything is asked`},
	} {
		got, err := Choose(c.id)
		if err != nil {
			t.Fatal(err)
		}
		if got.Profile.Name != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%+v: profile %q because %q; want %q because %q", c.id, got.Profile.Name, got.Why, c.want, c.why)
		}
	}
}

// What FACTS of these modems must not be lost when somebody edits a profile.
func TestWhatProfilesKnow(t *testing.T) {
	of := func(maker, model string) Profile {
		t.Helper()
		c, err := Choose(Identity{Manufacturer: maker, Model: model})
		if err != nil {
			t.Fatal(err)
		}
		return c.Profile
	}
	if p := of("huawei", "E173"); p.Reset != ResetNever || p.Warn == "" || p.Start[0].Set != "^CURC=0" || p.USSD != USSDPacked || p.Tries != "^CPIN?" {
		t.Errorf("E173: %+v", p)
	}
	if p := of("Quectel", "EC25"); p.Reports != 1 || !p.TwoPorts || p.Reset != ResetSafe || p.Tries != "+QPINC?" || p.Warn != "" {
		t.Errorf("EC25: %+v", p)
	}
	if p := of("SIMCOM", "SIM800"); p.Warn == "" {
		t.Error("SIM800: 2G goes, and nobody is told")
	}
	for _, p := range []Profile{of("QUALCOMM INCORPORATED", "M6280"), of("ZTE INCORPORATED", "K3565-Z")} {
		if p.CSMP {
			t.Errorf("%s: AT+CSMP erases the service centre", p.Name)
		}
	}
	if c, _ := Choose(Identity{USB: "12d1:14dc"}); c.Profile.Refuse == "" {
		t.Error("a HiLink stick is not refused")
	}
	if c, _ := Choose(Identity{USB: "0489:e0b4"}); !c.Profile.CycleStorages {
		t.Error("T77W968: its storages are not cycled")
	}
	if d := of("Quectel", "EC25").within("+COPS=?", 10*time.Second); d != 3*time.Minute {
		t.Errorf("AT+COPS=? may take %v", d)
	}
	if d := (Profile{}).within("+COPS=?", 10*time.Second); d != 10*time.Second {
		t.Errorf("of an unknown modem AT+COPS=? may take %v", d)
	}
}

// identityOf is what a recorded device is known by: what it was recorded to say, else the recording's name for it.
func identityOf(device string, rows []transcript) Identity {
	maker, model, _ := strings.Cut(device, " ")
	id := Identity{Manufacturer: maker, Model: model}
	for _, r := range rows {
		if r.Device != device || r.Kind != "response" {
			continue
		}
		switch r.Command {
		case "AT+CGMI":
			id.Manufacturer = plainText(slices.DeleteFunc(slices.Clone(r.Lines), isOKLine), "+CGMI")
		case "AT+CGMM":
			id.Model = plainText(slices.DeleteFunc(slices.Clone(r.Lines), isOKLine), "+CGMM")
		}
	}
	return id
}

func isOKLine(line string) bool { return line == "OK" }

// Every recorded device of which something is known gets its profile; the others get one that assumes nothing.
func TestProfileOfEveryRecordedDevice(t *testing.T) {
	want := map[string]string{
		"Huawei K3715": "huawei-3g", "Huawei E1752": "huawei-3g", "Huawei E160G": "huawei-3g", "Huawei E1550": "huawei-3g",
		"Huawei E226": "huawei-3g", "Huawei E160": "huawei-3g", "Huawei E173": "huawei-3g", "Huawei MU609": "huawei-3g",
		"Huawei E3531": "huawei-e3531", "Huawei E3276": "huawei-lte", "Huawei": "huawei", "Huawei (text mode)": "huawei",
		"Huawei dongles (chan_dongle)": "huawei", "Huawei Balong (firmware source comment)": "huawei",
		"Huawei Balong (firmware source)": "huawei", "Brovi/Huawei E3372-325": "huawei-lte",
		"Wavecom Multiband 900E/1800": "wavecom", "Qualcomm M6280 (ZTE modem)": "qualcomm-m6280",
		"ZTE K3565-Z": "zte", "ZTE modem": "zte", "ZTE MF627 (a)": "zte", "ZTE MF627 (b)": "zte", "ZTE MF622": "zte",
		"Nokia N79": "phone", "Nokia N80": "phone", "Nokia 2720": "phone", "Nokia C6": "phone", "Nokia 2730": "phone",
		"Samsung": "phone", "Samsung J700": "phone", "Samsung P900": "phone", "Samsung S8500 Wave": "phone",
		"Motorola": "phone", "Motorola L7": "phone", "Motorola V3m": "phone", "Motorola phone": "phone",
		"Sony Ericsson TM-506": "phone", "Sony Ericsson K850i": "phone", "Sony Ericsson MD400": "phone", "Sony Ericsson K600i": "phone", "BlackBerry": "phone",
		"LilyGO/SIMCom modem (Norway, text mode)": "simcom",
		"unnamed phone/modem (02)":                "", // says "Nokia 5210" as its model and no maker
		"Cinterion":                               "cinterion", "Cinterion PLS8": "cinterion", "Cinterion EHS5": "cinterion",
		"Cinterion PHS8": "cinterion", "Cinterion MC75i": "cinterion",
		"Telit LE866": "telit", "Telit HE910": "telit", "Telit": "telit", "Telit HE910-D": "telit", "u-blox": "ublox", "u-blox LARA": "ublox", "Samsung Z810": "phone",
		"Sierra EM9191":  "sierra-lte",
		"Quectel EC25-E": "quectel-lte", "Quectel M35": "quectel-2g", "Quectel (AT manual example)": "quectel",
		"SIMCom SIM7000E (Telenor NB-IoT)": "simcom-lpwa", "SIMCom SIM7670G": "simcom-a76xx",
		"Meig MF103 (via ModemManager)": "meig-mf103",
		"Sierra AirCard 881":            "sierra-3g", "Sierra AirCard 860": "sierra-3g", "Sierra Mercury": "sierra-3g",
		"Sierra MC8775": "sierra-3g", "Sierra 312U": "sierra-3g", "Sierra EM7345": "sierra-lte",
		"Option GT 3G+": "option-novatel", "Option GT Max 3.6": "option-novatel", "Option GTM378": "option-novatel",
		"Option Quicksilver": "option-novatel", "Option iCON 225": "option-novatel", "Option iCON 452": "option-novatel",
		"Option GlobeTrotter Ultra Express": "option-novatel", "Novatel XU870": "option-novatel", "Novatel LTE": "option-novatel",
	}
	rows := transcripts(t)
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.Device] {
			continue
		}
		seen[r.Device] = true
		id := identityOf(r.Device, rows)
		got, err := Choose(id)
		if err != nil {
			t.Fatal(err)
		}
		if got.Profile.Name != want[r.Device] || got.Why == "" {
			t.Errorf("%s (%+v): profile %q because %q, want %q", r.Device, id, got.Profile.Name, got.Why, want[r.Device])
		}
	}
	for device := range want {
		if !seen[device] {
			t.Errorf("no such device was recorded: %s", device)
		}
	}
}
