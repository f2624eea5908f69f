package tpdu

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// built is a DELIVER from +4791234567 with the user data as given.
func built(dcs byte, udhi bool, udl int, ud string) string {
	first := "04"
	if udhi {
		first = "44"
	}
	return "00" + first + "0A917419325476" + "00" + hex.EncodeToString([]byte{dcs}) + "62112271840040" +
		hex.EncodeToString([]byte{byte(udl)}) + ud
}

// ucs2Part is a part of a message with reference 7.
func ucs2Part(total, seq byte, units string) string {
	ud := "050003" + hex.EncodeToString([]byte{7, total, seq}) + units
	return built(0x08, true, len(ud)/2, ud)
}

func TestJoinSplitCharacters(t *testing.T) {
	tests := []struct {
		name string
		pdus []string
		want string
	}{
		{"surrogates of 😀 in two parts", []string{ucs2Part(2, 1, "0061D83D"), ucs2Part(2, 2, "DE000062")}, "a😀b"},
		{"a pair that never closes", []string{ucs2Part(2, 1, "0061D83D"), ucs2Part(2, 2, "0062")}, "a\ufffdb"},
		{"dirt behind the last unit", []string{ucs2Part(2, 1, "006100"), ucs2Part(2, 2, "0062")}, "ab"},
		{"a unit in two parts", []string{
			// the wide header takes 7 octets, which leaves 66 units and a half
			built(0x08, true, 140, "060804000702"+"01"+strings.Repeat("0061", 66)+"04"),
			built(0x08, true, 10, "060804000702"+"02"+"4F0062"),
		}, strings.Repeat("a", 66) + "яb"},
		{"dirt in a part with room left", []string{
			ucs2Part(2, 1, strings.Repeat("0061", 66)+"04"), ucs2Part(2, 2, "4F00"),
		}, strings.Repeat("a", 66) + "\u4f00"},
		{"an escape in two parts", []string{
			// septets "a" ESC and "e" "b" behind six octets of header and one fill bit
			built(0x00, true, 9, "050003070201"+"C21B"),
			built(0x00, true, 9, "050003070202"+"CA62"),
		}, "a€b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Join(tt.pdus)
			if err != nil || got != tt.want {
				t.Errorf("Join = %q, %v, want %q", got, err, tt.want)
			}
			slices.Reverse(tt.pdus)
			got, err = Join(append(tt.pdus, tt.pdus[0]))
			if err != nil || got != tt.want {
				t.Errorf("Join of reversed and doubled parts = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// A part alone shows half a character as such, and never fails for it.
func TestHalfCharactersAlone(t *testing.T) {
	for pdu, want := range map[string]string{
		ucs2Part(2, 1, "0061D83D"):                  "a\ufffd",
		ucs2Part(2, 2, "DE000062"):                  "\ufffdb",
		built(0x00, true, 9, "050003070201"+"C21B"): "a ",
		built(0x08, false, 3, "006100"):             "a",
		built(0x00, false, 2, "3219") + "FF":        "22", // and dirt behind it
	} {
		m, err := Decode(pdu)
		if err != nil || m.Deliver.Text != want {
			t.Errorf("Decode(%s) = %q, %v, want %q", pdu, m.Deliver.Text, err, want)
		}
	}
}

// Parts may differ in alphabet, and each names its own language.
func TestJoinMixedAlphabets(t *testing.T) {
	gsm := deliver(t, segment(t, strings.Repeat("a", 161), Options{Reference: 7})[0])
	got, err := Join([]string{ucs2Part(2, 2, "044F"), gsm})
	if want := strings.Repeat("a", 153) + "я"; err != nil || got != want {
		t.Errorf("Join = %q, %v, want %q", got, err, want)
	}
}

func TestJoinMissing(t *testing.T) {
	var pdus []string
	for _, b := range segment(t, strings.Repeat("a", 153)+strings.Repeat("b", 153)+strings.Repeat("c", 306), Options{Reference: 9}) {
		pdus = append(pdus, deliver(t, b))
	}
	got, err := Join([]string{pdus[3], pdus[0], pdus[0]})
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("Join: %v, want a *MissingError", err)
	}
	if !slices.Equal(missing.Missing, []uint8{2, 3}) || missing.Total != 4 {
		t.Errorf("missing %v of %d, want [2 3] of 4", missing.Missing, missing.Total)
	}
	equal(t, err.Error(), "tpdu: join: of 4 parts these are missing: 2 3")
	if want := strings.Repeat("a", 153) + "…" + strings.Repeat("c", 153); got != want {
		t.Errorf("Join = %q, want %q", got, want)
	}
}

func TestJoinRefuses(t *testing.T) {
	part1 := ucs2Part(2, 1, "0061")
	long := func(o Options, i int) string { return deliver(t, segment(t, strings.Repeat("a", 161), o)[i]) }
	tests := []struct {
		name string
		pdus []string
		want error
	}{
		{"nothing", nil, ErrEmpty},
		{"another total", []string{part1, ucs2Part(3, 2, "0062")}, ErrMixed},
		{"another text in the same place", []string{part1, ucs2Part(2, 1, "0062")}, ErrMixed},
		{"another sender", []string{part1, strings.Replace(ucs2Part(2, 2, "0062"), "0A917419325476", "0A917419325477", 1)}, ErrMixed},
		{"another reference", []string{long(Options{Reference: 1}, 0), long(Options{Reference: 2}, 1)}, ErrMixed},
		{
			"the same value with 8 and 16 bits",
			[]string{long(Options{Reference: 1}, 0), long(Options{Reference: 1, Wide: true}, 1)},
			ErrMixed,
		},
		{"a part and a whole message", []string{part1, built(0x08, false, 2, "0061")}, ErrMixed},
		{"data", []string{built(0x04, false, 2, "0061")}, ErrNotText},
		{"a status report", []string{"0006D60B911326880000F4111011719551401110117195714000"}, ErrNotText},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Join(tt.pdus); !errors.Is(err, tt.want) {
				t.Errorf("Join = %q, %v, want %v", got, err, tt.want)
			}
		})
	}
	var fe *FormatError
	if _, err := Join([]string{part1, "00zz"}); !errors.As(err, &fe) {
		t.Errorf("Join of what is no PDU: %v", err)
	}
}

// The rows of one message, from several modems, put together again.
func TestJoinVectors(t *testing.T) {
	rows := make(map[string]vector)
	for _, v := range vectors(t) {
		rows[v.ID] = v
	}
	for _, ids := range []string{
		"p011 p012", "p038 p039 p040", "p051", "p062 p063 p064", "p150 p151", "p152 p153",
		"p154 p155 p156", "p157 p158", "p164 p165", "p170 p171", "p173 p174", "p176 p177",
	} {
		var pdus []string
		var want strings.Builder
		for _, id := range strings.Fields(ids) {
			pdus = append(pdus, rows[id].PDU)
			want.WriteString(rows[id].Expect["text"].(string))
		}
		slices.Reverse(pdus)
		if got, err := Join(pdus); err != nil || got != want.String() {
			t.Errorf("%s: Join = %q, %v, want %q", ids, got, err, want.String())
		}
	}
}

func TestComplete(t *testing.T) {
	a := Key{From: number(t, "+4791234567"), Ref: 1, Total: 3}
	b, c := a, a
	b.Wide = true
	c.From = number(t, "91234567")
	parts := []Part{{b, 1}, {a, 3}, {b, 3}, {a, 1}, {a, 1}, {c, 2}, {a, 2}, {b, 1}}
	if got := Complete(parts); !slices.Equal(got, []Key{a}) {
		t.Errorf("Complete = %v, want only %v", got, a)
	}
	if got := b.Missing(1, 3, 1, 0, 9); !slices.Equal(got, []uint8{2}) {
		t.Errorf("Missing = %v, want [2]", got)
	}
	if got := Complete(append(parts, Part{b, 2})); !slices.Equal(got, []Key{b, a}) {
		t.Errorf("Complete = %v, want both in the order they began", got)
	}
	if got := (Key{Total: 255}).Missing(); len(got) != 255 {
		t.Errorf("%d parts missing, want 255", len(got))
	}
}

func segment(t testing.TB, text string, o Options) [][]byte {
	t.Helper()
	tpdus, err := Segment(number(t, "+4791234567"), text, o)
	if err != nil {
		t.Fatal(err)
	}
	return tpdus
}

// roundTrip sends a text and joins what arrives, in an order of its own.
func roundTrip(t testing.TB, text string, o Options, shuffle *rand.Rand) {
	t.Helper()
	var pdus []string
	for _, b := range segment(t, text, o) {
		if len(b) > 164 {
			t.Fatalf("a TPDU of %d octets, at most 164 fit", len(b))
		}
		pdus = append(pdus, deliver(t, b))
	}
	cost := o.Measure(text)
	if cost.Parts != len(pdus) {
		t.Fatalf("Measure says %d parts, Segment made %d of %q", cost.Parts, len(pdus), text)
	}
	m, err := Decode(pdus[len(pdus)-1])
	if err != nil {
		t.Fatal(err)
	}
	left := 140 // octets
	if len(m.Deliver.Header) > 0 {
		left--
	}
	for _, e := range m.Deliver.Header {
		left -= 2 + len(e.Data)
	}
	if m.Deliver.Alphabet == AlphabetGSM7 {
		left = left*8/7 - len(m.Deliver.UD)
	} else {
		left = (left - len(m.Deliver.UD)) / 2
	}
	if cost.Left != left {
		t.Fatalf("Measure says %d left, the last part has room for %d: %q", cost.Left, left, text)
	}
	shuffle.Shuffle(len(pdus), func(i, j int) { pdus[i], pdus[j] = pdus[j], pdus[i] })
	pdus = append(pdus, pdus[0])
	got, err := Join(pdus)
	if want := strings.ToValidUTF8(text, "\ufffd"); err != nil || got != want && utf8.ValidString(text) {
		t.Fatalf("Join = %q, %v, want %q", got, err, want)
	}
}

func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pools := [][]rune{
		[]rune("abc æøåÆØÅ @\n"), []rune("ab€{}[]~|^\\"), []rune("aя😀👍é"), []rune("😀"), []rune("€"), []rune("a\x1b\x00e"),
		[]rune("şığŞİĞç abc€"), []rune("áíóúÁÍÓÚç añ"), []rune("ãõâÊê aàç|"), []rune("abcdefghijklmnopqrs ş"),
	}
	for range 600 {
		pool := pools[random.IntN(len(pools))]
		text := make([]rune, 1+random.IntN(700))
		for i := range text {
			text[i] = pool[random.IntN(len(pool))]
		}
		roundTrip(t, string(text), Options{Reference: uint16(random.Uint32()), Wide: random.IntN(2) == 0}, random)
	}
}

// The library fills its tables without a lock; under -race this fails if we do not.
func TestConcurrentUse(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := Measure("Blåbær €"); got.Units != 9 {
				t.Errorf("%d units, want 9", got.Units)
			}
			for language := range 16 {
				header := "032501" + hex.EncodeToString([]byte{byte(language)})
				if _, err := Decode(built(0, true, 7, header+"C2E001")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
