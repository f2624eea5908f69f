package console

import (
	"testing"
	"time"

	"knapp/bridge"
)

// What the list says is what is so: done, never done, or broken again.
func TestTheChecklistFollowsTheMachine(t *testing.T) {
	good := newDevice().view
	change := func(f func(m *MachineView)) MachineView {
		m := good
		m.Modems = append([]ModemView(nil), good.Modems...)
		f(&m)
		return m
	}
	proven := bridge.Trial{At: noon, State: bridge.Delivered, Proven: noon}
	after := func(state bridge.LegState) bridge.Trial {
		return bridge.Trial{At: noon, State: state, Proven: noon.Add(-time.Hour)}
	}
	never := func(state bridge.LegState) bridge.Trial { return bridge.Trial{At: noon, State: state} }
	for name, c := range map[string]struct {
		got  checkItem
		want string
	}{
		"a modem that works":             {modemStep(good, false), "done "},
		"none":                           {modemStep(MachineView{}, false), "todo none"},
		"none any more":                  {modemStep(MachineView{}, true), "broken none"},
		"one that is for SIM cards":      {modemStep(change(func(m *MachineView) { m.Modems[0].Relays = false }), false), "todo none"},
		"a silent one":                   {modemStep(change(func(m *MachineView) { m.Modems[0].Ready = false }), true), "broken silent"},
		"without network":                {modemStep(change(func(m *MachineView) { m.Modems[0].Network = "denied" }), false), "todo network"},
		"one that says nothing of it":    {modemStep(change(func(m *MachineView) { m.Modems[0].Network = "unknown" }), false), "done "},
		"a foreign SIM":                  {modemStep(change(func(m *MachineView) { m.Modems[0].SIM = "foreign" }), true), "broken sim"},
		"no test":                        {trialStep("text", bridge.Trial{}), "todo todo"},
		"a test that waits":              {trialStep("text", never(bridge.Queued)), "wait queued"},
		"a test that is sent":            {trialStep("text", never(bridge.Sent)), "wait sent"},
		"a test that arrived":            {trialStep("text", proven), "done todo"},
		"a test that failed":             {trialStep("text", never(bridge.Failed)), "todo failed"},
		"one that fails now":             {trialStep("text", after(bridge.Failed)), "broken failed"},
		"one that is sent anew":          {trialStep("text", after(bridge.Sent)), "done todo"},
		"of one nobody knows":            {trialStep("text", after(bridge.Unknown)), "broken unknown"},
		"a chat that the server has":     {chatStep(good, never(bridge.Sent)), "done sent"},
		"no chat server":                 {chatStep(MachineView{}, bridge.Trial{}), "todo away"},
		"no chat server any more":        {chatStep(MachineView{}, never(bridge.Sent)), "broken away"},
		"only this machine":              {reachStep(good), "todo here"},
		"the whole network in the open":  {reachStep(change(func(m *MachineView) { m.Beyond = true })), "broken open"},
		"a public name, and in the open": {reachStep(change(func(m *MachineView) { m.Beyond, m.PublicURL = true, "https://k.example" })), "broken open"},
		"behind a proxy elsewhere":       {reachStep(change(func(m *MachineView) { m.Beyond, m.Proxied, m.PublicURL = true, true, "https://k.example" })), "done "},
		"behind a proxy here":            {reachStep(change(func(m *MachineView) { m.PublicURL = "https://k.example" })), "done "},
		"a certificate of its own":       {reachStep(change(func(m *MachineView) { m.Beyond, m.TLS = true, true })), "done "},
		"a public name without TLS":      {reachStep(change(func(m *MachineView) { m.PublicURL = "http://k.example" })), "todo here"},
	} {
		if got := c.got.State + " " + c.got.Why; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for name, c := range map[string]struct {
		change func(m *MachineView)
		want   string
	}{
		"all is well":   {func(*MachineView) {}, ""},
		"paused":        {func(m *MachineView) { m.Paused = true }, "paused"},
		"clock":         {func(m *MachineView) { m.ClockSet = false }, "clock"},
		"disk":          {func(m *MachineView) { m.Free = leastFree - 1 }, "disk"},
		"nobody knows":  {func(m *MachineView) { m.Free, m.Disk = 0, 0 }, ""},
		"no copy":       {func(m *MachineView) { m.Started, m.LastCopy = noon.Add(-100*time.Hour), time.Time{} }, "copies"},
		"a young one":   {func(m *MachineView) { m.LastCopy = time.Time{} }, ""},
		"money":         {func(m *MachineView) { m.Modems[0].BalanceLow = true }, "balance"},
		"a full SIM":    {func(m *MachineView) { m.Modems[0].Storage = []StorageView{{"SM", 18, 20}} }, "storage"},
		"nearly a full": {func(m *MachineView) { m.Modems[0].Storage = []StorageView{{"SM", 17, 20}, {"SR", 5, 0}} }, ""},
	} {
		got := ""
		for _, i := range cares(change(c.change), noon) {
			got += i.Key
		}
		if got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for dbm, want := range map[int]int{-113: 0, -110: 0, -109: 1, -100: 1, -99: 2, -90: 2, -89: 3, -75: 3, -74: 4, -51: 4} {
		if got := (ModemView{SignalKnown: true, Signal: dbm}).bars(); got != want {
			t.Errorf("%d dBm are %d bars", dbm, got)
		}
	}
	nb, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	for octets, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1,0 kB", 4_200_000: "4,2 MB", 31_900_000_000: "32 GB", 2_000_000_000_000: "2,0 TB"} {
		if got := nb.size(octets); got != want {
			t.Errorf("%d octets are %s, want %s", octets, got, want)
		}
	}
}

// The overview has one line for whoever looks after the gateway, as long as there is something; a list that was done
// comes back when what was agreed is so no more.
func TestTheChecklistGoesAndComesBack(t *testing.T) {
	h, d := openGateway(t)
	h.account("Pappa")
	d.change(func(m *MachineView) { m.PublicURL = "https://knapp.example.org" })
	b := h.signedIn("Mamma")
	b.shows("Kom i gang: 4 ting gjenstår.") // both tests, and both children's agreements count as one; Ola knows nobody
	pappa := h.signedIn("Pappa")
	pappa.hides("Kom i gang")
	b.get("/gateway")
	b.post("/gateway/text")
	b.get("/gateway")
	b.post("/gateway/chat")
	h.arriveAt("+4791111111")
	h.stanzasArrive()
	b.get("/overview")
	b.shows("Kom i gang: 2 ting gjenstår.")
	emma := h.person("Emma")
	b.get("/agreement")
	b.shows("30 dager", "høyst 7 dager", "365 dager")
	b.post("/agreement", "child", id(emma))
	b.shows("Kryss av for at dere har lest det sammen.")
	b.post("/agreement", "child", id(emma), "together", "1")
	b.shows("Skrevet opp.", "Dere ble enige kl. 12.00, sier Mamma.")
	b.get("/overview")
	b.shows("Kom i gang: 1 ting gjenstår.")
	if err := h.store.Do(t.Context(), func(tx bridge.Tx) error { return tx.SetRetention(emma.ID, bridge.KeepMetadata, 60) }); err != nil {
		t.Fatal(err)
	}
	b.get("/overview")
	b.shows("Porten trenger et blikk: 1.")
	b.get("/gateway")
	b.shows("Noe lagres annerledes enn da du og Emma ble enige.")
	for _, junk := range []string{"", "-1", "x", id(h.person("Ola")), id(h.person("Bestemor")), "99999999999999999999"} {
		b.get("/agreement")
		if b.post("/agreement", "child", junk, "together", "1"); b.code != 403 {
			t.Errorf("agreed with %q: %d", junk, b.code)
		}
	}
}
