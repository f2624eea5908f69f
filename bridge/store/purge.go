package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"knapp/bridge"
)

// How long what is kept is kept (promise 7).
const (
	sentTextKept = 10 * time.Minute    // a stanza's text after the barrier: a late error reopens the leg
	rawKept      = 7 * 24 * time.Hour  // a message that nobody could read
	metadataKept = 30 * 24 * time.Hour // the log, and what was seen
	passedKept   = time.Hour           // by what a loop is seen
)

const (
	purgeBatch = 200           // rows in one commit: a message of the relay waits behind one batch at most
	sweepEvery = time.Hour     // how often the whole log is looked through for what is too old
	logRests   = 6 * time.Hour // how long nothing is dropped from the log after the clock has jumped
	truncateMS = 100           // milliseconds for which emptying the write-ahead log may hold up the relay
)

// PurgeResult counts what Purge dropped.
type PurgeResult struct {
	Texts        int  // of stanzas that the server has had for long enough
	Raw          int  // unreadable messages
	Reports      int  // status reports for nothing
	Passed       int  // hashes by which loops are seen, and what was asked of the gateway
	Seen         int  // hashes of what was seen
	Messages     int  // log entries with their legs
	Strangers    int  // entries about strangers beyond the newest
	Audit        int  // entries of the audit log
	Questions    int  // that were answered, or that nobody answered
	LogTruncated bool // the write-ahead log is empty: what was dropped is in no file any more
}

// Purge drops what has been kept for long enough and then empties the write-ahead log, where pages live on as
// they were before. It works in small commits, between which the relay goes on. A text that a reader held up is
// gone from the files with the next Purge; LogTruncated tells.
func (s *Store) Purge(ctx context.Context, now time.Time) (PurgeResult, error) {
	var r PurgeResult
	for _, job := range []struct {
		count *int
		query string
		until time.Time
	}{
		{&r.Texts, `UPDATE stanza SET body = NULL, text = NULL WHERE leg IN
			(SELECT leg FROM stanza WHERE sent_at IS NOT NULL AND body IS NOT NULL AND sent_at <= ? LIMIT ?)`, now.Add(-sentTextKept)},
		{&r.Raw, `DELETE FROM raw WHERE id IN (SELECT id FROM raw WHERE at <= ? LIMIT ?)`, now.Add(-rawKept)},
		{&r.Passed, `DELETE FROM passed WHERE rowid IN (SELECT rowid FROM passed WHERE at <= ? LIMIT ?)`, now.Add(-passedKept)},
		{&r.Passed, `DELETE FROM answered WHERE rowid IN (SELECT rowid FROM answered WHERE at <= ? LIMIT ?)`, now.Add(-answersCounted)},
		{&r.Reports, `DELETE FROM report WHERE id IN (SELECT id FROM report WHERE at <= ? LIMIT ?)`, now.Add(-reportKept)},
	} {
		if err := s.drop(ctx, job.count, job.query, job.until); err != nil {
			return r, err
		}
	}
	if err := s.drop(ctx, &r.Strangers, strangersBeyond, now); err != nil {
		return r, err
	}
	if err := s.sweep(ctx, &r, now); err != nil {
		return r, err
	}
	var err error
	r.LogTruncated, err = s.truncateLog(ctx)
	return r, err
}

// drop runs a statement with a time and a limit until it finds nothing.
func (s *Store) drop(ctx context.Context, count *int, query string, until time.Time) error {
	for {
		var n int64
		err := s.Do(ctx, func(t bridge.Tx) (err error) {
			n, err = t.(*tx).exec("purge", query, until.UnixMicro(), purgeBatch)
			return err
		})
		if err != nil {
			return err
		}
		*count += int(n)
		if n < purgeBatch {
			return nil
		}
	}
}

// sweep looks through the whole log, which has no index by time since every message would pay for it: once an
// hour at most, by a reader.
func (s *Store) sweep(ctx context.Context, r *PurgeResult, now time.Time) error {
	if since := now.Sub(time.Unix(0, s.swept.Load())); since >= 0 && since < sweepEvery {
		return nil
	}
	for _, job := range []struct {
		count *int
		query string
		until time.Time
	}{
		{&r.Seen, `DELETE FROM seen_stanza WHERE hash IN (SELECT hash FROM seen_stanza WHERE at <= ? LIMIT ?)`, now.Add(-repeatWindow)},
		{&r.Seen, `DELETE FROM seen_pdu WHERE hash IN (SELECT hash FROM seen_pdu WHERE at <= ? LIMIT ?)`, now.Add(-metadataKept)},
		{&r.Audit, oldAudit, now},
		{&r.Questions, oldQuestions, now.Add(-metadataKept)},
	} {
		if err := s.drop(ctx, job.count, job.query, job.until); err != nil {
			return err
		}
	}
	if rests, err := s.clockHasJumped(ctx, now); err != nil || rests {
		return err
	}
	old, err := s.oldMessages(ctx, now)
	if err != nil {
		return err
	}
	for len(old) > 0 {
		batch := old[:min(len(old), purgeBatch)]
		old = old[len(batch):]
		err := s.Do(ctx, func(t bridge.Tx) error {
			for _, id := range batch {
				// Asked again, since a leg may have been reopened meanwhile.
				n, err := t.(*tx).exec("purge log", `DELETE FROM message WHERE id = ? AND `+unneeded("message.id"), id)
				if err != nil {
					return err
				}
				r.Messages += int(n)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	s.swept.Store(now.UnixNano())
	return nil
}

// jumpedAt is the setting that says when the clock has jumped last, by the clock as it is since.
const jumpedAt = "clock jumped at"

// clockHasJumped tells whether the clock was set so lately that an entry may look older than it is: what is still to come
// about a message (a late error, a status report after bridge.Validity) must find it in the log.
func (s *Store) clockHasJumped(ctx context.Context, now time.Time) (bool, error) {
	value, found, err := s.Setting(ctx, jumpedAt)
	if err != nil || !found {
		return false, err
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return false, fmt.Errorf("store: read when the clock has jumped: %w", err)
	}
	since := now.Sub(at)
	return since >= -jumpIs && since < logRests, nil
}

// unneeded tells in SQL that nothing waits for a message any more: no leg, no answer, no hour, no word of a child, and no
// emergency, whose next alert would be about it.
func unneeded(id string) string {
	return strings.ReplaceAll(`NOT EXISTS (SELECT 1 FROM outbox WHERE message = $ AND state = 'queued')
		AND NOT EXISTS (SELECT 1 FROM held WHERE message = $)
		AND NOT EXISTS (SELECT 1 FROM undecided WHERE message = $)
		AND NOT EXISTS (SELECT 1 FROM notice WHERE message = $)
		AND NOT EXISTS (SELECT 1 FROM unseen WHERE message = $ AND due IS NOT NULL)
		AND NOT EXISTS (SELECT 1 FROM alarm WHERE message = $ AND taken_at IS NULL)`, "$", id)
}

// strangersKept is how many of the newest entries about strangers are kept: whoever floods the gateway with them must
// not fill its disk.
const strangersKept = 1000

var (
	strangersBeyond = fmt.Sprintf(`DELETE FROM message WHERE id IN (SELECT id FROM message m WHERE address IS NOT NULL AND at <= ?
		AND id < (SELECT id FROM message WHERE address IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET %d)
		AND %s LIMIT ?)`, strangersKept-1, unneeded("m.id"))

	// What guardians have agreed to keep for longer or shorter than usual is kept so.
	oldAudit = fmt.Sprintf(`DELETE FROM audit WHERE id IN (SELECT id FROM audit a WHERE at <= ? - %d * %s LIMIT ?)`,
		day.Microseconds(), daysKept("a.child", bridge.KeepAudit))
	oldLog = fmt.Sprintf(`SELECT id FROM message m WHERE at <= ? - %d * %s`,
		day.Microseconds(), daysKept("m.child", bridge.KeepMetadata))

	oldQuestions = `DELETE FROM question WHERE id IN (SELECT id FROM question WHERE state <> 'open' AND latest <= ? LIMIT ?)`
)

const day = 24 * time.Hour

// oldMessages returns what was logged for longer than it is kept, and has no leg that waits. A leg that is Sent and
// never heard of again is as final as it becomes.
func (s *Store) oldMessages(ctx context.Context, now time.Time) ([]bridge.MessageID, error) {
	var out []bridge.MessageID
	err := s.readers.each(ctx, "look through the log", oldLog+" AND "+unneeded("m.id"), []any{now.UnixMicro()},
		func(scan scanner) error {
			var id bridge.MessageID
			err := scan(&id)
			out = append(out, id)
			return err
		})
	return out, err
}

// truncateLog moves the write-ahead log into the database and empties it. The bulk is moved while steps go on;
// only the rest is moved with the writer stopped.
func (s *Store) truncateLog(ctx context.Context) (bool, error) {
	var busy, frames, moved int
	read := func(scan scanner) error { return scan(&busy, &frames, &moved) }
	if _, err := s.readers.row(ctx, "move the write-ahead log", `PRAGMA wal_checkpoint(PASSIVE)`, nil, read); err != nil {
		return false, err
	}
	if err := s.take(ctx); err != nil {
		return false, err
	}
	defer s.give()
	if _, err := s.writer.exec(fmt.Sprintf(`PRAGMA busy_timeout = %d`, truncateMS)); err != nil {
		return false, fmt.Errorf("store: empty the write-ahead log: %w", explain(err))
	}
	stmt, err := s.writer.stmt(`PRAGMA wal_checkpoint(TRUNCATE)`)
	if err == nil {
		err = stmt.QueryRowContext(context.Background()).Scan(&busy, &frames, &moved)
	}
	if _, back := s.writer.exec(fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyMS)); err == nil {
		err = back
	}
	if err != nil {
		return false, fmt.Errorf("store: empty the write-ahead log: %w", explain(err))
	}
	return busy == 0, nil
}
