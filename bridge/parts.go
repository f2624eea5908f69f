package bridge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"knapp/bridge/words"
)

// join keeps a part. whole is true when it was the last one to come; then text is the whole text.
func (r *Relay) join(tx Tx, in SMS) (text string, whole bool, err error) {
	if err := noteSentAgain(tx, in); err != nil {
		return "", false, err
	}
	key := PartKey{Modem: in.Modem, From: in.From, Ref: in.Part.Ref, Wide: in.Part.Wide, Total: in.Part.Total}
	have, err := tx.AddPart(key, in.Part.Seq, in.PDU, in.Written, in.At)
	if err != nil || len(have) < in.Part.Total {
		return "", false, err
	}
	if err := tx.DropParts(key); err != nil {
		return "", false, err
	}
	pdus := inOrder(have)
	if again, err := onlySentAgain(tx, in.Modem, pdus, in.At); err != nil || again {
		return "", false, err
	}
	text, why := r.o.Texts.Join(pdus)
	if why != nil {
		return "", false, r.keepUnreadable(tx, in, fmt.Errorf("join %d parts: %w", len(pdus), why), pdus...)
	}
	return text, true, nil
}

// resentWithin is how far apart the stamps of one part may be that its phone has sent twice; up to twice that.
const resentWithin = 5 * time.Minute

// noteSentAgain marks a part that its phone may have sent twice, since it did not hear that the network had it: the
// service centre has stamped it anew, and all else is the same. It would be left over when the text is whole. It is kept
// all the same: another text may end in the same words under the same reference.
func noteSentAgain(tx Tx, in SMS) error {
	if in.Written.IsZero() {
		return nil
	}
	again := false
	slot := in.Written.UnixNano() / int64(resentWithin)
	for near := slot - 1; near <= slot+1; near++ {
		fresh, err := tx.NewPDU(in.Modem, fmt.Sprintf("%s %+v %d %s", in.From, *in.Part, near, in.Text), in.At)
		if err != nil {
			return err
		}
		again = again || near == slot && !fresh
	}
	if !again {
		return nil
	}
	_, err := tx.NewPDU(in.Modem, markAgain(in.PDU), in.At)
	return err
}

// markAgain is what NewPDU has seen of a part that was sent again.
func markAgain(pdu string) string { return "again " + pdu }

// onlySentAgain tells whether parts that were left over were all sent before.
func onlySentAgain(tx Tx, modem string, pdus []string, now time.Time) (bool, error) {
	for _, pdu := range pdus {
		if fresh, err := tx.NewPDU(modem, markAgain(pdu), now); err != nil || fresh {
			return false, err
		}
	}
	return true, nil
}

// partsWait is how long a longer message waits for its next part.
const partsWait = 10 * time.Minute

// SettleParts relays what there is of messages that have waited too long for a part: what came is not lost for
// what did not. A part that comes later still is relayed the same way.
func (r *Relay) SettleParts(ctx context.Context) error {
	if r.o.Uptime()-r.started.uptime < partsWait {
		return nil // the missing part may lie in the modem, which was only just asked
	}
	for more := true; more; {
		err := r.do(ctx, func(tx Tx) error {
			key, have, found, err := tx.TakeStaleParts(r.o.Now().Add(-partsWait))
			if more = found; err != nil || !found {
				return err
			}
			return r.takeIncomplete(tx, key, have)
		})
		if err != nil {
			return fmt.Errorf("bridge: settle parts: %w", err)
		}
	}
	return nil
}

func (r *Relay) takeIncomplete(tx Tx, key PartKey, have map[int]string) error {
	in := SMS{Modem: key.Modem, From: key.From, At: r.o.Now()}
	pdus := inOrder(have)
	if again, err := onlySentAgain(tx, key.Modem, pdus, in.At); err != nil || again {
		return err
	}
	text, why := r.o.Texts.Join(pdus)
	if text == "" {
		return r.keepUnreadable(tx, in, fmt.Errorf("join %d of %d parts: %w", len(pdus), key.Total, why), pdus...)
	}
	r.o.Log.Warn("a message is relayed without all its parts", "from", key.From, "have", len(pdus), "of", key.Total)
	return r.takeText(tx, in, r.beside(words.Incomplete, text), len(pdus))
}

func inOrder(have map[int]string) []string {
	pdus := make([]string, 0, len(have))
	for _, seq := range slices.Sorted(maps.Keys(have)) {
		pdus = append(pdus, have[seq])
	}
	return pdus
}
