package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"knapp/bridge"
)

// dueHorizon is how far ahead of now a next try can be. The relay asks for 5 minutes at most; what seems to be later
// was written before the clock was set back, and is due at once rather than when the clock has caught up.
const dueHorizon = 10 * time.Minute

// horizon returns now and how far ahead a next try can be, as the database keeps times.
func horizon(now time.Time) (from, to int64) {
	return now.UnixMicro(), now.Add(dueHorizon).UnixMicro()
}

// The parameters of what is asked for every message are written +?. The driver clears the bindings after each use,
// and SQLite then prepares a statement anew whose bare parameter it has planned by (a LIMIT, a partial index): that
// cost more than the query.

// A leg in the air (sending = 1) is nobody's to send: it is either finished or found by Interrupted.
const nextSegment = `WITH leg AS (
		SELECT id, message, modem, address, created, emergency FROM outbox
		WHERE modem = +? AND sending = 0 AND way = 'sms' AND state = 'queued' AND due NOT BETWEEN +? + 1 AND +?
		ORDER BY emergency DESC, id LIMIT 1)
	SELECT leg.id, leg.message, leg.modem, leg.address, leg.created, s.n, s.tpdu, s.attempts,
		(SELECT count(*) FROM segment a WHERE a.leg = leg.id), leg.emergency
	FROM leg JOIN segment s ON s.leg = leg.id
	WHERE s.n = (SELECT min(n) FROM segment q WHERE q.leg = leg.id AND q.state = 'queued')`

const nextDue = `SELECT min(due) FROM outbox
	WHERE way = 'sms' AND modem = +? AND sending = 0 AND state = 'queued' AND due > 0`

// NextSegment implements bridge.Store.
func (s *Store) NextSegment(ctx context.Context, modem string, now time.Time) (bridge.Segment, bool, time.Time, error) {
	var seg bridge.Segment
	if _, paused := s.Paused(); paused {
		return seg, false, time.Time{}, nil
	}
	from, to := horizon(now)
	found, err := s.readers.row(ctx, "next segment", nextSegment, []any{modem, from, to}, func(scan scanner) (err error) {
		seg, err = readSegment(scan)
		return err
	})
	if err != nil || found {
		return seg, found, time.Time{}, err
	}
	var due sql.NullInt64
	_, err = s.readers.row(ctx, "next segment", nextDue, []any{modem}, func(scan scanner) error { return scan(&due) })
	return bridge.Segment{}, false, moment(due), err
}

const queuedStanzas = `SELECT o.id, z.kind, z.sender, z.recipient, z.stanza_id, z.body, z.delay, z.refers, z.condition,
		z.text, z.language
	FROM outbox o JOIN stanza z ON z.leg = o.id
	WHERE o.way = 'xmpp' AND o.state = 'queued' AND o.due NOT BETWEEN +? + 1 AND +?
	ORDER BY o.emergency DESC, o.id LIMIT +?`

const nextStanzaDue = `SELECT min(due) FROM outbox
	WHERE way = 'xmpp' AND modem IS NULL AND sending = 0 AND state = 'queued' AND due BETWEEN +? + 1 AND +?
		AND due > 0`

// QueuedStanzas implements bridge.Store.
func (s *Store) QueuedStanzas(
	ctx context.Context, now time.Time, limit int,
) (out []bridge.QueuedStanza, due time.Time, err error) {
	if _, paused := s.Paused(); paused {
		return nil, time.Time{}, nil
	}
	from, to := horizon(now)
	err = s.readers.each(ctx, "queued stanzas", queuedStanzas, []any{from, to, limit}, func(scan scanner) error {
		var q bridge.QueuedStanza
		var kind string
		var delay sql.NullInt64
		var body, refers, condition, text, language sql.NullString
		err := scan(&q.Leg, &kind, &q.From, &q.To, &q.ID, &body, &delay, &refers, &condition, &text, &language)
		q.Kind, q.Body, q.Delay, q.Refers = bridge.StanzaKind(kind), body.String, moment(delay), refers.String
		q.Condition, q.Text, q.Language = condition.String, text.String, language.String
		out = append(out, q)
		return err
	})
	if err != nil || len(out) > 0 {
		return out, time.Time{}, err
	}
	var next sql.NullInt64
	_, err = s.readers.row(ctx, "queued stanzas", nextStanzaDue, []any{from, to},
		func(scan scanner) error { return scan(&next) })
	return out, moment(next), err
}

const waiting = `SELECT (SELECT count(*) FROM outbox WHERE way = 'sms' AND state = 'queued'),
	(SELECT count(*) FROM outbox WHERE way = 'xmpp' AND state = 'queued')`

// Waiting implements bridge.Store.
func (s *Store) Waiting(ctx context.Context) (sms, stanzas int, err error) {
	found, err := s.readers.row(ctx, "count what waits", waiting, nil, func(scan scanner) error { return scan(&sms, &stanzas) })
	if err == nil && !found {
		err = errors.New("store: count what waits: no answer")
	}
	return sms, stanzas, err
}
