package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"knapp/cmd/knapp/ordeal"
	"knapp/modem/modemtest"
)

// tally is a ledger that is told what a test of a faulty machine writes.
type tally struct {
	*ordeal.Ledger
	w       *world
	clients map[string]*person
	n       int
}

func newTally(w *world, clients map[string]*person) *tally {
	return &tally{Ledger: ordeal.NewLedger(), w: w, clients: clients}
}

// sms writes an SMS from Emma to her mother.
func (l *tally) sms() {
	l.n++
	text := fmt.Sprintf("k%d fra Emma", l.n)
	l.Wrote(ordeal.Message{
		Name: fmt.Sprintf("k%d", l.n), From: emmaNumber,
		To: []ordeal.Leg{{Address: "mum@" + l.w.server.Domain, Shown: text, Called: "Mamma"}},
	})
	l.w.texts(l.w.emma, "2 "+text)
}

// chat writes a chat from her mother to Emma, and returns its id.
func (l *tally) chat() string {
	l.n++
	text := fmt.Sprintf("k%d fra mamma", l.n)
	id := l.clients["mum"].write(l.w.child("emma"), text)
	l.Wrote(ordeal.Message{
		Name: fmt.Sprintf("k%d", l.n), From: "mum@" + l.w.server.Domain, ID: id,
		To: []ordeal.Leg{{Address: emmaNumber, Shown: "Mamma: " + text, Called: "Emma"}},
	})
	return id
}

// judge waits for rest and asks whether every promise was kept. Nothing has died: nothing may come twice.
func (l *tally) judge() {
	l.w.t.Helper()
	l.w.awaitRest()
	l.sms() // what left before it is shown before it
	l.clients["mum"].awaitBody(fmt.Sprintf("k%d fra Emma", l.n))
	l.clients["mum"].awaitReceipt(l.chat())
	l.w.tell(l.Ledger, l.clients)
	for _, b := range l.Judge() {
		l.w.t.Error(b)
	}
}

// smallDisk mounts a file system of so many octets on a world's data folder, where the user may; fill fills it and
// empties it. Where the user may not, the shim says that the disk is full.
func smallDisk(w *world, size int64) (fill func(full bool)) {
	w.t.Helper()
	data := filepath.Join(w.dir, "data")
	kept := filepath.Join(w.dir, "kept")
	if err := os.CopyFS(kept, os.DirFS(data)); err != nil {
		w.t.Fatal(err)
	}
	err := unix.Mount("tmpfs", data, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size))
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		s := newShim(w)
		s.start(w, false)
		return s.fill
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
			w.t.Error(err)
		}
	})
	if err := os.CopyFS(data, os.DirFS(kept)); err != nil {
		w.t.Fatal(err)
	}
	w.start()
	ballast := filepath.Join(data, "ballast")
	return func(full bool) {
		if !full {
			if err := os.Remove(ballast); err != nil {
				w.t.Error(err)
			}
			return
		}
		f, err := os.Create(ballast)
		if err != nil {
			w.t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		for block := make([]byte, 4096); err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, unix.ENOSPC) {
			w.t.Fatalf("fill the disk: %v", err)
		}
	}
}

// The disk is full while messages come both ways. What cannot be committed is not acknowledged, and arrives once
// there is room again; nothing comes twice.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	fill := smallDisk(w, 8<<20) // the write-ahead log alone may take 4 MiB before it is moved
	w.awaitReady()
	clients := map[string]*person{"mum": login(t, w.server, "mum")}
	l := newTally(w, clients)
	l.sms()
	clients["mum"].awaitReceipt(l.chat())
	fill(true)
	// The write-ahead log has some room of its own; a commit fails when that is used up.
	until(t, "a commit fails for want of room", func() bool {
		l.sms()
		l.chat()
		return strings.Contains(w.gateway.log.String(), "no room left on the disk")
	})
	for range 5 {
		l.sms()
		l.chat()
	}
	sms := len(w.modem.Stored("SM")) + len(w.modem.Stored("ME"))
	if sms < 5 {
		t.Errorf("%d messages are left on the modem: the others were deleted and could not be committed", sms)
	}
	fill(false)
	l.judge()
}

func shownBodies(p *person) string {
	var out []string
	for _, a := range p.all() {
		out = append(out, a.Body)
	}
	return strings.Join(out, "\n")
}

// Each sync of the disk takes half a second: everything is slow, and nothing else.
func TestSlowDisk(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	s := newShim(w)
	s.start(w, false)
	w.awaitReady()
	clients := map[string]*person{"mum": login(t, w.server, "mum")}
	l := newTally(w, clients)
	const sync = 500 * time.Millisecond
	s.slow(sync)
	began := time.Now()
	l.sms()
	id := l.chat()
	l.sms()
	clients["mum"].awaitReceipt(id)
	if took := time.Since(began); took < 4*sync {
		t.Errorf("a receipt after %v: it takes four commits", took)
	}
	w.awaitRest()
	s.slow(0)
	l.judge()
}

// A folder that cannot be written is said at once, with what to do.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	data, hint := filepath.Join(w.dir, "data"), "mount it to be written"
	if err := unix.Mount(data, data, "", unix.MS_BIND, ""); err == nil {
		defer func() { _ = unix.Unmount(data, unix.MNT_DETACH) }()
		if err := unix.Mount("", data, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
	} else { // only root mounts, and only root writes to a folder that nobody may
		hint = "must own"
		for path, mode := range map[string]os.FileMode{filepath.Join(data, "knapp.lock"): 0o400, data: 0o500} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		defer func() { _ = os.Chmod(data, 0o700) }()
	}
	w.refusesToStart(hint)
}

// refusesToStart starts the gateway, which must end by itself with one sentence that holds these words.
func (w *world) refusesToStart(words ...string) {
	w.t.Helper()
	_, said, code := w.knapp("run")
	if code != exitFailed {
		w.t.Errorf("exit code %d: %s", code, said)
	}
	sentence := strings.TrimSpace(said)
	if strings.Contains(sentence, "\n") || !strings.HasPrefix(sentence, "knapp: ") {
		w.t.Errorf("it is no single sentence:\n%s", sentence)
	}
	for _, word := range words {
		if !strings.Contains(sentence, word) {
			w.t.Errorf("it does not say %q: %s", word, sentence)
		}
	}
}

// A damaged page is found before the gateway does anything, and named with what to do.
func TestDamagedPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	w.texts(w.emma, "2 hei")
	w.awaitRest()
	if code, _ := w.stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	path := filepath.Join(w.dir, "data", "knapp.db")
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for _, damage := range []struct {
		name string
		page int // from 0
		octets
	}{
		{"the first page after its header", 0, octets{100, 400}},
		{"a page of the schema's tables", 3, octets{0, page}},
		{"half a page", 5, octets{page / 2, page}},
		{"the last page", len(image)/page - 1, octets{0, page}},
	} {
		t.Run(damage.name, func(t *testing.T) {
			broken := append([]byte(nil), image...)
			for i := damage.page*page + damage.from; i < damage.page*page+damage.to; i++ {
				broken[i] ^= garbage[i%sector] | 1
			}
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			on := *w
			on.t = t
			on.refusesToStart("the database is damaged", "restore a copy", "the newest good copy is of", "knapp restore "+filepath.Join(w.dir, "data", "backups", "daily-"))
			after, err := os.ReadFile(path)
			if err != nil || string(after) != string(broken) {
				t.Errorf("the damaged file was changed (%v): a keeper's copy would be worth less", err)
			}
		})
	}
}

// octets is a range within a page.
type octets struct{ from, to int }
