package modemtest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"knapp/modem/modemtest"
)

// Three parts each: æøå are GSM-7, so 3 × 153 septets.
const (
	longOut = "Blåbærsyltetøy på brødskiva, så går vi på ski. Ærlig talt: Ørreten er større enn åa. " +
		"Mormor sier at du må ha på deg lua, vottene og skjerfet, for på fjellet blåser det. " +
		"Vi møtes ved kiosken klokka tre, og så tar vi bussen hjem. Ta med matpakka, sitteunderlaget og " +
		"kakaoen. Hvis bussen ikke går, så ring pappa. Hilsen mamma æøå ÆØÅ"
	longIn = "Hei mamma! Læreren sier at vi får fri fra klokka ett på fredag. Kan Åse og Bjørn bli med hjem? " +
		"De spør også om å få overnatte, og vi lover å rydde kjøkkenet, lufte bikkja og gå tidlig til sengs. " +
		"Bjørn er allergisk mot nøtter, så ikke lag den kaka. Åse liker pølser best, helst med lompe. " +
		"Svar fort, for bussen går snart og jeg har lite strøm igjen på telefonen"
)

// stranger finds a program of Debian's gammu packages; a missing one fails the
// test, since without it nobody but us vouches for the modem.
func stranger(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: apt-get install gammu gammu-smsd (make deps-test)", name)
	}
	return path
}

// plugged is a modem on a pty and its network.
func plugged(t *testing.T, o modemtest.ModemOptions) (*modemtest.Network, *modemtest.Modem, string) {
	t.Helper()
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	t.Cleanup(func() { _ = network.Close() })
	o.Number = gateway
	m := network.NewModem(o)
	link := filepath.Join(t.TempDir(), "tty")
	if err := m.PlugIn(link); err != nil {
		t.Fatal(err)
	}
	return network, m, link
}

func TestGammuIdentifies(t *testing.T) {
	gammu := stranger(t, "gammu")
	_, _, link := plugged(t, modemtest.ModemOptions{Manufacturer: "Telit", Model: "HE910", Revision: "12.00.004"})
	config := filepath.Join(t.TempDir(), "gammurc")
	write(t, config, "[gammu]\ndevice = "+link+"\nconnection = at\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, gammu, "-c", config, "identify").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"Telit", "HE910", "12.00.004", "490154203237518", "242010000000001"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

func TestGammuSendsAndReceives(t *testing.T) {
	smsd, inject := stranger(t, "gammu-smsd"), stranger(t, "gammu-smsd-inject")
	network, m, link := plugged(t, modemtest.ModemOptions{})
	// gammu takes the highest <ds> that is offered, and of a +CDSI it fetches
	// nothing. A recorded device's offer without ds=2 (row t352 of
	// ../testdata/transcripts.jsonl) makes it use +CDS.
	m.Load(&modemtest.Profile{Answers: map[string][][]string{
		"AT+CNMI=?": {{"+CNMI: (2),(0-1,3),(0,2),(0-1),(0)", "OK"}},
	}})
	dir := t.TempDir()
	config := smsdConfig(t, dir, link)

	// One, split by gammu's inject ("detail" keeps the parts' headers), is in the
	// outbox before it starts, a text from the child waits on the
	// SIM.
	args := []string{"-c", config, "TEXT", emma, "-len", "400", "-report", "-text", longOut}
	if out, err := exec.CommandContext(t.Context(), inject, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := network.Phone(emma).Send(gateway, longIn); err != nil {
		t.Fatal(err)
	}
	log := startSMSD(t, smsd, config)

	text := waitText(t, network.Phone(emma), longOut)
	if text.Parts != 3 || text.From != gateway {
		t.Errorf("%+v", text)
	}
	eventually(t, "three parts in gammu's inbox", func() bool { return len(files(t, dir, "in")) >= 3 })
	eventually(t, "the message in gammu's sent box", func() bool { return len(files(t, dir, "sent")) == 1 })
	eventually(t, "three delivery reports in gammu's log", func() bool {
		return strings.Count(log.String(), "Delivery report: Delivered to "+emma) == 3
	})
	if got := readInbox(t, dir); got != longIn {
		t.Errorf("gammu read\n%q\nwant\n%q", got, longIn)
	}
	if e := files(t, dir, "err"); len(e) != 0 {
		t.Errorf("errors: %v", e)
	}
	if n := len(network.Phone(emma).Raw()); n != 3 {
		t.Errorf("%d parts arrived", n)
	}
	// And one while it runs.
	if err := network.Phone(emma).Send(gateway, "er du der?"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the fourth", func() bool { return len(files(t, dir, "in")) == 4 })
	eventually(t, "an empty SIM", func() bool { return len(m.Stored("SM")) == 0 })
}

func smsdConfig(t *testing.T, dir, link string) string {
	t.Helper()
	box := func(name string) string {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name) + "/"
	}
	config := filepath.Join(dir, "smsdrc")
	write(t, config, fmt.Sprintf(`[gammu]
device = %s
connection = at

[smsd]
service = files
inboxpath = %s
outboxpath = %s
sentsmspath = %s
errorsmspath = %s
inboxformat = unicode
outboxformat = detail
logfile = stderr
debuglevel = 1
commtimeout = 1
receivefrequency = 1
statusfrequency = 0
loopsleep = 1
checksecurity = 0
checkbattery = 0
checksignal = 0
deliveryreport = log
`, link, box("in"), box("out"), box("sent"), box("err")))
	return config
}

// startSMSD runs gammu-smsd as a child of this test and ends it with it.
func startSMSD(t *testing.T, smsd, config string) *record {
	t.Helper()
	log := &record{}
	cmd := exec.Command(smsd, "-c", config)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("gammu-smsd said:\n%s", log)
		}
	})
	return log
}

// record is what a child process says.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func files(t *testing.T, dir, box string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, box, "*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// readInbox joins what gammu wrote: UTF-16 with a byte order mark, a file a
// part.
func readInbox(t *testing.T, dir string) string {
	t.Helper()
	var all string
	for _, name := range files(t, dir, "in") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < 2 {
			t.Fatalf("%s is empty", name)
		}
		big := b[0] == 0xFE
		var units []uint16
		for i := 2; i+1 < len(b); i += 2 {
			u := uint16(b[i+1])<<8 | uint16(b[i])
			if big {
				u = uint16(b[i])<<8 | uint16(b[i+1])
			}
			units = append(units, u)
		}
		// gammu 1.42 takes the length in UTF-8 for that in UTF-16, and so writes
		// what lies behind the text too; the text ends with a zero.
		if end := slices.Index(units, 0); end >= 0 {
			units = units[:end]
		}
		all += string(utf16.Decode(units))
	}
	return all
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
