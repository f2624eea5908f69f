package demo

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"knapp/bridge/xmpp/xmpptest"
)

// TestMain lets the test's own binary stand in for the gateway where a test is about how the demo starts and ends it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		standIn(os.Args[1:])
	}
	os.Exit(m.Run())
}

// standIn is a `knapp` that only opens its control socket and waits, or fails as KNAPP_STANDIN says.
func standIn(args []string) {
	fail := os.Getenv("KNAPP_STANDIN")
	die := func(why string) {
		os.Stderr.WriteString(why + "\n")
		os.Exit(1)
	}
	if args[0] == "family" {
		if fail == "family" {
			die("line 3: no such role")
		}
		os.Exit(0)
	}
	if args[0] == "status" {
		os.Stdout.WriteString(`{"console": {"first_code": "ABCD-EFGH-JKLM"}}`)
		os.Exit(0)
	}
	text, err := os.ReadFile(args[2])
	if err != nil {
		die(err.Error())
	}
	var config configFile
	if err := toml.Unmarshal(text, &config); err != nil {
		die(err.Error())
	}
	if fail == "run" {
		die("xmpp: the secret is wrong")
	}
	l, err := net.Listen("unix", filepath.Join(config.DataDir, "knapp.sock"))
	if err != nil {
		die(err.Error())
	}
	os.Stdout.WriteString("one-time code: 123456\n")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	if fail == "later" {
		time.AfterFunc(300*time.Millisecond, func() { die("modem: gone for good") })
	}
	if fail == "deaf" {
		select {}
	}
	<-stop
	_ = l.Close()
	os.Exit(0)
}

// terminal is what the visitor's terminal shows; a process and the demo write to it at once.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *terminal) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *terminal) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs a demo and gives its stage as soon as the visitor may come, and what ends it.
func start(t *testing.T, o Options) (st *stage, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stages, ended := make(chan *stage, 1), make(chan error, 1)
	go func() { ended <- run(ctx, o, func(st *stage) { stages <- st }) }()
	end = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("the demo does not end")
		}
	})
	t.Cleanup(func() { _ = end() })
	select {
	case st = <-stages:
		return st, end
	case err := <-ended:
		t.Fatalf("the demo ended: %v", err)
	case <-time.After(60 * time.Second):
		t.Fatal("the demo does not start")
	}
	return nil, nil
}

func standInOptions(t *testing.T, out *terminal) Options {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	return Options{Knapp: os.Args[0], Listen: "127.0.0.1:0", Out: out}
}

func running(pid int) bool { return pid != 0 && syscall.Kill(pid, 0) == nil }

func TestRunStartsAndLeavesNothing(t *testing.T) {
	for _, fail := range []string{"", "deaf"} {
		t.Run("gateway "+fail, func(t *testing.T) {
			t.Setenv("KNAPP_STANDIN", fail)
			var out terminal
			st, end := start(t, standInOptions(t, &out))
			dir, gateway, prosody := st.dir, st.gateway.cmd.Process.Pid, st.prosody.PID()
			if !running(gateway) || !running(prosody) {
				t.Fatal("gateway or chat server does not run")
			}
			for _, name := range []string{"knapp.toml", "family.toml", "xmpp-secret"} {
				if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v %v", name, info, err)
				}
			}
			for _, want := range append([]string{st.url, "mamma@localhost", "pappa@localhost", dir, "http://" + st.console, "Ctrl-C", "123456", "ABCD-EFGH-JKLM"}, st.accounts[0].Password) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the terminal does not say %q:\n%s", want, out.String())
				}
			}
			res, err := http.Get(st.url + "/")
			if err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("page: %v %v", res, err)
			}
			_ = res.Body.Close()

			begin := time.Now()
			if err := end(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("ending took %v", took)
			}
			if running(gateway) || running(prosody) {
				t.Error("something still runs")
			}
			if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the temporary folder is still there: %v", err)
			}
		})
	}
}

func TestOnce(t *testing.T) {
	var out terminal
	o := standInOptions(t, &out)
	o.Once, o.Language = true, "en"
	o.Dir = filepath.Join(t.TempDir(), "kept")
	for range 2 { // the second time on what the first left
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		if err := Run(ctx, o); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		cancel()
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "knapp.toml")); err != nil {
		t.Errorf("the visitor's own folder was not kept: %v", err)
	}
	if !strings.Contains(out.String(), "Knapp is running") {
		t.Errorf("not English:\n%s", out.String())
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		name, fail string
		change     func(*Options)
		want       string
	}{
		{"port", "", func(o *Options) { o.Listen = taken.Addr().String() }, "is taken by another program"},
		{"language", "", func(o *Options) { o.Language = "xx" }, "nb and en"},
		{"program", "", func(o *Options) { o.Knapp = "/nonexistent/knapp" }, "start the gateway"},
		{"servers", "", func(o *Options) { o.Servers = t.TempDir() }, "make deps"},
		{"folder", "", func(o *Options) { o.Dir = "/" + strings.Repeat("long/", 20) }, "too long"},
		{"gateway", "run", nil, "the secret is wrong"},
		{"family", "family", nil, "no such role"},
		{"gateway later", "later", nil, "gone for good"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("KNAPP_STANDIN", c.fail)
			var out terminal
			o := standInOptions(t, &out)
			if c.change != nil {
				c.change(&o)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			err := Run(ctx, o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("says %v, want %q", err, c.want)
			}
			if left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "knapp-demo-*")); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// If the demo is killed, the gateway hears of it and goes too.
func TestGatewayDoesNotOutliveTheDemo(t *testing.T) {
	if os.Getenv("KNAPP_VICTIM") != "" { // the demo that is killed
		st, _ := start(t, Options{Knapp: os.Args[0], Listen: "127.0.0.1:0", Dir: os.Getenv("KNAPP_VICTIM")})
		pids := strconv.Itoa(st.gateway.cmd.Process.Pid) + " " + strconv.Itoa(st.prosody.PID())
		if err := os.WriteFile(filepath.Join(st.dir, "pids"), []byte(pids+" ."), 0o600); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	dir := t.TempDir()
	victim := exec.Command(os.Args[0], "-test.run=^TestGatewayDoesNotOutliveTheDemo$")
	victim.Env = append(os.Environ(), "KNAPP_VICTIM="+dir)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = victim.Process.Kill() }()
	var pids []int
	until(t, "the demo runs", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "pids"))
		if err != nil || !bytes.HasSuffix(text, []byte(".")) {
			return false
		}
		for _, field := range strings.Fields(string(text))[:2] {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		return true
	})
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	until(t, "gateway and chat server are gone", func() bool { return !running(pids[0]) && !running(pids[1]) })
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so: %s", what)
		}
	}
}

// The files are those that the gateway reads, by the names that scripts rely on.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	st := &stage{dir: dir, console: "127.0.0.1:1", prosody: &xmpptest.Server{ComponentAddr: "127.0.0.1:5347", ComponentSecret: "s3cret"}}
	config, err := st.writeFiles("nb", filepath.Join(dir, "modem"))
	if err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		config: {
			`(?m)^data_dir = ['"]` + regexp.QuoteMeta(dir) + `/data['"]$`, `(?m)^country = 'NO'$`, `(?m)^timezone = 'Europe/Oslo'$`,
			`(?m)^\[\[modem\]\]$`, `(?m)^number = '\+4799990000'$`, `(?m)^role = 'relay'$`, `(?m)^\[xmpp\]$`, `(?m)^mode = 'component'$`,
			`(?m)^domain = 'sms.localhost'$`, `(?m)^server = '127.0.0.1:5347'$`, `(?m)^\[console\]$`, `(?m)^listen = '127.0.0.1:1'$`,
		},
		filepath.Join(dir, "family.toml"): {
			`(?m)^\[\[guardian\]\]$`, `(?m)^role = 'owner'$`, `(?m)^\[\[contact\]\]$`, `(?m)^\[\[child\]\]$`,
			`(?m)^localpart = 'emma'$`, `(?m)^guardians = \['Mamma', 'Pappa'\]$`, `(?m)^\[\[child.allow\]\]$`, `(?m)^key = 4$`, `(?m)^to_child = true$`,
		},
		filepath.Join(dir, "xmpp-secret"): {`^s3cret\n$`},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !regexp.MustCompile(want).Match(text) {
				t.Errorf("%s has no %s:\n%s", filepath.Base(file), want, text)
			}
		}
	}
}
