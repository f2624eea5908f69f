package console

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // fills the log
)

// longLog is how many messages lie in the log that BenchmarkPages reads.
const longLog = 1_000_000

// BenchmarkPages asks for every page as a guardian of a family whose log is long. Beside the time at the server stand how
// many times the floor that is (the floor is /healthz, of the same server in the same run) and what goes over the wire.
// Once the log reaches back over a year, as it does where most is written, and once all of it is of the last twelve days,
// so that every entry counts in the figures.
func BenchmarkPages(b *testing.B) {
	for _, log := range []struct {
		name  string
		every time.Duration
	}{{"year", 31 * time.Second}, {"days", time.Second}} {
		b.Run(log.name, func(b *testing.B) { benchPages(b, log.every) })
	}
}

func benchPages(b *testing.B, every time.Duration) {
	h := openHomeWith(b, func(o *Options) { o.Machine = newDevice().machine() })
	h.account("Mamma")
	h.arrives("+4795555555", "hei, det er Kari")
	h.lengthen(longLog, every)
	mamma := h.signedIn("Mamma")

	var floor time.Duration
	b.Run("floor", func(b *testing.B) { floor = h.time(b, mamma, "/healthz") })
	for _, path := range []string{
		"/overview", "/approvals", "/hurry", "/log", "/log?person=zebra", "/log?trouble=1", "/log/chart/light", "/kept", "/children",
		"/children/" + id(h.person("Emma")), "/contacts", "/timetable", "/limits", "/keys", "/gateway", "/guardians", "/me",
	} {
		b.Run(path[1:], func(b *testing.B) {
			if took := h.time(b, mamma, path); floor > 0 {
				b.ReportMetric(float64(took)/float64(floor), "×floor")
			}
		})
	}
}

// time asks for a page again and again and gives what one answer takes.
func (h *home) time(b *testing.B, s *surfer, path string) time.Duration {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, h.site.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	var sent int64
	for b.Loop() {
		res, err := s.client.Do(req.Clone(b.Context())) // the client writes its cookies into it
		if err != nil {
			b.Fatal(err)
		}
		sent, err = io.Copy(io.Discard, res.Body)
		if _ = res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("%s: %d %v", path, res.StatusCode, err)
		}
	}
	took := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(took)/float64(time.Millisecond), "ms/op")
	b.ReportMetric(float64(sent)/1000, "kB/page")
	b.ReportMetric(0, "ns/op")
	return took
}

// lengthen writes n finished messages of Emma's, the last of them now: with Bestemor and with Mamma in turns, to and fro,
// and every twentieth refused.
func (h *home) lengthen(n int, every time.Duration) {
	h.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+h.file+"?_busy_timeout=60000&_synchronous=OFF")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	emma, bestemor, mamma := h.person("Emma").ID, h.person("Bestemor").ID, h.person("Mamma").ID
	for _, query := range []string{
		fmt.Sprintf(`INSERT INTO message (at, direction, child, other, length, parts, emergency, verdict, reason, receipt)
			WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < %d)
			SELECT %d - (%d - n) * %d, iif(n / 2 %% 2, 'to_child', 'from_child'), %d, iif(n %% 2, %d, %d), 20, 1, 0,
				iif(n %% 20, 'deliver', 'refuse'), iif(n %% 20, 'rule', 'blocked'), 0 FROM g`,
			n, h.clock().UnixMicro(), n, every.Microseconds(), emma, bestemor, mamma),
		fmt.Sprintf(`INSERT INTO outbox (message, way, address, modem, emergency, verdict, reason, state, due, created, changed)
			SELECT id, 'sms', '+4793333333', 'main', 0, 'deliver', 'rule', 'delivered', 0, at, at FROM message
			WHERE child = %d AND verdict = 'deliver'`, emma),
		`INSERT INTO segment (leg, n, state, ref, sent_at) SELECT id, 1, 'delivered', id % 256, created FROM outbox
			WHERE way = 'sms' AND state = 'delivered'`,
	} {
		if _, err := db.Exec(query); err != nil {
			h.t.Fatal(err)
		}
	}
	var kept int
	if err := db.QueryRow(`SELECT count(*) FROM message`).Scan(&kept); err != nil || kept < n {
		h.t.Fatalf("%d of %d messages: %v", kept, n, err)
	}
}
