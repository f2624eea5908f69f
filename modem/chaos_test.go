package modem_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

// TestChaos sends texts both ways through every device while faults strike, in
// virtual time. KNAPP_CHAOS is how many seeds each device gets (the default is
// one), KNAPP_CHAOS_SEED the first of them.
func TestChaos(t *testing.T) {
	first, seeds := setting(t, "KNAPP_CHAOS_SEED", 1), setting(t, "KNAPP_CHAOS", 1)
	for i, d := range modemtest.Devices() {
		for seed := first; seed < first+seeds; seed++ {
			// Every device gets mixtures of its own.
			mixture := uint64(seed*len(modemtest.Devices()) + i)
			t.Run(fmt.Sprintf("%s/%d", d.Name, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newChaos(t, d, mixture).run() })
			})
		}
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: a number from 1 on", name, s)
	}
	return n
}

const (
	chaosTexts = 150           // each way
	chaosEnds  = 6 * time.Hour // by then all is settled, of the bubble's clock

	chaosBalance = "Saldo: kr 42,50."
)

// chaos is one run: a phone and a gateway that text each other.
type chaos struct {
	t            *testing.T
	rand         *rand.Rand // of the goroutine that sends from the phone
	net          *modemtest.Network
	stick        *modemtest.Modem
	line, second *modemtest.Line
	phone        *modemtest.Phone
	mix          modemtest.Mix
	pin          string
	sims         drawer
	calls        []*modemtest.Call // of the goroutine that rings
	rang         []string          // when
	lives        int               // of the driver; of the goroutine that runs it

	mu      sync.Mutex
	disk    map[string]bool // the durable sink: whole PDUs
	refuse  *rand.Rand      // when the disk is full
	driver  *modem.Modem
	sent    []string // by the phone; the network took it
	outcome map[string]error
	log     []string
}

func newChaos(t *testing.T, d modemtest.Device, seed uint64) *chaos {
	c := &chaos{
		t: t, rand: rand.New(rand.NewPCG(seed, 1)), refuse: rand.New(rand.NewPCG(seed, 2)),
		disk: map[string]bool{}, outcome: map[string]error{},
	}
	c.net = modemtest.NewNetwork(modemtest.NetworkOptions{Seed: seed, Transit: 3 * time.Second})
	o := d.Options()
	o.Number = gateway
	o.Timing = modemtest.Timing{
		Answer: 5 * time.Millisecond, Air: 2 * time.Second, Baud: 115200, SIM: 3 * time.Second, Reboot: 8 * time.Second,
	}
	o.USSD = map[string]string{"*100#": chaosBalance}
	if d.Habits.Tries != "none" { // one that does not tell how many tries are left gets no PIN
		c.pin = "4711"
		o.PIN = c.pin
	}
	c.stick = c.net.NewModem(o)
	c.line = modemtest.NewLine(c.stick, 0, 8*time.Second)
	c.second = modemtest.NewLine(c.stick, 1, 8*time.Second)
	c.phone = c.net.Phone(emma)
	return c
}

// Take is the durable sink; sometimes its disk is full.
func (c *chaos) Take(_ context.Context, r modem.Received) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse.IntN(50) == 0 {
		return errors.New("database or disk is full")
	}
	if r.Message.Deliver != nil {
		c.disk[r.PDU] = true // offered twice is kept once, as the bridge does
	}
	return nil
}

func (c *chaos) Event(e modem.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, fmt.Sprintf("%s %T %+v", time.Now().Format(time.TimeOnly), e, e))
}

// gateway runs the driver, and now and then kills it and starts it anew.
func (c *chaos) gateway(ctx context.Context) {
	lives := rand.New(rand.NewPCG(c.mix.Seed, 3))
	for ctx.Err() == nil {
		driver := modem.New(modem.Options{Name: "main", Open: c.line.Open, Second: c.second.Open, Sink: c, SIMs: &c.sims, PIN: c.pin, Reset: c.reset})
		c.lives++
		c.mu.Lock()
		c.driver = driver
		c.mu.Unlock()
		life, kill := context.WithTimeout(ctx, 5*time.Minute+time.Duration(lives.Int64N(int64(2*time.Hour))))
		if err := driver.Run(life); err != nil {
			c.t.Errorf("Run: %v", err)
		}
		kill()
	}
}

// reset is what the bus can do for a stick that nothing else wakes (Huawei E3372h, of which a caller has tired).
func (c *chaos) reset(context.Context) error {
	c.stick.ResetUSB()
	return nil
}

// send sends one text from the gateway until its fate is known.
func (c *chaos) send(ctx context.Context, text string, ref uint16) error {
	to, err := tpdu.ParseAddress(emma)
	if err != nil {
		return err
	}
	parts, err := tpdu.Segment(to, text, tpdu.Options{StatusReport: true, Reference: ref})
	if err != nil {
		return err
	}
	for _, part := range parts {
		for {
			c.mu.Lock()
			driver := c.driver
			c.mu.Unlock()
			_, err := driver.Send(ctx, part, nil)
			var se *modem.SendError
			if err == nil {
				break
			}
			if !errors.As(err, &se) || se.Unknown {
				return err
			}
			wait := map[modem.RetryClass]time.Duration{modem.Soon: 5 * time.Second, modem.Slowly: time.Minute, modem.Person: time.Minute}[se.Retry]
			if wait == 0 {
				return err
			}
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// textOf is the n-th text of one side; some are joined, some are UCS-2.
func textOf(who string, n int) string {
	text := fmt.Sprintf("%s %d.", who, n)
	switch n % 10 {
	case 3:
		text += strings.Repeat(" Blåbærsyltetøy og {rømme}", 9)
	case 7:
		text += strings.Repeat(" 🫐 blåbær", 12)
	}
	return text
}

func (c *chaos) run() {
	c.mix = c.stick.Chaos(uint64(c.rand.Uint32()))
	ctx, stop := context.WithCancel(c.t.Context())
	var gateway, senders sync.WaitGroup
	gateway.Go(func() { c.gateway(ctx) })
	synctest.Wait() // there is a driver now
	senders.Go(c.phoneTexts)
	besides, enough := context.WithCancel(ctx)
	var extras sync.WaitGroup
	extras.Go(func() { c.rings(besides) })
	extras.Go(func() { c.asks(besides) })
	for half := range 2 {
		senders.Go(func() {
			for i := half; i < chaosTexts; i += 2 {
				text := textOf("Gateway", i)
				err := c.send(ctx, text, uint16(i))
				c.mu.Lock()
				c.outcome[text] = err
				c.mu.Unlock()
			}
		})
	}
	senders.Wait()
	enough()
	extras.Wait()
	c.stick.Calm()
	c.settle()
	c.check()
	c.checkBesides()
	c.listens()
	stop()
	gateway.Wait()
	if err := errors.Join(c.second.Close(), c.line.Close(), c.net.Close()); err != nil {
		c.t.Error(err)
	}
	if c.t.Failed() {
		c.t.Logf("%v", c.mix)
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, line := range c.log[max(0, len(c.log)-40):] {
			c.t.Log(line)
		}
	}
}

func (c *chaos) phoneTexts() {
	for i := range chaosTexts {
		text := textOf("Emma", i)
		for c.phone.Send(gateway, text) != nil {
			time.Sleep(time.Minute) // of the bubble's clock: the phone has no service
		}
		c.sent = append(c.sent, text)
		time.Sleep(time.Duration(c.rand.Int64N(int64(30 * time.Second)))) // of the bubble's clock
	}
}

// rings lets the phone ring now and then: a signal, which nobody answers.
func (c *chaos) rings(ctx context.Context) {
	r := rand.New(rand.NewPCG(c.mix.Seed, 4))
	for pause(ctx, r, 20*time.Minute) {
		if call, err := c.phone.Call(gateway); err == nil {
			c.calls = append(c.calls, call)
			c.rang = append(c.rang, time.Now().Format(time.TimeOnly))
			if pause(ctx, r, 2*time.Minute); r.IntN(2) == 0 {
				call.HangUp()
			}
		}
	}
}

// asks asks for the balance now and then, and takes no other answer than the operator's.
func (c *chaos) asks(ctx context.Context) {
	r := rand.New(rand.NewPCG(c.mix.Seed, 5))
	for pause(ctx, r, 20*time.Minute) {
		c.mu.Lock()
		driver := c.driver
		c.mu.Unlock()
		if text, err := driver.USSD(ctx, "*100#"); err == nil && text != chaosBalance {
			c.t.Errorf("the balance is %q", text)
		}
	}
}

// pause waits a time by chance, of the bubble's clock; false is the end.
func pause(ctx context.Context, r *rand.Rand, most time.Duration) bool {
	select {
	case <-time.After(time.Duration(r.Int64N(int64(most)))):
		return true
	case <-ctx.Done():
		return false
	}
}

// checkBesides: the SIM was not touched by a wrong PIN, no call was answered or told twice, and the operator can be
// asked.
func (c *chaos) checkBesides() {
	c.mu.Lock()
	driver := c.driver
	told := 0
	for _, line := range c.log {
		if strings.Contains(line, "modem.Call ") {
			told++
			c.rang = append(c.rang, "told "+line[:8])
		}
		if strings.Contains(line, "modem.SIMProblem ") || strings.Contains(line, "modem.ForeignSIM ") {
			c.t.Errorf("a person was called to the SIM: %s", line)
		}
	}
	c.mu.Unlock()
	for _, call := range c.calls {
		if answered, _, _ := call.State(); answered {
			c.t.Error("a call was answered")
		}
	}
	if told > len(c.calls)+c.lives-1 { // a program that begins in the middle of a call knows nothing of its first half
		c.t.Errorf("%d calls were told of %d: %s", told, len(c.calls), strings.Join(c.rang, ", "))
	}
	if text, err := driver.USSD(c.t.Context(), "*100#"); err != nil || text != chaosBalance {
		c.t.Errorf("the balance at the end: %q, %v, profile %q", text, err, driver.State().Profile)
	}
}

// settle waits until nothing waits anywhere, and what the faults left behind (a
// modem without network, one that hangs) is over.
func (c *chaos) settle() {
	calm := 0
	for end := time.Now().Add(chaosEnds); time.Now().Before(end); time.Sleep(10 * time.Second) { // of the bubble's clock
		left := c.net.Waiting(gateway) + c.net.Waiting(emma)
		for _, mem := range []string{"SM", "ME"} {
			left += len(c.stick.Stored(mem))
		}
		c.mu.Lock()
		driver := c.driver
		c.mu.Unlock()
		listening, _ := c.stick.Listening()
		if calm++; left > 0 || !listening || driver.State().Phase != modem.Ready {
			calm = 0
		}
		if calm > 30 { // longer than the longest pause that a fault makes
			return
		}
	}
	c.t.Errorf("after %v %d wait at the network and %d+%d on the modem", chaosEnds, c.net.Waiting(gateway),
		len(c.stick.Stored("SM")), len(c.stick.Stored("ME")))
}

// check compares what arrived with what was sent, both ways.
func (c *chaos) check() {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := arrived(c.t, c.disk)
	for _, text := range c.sent {
		if n := got[text]; n != 1 {
			c.t.Errorf("%d × %.20q in the sink", n, text)
		}
		delete(got, text)
	}
	for text, n := range got {
		c.t.Errorf("%d × %.20q in the sink, which nobody sent", n, text)
	}
	var unknown int
	inbox := map[string]int{}
	for _, text := range c.phone.Inbox() {
		inbox[text.Text]++
	}
	for text, err := range c.outcome {
		var se *modem.SendError
		n := inbox[text]
		switch {
		case err == nil && n != 1:
			c.t.Errorf("%d × %.20q on the phone, which was said to be sent", n, text)
		case errors.As(err, &se) && se.Unknown && n <= 1:
			unknown++
		case err != nil:
			c.t.Errorf("%d × %.20q on the phone after %v", n, text, err)
		}
		delete(inbox, text)
	}
	for text, n := range inbox {
		c.t.Errorf("%d × %.20q on the phone, which nobody sent", n, text)
	}
	if unknown > chaosTexts/4 {
		c.t.Errorf("%d of %d texts have an unknown fate", unknown, chaosTexts)
	}
}

// arrived joins what the sink holds and counts each text.
func arrived(t *testing.T, disk map[string]bool) map[string]int {
	t.Helper()
	whole := map[string]int{}
	parts := map[tpdu.Key][]string{}
	for pdu := range disk {
		m, err := tpdu.Decode(pdu)
		if err != nil {
			t.Errorf("in the sink: %v", err)
			continue
		}
		if k, ok := m.Deliver.Key(); ok {
			parts[k] = append(parts[k], pdu)
		} else {
			whole[m.Deliver.Text]++
		}
	}
	for _, pdus := range parts {
		text, err := tpdu.Join(pdus)
		if err != nil {
			t.Errorf("join %d parts: %v", len(pdus), err)
		}
		whole[text]++
	}
	return whole
}

// listens proves that the modem is not deaf at the end: a text comes at once,
// not by a sweep.
func (c *chaos) listens() {
	const last, within = "Er du der?", time.Minute
	if listening, why := c.stick.Listening(); !listening {
		c.t.Errorf("at the end the modem is deaf: %s", why)
	}
	if err := c.phone.Send(gateway, last); err != nil {
		c.t.Fatal(err)
	}
	there := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.ContainsFunc(pdusOf(c.disk), func(pdu string) bool {
			m, err := tpdu.Decode(pdu)
			return err == nil && m.Deliver.Text == last
		})
	}
	for end := time.Now().Add(within); !there(); time.Sleep(time.Second) { // of the bubble's clock
		if time.Now().After(end) {
			c.t.Errorf("a text to the idle modem is not there after %v", within)
			return
		}
	}
}

func pdusOf(disk map[string]bool) []string {
	var pdus []string
	for pdu := range disk {
		pdus = append(pdus, pdu)
	}
	return pdus
}
