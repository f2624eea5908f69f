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
// matched by the time as well. The service centre's clock is not ours, and its zone may be an hour of summer off.
const (
	reportEarly = 5 * time.Minute           // SCTS at most so long before the segment was sent
	reportLate  = time.Hour + 5*time.Minute // and so long after
	reportAge   = 48 * time.Hour            // for a report without a readable SCTS: the segment's age
	reportClose = 2 * time.Second           // two segments as near to the SCTS as this are not told apart
	reportKept  = time.Hour                 // how long a report waits for its segment
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
// several is true when two cannot be told apart.
func (t *tx) match(r bridge.Report) (found *candidate, several bool, err error) {
	from, to := r.SCTS.Add(-reportLate), r.SCTS.Add(reportEarly)
	if r.SCTS.IsZero() {
		from, to = r.At.Add(-reportAge), r.At.Add(reportEarly)
	}
	var exact, national []candidate
	err = t.each("match report", `SELECT s.leg, s.n, o.address, s.state, s.sent_at
		FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.ref = ? AND s.sent_at BETWEEN ? AND ? AND o.modem = ? ORDER BY s.sent_at DESC`,
		[]any{int(r.Ref), from.UnixMicro(), to.UnixMicro(), r.Modem}, func(scan scanner) error {
			var c candidate
			var sent sql.NullInt64
			if err := scan(&c.leg, &c.n, &c.to, &c.state, &sent); err != nil {
				return err
			}
			c.sent = moment(sent)
			switch {
			case c.to == string(r.To):
				exact = append(exact, c)
			case sameTail(c.to, string(r.To)):
				national = append(national, c)
			}
			return nil
		})
	if err != nil {
		return nil, false, err
	}
	all := exact
	if len(all) == 0 {
		all = national
	}
	found, several = nearest(all, r.SCTS)
	if found == nil || r.SCTS.IsZero() {
		return found, several, nil
	}
	air, err := t.inTheAir(r)
	if !air.IsZero() && found.sent.Sub(r.SCTS).Abs()-air.Sub(r.SCTS).Abs() >= reportClose {
		return nil, false, err
	}
	return found, false, err
}

// inTheAir returns since when a segment for a report's modem and recipient is in the air, zero for none.
func (t *tx) inTheAir(r bridge.Report) (since time.Time, err error) {
	err = t.each("look into the air", `SELECT o.address, s.sending_at FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.state = 'sending' AND s.sending_at IS NOT NULL AND o.modem = ?`, []any{r.Modem}, func(scan scanner) error {
		var to string
		var at int64
		err := scan(&to, &at)
		if to == string(r.To) || sameTail(to, string(r.To)) {
			since = time.UnixMicro(at)
		}
		return err
	})
	return since, err
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

// applyEarlyReports applies the reports that came between the segment's leaving and the commit of its reference.
// It returns why the segment was lost, if it was.
func (t *tx) applyEarlyReports(leg bridge.LegID, n int, ref byte, at time.Time) (why string, err error) {
	type early struct {
		id   int64
		fate bridge.Fate
		code byte
	}
	var modem, to string
	var began sql.NullInt64
	found, err := t.row("read segment", `SELECT o.modem, o.address, s.sending_at FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.leg = ? AND s.n = ?`, []any{leg, n}, &modem, &to, &began)
	if err != nil || !found || !began.Valid {
		return "", err
	}
	var waiting []early
	// One that came before the segment began to leave is an older segment's, come twice.
	err = t.each("look for early reports", `SELECT id, recipient, scts, fate, code FROM report
		WHERE modem = ? AND ref = ? AND at >= ? ORDER BY id`, []any{modem, int(ref), began.Int64}, func(scan scanner) error {
		var e early
		var recipient string
		var scts sql.NullInt64
		if err := scan(&e.id, &recipient, &scts, &e.fate, &e.code); err != nil {
			return err
		}
		late := moment(scts).Sub(at)
		if scts.Valid && (late < -reportEarly || late > reportLate) || recipient != to && !sameTail(recipient, to) {
			return nil
		}
		waiting = append(waiting, e)
		return nil
	})
	if err != nil {
		return "", err
	}
	for _, e := range waiting {
		if _, err := t.applyFate(leg, n, e.fate); err != nil {
			return "", err
		}
		if e.fate == bridge.Lost {
			why = lostBy(e.code)
		}
		if _, err := t.exec("drop report", `DELETE FROM report WHERE id = ?`, e.id); err != nil {
			return "", err
		}
	}
	return why, nil
}

// lostBy says by which TP-ST a segment was lost.
func lostBy(code byte) string { return fmt.Sprintf("status report %02X", code) }
