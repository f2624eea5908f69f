package bridge

import (
	"context"
	"strings"
)

// markLate puts the time before a text that has waited here for so long that who reads it would take it for new: the
// modem was away, or the network. marked is true when there are other segments to send now.
func (r *Relay) markLate(ctx context.Context, seg Segment) (marked bool, err error) {
	if seg.N != 1 || seg.Emergency || !r.clockSet() || r.age(seg.Created) <= lateAfter {
		return false, nil
	}
	err = r.do(ctx, func(tx Tx) error {
		tpdus, err := tx.UnsentText(seg.Leg)
		if err != nil || len(tpdus) == 0 {
			return err
		}
		text, err := r.o.Texts.Text(tpdus)
		if err != nil || strings.HasPrefix(text, "1/2 ") { // of two texts in one leg only the first would be marked
			return err
		}
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		m, err := tx.Message(seg.Message)
		if err != nil {
			return err
		}
		to, _ := d.ByPhone(seg.To)
		mark, other := r.lateMarks(r.languageOf(to), writtenAt(m))
		if strings.HasPrefix(text, mark) {
			return nil
		}
		// It was late already when it was written down, and the clock has jumped since: its weekday is another day.
		segments, err := r.segments(tx, seg.To, mark+strings.TrimPrefix(text, other))
		if err != nil || len(segments) > MaxParts {
			return err
		}
		marked = true
		return tx.Resegment(seg.Leg, segments)
	})
	return marked && err == nil, err
}
