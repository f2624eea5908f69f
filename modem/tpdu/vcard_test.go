package tpdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// The whole TPDU of a card, octet by octet, as the documents say it.
func TestACardOnTheAir(t *testing.T) {
	got, err := SegmentCard(number(t, "+4793333333"), Card{Name: "Knapp SMS", Number: "+4799990000"}, Options{
		Reference: 7, StatusReport: true, Validity: 4 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"71",                     // 23.040 §9.2.2.2: SMS-SUBMIT, TP-VPF relative, TP-SRR, TP-UDHI
		"00",                     // TP-MR, which the modem sets
		"0A", "91", "7439333333", // TP-DA: ten digits, international, ISDN
		"00", // TP-PID
		"F5", // TP-DCS: 8-bit data of class 1, 23.038 §4
		"2F", // TP-VP: 4 hours, 23.040 §9.2.3.12.1
		"4F", // TP-UDL: the octets that follow
		// TP-UDH, 23.040 §9.2.3.24.4: six octets, application port addressing of 16 bits, to 9204 (WAP vCard, WAP-259-WDP
		// Appendix B), from 0.
		"06", "05", "04", "23F4", "0000",
		hex.EncodeToString([]byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Knapp SMS\r\nTEL;CELL:+4799990000\r\nEND:VCARD\r\n")),
	}, "")
	if len(got) != 1 || !strings.EqualFold(hex.EncodeToString(got[0]), want) {
		t.Errorf("%d TPDUs:\n%X, want\n%s", len(got), got, want)
	}
}

// The vector that two public sources agree on is what a card of ours looks like.
func TestACardIsLikeThePublicOnes(t *testing.T) {
	for _, v := range vectors(t) {
		if v.ID != "p182" && v.ID != "p183" {
			continue
		}
		m, err := Decode(v.PDU)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseCard(m.Submit.UD)
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		equal(t, c, any(map[string]Card{"p182": {"Mamma", "+4710000031"}, "p183": {"Kåre", "+4710000031"}}[v.ID]))
		if v.ID == "p182" {
			ours, err := SegmentCard(m.Submit.To, c, Options{})
			if err != nil || len(ours) != 1 || !bytes.Equal(ours[0], m.TPDU) {
				t.Errorf("ours is %X (%v), want %X", ours, err, m.TPDU)
			}
		}
	}
}

func TestCards(t *testing.T) {
	for name, c := range map[string]struct {
		card  Card
		line  string // of the name
		parts int
	}{
		"plain":      {Card{"Mamma RING", "+4791111111"}, "N:Mamma RING\r\n", 1},
		"æøå":        {Card{"Bård RING", "+4791111111"}, "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:B=C3=A5rd RING\r\n", 1},
		"divided":    {Card{`A;B\C`, "1"}, `N:A\;B\\C` + "\r\n", 1},
		"equal sign": {Card{"Å=1", "1"}, "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85=3D1\r\n", 1},
		"longest":    {Card{strings.Repeat("å", 20) + " RING", "+4791111111"}, strings.Repeat("=C3=A5", 20) + " RING\r\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			octets := c.card.Octets()
			if !bytes.Contains(octets, []byte(c.line)) {
				t.Errorf("%q has no %q", octets, c.line)
			}
			equal(t, CardParts(c.card), c.parts)
			back, err := ParseCard(octets)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, back, any(c.card))
			tpdus, err := SegmentCard(number(t, "+4793333333"), c.card, Options{Reference: 9})
			if err != nil || len(tpdus) != c.parts {
				t.Fatalf("%d TPDUs, %v", len(tpdus), err)
			}
			var joined []byte
			for i, tpdu := range tpdus {
				m, err := DecodeTPDU(tpdu)
				if err != nil || m.Submit == nil || m.Submit.Ports == nil {
					t.Fatalf("%X: %v", tpdu, err)
				}
				equal(t, *m.Submit.Ports, any(Ports{Dst: 0x23f4}))
				if c.parts > 1 {
					equal(t, *m.Submit.Concat, any(Concat{Ref: 9, Total: uint8(c.parts), Seq: uint8(i + 1)}))
				}
				joined = append(joined, m.Submit.UD...)
			}
			if !bytes.Equal(joined, octets) {
				t.Errorf("%q was sent, want %q", joined, octets)
			}
		})
	}
}

// A name cannot end its line and add a number of its own.
func TestACardCannotBeForged(t *testing.T) {
	c := Card{"Mamma\r\nTEL:+4700000000\r\nEND:VCARD", "+4791111111\r\nN:Fremmed"}
	back, err := ParseCard(c.Octets())
	if err != nil || !strings.HasPrefix(back.Number, "+4791111111") || !strings.HasPrefix(back.Name, "Mamma") {
		t.Errorf("it is read as %+v, %v", back, err)
	}
	if lines := strings.Count(string(c.Octets()), "\n"); lines != 5 {
		t.Errorf("the card has %d lines", lines)
	}
}

// The parts that a card takes, at each length around the borders: 133 octets in one, 128 in each of several.
func TestCardPartsAtTheBorders(t *testing.T) {
	frame := len(Card{"", "1"}.Octets())
	for n, want := range map[int]int{133: 1, 134: 2, 256: 2, 257: 3} {
		c := Card{strings.Repeat("v", n-frame), "1"}
		tpdus, err := SegmentCard(number(t, "+4791234567"), c, Options{})
		if err != nil || len(tpdus) != want || CardParts(c) != want {
			t.Errorf("%d octets: %d TPDUs, %d parts, %v; want %d", n, len(tpdus), CardParts(c), err, want)
		}
	}
}

func FuzzParseCard(f *testing.F) {
	f.Add([]byte("BEGIN:VCARD\r\nVERSION:2.1\r\nN:Mamma\r\nTEL;CELL:+4710000001\r\nEND:VCARD\r\n"))
	f.Add([]byte("BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:;K=C3=A5re;;;\nTEL:1\nEND:VCARD"))
	f.Add([]byte("BEGIN:VCARD\nN:\\\nTEL:=\nEND:VCARD=4"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		c, err := ParseCard(octets)
		if err != nil {
			if !errors.Is(err, ErrNoCard) {
				t.Fatal(err)
			}
			return
		}
		if c.Name == "" || c.Number == "" || !utf8.ValidString(c.Name) {
			t.Fatalf("%+v", c)
		}
		again, err := ParseCard(Card{oneLine(c.Name), oneLine(c.Number)}.Octets())
		if err != nil || again.Number != oneLine(c.Number) {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}
