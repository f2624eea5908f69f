package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
)

const (
	// repeatWindow is how long a chat with the same id and body is the same chat.
	repeatWindow = 24 * time.Hour
	// partWindow is how far parts with the same reference may be apart to belong to the same message: references are
	// one octet on most phones, and come round.
	partWindow = 10 * time.Minute
)

// digest hashes values under the store's key. Without the key nobody can try which text a hash belongs to.
func (s *Store) digest(values ...string) []byte {
	mac := hmac.New(sha256.New, s.key)
	for _, value := range values {
		var length [8]byte // so that "ab","c" is not "a","bc"
		binary.BigEndian.PutUint64(length[:], uint64(len(value)))
		mac.Write(length[:])
		mac.Write([]byte(value))
	}
	return mac.Sum(nil)
}

// NewPDU implements bridge.Tx.
func (t *tx) NewPDU(modem, pdu string, at time.Time) (bool, error) {
	hash := t.store.digest("pdu", modem, strings.ToUpper(strings.TrimSpace(pdu)))
	n, err := t.exec("record PDU", `INSERT INTO seen_pdu (hash, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash, stamp(at))
	return n == 1, err
}

// NewStanza implements bridge.Tx.
func (t *tx) NewStanza(c bridge.Chat, m bridge.MessageID) (bool, error) {
	id := c.OriginID
	if id == "" {
		id = c.ID
	}
	if id == "" {
		return true, nil
	}
	hash := t.store.digest("stanza", string(c.From), c.To, id, c.Body)
	var earlier bridge.MessageID
	found, err := t.row("look for stanza", `SELECT message FROM seen_stanza WHERE hash = ? AND at > ?`,
		[]any{hash, c.At.Add(-repeatWindow).UnixMicro()}, &earlier)
	if err != nil {
		return false, err
	}
	if found {
		nothing, err := t.cameToNothing(earlier)
		if err != nil || !nothing {
			return false, err
		}
	}
	_, err = t.exec("record stanza", `INSERT INTO seen_stanza (hash, at, message) VALUES (?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET at = excluded.at, message = excluded.message`, hash, stamp(c.At), m)
	return err == nil, err
}

// cameToNothing tells whether a message was refused, or every leg that carried its text has failed: then its sender
// was told, and a person who tries again means it. A leg that is Unknown may have arrived, and a client that sends
// again by itself would double it; the gateway's own words carry nothing.
func (t *tx) cameToNothing(m bridge.MessageID) (bool, error) {
	var refused bool
	var legs, failed int
	_, err := t.row("look at earlier message", `
		SELECT m.verdict = 'refuse', count(o.id), count(o.id) FILTER (WHERE o.state = 'failed')
		FROM message m LEFT JOIN outbox o ON o.message = m.id AND o.reason <> 'gateway'
		WHERE m.id = ? GROUP BY m.id`, []any{m}, &refused, &legs, &failed)
	return refused || legs > 0 && legs == failed, err
}

// round is what is there of one longer message.
type round struct {
	pdus          map[int]string
	written, came span
}

// span is the time between the first and the last of some moments, in microseconds; zero for none.
type span struct{ from, to int64 }

func (s *span) add(at int64) {
	if *s == (span{}) {
		*s = span{at, at}
	}
	s.from, s.to = min(s.from, at), max(s.to, at)
}

// distance is how far a moment lies outside.
func (s span) distance(at int64) time.Duration {
	return time.Duration(max(s.from-at, at-s.to, 0)) * time.Microsecond
}

// distance is how far a part is from the rest: by the service centre's clock, whenever it was handed over, and by the
// time of its coming only where that clock cannot be read.
func (r *round) distance(written, at time.Time) time.Duration {
	if !written.IsZero() && r.written != (span{}) {
		return r.written.distance(written.UnixMicro())
	}
	return r.came.distance(at.UnixMicro())
}

// AddPart implements bridge.Tx. A part goes to the nearest of the messages in which its place is free; one that is near
// to none begins a round of its own, so that two texts are never mixed.
func (t *tx) AddPart(k bridge.PartKey, seq int, pdu string, written, at time.Time) (map[int]string, error) {
	rounds, err := t.roundsOf(k)
	if err != nil {
		return nil, err
	}
	order := slices.Sorted(maps.Keys(rounds))
	number, nearest := int64(1), partWindow
	if len(order) > 0 {
		number += order[len(order)-1]
	}
	for _, candidate := range order { // of two that are as near, the newer
		r := rounds[candidate]
		if there, taken := r.pdus[seq]; taken && there != pdu {
			continue
		}
		if d := r.distance(written, at); d <= nearest {
			number, nearest = candidate, d
		}
	}
	if rounds[number] == nil {
		rounds[number] = &round{pdus: map[int]string{}}
	}
	rounds[number].pdus[seq] = pdu
	if t.rounds == nil {
		t.rounds = map[bridge.PartKey]int64{}
	}
	t.rounds[k] = number
	_, err = t.exec("keep part", `INSERT INTO part (modem, sender, ref, wide, total, round, seq, pdu, at, written)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		append(partKey(k), number, seq, pdu, stamp(at), stamp(written))...)
	if err != nil {
		return nil, err
	}
	return rounds[number].pdus, nil
}

// roundsOf reads the parts that wait under one key.
func (t *tx) roundsOf(k bridge.PartKey) (map[int64]*round, error) {
	rounds := map[int64]*round{}
	err := t.each("read parts", `SELECT round, seq, pdu, at, written FROM part
		WHERE modem = ? AND sender = ? AND ref = ? AND wide = ? AND total = ?`, partKey(k), func(scan scanner) error {
		var number, at int64
		var written sql.NullInt64
		var seq int
		var pdu string
		if err := scan(&number, &seq, &pdu, &at, &written); err != nil {
			return err
		}
		if rounds[number] == nil {
			rounds[number] = &round{pdus: map[int]string{}}
		}
		r := rounds[number]
		r.pdus[seq] = pdu
		r.came.add(at)
		if written.Valid {
			r.written.add(written.Int64)
		}
		return nil
	})
	return rounds, err
}

// DropParts implements bridge.Tx. It drops the round that AddPart has added to in this step, else the newest.
func (t *tx) DropParts(k bridge.PartKey) error {
	number, known := t.rounds[k]
	if !known {
		_, err := t.row("find parts", `SELECT coalesce(max(round), 0) FROM part
			WHERE modem = ? AND sender = ? AND ref = ? AND wide = ? AND total = ?`, partKey(k), &number)
		if err != nil {
			return err
		}
	}
	_, err := t.exec("drop parts", `DELETE FROM part
		WHERE modem = ? AND sender = ? AND ref = ? AND wide = ? AND total = ? AND round = ?`, append(partKey(k), number)...)
	return err
}

// TakeStaleParts implements bridge.Tx.
func (t *tx) TakeStaleParts(before time.Time) (k bridge.PartKey, pdus map[int]string, ok bool, err error) {
	var number int64
	ok, err = t.row("find stale parts", `SELECT modem, sender, ref, wide, total, round FROM part
		GROUP BY modem, sender, ref, wide, total, round HAVING max(at) < ? ORDER BY max(at) LIMIT 1`,
		[]any{stamp(before)}, &k.Modem, &k.From, &k.Ref, &k.Wide, &k.Total, &number)
	if err != nil || !ok {
		return k, nil, false, err
	}
	pdus = map[int]string{}
	err = t.each("take stale parts", `DELETE FROM part
		WHERE modem = ? AND sender = ? AND ref = ? AND wide = ? AND total = ? AND round = ? RETURNING seq, pdu`,
		append(partKey(k), number), func(scan scanner) error {
			var seq int
			var pdu string
			if err := scan(&seq, &pdu); err != nil {
				return err
			}
			pdus[seq] = pdu
			return nil
		})
	return k, pdus, err == nil, err
}

func partKey(k bridge.PartKey) []any {
	return []any{k.Modem, string(k.From), k.Ref, k.Wide, k.Total}
}

// KeepRaw implements bridge.Tx.
func (t *tx) KeepRaw(m bridge.MessageID, modem, pdu, reason string, at time.Time) error {
	_, err := t.exec("keep raw message", `INSERT INTO raw (message, modem, pdu, reason, at) VALUES (?, ?, ?, ?, ?)`,
		m, modem, pdu, reason, stamp(at))
	return err
}
