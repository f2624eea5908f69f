package tpdu

import (
	"bytes"
	"time"

	lib "github.com/warthog618/sms/encoding/tpdu"
)

// timestamp reads seven octets of 23.040 §9.2.3.11; the zero time when they are
// none (all FF, a zone that is not BCD, a thirteenth month).
func timestamp(b []byte) time.Time {
	var t lib.Timestamp
	if t.UnmarshalBinary(b) != nil {
		return time.Time{}
	}
	// The library lets time.Date roll a 31 February over; written back it differs.
	back, err := t.MarshalBinary()
	if err != nil || !bytes.Equal(back[:6], b[:6]) {
		return time.Time{}
	}
	return t.Time
}

// validity reads TP-VP in the format of TP-VPF (§9.2.3.3, §9.2.3.12).
func (r *reader) validity(format byte) (Validity, error) {
	size := [4]int{0, 7, 1, 7}[format] // none, enhanced, relative, absolute
	b, err := r.take(size, "TP-VP")
	if err != nil || size == 0 {
		return Validity{}, err
	}
	v := Validity{Raw: b}
	switch {
	case format == 2:
		v.For = relative(b[0])
	case format == 3:
		v.Until = timestamp(b)
	case b[0]&0x07 == 1: // enhanced, §9.2.3.12.3
		v.For = relative(b[1])
	case b[0]&0x07 == 2:
		v.For = time.Duration(b[1]) * time.Second
	case b[0]&0x07 == 3:
		v.For = time.Duration(digits(b[1]))*time.Hour +
			time.Duration(digits(b[2]))*time.Minute + time.Duration(digits(b[3]))*time.Second
	}
	return v, nil
}

// digits reads two swapped decimal digits.
func digits(b byte) int { return int(b&0x0f)*10 + int(b>>4) }

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// relative is the length of time that a relative TP-VP names, §9.2.3.12.1.
func relative(vp byte) time.Duration {
	n := time.Duration(vp)
	switch {
	case vp <= 143:
		return (n + 1) * 5 * time.Minute
	case vp <= 167:
		return 12*time.Hour + (n-143)*30*time.Minute
	case vp <= 196:
		return (n - 166) * day
	}
	return (n - 192) * week
}

// relativeVP is the shortest relative TP-VP that lasts at least d, at most 63 weeks.
// (The library's own sends 5 minutes as 10.)
func relativeVP(d time.Duration) byte {
	for vp := byte(0); vp < 255; vp++ {
		if relative(vp) >= d {
			return vp
		}
	}
	return 255
}
