package modem

import "knapp/modem/tpdu"

// Kind is what a received PDU is for.
type Kind int

// The kinds.
const (
	KindText       Kind = iota // a text, perhaps a part of one; class 0 and replacements are texts
	KindReport                 // a status report
	KindData                   // 8-bit data, or addressed to an application's port: for no person's eyes
	KindNotice                 // says that a mailbox holds something, and is not to be stored (TS 23.038 §4)
	KindSilent                 // type 0: to be acknowledged and shown to nobody (TS 23.040 §9.2.3.9)
	KindUnreadable             // Err says why; the raw PDU is all there is
)

func (k Kind) String() string {
	return [...]string{"text", "report", "data", "notice", "silent", "unreadable"}[k]
}

// Kind says what r is for. Whatever it is, it stays on the modem until Sink.Take has returned nil.
func (r Received) Kind() Kind {
	if r.Err != nil {
		return KindUnreadable
	}
	if r.Message.Report != nil {
		return KindReport
	}
	d := r.Message.Deliver
	if d == nil {
		return KindUnreadable
	}
	if d.TypeZero() {
		return KindSilent
	}
	if d.Ports != nil || d.Alphabet == tpdu.Alphabet8Bit {
		return KindData
	}
	if w, ok := d.Waiting(); ok && !w.Store {
		return KindNotice
	}
	return KindText
}

// ReplaceKey names the messages of which a later one takes the place of an earlier one.
type ReplaceKey struct {
	Type int    // 1 to 7, of TP-PID 0x41 to 0x47
	From string // the sender, as tpdu.Address prints it
	SMSC string // the service centre
}

// Replaces returns the key of a message that takes the place of the last one with the same key, if there is one
// (TS 23.040 §9.2.3.9); ok is false for any other. A message that replaces nothing is a message all the same.
func (r Received) Replaces() (key ReplaceKey, ok bool) {
	d := r.Message.Deliver
	if d == nil || d.Replaces() == 0 {
		return ReplaceKey{}, false
	}
	return ReplaceKey{Type: d.Replaces(), From: d.From.String(), SMSC: r.Message.SMSC}, true
}
