package tpdu

import "time"

// StatusReport is an SMS-STATUS-REPORT: what became of one TPDU that was sent with
// a report asked for (23.040 §9.2.2.3).
type StatusReport struct {
	// MR is the reference that the modem gave the TPDU, in +CMGS. It wraps at 256:
	// match by To and SCTS too.
	MR byte
	To Address

	// SCTS is when the service centre took the TPDU, Discharge when Status came
	// about; the zero time when the octets are no time.
	SCTS      time.Time
	Discharge time.Time

	Status byte // TP-ST
}

// Fate is what a status report says of a TPDU, in the gateway's terms.
type Fate int

// The fates of a TPDU.
const (
	// FateUnconfirmed: the service centre is done with it and does not know, or does
	// not say, whether the phone has it. It is final and proves nothing.
	FateUnconfirmed Fate = iota
	// FateDelivered: the phone has it.
	FateDelivered
	// FateTrying: not delivered yet, the service centre goes on. Another report follows.
	FateTrying
	// FateFailed: it will never be delivered.
	FateFailed
)

// String is "unconfirmed", "delivered", "trying" or "failed".
func (f Fate) String() string {
	switch f {
	case FateDelivered:
		return "delivered"
	case FateTrying:
		return "trying"
	case FateFailed:
		return "failed"
	case FateUnconfirmed:
		return "unconfirmed"
	}
	return "unknown"
}

// Final reports whether no other report will follow.
func (f Fate) Final() bool { return f != FateTrying }

// Fate reads TP-ST, 23.040 §9.2.3.15.
func (s StatusReport) Fate() Fate {
	switch {
	case s.Status == 0x00:
		return FateDelivered
	case s.Status <= 0x1f:
		// 01 was forwarded without confirmation, 02 replaced by the service centre; the
		// rest of "transaction completed" is reserved or the centre's own.
		return FateUnconfirmed
	case s.Status <= 0x3f:
		return FateTrying
	}
	// 40–5F is a permanent error, 60–7F one after which the centre has given up; the
	// reserved 80–FF is to be read as 63, "service rejected".
	return FateFailed
}

func (s *StatusReport) read(r *reader) (err error) {
	if s.MR, err = r.octet("TP-MR"); err != nil {
		return err
	}
	if s.To, err = r.address("TP-RA"); err != nil {
		return err
	}
	b, err := r.take(7, "TP-SCTS")
	if err != nil {
		return err
	}
	s.SCTS = timestamp(b)
	if b, err = r.take(7, "TP-DT"); err != nil {
		return err
	}
	s.Discharge = timestamp(b)
	// TP-PI and what it announces may follow; nothing there changes a message's fate.
	s.Status, err = r.octet("TP-ST")
	return err
}
