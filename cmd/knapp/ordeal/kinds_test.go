package ordeal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"knapp/modem/modemtest"
)

// kind is one way in which something goes wrong.
type kind struct {
	name string
	draw func(r *rand.Rand, at func(after time.Duration, what string, do func(w *world)))
}

func seconds(r *rand.Rand, low, high int) time.Duration {
	return time.Duration(low*1000+r.IntN((high-low)*1000)) * time.Millisecond
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// modemFault arms a fault of the software modem.
func modemFault(name string, draw func(r *rand.Rand) modemtest.Fault) kind {
	return kind{name, func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
		f := draw(r)
		at(0, fmt.Sprintf("modem: %s %q ×%d code %d delay %v byte %d", name, f.On, max(f.Times, 1), f.Code, f.Delay, f.Byte), func(w *world) {
			for range max(f.Times, 1) {
				w.ledger.Unsure()
			}
			w.modem.Fault(f)
		})
	}}
}

func networkFault(name string, fault modemtest.FaultKind, on string) kind {
	return kind{name, func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
		n := 1 + r.IntN(4)
		at(0, fmt.Sprintf("network: %s ×%d", name, n), func(w *world) {
			w.network.Fault(modemtest.Fault{Kind: fault, On: on, Times: n})
		})
	}}
}

// commands are those that a fault can strike.
var commands = []string{"+CMGR", "+CMGD", "+CMGL", "+CMGS", "+CPMS", "+CSQ", "+CREG", ""}

var (
	modemKinds = []kind{
		modemFault("URC lost", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.URCLost, On: pick(r, "+CMTI", "+CDS", "+CREG"), Times: 1 + r.IntN(3)}
		}),
		modemFault("URC twice", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.URCTwice, On: pick(r, "+CMTI", "+CDS"), Times: 1 + r.IntN(3)}
		}),
		modemFault("URC late", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.URCLate, On: pick(r, "+CMTI", "+CDS"), Times: 1 + r.IntN(3), Delay: seconds(r, 1, 300)}
		}),
		modemFault("URC inside an answer", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{
				Kind: modemtest.URCInside, On: pick(r, commands...), Times: 1 + r.IntN(5), Line: r.IntN(3) - 1,
				Text: pick(r, "", "^RSSI:14", "+CREG: 1"),
			}
		}),
		modemFault("no answer", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.NoAnswer, On: pick(r, commands...), Times: 1 + r.IntN(2)}
		}),
		modemFault("command not heard", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.Deaf, On: pick(r, commands...), Times: 1 + r.IntN(3)}
		}),
		modemFault("late answer", func(r *rand.Rand) modemtest.Fault {
			f := modemtest.Fault{Kind: modemtest.LateAnswer, On: pick(r, commands...), Times: 1 + r.IntN(2), Delay: seconds(r, 1, 130)}
			if f.On == "+CMGD" || f.On == "" {
				// The software modem also executes late what it answers late, even for a host that has long reopened the
				// port: a deletion would strike whatever lies in that place by then, which no host can prevent.
				f.Delay = min(f.Delay, 9*time.Second)
			}
			return f
		}),
		modemFault("CMS error", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{
				Kind: modemtest.CMSError, On: "+CMGS", Times: 1 + r.IntN(3),
				Code: pick(r, 17, 41, 42, 47, 27, 38, 314, 331, 302, 500, 332, 21, 50, 304, 330, 322, 128, 100),
			}
		}),
		modemFault("CMS error of a message that was sent", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.CMSErrorSent, On: "+CMGS", Times: 1, Code: pick(r, 332, 500, 512)}
		}),
		modemFault("cut before the send", func(*rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.CutBeforeSend, On: "+CMGS"}
		}),
		modemFault("cut before the result", func(*rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.CutBeforeResult, On: "+CMGS"}
		}),
		modemFault("cut after the answer", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.CutAfterResult, On: pick(r, commands...)}
		}),
		modemFault("cut at an octet", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.CutAtByte, Byte: 1 + r.IntN(3000)}
		}),
		modemFault("report lost", func(r *rand.Rand) modemtest.Fault {
			return modemtest.Fault{Kind: modemtest.ReportLost, Times: 1 + r.IntN(3)}
		}),
		{"registration lost", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			stat := pick(r, 0, 2, 3)
			lasts := seconds(r, 5, 1800)
			at(0, "registration lost", func(w *world) { w.unserve(stat, lasts) })
			at(lasts, "registered again", func(w *world) { w.unserve(1, lasts) })
		}},
		{"modem reset", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			slow := time.Duration(r.IntN(25)) * time.Second
			at(0, "modem restarts by itself, SIM slow by "+slow.String(), func(w *world) {
				w.ledger.Unsure()
				w.modem.SetTiming(modemtest.Timing{Answer: 5 * time.Millisecond, Air: 2 * time.Second, SIM: slow})
				w.modem.PowerCycle()
			})
		}},
		{"modem replugged", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "modem pulled out", func(w *world) { w.ledger.Unsure(); w.unplug(true) })
			at(seconds(r, 1, 1200), "modem put in", func(w *world) { w.unplug(false) })
		}},
		{"modem deaf", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "modem deaf", func(w *world) {
				w.ledger.Unsure()
				w.modem.Fault(modemtest.Fault{Kind: modemtest.Deaf, Times: -1})
			})
			at(seconds(r, 10, 600), "modem hears again", func(w *world) { w.modem.ClearFaults() })
		}},
		{"modem slow", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			slow := modemtest.Timing{Answer: seconds(r, 0, 3), Air: seconds(r, 1, 60)}
			at(0, fmt.Sprintf("modem slow: %v an answer, %v a message", slow.Answer, slow.Air), func(w *world) { w.modem.SetTiming(slow) })
			at(seconds(r, 60, 1200), "modem quick again", func(w *world) {
				w.modem.SetTiming(modemtest.Timing{Answer: 5 * time.Millisecond, Air: 2 * time.Second})
			})
		}},
		{"phone off", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			number := pick(r, emma, jonas, gran)
			at(0, "phone off: "+number, func(w *world) { w.phones[number].SwitchOff() })
			at(seconds(r, 60, 5000), "phone on: "+number, func(w *world) { w.phones[number].SwitchOn() })
		}},
	}
	networkKinds = []kind{
		networkFault("doubles", modemtest.DuplicateDeliver, gatewayNumber),
		networkFault("overtaking", modemtest.Overtake, ""),
		networkFault("parts shuffled", modemtest.PartsShuffled, ""),
		networkFault("parts reversed", modemtest.PartsReversed, ""),
	}
	serverKinds = []kind{
		{"stream cut", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			to, after := r.IntN(2) == 0, 1+r.IntN(2500)
			at(0, fmt.Sprintf("stream will be cut after %d octets, to the component: %v", after, to), func(w *world) { w.server.cut(to, after) })
		}},
		{"server restarted", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "server stops", func(w *world) { w.server.stop() })
			at(seconds(r, 1, 900), "server starts", func(w *world) { w.server.start() })
		}},
		{"server replaced", func(_ *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "server replaced, the old stream hears nothing", func(w *world) { w.server.replace() })
		}},
		{"server slow", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			slow := seconds(r, 1, 40)
			at(0, "server slow: "+slow.String(), func(w *world) { w.server.mu.Lock(); w.server.slow = slow; w.server.mu.Unlock() })
			at(seconds(r, 30, 600), "server quick again", func(w *world) { w.server.mu.Lock(); w.server.slow = 0; w.server.mu.Unlock() })
		}},
		{"late error", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			b := lateBounce{after: seconds(r, 0, 1500), typ: "wait", condition: "remote-server-timeout"}
			if r.IntN(3) == 0 {
				b.typ, b.condition = "cancel", "service-unavailable"
			}
			at(0, fmt.Sprintf("the next chat is accepted, and bounced after %v with %s", b.after, b.typ), func(w *world) {
				w.server.mu.Lock()
				defer w.server.mu.Unlock()
				w.server.late = append(w.server.late, b)
			})
		}},
		{"client away", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			name := pick(r, "mum", "dad")
			at(0, name+" goes offline", func(w *world) { w.server.present(w.people[name], false) })
			at(seconds(r, 10, 2000), name+" comes back", func(w *world) { w.server.present(w.people[name], true) })
		}},
	}
	processKinds = []kind{
		{"SIGKILL", func(_ *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "SIGKILL now", func(w *world) {
				if p := w.alive(); p != nil {
					p.kill("now")
				}
			})
		}},
		killAt(beforeCommit, 12), killAt(inCommit, 12), killAt(afterCommit, 12), killAt(toModem, 40), killAt(toServer, 8),
		{"SIGTERM", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			down := seconds(r, 1, 60)
			at(0, "SIGTERM", func(w *world) {
				select {
				case w.stopping <- down:
				case <-time.After(time.Minute):
				}
			})
		}},
	}
	diskKinds = []kind{
		{"disk full", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "disk full", func(w *world) { w.setDisk(-1, 0) })
			at(seconds(r, 5, 900), "room on the disk", func(w *world) { w.setDisk(0, 0) })
		}},
		{"commits fail", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			n := 1 + r.IntN(4)
			at(0, fmt.Sprintf("%d commits fail", n), func(w *world) { w.setDisk(n, 0) })
		}},
		{"disk slow", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			slow := pick(r, 100*time.Millisecond, 500*time.Millisecond, 3*time.Second)
			at(0, "disk slow: "+slow.String(), func(w *world) { w.setDisk(0, slow) })
			at(seconds(r, 10, 300), "disk quick", func(w *world) { w.setDisk(0, 0) })
		}},
	}
	clockKinds = []kind{
		{"clock jumps", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			by := pick(r, -time.Hour, -10*time.Minute, -3*time.Second, time.Second, 10*time.Minute, time.Hour)
			at(0, "clock jumps by "+by.String(), func(w *world) { w.leaps(by) })
		}},
	}
	// laterKinds came after the first seeds had found their bugs: they are drawn apart, so that those seeds still make what
	// they made, and more.
	laterKinds = []kind{
		{"server stops reading", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			room := 1 + r.IntN(4000)
			at(0, fmt.Sprintf("server stops reading, %d octets find room", room), func(w *world) { w.server.stall(room) })
		}},
		{"modem stops reading", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			at(0, "modem stops reading", func(w *world) { w.ledger.Unsure(); w.stopReading(true) })
			at(seconds(r, 1, 900), "modem reads again", func(w *world) { w.stopReading(false) })
		}},
		{"clock jumps far", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			by := pick(r, -400*day, -day, -5*time.Hour, 2*time.Hour, 5*time.Hour, day, 400*day)
			at(0, "clock jumps by "+by.String(), func(w *world) { w.leaps(by) })
		}},
		{"a part is lost", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			n, ref, lost := 1000+r.IntN(9000), 200+r.IntN(50), r.IntN(4)
			text := fmt.Sprintf("k%d %s", n, strings.Repeat("og så videre ", 13+r.IntN(20)))
			child := pick(r, emma, jonas)
			name := map[string]string{emma: "Emma", jonas: "Jonas"}[child]
			prefix, to := "2 ", []Leg{{Address: "mum@example.org", Shown: text, Called: "Mamma"}}
			if r.IntN(3) == 0 {
				prefix, to = "4 ", []Leg{{Address: gran, Shown: name + ": " + text, Called: "Bestemor"}}
			}
			at(0, "", func(w *world) { w.tears(child, prefix, text, uint16(ref), lost, to) })
		}},
		{"a stranger", func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
			n, local := 10000+r.IntN(90000), pick(r, "emma", "jonas", "nobody")
			for i := range 1 + r.IntN(3) {
				text := fmt.Sprintf("k%d slem %d", n, i)
				at(seconds(r, 0, 20), "", func(w *world) { w.intrudes(local, text) })
			}
		}},
	}
	allKinds = slices.Concat(modemKinds, networkKinds, serverKinds, processKinds, diskKinds, clockKinds)
)

func killAt(m moment, most int) kind {
	return kind{"SIGKILL " + string(m), func(r *rand.Rand, at func(time.Duration, string, func(*world))) {
		n := 1 + r.IntN(most)
		at(0, fmt.Sprintf("SIGKILL at the %dth step %s", n, m), func(w *world) {
			if p := w.alive(); p != nil {
				p.arm(m, n)
			}
		})
	}}
}
