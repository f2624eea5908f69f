package bridge

import (
	"testing"
	"time"
)

func TestReadOrder(t *testing.T) {
	for _, test := range []struct {
		text string
		want order
	}{
		{"JA K7 Emma", order{verb: sayYes, code: "K7", rest: "Emma"}},
		{"ja k7 emma Anne Lise", order{verb: sayYes, code: "K7", rest: "emma Anne Lise"}},
		{"Ja, k 7!", order{verb: sayYes, code: "K7"}},
		{"K7 ja", order{verb: sayYes, code: "K7"}},
		{"k7: yes", order{verb: sayYes, code: "K7"}},
		{"Slipp inn K7 Emma Anne", order{verb: sayYes, code: "K7", rest: "Emma Anne"}},
		{"engang K12 Emma", order{verb: sayOnce, code: "K12", rest: "Emma"}},
		{"en gang K7", order{verb: sayOnce, code: "K7"}},
		{"YES ONCE K7", order{verb: sayOnce, code: "K7"}},
		{"nei K7", order{verb: sayNo, code: "K7"}},
		{"Block k7.", order{verb: sayNo, code: "K7"}},
		{"NYTT K7 Bestemor", order{verb: sayNew, code: "K7", rest: "Bestemor"}},
		{"new number of K7 Grandma", order{verb: sayNew, code: "K7", rest: "Grandma"}},
		{"ja K7 Emma Onkel SIKKER", order{verb: sayYes, code: "K7", rest: "Emma Onkel", sure: true}},
		{"vis K7", order{verb: sayShow, code: "K7"}},
		{"ANGRE k7", order{verb: sayUndo, code: "K7"}},
		{"Spørsmål?", order{verb: sayQuestions}},
		{"sporsmal", order{verb: sayQuestions}},
		{"hvem kan nås", order{verb: sayWho}},
		{"?", order{verb: sayHelp}},
		{"Hjelp!", order{verb: sayHelp}},
		{"stille Emma til 16.30", order{verb: sayMute, rest: "Emma til 16.30"}},
		{"mute Emma until 4", order{verb: sayMute, rest: "Emma until 4"}},
		{"Åpne Emma 15 min", order{verb: sayOpen, rest: "Emma 15 min"}},
		{"open Emma until next", order{verb: sayOpen, rest: "Emma until next"}},
		{"mistet Emma", order{verb: sayLost, rest: "Emma"}},
		{"Telefonen min er borte", order{verb: sayGone}},
		{"borte Pappa", order{verb: sayGone, rest: "Pappa"}},
		{"øvelse Emma", order{verb: sayDrill, rest: "Emma"}},
		{"ring meg Emma", order{verb: sayCallMe, rest: "Emma"}},
		{"SALDO", order{verb: sayBalance}},
		{"innsyn Emma", order{verb: sayAudit, rest: "Emma"}},
	} {
		if got, ok := readOrder(test.text); !ok || got != test.want {
			t.Errorf("%q: %+v %v, want %+v", test.text, got, ok, test.want)
		}
	}
	for _, text := range []string{"", "hei Emma", "kommer du hjem?", "K7", "takk!", "jada", "noe nytt?", "7"} {
		if got, ok := readOrder(text); ok {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestReadFor(t *testing.T) {
	now := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	next, usual := now.Add(90*time.Minute), now.Add(time.Hour)
	for text, want := range map[string]string{
		"": "20 15:00", "til 16": "20 16:00", "til kl. 16.30": "20 16:30", "until 16:30": "20 16:30", "16": "20 16:00", "til 8": "21 08:00",
		"15 min": "20 14:15", "2 timer": "20 16:00", "1t": "20 15:00", "1 h": "20 15:00", "en time": "20 15:00", "et kvarter": "20 14:15",
		"til neste": "20 15:30", "Until next": "20 15:30",
	} {
		f, ok := readFor(text)
		if got := f.end(now, next, usual).Format("02 15:04"); !ok || got != want {
			t.Errorf("%q: %s %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"til 25", "16:75", "500 timer", "i morgen", "0 min"} {
		if f, ok := readFor(text); ok {
			t.Errorf("%q is taken for %+v", text, f)
		}
	}
}

func FuzzReadOrder(f *testing.F) {
	for _, seed := range []string{"JA K7 Emma", "?", "stille Emma til 16", "K 7", "åpne \x00", "ja\u202e K7"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, ok := readOrder(text)
		if ok && o.verb == "" {
			t.Errorf("%q: understood as nothing", text)
		}
		if _, ok := readFor(o.rest); ok && len(o.rest) > 200 {
			t.Errorf("%q is taken for a time", o.rest)
		}
	})
}
