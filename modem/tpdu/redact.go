package tpdu

import "log/slog"

// A log holds who and how long, never the text and never a whole number: what
// follows is how these values show themselves to slog.

// LogValue is the address with only its first two and last two digits, "+47…67"; of
// a number of up to six digits the last two. A name stays: it belongs to a company.
func (a Address) LogValue() slog.Value {
	s := a.String()
	if a.Alphanumeric() {
		return slog.StringValue(s)
	}
	switch n := len(a.Digits); {
	case n <= 2:
		return slog.StringValue("…")
	case n <= 6:
		return slog.StringValue("…" + a.Digits[n-2:])
	default:
		return slog.StringValue(s[:len(s)-n+2] + "…" + a.Digits[n-2:])
	}
}

// LogValue is sender, part and length.
func (d Deliver) LogValue() slog.Value {
	return slog.GroupValue(append(describe(d.Concat, d.Alphabet, d.UD),
		slog.Attr{Key: "from", Value: d.From.LogValue()})...)
}

// LogValue is recipient, part and length.
func (s Submit) LogValue() slog.Value {
	return slog.GroupValue(append(describe(s.Concat, s.Alphabet, s.UD),
		slog.Attr{Key: "to", Value: s.To.LogValue()})...)
}

// LogValue is reference, recipient and status.
func (s StatusReport) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("mr", int(s.MR)),
		slog.Attr{Key: "to", Value: s.To.LogValue()},
		slog.Int("st", int(s.Status)),
		slog.String("fate", s.Fate().String()),
	)
}

// LogValue is that of the TPDU inside.
func (m Message) LogValue() slog.Value {
	switch {
	case m.Deliver != nil:
		return m.Deliver.LogValue()
	case m.Report != nil:
		return m.Report.LogValue()
	case m.Submit != nil:
		return m.Submit.LogValue()
	}
	return slog.GroupValue(slog.Int("octets", len(m.TPDU)))
}

// LogValue is sender, reference and number of parts.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Attr{Key: "from", Value: k.From.LogValue()},
		slog.Int("ref", int(k.Ref)),
		slog.Bool("wide", k.Wide),
		slog.Int("total", int(k.Total)),
	)
}

func describe(c *Concat, a Alphabet, ud []byte) []slog.Attr {
	attrs := []slog.Attr{slog.String("alphabet", a.String()), slog.Int("length", len(ud))}
	if c != nil {
		attrs = append(attrs, slog.Int("part", int(c.Seq)), slog.Int("of", int(c.Total)))
	}
	return attrs
}
