package console

import (
	"strconv"
	"time"
)

// statusView is what the status page shows.
type statusView struct {
	Mood     mood
	Stations []station // in the order in which a child's SMS passes them
	Faults   []string
	Clock    string // when it was looked at, as a local wall clock
	Now      string // the same for machines
}

// station is one place on a message's way.
type station struct {
	Kind  string // "network", "modem", "gateway" or "chat"
	State string // "good", "bad", "unknown", or "waiting" while the program is young
	Ord   string // which one, if there are several modems
	Since string // since when it is so, in words; empty if that is not known
	Stamp string // the same for machines
}

// status shows how the gateway is.
func (s *Server) status(v *visit) error {
	return v.show("status.html", statusOf(s.options.Health(), v.now, v.words()))
}

// statusOf turns Health into words, without anything that is somebody's.
func statusOf(h Health, now time.Time, words locale) statusView {
	v := statusView{Mood: h.mood(now), Faults: h.faults(), Clock: now.Format(words["clock"]), Now: now.Format(time.RFC3339)}
	at := func(st station, since time.Time) station {
		if !since.IsZero() {
			local := since.In(now.Location())
			st.Since, st.Stamp = words.since(local, now), local.Format(time.RFC3339)
		}
		return st
	}
	if len(h.Modems) == 0 {
		v.Stations = append(v.Stations, station{Kind: "network", State: "unknown"}, station{Kind: "modem", State: "bad"})
	}
	for i, m := range h.Modems {
		network, modem := station{Kind: "network", State: "unknown"}, station{Kind: "modem", State: "bad"}
		if len(h.Modems) > 1 {
			network.Ord, modem.Ord = strconv.Itoa(i+1), strconv.Itoa(i+1)
		}
		// Since belongs to the modem's last change: its silence, or the network that it found or lost.
		switch {
		case !m.Ready:
			modem = at(modem, m.Since)
		case !m.Registered:
			modem.State, network.State = "good", "bad"
			network = at(network, m.Since)
		default:
			modem.State, network.State = "good", "good"
			network = at(network, m.Since)
		}
		v.Stations = append(v.Stations, network, modem)
	}
	chat := station{Kind: "chat", State: "bad"}
	if h.XMPP {
		chat.State = "good"
	}
	v.Stations = append(v.Stations, at(station{Kind: "gateway", State: "good"}, h.Started), chat)
	if v.Mood == starting {
		for i, st := range v.Stations {
			if st.State != "good" {
				v.Stations[i] = station{Kind: st.Kind, State: "waiting", Ord: st.Ord}
			}
		}
	}
	return v
}

// samples reach every branch of the status page.
var samples = []Health{
	{},
	{Started: time.Unix(1e9-1, 0), Modems: []ModemHealth{{}}},
	{Started: time.Unix(1e9-1e6, 0), XMPP: true, Modems: []ModemHealth{
		{Ready: true, Registered: true, Since: time.Unix(1e9-90000, 0)}, {Ready: true}, {},
	}},
	{Started: time.Unix(1e9-1e6, 0), XMPP: true, Modems: []ModemHealth{{Ready: true, Registered: true}}},
}
