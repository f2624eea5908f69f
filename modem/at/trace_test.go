package at

import "testing"

// TestRedacted: nothing that a person wrote, no name, no whole number and no PIN passes, in PDU mode or text mode.
func TestRedacted(t *testing.T) {
	for _, c := range []struct {
		d        Direction
		in, want string
	}{
		{FromModem, "+CMTI: \"SM\",3", "+CMTI: \"SM\",3"},
		{FromModem, "+CMGR: \"REC READ\",\"+4793333333\",,\"26/11/22,12:00:00+04\"", "+CMGR: \"…\",\"+…33\",,\"26/11/22,12:00:00+04\""},
		{FromModem, "Hei mamma", "…(9 characters)"},
		{FromModem, "HEI", "…(3 characters)"},
		{FromModem, "OK", "OK"},
		{FromModem, "RING", "RING"},
		{FromModem, ">", ">"},
		{FromModem, "+CME ERROR: 16", "+CME ERROR: 16"},
		{FromModem, "+CPBR: 1,\"+4791111111\",145,\"Mamma\"", "+CPBR: 1,\"+…11\",145,\"…\""},
		{FromModem, "+CUSD: 0,\"Saldo 42\",15", "+CUSD: …(16)"},
		{FromModem, "490154203237518", "…18"},
		{FromModem, "AT+CPIN=\"1234\"", "AT+CPIN=…"},
		{ToModem, "AT+CPIN=\"1234\"", "AT+CPIN=…"},
		{ToModem, "at+cpin=1234", "at+cpin=…"},
		{ToModem, "AT+CLCK=\"FD\",1,\"2222\"", "AT+CLCK=…"},
		{ToModem, "AT+CSIM=26,\"0020000108313233FFFFFFFF\"", "AT+CSIM=…"},
		{ToModem, "AT+CPBW=1,\"+4791111111\",145,\"Mamma RING\"", "…(40 characters)"},
		{ToModem, "AT+CPBW=1,\"+4791111111\",145,\"Mamma\"", "AT+CPBW=1,\"+…11\",145,\"…\""},
		{ToModem, "AT+CMGS=\"+4793333333\"", "AT+CMGS=\"+…33\""},
		{ToModem, "kommer nå", "…(9 characters)"},
		{ToModem, "0001000B9174393333330000000368F41A", "…(17 octets)"},
		{ToModem, "<SUB>", "<SUB>"},
	} {
		if got := redact(c.d, c.in); got != c.want {
			t.Errorf("%c %s: %s, want %s", c.d, c.in, got, c.want)
		}
	}
}

func TestWithoutPINs(t *testing.T) {
	var got string
	f := WithoutPINs(func(_ Direction, line string) { got = line })
	for in, want := range map[string]string{
		"AT+CPIN=\"1234\"":                        "AT+CPIN=…",
		"AT+CSIM=26,\"0020000108313233FFFFFFFF\"": "AT+CSIM=…",
		"Hei mamma":                               "Hei mamma",
		"AT+CMGS=\"+4793333333\"":                 "AT+CMGS=\"+4793333333\"",
		"+CPIN: READY":                            "+CPIN: READY",
	} {
		if f(ToModem, in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
