package modem_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// broken is a fault that a modem must come back from, with the default options.
type broken struct {
	name   string
	strike func(*modemtest.Network, *modemtest.Modem)
	step   modem.Step    // the highest rung that it takes, -1 where none or any will do
	within time.Duration // from the fault until a text is heard
}

var allBroken = []broken{
	{"an answer is lost, it hears on", func(_ *modemtest.Network, m *modemtest.Modem) {
		m.Fault(modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CSQ"})
	}, modem.AskAgain, 2 * time.Minute},
	{"an announcement is lost", func(_ *modemtest.Network, m *modemtest.Modem) {
		m.Fault(modemtest.Fault{Kind: modemtest.URCLost, On: "+CMTI"})
	}, -1, 11 * time.Minute},
	{"unplugged, back after 8 s", func(_ *modemtest.Network, m *modemtest.Modem) {
		m.Fault(modemtest.Fault{Kind: modemtest.CutAtByte, Byte: 1})
	}, modem.Reopen, 2 * time.Minute},
	{"restarts by itself", func(_ *modemtest.Network, m *modemtest.Modem) { m.PowerCycle() }, -1, 3 * time.Minute},
	{"hangs", func(_ *modemtest.Network, m *modemtest.Modem) { m.Freeze() }, modem.ResetUSB, 5 * time.Minute},
	{"deaf until the radio was off", func(_ *modemtest.Network, m *modemtest.Modem) {
		m.DeafUntil(modemtest.ByRadio)
	}, modem.RadioCycle, 5 * time.Minute},
	{"deaf until it restarts", func(_ *modemtest.Network, m *modemtest.Modem) {
		m.DeafUntil(modemtest.ByRestart)
	}, modem.Restart, 10 * time.Minute},
	{"deaf until the power was off", func(_ *modemtest.Network, m *modemtest.Modem) {
		m.DeafUntil(modemtest.ByPower)
	}, modem.ResetUSB, 15 * time.Minute},
	{"the radio is off", func(_ *modemtest.Network, m *modemtest.Modem) { m.SwitchRadioOff() }, -1, 2 * time.Minute},
	{"no network for 3 min", func(n *modemtest.Network, _ *modemtest.Modem) {
		n.SetService(false)
		time.AfterFunc(3*time.Minute, func() { n.SetService(true) })
	}, -1, 4 * time.Minute},
}

// TestRecoveryTimes provokes every rung of the ladder, in virtual time and with the default options, on a modem that
// takes as long as a real one, while texts go both ways: how long until one is heard again.
func TestRecoveryTimes(t *testing.T) {
	for _, fault := range allBroken {
		t.Run(fault.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, taken := recoveryTime(t, fault)
				if took > fault.within {
					t.Errorf("heard after %v, more than %v", took, fault.within)
				}
				if os.Getenv(recoveryRows) != "" {
					fmt.Printf("%s\t%s\t%v\t%.1f\n", recoveryRows, fault.name, taken, took.Seconds())
				}
			})
		})
	}
}

// recoveryRows marks the rows that TestRecoveryTimes prints when a variable of this name is set.
const recoveryRows = "KNAPP_RECOVERY"

func recoveryTime(t *testing.T, fault broken) (took time.Duration, taken []modem.Step) {
	b := newBridge()
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	stick := network.NewModem(modemtest.ModemOptions{Number: gateway, Timing: modemtest.Timing{
		Answer: 10 * time.Millisecond, Air: 3 * time.Second, Baud: 115200, SIM: 3 * time.Second,
	}})
	line := modemtest.NewLine(stick, 0, 8*time.Second)
	driver := modem.New(modem.Options{
		Name: "main", Open: line.Open, Sink: b, MayRestart: true,
		Reset: func(context.Context) error { stick.ResetUSB(); return nil },
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- driver.Run(ctx) }()
	virtually := func(what string, cond func() bool) {
		for end := time.Now().Add(2 * time.Hour); !cond(); time.Sleep(100 * time.Millisecond) { // of the bubble's clock
			if time.Now().After(end) {
				t.Fatalf("never: %s; events %v", what, b.events)
			}
		}
	}
	virtually("up", func() bool { return driver.State().Phase == modem.Ready })
	time.Sleep(12*time.Minute + 7*time.Second) // of the bubble's clock: it has worked for a while

	fault.strike(network, stick)
	began := time.Now()
	if err := network.Phone(emma).Send(gateway, "hører du?"); err != nil {
		t.Fatal(err)
	}
	// The family answers meanwhile, and what was not sent is tried again.
	answers := make(chan struct{})
	answering, enough := context.WithCancel(ctx)
	go func() {
		defer close(answers)
		for answering.Err() == nil {
			_, _ = driver.Send(answering, submit(t, emma, "hei")[0], nil) // whether it leaves is not asked here
			select {
			case <-time.After(20 * time.Second):
			case <-answering.Done():
			}
		}
	}()
	virtually("the text is heard", func() bool { return slices.Contains(b.texts(), "hører du?") })
	took = time.Since(began)
	if fault.step >= 0 { // the mildest is told by the next watch only
		virtually("the step is told", func() bool { return slices.Contains(steps(b), fault.step) })
	}
	virtually("it is up at the end", func() bool { return driver.State().Phase == modem.Ready })
	enough()
	<-answers
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if err := line.Close(); err != nil {
		t.Error(err)
	}
	if err := network.Close(); err != nil {
		t.Error(err)
	}
	return took, steps(b)
}

// BenchmarkRecovery prints how long each fault keeps the modem deaf. The clock is virtual, which only a test can have:
// it runs TestRecoveryTimes in a process of its own.
func BenchmarkRecovery(b *testing.B) {
	for range b.N {
		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^TestRecoveryTimes$")
		cmd.Env = append(os.Environ(), recoveryRows+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		table := "fault → a text is heard again (virtual seconds, default options)"
		rows := 0
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if f[0] != recoveryRows || len(f) != 4 {
				continue
			}
			rows++
			seconds, err := strconv.ParseFloat(f[3], 64)
			if err != nil {
				b.Fatal(err)
			}
			table += fmt.Sprintf("\n%-32s %8.1f s   %s", f[1], seconds, f[2])
			b.ReportMetric(seconds, "s/"+strings.ReplaceAll(strings.ReplaceAll(f[1], ",", ""), " ", "-"))
		}
		if rows != len(allBroken) {
			b.Fatalf("%d rows of %d: %s", rows, len(allBroken), out)
		}
		if b.N == 1 { // the first round; b.Log would cut the table short
			fmt.Println(table)
		}
	}
}
