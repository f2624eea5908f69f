package modemtest

import (
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

// Text is a complete text as a person reads it on the phone.
type Text struct {
	// From is the sender, "+47…", a short number or a name.
	From string
	// Text is the whole text, parts joined.
	Text string
	// At is the service centre's time stamp of the first part that came.
	At time.Time
	// Parts is how many TPDUs it took.
	Parts int
	// Class is the message class, 0 for a flash message; -1 for none.
	Class int
}

// Data is a complete binary message.
type Data struct {
	// From is the sender.
	From string
	// Port is the destination port (TS 23.040 §9.2.3.24.4), or 0.
	Port int
	// Bytes is the content, parts joined.
	Bytes []byte
	// At is the service centre's time stamp of the first part that came.
	At time.Time
	// Parts is how many TPDUs it took.
	Parts int
}

// Information element identifiers, TS 23.040 §9.2.3.24.
const (
	ieConcat8  = 0x00
	iePort8    = 0x04
	iePort16   = 0x05
	ieConcat16 = 0x08
)

// TP-PID values that a phone acts on, TS 23.040 §9.2.3.9.
const (
	pidSilent       = 0x40
	pidReplaceFirst = 0x41
	pidReplaceLast  = 0x47
)

// joinKey tells joined messages apart (TS 23.040 §9.2.3.24.1): the sender, the
// reference and how wide it is, and how many parts there are.
type joinKey struct {
	from  string
	wide  bool
	ref   int
	total int
}

// inbox is what a phone shows. Guarded by the network's lock.
type inbox struct {
	texts    []Text
	data     []Data
	joining  map[joinKey]map[int]incoming
	replaces map[[2]string]int // sender and PID to the text that is replaced
}

// add takes an SMS-DELIVER. It returns the text that it completed, if it did.
// What cannot be read is not shown; Phone.Raw has it.
func (b *inbox) add(raw []byte) (Text, bool) {
	in, err := parseDeliver(raw)
	if err != nil || in.pid == pidSilent {
		return Text{}, false
	}
	parts := []incoming{in}
	if key, part, ok := concat(in); ok {
		parts = b.join(key, part, in)
		if parts == nil {
			return Text{}, false
		}
	}
	if alphabet(in.dcs) == tpdu.Alpha8Bit {
		b.addData(parts)
		return Text{}, false
	}
	return b.addText(parts), true
}

// join files a part and returns all parts in order when none is missing.
func (b *inbox) join(key joinKey, part int, in incoming) []incoming {
	if b.joining == nil {
		b.joining = map[joinKey]map[int]incoming{}
	}
	have := b.joining[key]
	if have == nil {
		have = map[int]incoming{}
		b.joining[key] = have
	}
	have[part] = in
	if len(have) < key.total {
		return nil
	}
	delete(b.joining, key)
	parts := make([]incoming, 0, key.total)
	for i := range key.total {
		parts = append(parts, have[i+1])
	}
	return parts
}

func (b *inbox) addText(parts []incoming) Text {
	first := parts[0]
	t := Text{From: first.from, At: first.scts, Parts: len(parts), Class: messageClass(first.dcs)}
	if alphabet(first.dcs) == tpdu.AlphaUCS2 {
		// A sender may have split a pair of surrogates: join before decoding.
		var all []byte
		for _, p := range parts {
			all = append(all, p.data...)
		}
		t.Text = decodeUTF16(all)
	} else {
		for _, p := range parts {
			t.Text += p.text
		}
	}
	if first.pid >= pidReplaceFirst && first.pid <= pidReplaceLast {
		key := [2]string{first.from, string(rune(first.pid))}
		if b.replaces == nil {
			b.replaces = map[[2]string]int{}
		}
		if at, ok := b.replaces[key]; ok {
			b.texts[at] = t
			return t
		}
		b.replaces[key] = len(b.texts)
	}
	b.texts = append(b.texts, t)
	return t
}

func (b *inbox) addData(parts []incoming) {
	d := Data{From: parts[0].from, At: parts[0].scts, Parts: len(parts)}
	for _, p := range parts {
		d.Bytes = append(d.Bytes, p.data...)
		if ie, ok := p.udh.IE(iePort16); ok && len(ie.Data) == 4 {
			d.Port = int(ie.Data[0])<<8 | int(ie.Data[1])
		} else if ie, ok := p.udh.IE(iePort8); ok && len(ie.Data) == 2 {
			d.Port = int(ie.Data[0])
		}
	}
	b.data = append(b.data, d)
}

// concat reads the concatenation element; one that makes no sense is ignored,
// as TS 23.040 §9.2.3.24.1 demands.
func concat(in incoming) (joinKey, int, bool) {
	key := joinKey{from: in.from}
	part := 0
	if ie, ok := in.udh.IE(ieConcat16); ok && len(ie.Data) == 4 {
		key.wide = true
		key.ref = int(ie.Data[0])<<8 | int(ie.Data[1])
		key.total, part = int(ie.Data[2]), int(ie.Data[3])
	} else if ie, ok := in.udh.IE(ieConcat8); ok && len(ie.Data) == 3 {
		key.ref, key.total, part = int(ie.Data[0]), int(ie.Data[1]), int(ie.Data[2])
	}
	return key, part, part >= 1 && part <= key.total
}
