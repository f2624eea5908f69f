package modem

import (
	"strings"
	"testing"
	"time"

	"knapp/modem/at"
)

func TestICCIDOfDevices(t *testing.T) {
	want := map[string]string{
		"t212": "8944200053671052499", "t213": "89324102234690000000", "t214": "8944200053671000000",
		"t215": "8944200053671000000", "t216": "89324102234690000000", "t217": "898602F9091830030220",
		"t218": "898602C0123456789012", "t219": "", "t220": "", "t221": "", "t222": "",
	}
	each(t, "(ICCID string)", func(t *testing.T, r transcript) {
		if got := parseICCID(r.Lines); got != want[r.ID] {
			t.Errorf("%q: %q, want %q", r.Lines, got, want[r.ID])
		}
	})
	for _, line := range []string{
		"+CCID: 8947080000000000013", "^ICCID: 987480000000000010F3", "+QCCID: 8947080000000000013F",
		`+CRSM: 144,0,"987480000000000010F3"`, "8947080000000000013",
	} {
		if got := parseICCID([]string{"", line}); got != "8947080000000000013" {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestUSSDOfDevices(t *testing.T) {
	want := map[string]string{ // a part that only a right decoding has
		"t384": "", "t385": "Kontostand: 3.00 EUR", "t386": "Maaf, permintaan Anda", "t387": "Havi keret: 0Ft.",
		"t388": "Для справки", "t389": "On DATA Pack u have 3Gb", "t390": "رصيدك", "t420": "OK", "t421": "OK", "t422": "",
	}
	each(t, "(URC) +CUSD", func(t *testing.T, r transcript) {
		a := parseUSSD(at.URC{Line: r.Lines[0], Trailing: strings.Join(r.Lines[1:], "\n")})
		if !strings.Contains(a.text, want[r.ID]) || strings.HasPrefix(a.text, "00") || a.m < 0 {
			t.Errorf("%q: %d, %q", r.Lines, a.m, a.text)
		}
	})
	for line, want := range map[string]ussdAnswer{
		`+CUSD: 0,"12345678",15`:              {0, "12345678"},
		`+CUSD: 0,"Saldo 42,50, "gyldig"",15`: {0, `Saldo 42,50, "gyldig"`},
		`+CUSD: 4`:                            {4, ""},
		`+CUSD: 1,"AA180C3602",15`:            {1, "*100#"},
		`+CUSD: 0,"002A0031003000300023",72`:  {0, "*100#"},
		`+CUSD: 0,"002A0031003000300023",15`:  {0, "*100#"},
	} {
		if got := parseUSSD(at.URC{Line: line}); got != want {
			t.Errorf("%s: %+v, want %+v", line, got, want)
		}
	}
}

func FuzzUSSD(f *testing.F) {
	f.Add(`+CUSD: 0,"49B41C74",15`, "")
	f.Add(`+CUSD: 2,"0048",17`, "x")
	f.Add(`+CUSD: ,",`, "\"")
	f.Fuzz(func(t *testing.T, line, trailing string) {
		_ = parseUSSD(at.URC{Line: line, Trailing: trailing})
		_ = parseICCID([]string{line, trailing})
	})
}

// What does not help is not repeated fast: each rung once a round, and the rounds rest for longer and longer.
func TestLadderRests(t *testing.T) {
	all := func(Step) bool { return true }
	for _, e := range []evidence{portLost, silent, refusing, deaf, hopeless} {
		var l ladder
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		began := now
		var fresh [5]int
		for now.Sub(began) < 24*time.Hour {
			if step, is := l.climb(now, e, now.Sub(began), all); is {
				fresh[step]++
			}
			now = now.Add(30 * time.Second)
		}
		// 10, 20, 40, 80 minutes, then every two hours.
		if most := 16; fresh[ResetUSB] > most || fresh[Restart] > most || fresh[RadioCycle] > most {
			t.Errorf("evidence %d: in a day %v", e, fresh)
		}
		if e == hopeless && fresh != [5]int{Reopen: 1} {
			t.Errorf("a person is needed, and this was done: %v", fresh)
		}
		if e == deaf && (fresh[RadioCycle] < 10 || fresh[Reopen] != 0) {
			t.Errorf("deaf for a day, and only this was done: %v", fresh)
		}
	}
}

func TestLadderTakesWhatThereIs(t *testing.T) {
	var l ladder
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	noRestart := func(s Step) bool { return s != Restart }
	for _, want := range []Step{Reopen, Reopen, RadioCycle, ResetUSB} {
		if step, fresh := l.climb(now, refusing, 0, noRestart); step != want || !fresh {
			t.Errorf("%v, fresh %v, want %v", step, fresh, want)
		}
	}
	if step, fresh := l.climb(now, refusing, 0, noRestart); step != Reopen || fresh || !l.resting(now) {
		t.Errorf("%v, fresh %v: it should rest", step, fresh)
	}
	l.settle(now.Add(settledAfter), now, time.Time{})
	if step, fresh := l.climb(now, silent, 0, noRestart); step != Reopen || !fresh {
		t.Error("it does not begin anew after it has listened")
	}
}
