package ordeal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"time"
)

// A seed is told by a process of its own, in which nothing is left to the scheduler, to chance or to the clock on the wall
// (testdata/still.c), so that it tells the same story, octet for octet, each time. What may be asked of such a process:
type question struct {
	Seed    uint64
	Weather string // the kinds of faults, as weathers calls them; "" for all
	Mutant  string // "" for the gateway as it is
}

const (
	asks     = "KNAPP_TALE" // the question, for the process that tells
	answered = "result.json"
	told     = "story.txt"
)

// longest is how long a tale may take by the clock on the wall. It takes less than a second.
const longest = 10 * time.Minute

// TestTale is the process that tells one seed. Without a question it has nothing to do.
func TestTale(t *testing.T) {
	given := os.Getenv(asks)
	if given == "" {
		return
	}
	var q question
	if err := json.Unmarshal([]byte(strings.TrimSpace(given)), &q); err != nil {
		t.Fatal(err)
	}
	cryptotest.SetGlobalRandom(t, q.Seed)
	kinds, m := allKinds, mutant{}
	if q.Weather != "" {
		kinds = weathers[q.Weather]
	}
	for _, one := range mutants() {
		if one.name == q.Mutant {
			m = one.mutant
		}
	}
	r := simulate(t, q.Seed, newPlan(q.Seed, messagesEach, faultsEach, kinds), m)
	out, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(told, []byte(r.story), 0o600)
	}
	if err == nil {
		err = os.WriteFile(answered, out, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// still is the program that tells, and what is preloaded into it.
type still struct{ program, library string }

// scratch is a folder for what all tests share. TestMain sets it.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "knapp-ordeal-")
	if err != nil {
		panic(err)
	}
	scratch = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// forgetful is where the runtime throws a dice of which it keeps no count: whenever a stack grows, it forgets some place or other
// in the program. How often it does so hangs on the clock on the wall, and every later choice of a select hangs on how often the
// dice was thrown. orderly is what stands there instead.
const (
	forgetful = "ci := cheaprandn(uint32(len(cache.entries[ck])))"
	orderly   = "ci := uint32(targetpc) % uint32(len(cache.entries[ck]))"
)

// makeStill builds both. The program is built anew, with one line of its runtime changed; and the one that asks may have been
// built to find races, and then goes by the clock on the wall.
var makeStill = sync.OnceValues(func() (still, error) {
	s := still{filepath.Join(scratch, "ordeal.test"), filepath.Join(scratch, "still.so")}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return still{}, fmt.Errorf("go env: %w", err)
	}
	original, ours := filepath.Join(strings.TrimSpace(string(root)), "src", "runtime", "symtab.go"), filepath.Join(scratch, "symtab.go")
	source, err := os.ReadFile(original)
	if err != nil {
		return still{}, err
	}
	if strings.Count(string(source), forgetful) != 1 {
		return still{}, fmt.Errorf("%s has changed: see what forgetful says, and where the runtime does it now", original)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: ours}})
	if err != nil {
		return still{}, err
	}
	err = errors.Join(
		os.WriteFile(ours, []byte(strings.Replace(string(source), forgetful, orderly, 1)), 0o600),
		os.WriteFile(filepath.Join(scratch, "overlay.json"), overlay, 0o600),
	)
	if err != nil {
		return still{}, err
	}
	for _, line := range [][]string{
		{"cc", "-O1", "-shared", "-fPIC", "-o", s.library, "testdata/still.c", "-ldl", "-lpthread"},
		{"go", "test", "-c", "-overlay", filepath.Join(scratch, "overlay.json"), "-o", s.program, "."},
	} {
		if out, err := exec.Command(line[0], line[1:]...).CombinedOutput(); err != nil {
			return still{}, fmt.Errorf("%s: %w: %s", line[0], err, out)
		}
	}
	return s, nil
})

// tell lets a process tell a seed, in a folder of its own. Everything that the process can see is the same each time, down to
// the length of its environment.
func (q question) tell(ctx context.Context, s still) (result, error) {
	dir, err := os.MkdirTemp(shared(), "knapp-tale-")
	if err != nil {
		return result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := errors.Join(os.Symlink(s.program, filepath.Join(dir, "ordeal.test")), os.Symlink(s.library, filepath.Join(dir, "still.so"))); err != nil {
		return result{}, err
	}
	given, err := json.Marshal(q)
	if err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	cmd := exec.CommandContext(ctx, "./ordeal.test", "-test.run", "^TestTale$", "-test.timeout", "0")
	cmd.Dir = dir
	cmd.Env = []string{
		"LD_PRELOAD=./still.so", "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1,memprofilerate=0", "GOTRACEBACK=all",
		"TMPDIR=.", "TZ=UTC", fmt.Sprintf("KNAPP_STILL=%020d", q.Seed), fmt.Sprintf("%s=%-120s", asks, given),
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("the process that tells: %w\n%s", err, out.Bytes()[max(0, out.Len()-8000):])
	}
	var r result
	b, err := os.ReadFile(filepath.Join(dir, answered))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err == nil {
		b, err = os.ReadFile(filepath.Join(dir, told))
		r.story = string(b)
	}
	return r, err
}

// shared is a folder in memory, where there is one: what becomes of a database on a disk whose power is cut has tests of its
// own, and to wait for a disk's syncs is all that a simulation would lose its time with.
func shared() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return ""
}

// retell is tell for a test.
func (q question) retell(t *testing.T) result {
	t.Helper()
	s, err := makeStill()
	if err != nil {
		t.Fatal(err)
	}
	r, err := q.tell(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A seed tells the same story each time, octet for octet: what failed once can be looked at as often as it needs. AGAIN=20
// tells it so often.
func TestASeedTellsOneStory(t *testing.T) {
	q := question{Seed: number("SEED", 30)}
	first := q.retell(t)
	if first.Messages < 100 || strings.Count(first.story, "\n") < 1000 {
		t.Fatalf("%d messages, and a story of %d octets", first.Messages, len(first.story))
	}
	for range number("AGAIN", 3) - 1 {
		again := q.retell(t)
		if again.story == first.story {
			continue
		}
		before, after := strings.Split(first.story, "\n"), strings.Split(again.story, "\n")
		for i, line := range before {
			if i >= len(after) || after[i] != line {
				t.Fatalf("told again, line %d of %d is another:\n%s\n%s", i+1, len(before), line, strings.Join(after[min(i, len(after)):min(i+1, len(after))], ""))
			}
		}
		t.Fatalf("told again, the story has %d lines, not %d", len(after), len(before))
	}
	if other := (question{Seed: q.Seed + 1}).retell(t); other.story == first.story {
		t.Error("another seed tells the same story")
	}
}
