package tpdu

// alphabet reads TP-DCS, 23.038 §4. Reserved codings are the default alphabet.
func alphabet(dcs byte) Alphabet {
	switch {
	case dcs&0x80 == 0: // 00xx general, 01xx marked for automatic deletion
		if dcs&0x20 != 0 {
			return Alphabet8Bit // compressed (23.042), whose length counts octets: no text for us
		}
		switch dcs >> 2 & 0x03 {
		case 1:
			return Alphabet8Bit
		case 2:
			return AlphabetUCS2
		}
	case dcs&0xf0 == 0xe0: // 1110, message waiting, store
		return AlphabetUCS2
	case dcs&0xf4 == 0xf4: // 1111, data with a class
		return Alphabet8Bit
	}
	return AlphabetGSM7
}

// class reads the message class out of TP-DCS, -1 for none.
func class(dcs byte) int {
	if dcs&0x90 == 0x10 || dcs&0xf0 == 0xf0 {
		return int(dcs & 0x03)
	}
	return -1
}

// WaitingKind is what waits in a mailbox, 23.038 §4.
type WaitingKind int

// The mailboxes of 23.038 §4.
const (
	WaitingVoice WaitingKind = iota
	WaitingFax
	WaitingMail
	WaitingOther
)

// Waiting is an operator's note that a mailbox holds something, or no longer does.
type Waiting struct {
	Kind   WaitingKind
	Active bool // false: the mailbox has been emptied
	Store  bool // false: the text, if any, may be thrown away
	Count  int  // how many wait, -1 when not told
}

// Waiting reads the message waiting indication of a TP-DCS group 1100 to 1110
// (23.038 §4) or of the header (23.040 §9.2.3.24.2), which outranks it. One that is
// not to be stored is no message from a person.
func (d Deliver) Waiting() (Waiting, bool) {
	for i := len(d.Header) - 1; i >= 0; i-- {
		if e := d.Header[i]; e.ID == elementWaiting && len(e.Data) == 2 {
			return Waiting{
				Kind:   WaitingKind(e.Data[0] & 0x03),
				Active: e.Data[1] > 0,
				Store:  e.Data[0]&0x80 != 0,
				Count:  int(e.Data[1]),
			}, true
		}
	}
	group := d.DCS >> 4
	if group < 0x0c || group > 0x0e {
		return Waiting{}, false
	}
	return Waiting{
		Kind:   WaitingKind(d.DCS & 0x03),
		Active: d.DCS&0x08 != 0,
		Store:  group != 0x0c,
		Count:  -1,
	}, true
}

// TypeZero reports a "silent" message, TP-PID 40 hex (23.040 §9.2.3.9): it is
// acknowledged, and neither shown nor kept.
func (d Deliver) TypeZero() bool { return d.PID == 0x40 }

// Replaces returns the replace type 1 to 7 of TP-PID 41 to 47 hex, 0 for none: the
// message takes the place of an earlier one with the same type, sender and service
// centre (23.040 §9.2.3.9).
func (d Deliver) Replaces() int {
	if d.PID >= 0x41 && d.PID <= 0x47 {
		return int(d.PID - 0x40)
	}
	return 0
}
