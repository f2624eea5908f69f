package store

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// useEverything calls all that a relay and a console call, so that every statement was prepared once.
func useEverything(t *testing.T, s *Store) {
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	first := addSMS(t, s, emma, false, "a1", "a2")
	send(t, s, first, 1, 1, noon)
	report(t, s, bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: bridge.Arrived})
	report(t, s, bridge.Report{To: emma, Ref: 9, Fate: bridge.Arrived})
	second := addSMS(t, s, emma, false, "b")
	stanza := addChat(t, s, "a", mum, "hei")
	c := bridge.Chat{From: mum, To: "emma", ID: "1", At: noon}
	key := bridge.PartKey{Modem: modem, From: emma, Total: 2}
	do(t, s, func(tx bridge.Tx) error {
		must[bool](t)(tx.NewPDU(modem, "00", noon))
		must[bool](t)(tx.NewStanza(c, 1))
		must[bool](t)(tx.NewStanza(c, 1))
		must[map[int]string](t)(tx.AddPart(key, 1, "A", noon, noon))
		must[policy.Person](t)(tx.LastExchange(child.ID, noon))
		must[int](t)(tx.OwnTexts(emma, noon))
		must[int](t)(tx.NextReference(emma))
		must[[]bridge.Segment](t)(tx.Interrupted())
		must[[]bridge.QueuedLeg](t)(tx.QueuedLegs())
		must[int](t)(tx.Reassign([]string{modem}))
		must[map[bridge.Subscription]bridge.IntroductionState](t)(tx.Introduced())
		must[bridge.MessageID](t)(tx.Replaceable("1"))
		if _, _, err := tx.LastToAll(child.ID, noon); err != nil {
			return err
		}
		must[bridge.SentStanza](t)(tx.StanzaByID("a", mum))
		must[bridge.Outcome](t)(tx.FinishSMS(second, bridge.Failed, "", noon))
		for _, err := range []error{
			tx.Readdress(stanza, mum), tx.DropParts(key), tx.KeepRaw(1, modem, "00", "odd", noon), tx.Retry(first, 2, noon, ""),
			tx.StanzasSent([]bridge.LegID{stanza}, noon), tx.RetryStanza(stanza, noon, ""),
			tx.FinishStanza(stanza, bridge.Failed, "", noon), tx.SetSubscription(child.ID, mum, true),
			tx.SetIntroduced(bridge.Subscription{Localpart: "emma", Contact: mum}, bridge.Asked, noon),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	next(t, s, noon.Add(-time.Hour))
	queued(t, s, noon, 1)
	if _, _, err := s.Waiting(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Silent(t.Context(), noon, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Subscriptions(t.Context()); err != nil {
		t.Fatal(err)
	}
	purge(t, s, noon.Add(31*24*time.Hour))
}

// grows names the tables that become long; all others are short or are only read whole.
var grows = regexp.MustCompile(`^SCAN (message|m|outbox|o|segment|s|stanza|z|seen_pdu|seen_stanza)\b`)

// waits names the indexes that hold only what waits, or what Purge bounds, however long their tables are.
var waits = regexp.MustCompile(`USING (COVERING )?INDEX (outbox_sms|outbox_xmpp|outbox_due|segment_sending|message_stranger)\b`)

// TestNoStatementReadsAWholeLog asks SQLite how it would run each statement that the store has.
func TestNoStatementReadsAWholeLog(t *testing.T) {
	s := openNew(t)
	useEverything(t, s)
	queries := []string{logOfAll, logOfChild, logLegs}
	for query := range s.writer.stmts {
		queries = append(queries, query)
	}
	for query := range s.readers.stmts {
		queries = append(queries, query)
	}
	sorted := regexp.MustCompile(`TEMP B-TREE FOR (ORDER|LAST)`)
	looked := 0
	for _, query := range queries {
		if !regexp.MustCompile(`^(SELECT|INSERT|UPDATE|DELETE|WITH)`).MatchString(query) || strings.Contains(query, "FROM message m WHERE at <=") ||
			strings.HasPrefix(query, "DELETE FROM seen_") || strings.Contains(query, "FROM subscription s") {
			continue // what Purge sweeps, once an hour
		}
		looked++
		plan := explainQuery(t, s, query)
		for _, line := range plan {
			if grows.MatchString(line) && !waits.MatchString(line) {
				// The log's newest entries are read backwards from the end.
				if strings.Contains(query, "ORDER BY m.id DESC LIMIT") {
					continue
				}
				t.Errorf("reads a whole table: %s\n%s", strings.Join(plan, "\n"), query)
			}
		}
		if strings.Contains(query, "LIMIT") && sorted.MatchString(strings.Join(plan, "\n")) {
			t.Errorf("sorts before it takes the first: %s\n%s", strings.Join(plan, "\n"), query)
		}
	}
	if looked < 50 {
		t.Errorf("only %d statements were looked at", looked)
	}
}

func explainQuery(t *testing.T, s *Store, query string) (plan []string) {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	rows, err := s.readers.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	err = walk(rows, func(scan scanner) error {
		var id, parent, unused int
		var detail string
		err := scan(&id, &parent, &unused, &detail)
		plan = append(plan, detail)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// fill writes n finished messages with one SMS each, a second apart and the last at noon, as fast as SQLite can.
func fill(t testing.TB, s *Store, n int) {
	t.Helper()
	for _, query := range []string{
		fmt.Sprintf(`INSERT INTO message (at, direction, child, length, parts, emergency, verdict, reason, receipt)
			WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < %d)
			SELECT %d - (%d - n) * 1000000, 'to_child', (SELECT min(id) FROM person WHERE kind = 'child'), 20, 1, 0,
				'deliver', 'rule', 0 FROM g`, n, noon.UnixMicro(), n),
		`INSERT INTO outbox (message, way, address, modem, emergency, verdict, reason, state, due, created, changed)
			SELECT id, 'sms', '+4793333333', 'main', 0, 'deliver', 'rule', 'delivered', 0, at, at FROM message`,
		`INSERT INTO segment (leg, n, state, ref, sent_at) SELECT id, 1, 'delivered', id % 256, created FROM outbox`,
	} {
		if _, err := s.writerDBExec(query); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.truncateLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept int
	if err := s.readers.db.QueryRowContext(t.Context(), `SELECT count(*) FROM segment`).Scan(&kept); err != nil || kept != n {
		t.Fatalf("%d of %d rows: %v", kept, n, err)
	}
}

// TestLongLogDoesNotSlowTheRelay holds a step and a look at the queue beside a long log against the same beside a
// short one. The bound is wide: it finds what reads the log, not what the machine does meanwhile.
func TestLongLogDoesNotSlowTheRelay(t *testing.T) {
	measure := func(n int) time.Duration {
		s := openNew(t)
		withFamily(t, s)
		fill(t, s, n)
		best := time.Hour
		for i := range 30 {
			began := time.Now()
			leg := addSMS(t, s, emma, false, "a")
			next(t, s, noon)
			send(t, s, leg, 1, byte(i), noon)
			report(t, s, bridge.Report{To: emma, Ref: byte(i), SCTS: noon, Fate: bridge.Arrived})
			if _, err := s.Log(t.Context(), bridge.LogQuery{Limit: 50, Child: "Emma"}); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(began))
		}
		return best
	}
	short, long := measure(100), measure(100_000)
	t.Logf("beside 100 entries %v, beside 100,000 %v", short, long)
	if long > 4*short {
		t.Errorf("beside 100 entries %v, beside 100,000 %v", short, long)
	}
}
