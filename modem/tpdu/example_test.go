package tpdu_test

import (
	"fmt"

	"knapp/modem/tpdu"
)

// Parts are kept under their Key, one for each Seq, until none is missing. The gateway
// does in its database what this does with a map.
func ExampleJoin() {
	arrived := []string{
		"06917429000100440A9174010000100000629042810584809705000346020240E8329B0E4A93D36F7A7ABE06B5CB6C72DA7DFE8196EF76BB2C0791CB6E10B9EC0691C32C5099CD2ECB41E2B0BC0C5ACBC37375590E2297DD2074994D079DE5617A7A0E7A9F4162765A0E62A7CFE7B29B5C06A541EC343B7F7E83DE67D0F94D3EAB1972D0BC7CFE81AC6910BD3CA797E5A034DA5E96D3CD6136DBE572B900",
		"06917429000100440A917401000010000062904281057480A005000346020190F63068BE5697E520B43D3D07A9CB67D0BCEC2697E5A0B21B345FA7D7EB323B7D06B1C3EE3368DE9E83E6EF3628BD5E9741E6871C046787E773501A640FBBD9E93328668381E8E5B39B056A97DD207499CD2ECB41F43C3C3D5F83C4F2FABA2C07B9DF65D0FCE1A683E6EF36880683C16030180C442F9FDD207A9A0D7A80E66B79DA5E0695DD",
	}
	waiting := make(map[tpdu.Key]map[uint8]string)
	for _, pdu := range arrived {
		m, err := tpdu.Decode(pdu)
		if err != nil || m.Deliver == nil {
			continue // the raw PDU is kept for a person to look at
		}
		key, isPart := m.Deliver.Key()
		if !isPart {
			fmt.Println(m.Deliver.Text)
			continue
		}
		if waiting[key] == nil {
			waiting[key] = make(map[uint8]string)
		}
		waiting[key][m.Deliver.Concat.Seq] = pdu
		var seqs []uint8
		var pdus []string
		for seq, pdu := range waiting[key] {
			seqs, pdus = append(seqs, seq), append(pdus, pdu)
		}
		if missing := key.Missing(seqs...); len(missing) > 0 {
			fmt.Println("still missing:", missing)
			continue
		}
		text, err := tpdu.Join(pdus)
		fmt.Println(text, err)
		delete(waiting, key)
	}
	// Output:
	// still missing: [1]
	// Hva skjer hvis jeg sender en skikkelig lang sms som ikke får plass i vanlig 160 tegn, men heller typisk bruker noe sånt som 40000000 tegn til å skrive en helt idiotisk melding? Kommer den den da, eller bare krasjer den helt gratis og blir liggende i lilygo og godgjør seg? Vi tester ihvertfall.... <nil>
}

func ExampleSegment() {
	to, err := tpdu.ParseAddress("+4791234567")
	if err != nil {
		fmt.Println(err)
		return
	}
	text := "Mamma: kommer nå, er der om 10 min"
	fmt.Printf("%+v\n", tpdu.Measure(text))
	tpdus, err := tpdu.Segment(to, text, tpdu.Options{StatusReport: true})
	for _, b := range tpdus {
		fmt.Printf("AT+CMGS=%d, then 00%X\n", len(b), b)
	}
	fmt.Println(err)
	// Output:
	// {Parts:1 Alphabet:gsm7 Units:34 Left:126}
	// AT+CMGS=42, then 0021000A917419325476000022CD70BB1DD681D6EF76BB2C07B91F2C50590E2297E5A0771B148381DA6937
	// <nil>
}
