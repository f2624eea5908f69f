package main

import (
	"testing"

	"knapp/bridge"
	"knapp/modem"
	"knapp/modem/tpdu"
)

// What the post office is told of a PDU.
func TestWhatBecomesOfAPDU(t *testing.T) {
	const (
		emma = "0A917439333333"
		rest = "62110241000004"
	)
	tests := []struct {
		name, pdu string
		want      bridge.SMS // of which At, Err, Modem, PDU and Written are not looked at
		damaged   bool
	}{
		{name: "text", pdu: "0004" + emma + "0000" + rest + "03E8B41A", want: bridge.SMS{From: "+4793333333", Text: "hij"}},
		{
			name: "part of a text", pdu: "0044" + emma + "0008" + rest + "0A" + "050003070201" + "00680069",
			want: bridge.SMS{From: "+4793333333", Text: "hi", Part: &bridge.Part{Ref: 7, Total: 2, Seq: 1}},
		},
		{name: "part of data", pdu: "0044" + emma + "0004" + rest + "08" + "050003070201" + "FFFE", want: bridge.SMS{From: "+4793333333", Data: true}},
		{
			name: "part of a vCard", pdu: "0044" + emma + "0008" + rest + "0E" + "0B0504" + "23F40000" + "0003070201" + "0068",
			want: bridge.SMS{From: "+4793333333", Text: "h", Data: true},
		},
		{
			name: "a word that looks like a number", // 91111111
			pdu:  "0004" + "0ED0" + "B9582C168BC562" + "0000" + rest + "03E8B41A", want: bridge.SMS{From: `"91111111"`, Text: "hij"},
		},
		{
			name: "a word that looks like E.164", // +4791111111
			pdu:  "0004" + "14D0" + "2BDA2D178BC562B1580C" + "0000" + rest + "03E8B41A", want: bridge.SMS{From: `"+4791111111"`, Text: "hij"},
		},
		{name: "one that replaces", pdu: "0004" + emma + "4300" + rest + "03E8B41A", want: bridge.SMS{From: "+4793333333", Text: "hij", Replaces: "3 +4793333333 "}},
		{name: "a mailbox holds something", pdu: "0004" + emma + "00C8" + rest + "03E8B41A", want: bridge.SMS{From: "+4793333333", Text: "hij", Notice: true}},
		{name: "cut short", pdu: "0004" + emma + "0000" + rest + "09E8", want: bridge.SMS{From: "+4793333333"}, damaged: true},
		{name: "cut within the sender", pdu: "0004" + "0A917439", damaged: true},
		{name: "not hex", pdu: "hei", damaged: true},
		{name: "a reserved type", pdu: "0003" + emma, damaged: true},
	}
	for _, tt := range tests {
		r := modem.Received{Modem: "main", PDU: tt.pdu}
		r.Message, r.Err = tpdu.Decode(tt.pdu)
		got := numbers{country: "NO"}.sms(r)
		if got.From != tt.want.From || got.Text != tt.want.Text || got.Data != tt.want.Data || got.Notice != tt.want.Notice || got.Replaces != tt.want.Replaces || (got.Err != nil) != tt.damaged {
			t.Errorf("%s: %+v", tt.name, got)
		}
		switch part := tt.want.Part; {
		case part == nil && got.Part != nil:
			t.Errorf("%s: part %+v", tt.name, got.Part)
		case part != nil && (got.Part == nil || *got.Part != *part):
			t.Errorf("%s: part %+v, not %+v", tt.name, got.Part, part)
		}
	}
}
