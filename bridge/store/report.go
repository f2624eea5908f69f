package store

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"knapp/bridge"
)

// The message reference is one octet that the modem counts up and begins anew when it pleases, so a report is
// matched by the time as well. The service centre's clock is not ours, and its zone may be an hour of summer off;
// when they disagree by more, only what still waits is left to go by.
const (
	reportEarly = 5 * time.Minute           // SCTS at most so long before the segment was sent
	reportLate  = time.Hour + 5*time.Minute // and so long after
	reportAge   = 48 * time.Hour            // for a report without a readable SCTS: the segment's age
	reportClose = 2 * time.Second           // two segments as near to the SCTS as this are not told apart
	reportKept  = time.Hour                 // how long a report waits for its segment
	restartTime = time.Minute               // a modem that begins anew with its references was away for so long
	tailDigits  = 8                         // a national number ends as its E.164 form does
)

// candidate is a segment that a report may speak of.
type candidate struct {
	leg   bridge.LegID
	n     int
	to    string
	state string
	sent  time.Time
}

// TakeReport implements bridge.Tx.
func (t *tx) TakeReport(r bridge.Report) (bridge.Outcome, error) {
	c, several, err := t.match(r)
	switch {
	case err != nil:
		return bridge.Outcome{}, err
	case several:
		t.store.log.Info("a status report fits several segments: they stay as they are", "modem", r.Modem, "to", r.To, "ref", r.Ref)
		return bridge.Outcome{}, nil
	case c == nil && r.Fate == bridge.StillTrying:
		return bridge.Outcome{}, nil
	case c == nil:
		_, err := t.exec("keep report", `INSERT INTO report (modem, recipient, ref, scts, at, fate, code)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Modem, string(r.To), int(r.Ref), stamp(r.SCTS), stamp(r.At), int(r.Fate), int(r.Code))
		return bridge.Outcome{}, err
	}
	changed, err := t.applyFate(c.leg, c.n, r.Fate)
	if err != nil {
		return bridge.Outcome{}, err
	}
	if !changed {
		return t.outcome(c.leg)
	}
	return t.weigh(c.leg, lostBy(r.Code), r.At)
}

// match returns the segment that a report speaks of: of those with its modem, recipient and reference the one
// that was sent nearest to its SCTS, whatever its state, so that a doubled report finds what the first one found.
// It finds none while a segment is in the air to which it is clearly nearer: that one's reference is not known yet.
// When the clocks disagree so much that none is near, it is the only one that waits for a report. several is true
// when two cannot be told apart.
func (t *tx) match(r bridge.Report) (found *candidate, several bool, err error) {
	from, to := r.SCTS.Add(-reportLate), r.SCTS.Add(reportEarly)
	if r.SCTS.IsZero() {
		from, to = r.At.Add(-reportAge), r.At.Add(reportEarly)
	}
	all, err := t.candidates(r.To, `SELECT s.leg, s.n, o.address, s.state, s.sent_at
		FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.ref = +? AND s.sent_at BETWEEN +? AND +? AND o.modem = +? ORDER BY s.sent_at DESC`,
		int(r.Ref), from.UnixMicro(), to.UnixMicro(), r.Modem)
	if err != nil {
		return nil, false, err
	}
	if len(all) == 0 {
		return t.onlyWaiting(r)
	}
	found, several = nearest(all, r.SCTS)
	if found == nil || r.SCTS.IsZero() {
		return found, several, nil
	}
	air, err := t.inTheAir(r, *found)
	if air != nil && found.sent.Sub(r.SCTS).Abs()-air.sent.Sub(r.SCTS).Abs() >= reportClose {
		return nil, false, err
	}
	return found, false, err
}

// inTheAir returns the segment in the air that may be the one with a report's reference, rather than the one that
// was found; nil for none. A modem counts up, so it is not, when it left soon after and the modem has not come round.
func (t *tx) inTheAir(r bridge.Report, found candidate) (*candidate, error) {
	leaving, err := t.candidates(r.To, `SELECT s.leg, s.n, o.address, s.state, s.sending_at
		FROM segment s JOIN outbox o ON o.id = s.leg WHERE s.state = 'sending' AND o.modem = ?`, r.Modem)
	if err != nil || len(leaving) == 0 {
		return nil, err
	}
	air := &leaving[0]
	if air.sent.Sub(found.sent).Abs() >= restartTime {
		return air, nil
	}
	var round bool
	_, err = t.row("look whether references came round", `SELECT EXISTS (SELECT 1 FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.ref = ? AND s.sent_at > ? AND o.modem = ?)`, []any{int(r.Ref - 1), found.sent.UnixMicro(), r.Modem}, &round)
	if err != nil || !round {
		return nil, err
	}
	return air, nil
}

// onlyWaiting returns the one segment with a report's modem, recipient and reference that has had no report yet,
// whenever it was sent, unless the report may have overtaken the commit of another.
func (t *tx) onlyWaiting(r bridge.Report) (found *candidate, several bool, err error) {
	all, err := t.candidates(r.To, `SELECT s.leg, s.n, o.address, s.state, s.sent_at
		FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.ref = ? AND s.state = 'sent' AND o.modem = ?`, int(r.Ref), r.Modem)
	if err != nil || len(all) != 1 {
		return nil, len(all) > 1, err
	}
	air, err := t.inTheAir(r, all[0])
	if err != nil || air != nil {
		return nil, false, err
	}
	return &all[0], false, nil
}

// candidates reads the segments that went to a report's recipient: under the number as it stands, or else under
// one that ends as a national number does.
func (t *tx) candidates(to bridge.Phone, query string, args ...any) ([]candidate, error) {
	var exact, national []candidate
	err := t.each("match report", query, args, func(scan scanner) error {
		var c candidate
		var sent sql.NullInt64
		if err := scan(&c.leg, &c.n, &c.to, &c.state, &sent); err != nil {
			return err
		}
		c.sent = moment(sent)
		switch {
		case c.to == string(to):
			exact = append(exact, c)
		case sameTail(c.to, string(to)):
			national = append(national, c)
		}
		return nil
	})
	if err != nil || len(exact) > 0 {
		return exact, err
	}
	return national, nil
}

// nearest chooses among candidates, newest first. Without an SCTS it is the newest, unless an older one still
// waits for a report as well.
func nearest(all []candidate, scts time.Time) (_ *candidate, several bool) {
	if len(all) == 0 {
		return nil, false
	}
	if scts.IsZero() {
		for _, older := range all[1:] {
			if older.waits() && all[0].waits() {
				return nil, true
			}
		}
		return &all[0], false
	}
	best, next := -1, time.Duration(math.MaxInt64)
	distance := time.Duration(math.MaxInt64)
	for i, c := range all {
		switch d := c.sent.Sub(scts).Abs(); {
		case d < distance:
			best, distance, next = i, d, distance
		case d < next:
			next = d
		}
	}
	if next-distance < reportClose {
		return nil, true
	}
	return &all[best], false
}

// waits tells whether a report could still change the segment.
func (c candidate) waits() bool { return c.state == "sent" || c.state == "unconfirmed" }

// sameTail compares numbers of which one may be national: the last digits must be the same.
func sameTail(a, b string) bool {
	a, b = digits(a), digits(b)
	if len(a) < tailDigits || len(b) < tailDigits {
		return false
	}
	return a[len(a)-tailDigits:] == b[len(b)-tailDigits:]
}

func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}

// applyFate writes what a report says of a segment and tells whether that was new.
func (t *tx) applyFate(leg bridge.LegID, n int, fate bridge.Fate) (bool, error) {
	var state string
	switch fate {
	case bridge.Arrived:
		state = "delivered"
	case bridge.Lost:
		state = "failed"
	case bridge.Unconfirmed:
		state = "unconfirmed"
	default: // still trying
		return false, nil
	}
	changed, err := t.exec("apply report", `UPDATE segment SET state = ?
		WHERE leg = ? AND n = ? AND state IN ('sent', 'unconfirmed') AND state <> ?`, state, leg, n, state)
	return changed == 1, err
}

// earlyReport is one that was kept, since it fitted nothing when it came.
type earlyReport struct {
	id int64
	bridge.Report
}

// applyEarlyReports applies the reports that came between the segment's leaving and the commit of its reference:
// those that would find it now. It returns why the segment was lost, if it was.
func (t *tx) applyEarlyReports(leg bridge.LegID, n int) (why string, err error) {
	kept, err := t.earlyReports(leg, n)
	if err != nil {
		return "", err
	}
	for _, r := range kept {
		c, _, err := t.match(r.Report)
		if err != nil {
			return "", err
		}
		if c == nil || c.leg != leg || c.n != n {
			continue
		}
		if _, err := t.applyFate(leg, n, r.Fate); err != nil {
			return "", err
		}
		if r.Fate == bridge.Lost {
			why = lostBy(r.Code)
		}
		if _, err := t.exec("drop report", `DELETE FROM report WHERE id = ?`, r.id); err != nil {
			return "", err
		}
	}
	return why, nil
}

// earlyReports reads the reports with a segment's modem and reference that came since it began to leave. One that
// came before is an older segment's, come twice.
func (t *tx) earlyReports(leg bridge.LegID, n int) (kept []earlyReport, err error) {
	err = t.each("look for early reports", `SELECT r.id, r.modem, r.recipient, r.ref, r.scts, r.at, r.fate, r.code
		FROM segment s JOIN outbox o ON o.id = s.leg JOIN report r ON r.modem = o.modem AND r.ref = s.ref
		WHERE s.leg = +? AND s.n = +? AND r.at >= s.sending_at ORDER BY r.id`, []any{leg, n}, func(scan scanner) error {
		var r earlyReport
		var to string
		var scts, at sql.NullInt64
		err := scan(&r.id, &r.Modem, &to, &r.Ref, &scts, &at, &r.Fate, &r.Code)
		r.To, r.SCTS, r.At = bridge.Phone(to), moment(scts), moment(at)
		kept = append(kept, r)
		return err
	})
	return kept, err
}

// lostPrefix begins what lostBy says.
const lostPrefix = "status report "

// lostBy says by which TP-ST a segment was lost.
func lostBy(code byte) string { return fmt.Sprintf(lostPrefix+"%02X", code) }
