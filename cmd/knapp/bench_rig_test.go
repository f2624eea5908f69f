package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// benchRig is the built program between a modem and a server that cost next to nothing.
type benchRig struct {
	dir, config string
	modem       *benchModem
	server      *benchServer
	cmd         *exec.Cmd
	log         *record
}

const benchFamily = `
[limits]
storm = 1000000 # a burst is what is measured
day = -1
month = -1

[[guardian]]
name = "Mamma"
jid = "` + benchMum + `"
role = "owner"

[[child]]
name = "Emma"
localpart = "emma"
phone = "` + emmaNumber + `"
default = "Mamma"

  [[child.allow]]
  contact = "Mamma"
  key = 2
  to_child = true
  from_child = true
`

// newBenchRig makes everything and applies the family; the gateway is not yet started.
func newBenchRig(tb testing.TB, modem *benchModem, server *benchServer) *benchRig {
	tb.Helper()
	r := &benchRig{dir: tb.TempDir(), modem: modem, server: server, log: &record{}}
	write := func(name, text string) string {
		path := filepath.Join(r.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
		return path
	}
	r.config = write("knapp.toml", fmt.Sprintf(`
data_dir = %q
[[modem]]
name = "main"
port = %q
number = %q
[xmpp]
mode = "component"
domain = %q
server = %q
secret_file = %q
[console]
listen = "127.0.0.1:0"
`, filepath.Join(r.dir, "data"), modem.path, gatewayNumber, benchDomain, server.address, write("secret", "bench")))
	out, err := exec.Command(program, "family", "apply", write("family.toml", benchFamily), "--config", r.config).CombinedOutput()
	if err != nil {
		tb.Fatalf("family apply: %v: %s", err, out)
	}
	tb.Cleanup(func() {
		r.stop()
		r.modem.stop()
		r.server.stop()
		if tb.Failed() {
			tb.Logf("the gateway's log:\n%s", r.log)
		}
	})
	return r
}

// start starts the gateway as a service would, and returns just before it did.
func (r *benchRig) start(tb testing.TB) time.Time {
	tb.Helper()
	r.cmd = exec.Command(program, "run", "--config", r.config)
	r.cmd.Stdout, r.cmd.Stderr = r.log, r.log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	began := time.Now()
	if err := r.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return began
}

// startReady starts the gateway and waits until it relays.
func (r *benchRig) startReady(tb testing.TB) {
	tb.Helper()
	r.start(tb)
	client := newClient(filepath.Join(r.dir, "data", "knapp.sock"))
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		st, err := client.Status(tb.Context())
		if err == nil && st.XMPP.Connected && len(st.Modems) == 1 && st.Modems[0].Ready {
			break
		}
		if time.Now().After(deadline) {
			tb.Fatalf("the gateway is not ready: %+v, %v\n%s", st, err, r.log)
		}
	}
	client.http.CloseIdleConnections()
}

// stop ends the gateway as systemd would.
func (r *benchRig) stop() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	_ = r.cmd.Wait()
	r.cmd = nil
}

// memory returns how much of the gateway is in memory, in MB: all of it, what is its own, and the most there was.
func (r *benchRig) memory(tb testing.TB) (rss, own, peak float64) {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	field := statusFields(string(status))
	return field["VmRSS"] / 1024, field["RssAnon"] / 1024, field["VmHWM"] / 1024
}

// wakeups counts how often any thread of the gateway has gone to sleep of its own will since it started.
func (r *benchRig) wakeups() (n int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", r.cmd.Process.Pid))
	for _, name := range threads {
		if status, err := os.ReadFile(name); err == nil { // a thread may end meanwhile
			n += int(statusFields(string(status))["voluntary_ctxt_switches"])
		}
	}
	return n
}

// statusFields reads the numbers in a /proc status file (proc(5)).
func statusFields(text string) map[string]float64 {
	fields := map[string]float64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			fields[name] = n
		}
	}
	return fields
}

// series is what was measured, over and over.
type series struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *series) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d)
}

// at returns the value below which a share of all lies.
func (s *series) at(share float64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	sorted := slices.Sorted(slices.Values(s.all))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// report prints median and 99th percentile in ms.
func (s *series) report(b *testing.B, name string) {
	b.ReportMetric(inMS(s.at(0.50)), name+"ms-p50")
	b.ReportMetric(inMS(s.at(0.99)), name+"ms-p99")
}

// reportOver prints them with their ratio to the floor's.
func (s *series) reportOver(b *testing.B, floor *series) {
	s.report(b, "")
	floor.report(b, "floor-")
	b.ReportMetric(float64(s.at(0.50))/float64(floor.at(0.50)), "x-floor-p50")
	b.ReportMetric(float64(s.at(0.99))/float64(floor.at(0.99)), "x-floor-p99")
}
