package modem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/modem/at"
	"knapp/modem/tpdu"
)

// errRestarted ends a connection whose modem has forgotten its settings.
var errRestarted = errors.New("the modem has restarted")

// mostDoomed is how many deletions may wait behind codes that keep coming.
const mostDoomed = 8

// receive handles codes in order, looks for messages that none announced, and deletes what was taken, until the
// connection ends. Codes come before deletions: a message is read at once, its place is freed when there is time.
// Messages are taken under run, which outlives the connection.
func (s *session) receive(ctx, run context.Context) error {
	s.sweepAt = time.NewTimer(0)
	defer s.sweepAt.Stop()
	watch := time.NewTicker(s.m.o.WatchEvery)
	defer watch.Stop()
	// What lies there is older than what is announced now.
	<-s.sweepAt.C
	s.m.noteBehind(true)
	if err := s.sweep(ctx, run); err != nil {
		return err
	}
	for {
		select {
		case u, ok := <-s.conn.URCs():
			if err := s.next(ctx, run, u, ok); err != nil {
				return err
			}
			continue
		default:
		}
		if len(s.doomed) > 0 {
			if err := s.forget(ctx, run); err != nil {
				return err
			}
			continue
		}
		s.m.noteBehind(s.failed)
		var err error
		select {
		case u, ok := <-s.conn.URCs():
			err = s.next(ctx, run, u, ok)
		case u := <-s.aside:
			err = s.handleAside(ctx, run, u)
		case <-s.sweepAt.C:
			err = s.sweep(ctx, run)
		case <-watch.C:
			err = s.watch(ctx)
		case refusal := <-s.locked:
			err = s.checkPIN(ctx, refusal)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
}

func (s *session) next(ctx, run context.Context, u at.URC, ok bool) error {
	if !ok {
		return at.ErrClosed
	}
	s.m.noteBehind(true)
	if err := s.handle(ctx, run, u); err != nil {
		return err
	}
	if len(s.doomed) > mostDoomed {
		return s.forget(ctx, run)
	}
	return nil
}

// sweepIn makes the next sweep come no later than d from now.
func (s *session) sweepIn(d time.Duration) {
	if due := time.Now().Add(d); due.Before(s.sweepDue) {
		s.sweepDue = due
		s.sweepAt.Reset(d)
	}
}

// sweepNotBefore makes the next sweep come d from now, whatever was planned.
func (s *session) sweepNotBefore(d time.Duration) {
	s.sweepDue = time.Now().Add(d)
	s.sweepAt.Reset(d)
}

// handle serves one code. Only a broken connection is an error.
func (s *session) handle(ctx, run context.Context, u at.URC) error {
	if u.Lost {
		s.log.Warn("codes from the modem were lost; looking for messages")
		s.sweepIn(0)
		return nil
	}
	switch name := strings.ToUpper(u.Name()); name {
	case "+CMTI", "+CDSI":
		return s.announced(ctx, run, name, u.Args())
	case "+CMT", "+CDS":
		return s.handed(ctx, run, u)
	case "+CREG", "+CEREG", "+CGREG":
		if s.domains != nil {
			s.domains[name] = parseRegistrationCode(u.Args())
			s.m.noteRegistration(s.domains)
			s.doubtSIM(name)
		}
	case "RING", "+CRING", "+CLIP":
		return s.rung(ctx, u)
	case "+SMMEMFULL", "^SMMEMFULL", "SMS FULL", "+SMS FULL":
		s.full(strings.Trim(u.Args(), `"`))
		s.sweepIn(0)
	case "+CPIN":
		if state := parsePIN([]string{u.Line}); state != "READY" {
			return fmt.Errorf("the SIM is not ready any more (%s)", u.Args())
		}
		s.doubtSIM(name)
	case "RDY", "^SYSSTART", "^RESET", "NORMAL POWER DOWN", "POWERED DOWN", "^SYSSHUTDOWN":
		return errRestarted
	case "+CUSD":
		s.heardUSSD(u)
	case "NO CARRIER", "^CEND":
		s.m.call = call{}
	default:
		s.doubtSIM(name)
		if !noise[name] {
			s.log.Debug("the modem said something unknown", "code", loggableCode(u.Name()), "octets", len(u.Line), "cut", u.Cut)
			s.m.tell(Unsolicited{Modem: s.m.o.Name, Line: u.Line})
		}
	}
	return nil
}

// loggableCode returns the name of a code if it has the form of one, such as "+CSSU" or "^HCSQ", else "". A line
// without a colon is its own name: a PDU whose code was lost, which is number and text, belongs into no log.
func loggableCode(name string) string {
	const longest = 16
	if len(name) < 2 || len(name) > longest || !strings.ContainsRune("+^*%$!#&", rune(name[0])) {
		return ""
	}
	if strings.Trim(name[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return name
}

// noise are codes that say nothing this package acts on.
var noise = map[string]bool{
	"^BOOT": true, "^RSSI": true, "^HCSQ": true, "^MODE": true, "^DSFLOWRPT": true, "^CSNR": true, "^THERM": true,
	"^STIN": true, "^SRVST": true, "^SIMST": true, "^NWTIME": true, "^ORIG": true, "^CONF": true, "^CONN": true,
	"+CIEV": true, "+CTZV": true, "+CTZE": true, "+CTZU": true, "+CTZDST": true, "+CGEV": true, "+CSCON": true,
	"+WIND": true, "+ZUSIMR": true, "+ZDONR": true, "+ZPASR": true, "*PSUTTZ": true, "+CSQ": true, "+CFUN": true,
	"SMS READY": true, "SMS DONE": true, "CALL READY": true, "PB DONE": true, "+CLCC": true, "OK": true,
	"+QIND": true, "+QUSIM": true, "HANGUP": true, "DST": true,
}

// announced reads, hands over and forgets a stored message.
func (s *session) announced(ctx, run context.Context, name, args string) error {
	storage, index, ok := parseWhere(args)
	if !ok {
		s.sweepIn(0)
		return nil
	}
	if storage == "" {
		storage = s.home
	}
	if storage == "MT" && !slices.Contains(s.storages, "MT") {
		// MT is SM and ME under other indices: reading by both names could delete what was never read.
		s.sweepIn(0)
		return nil
	}
	found, err := s.readOne(ctx, run, place{storage, index})
	if err != nil || found {
		return err
	}
	if name == "+CDSI" && storage != "SR" {
		// Some modems name the SIM and keep the report in SR.
		if found, err = s.readOne(ctx, run, place{"SR", index}); err != nil || found {
			return err
		}
	}
	if at := (place{storage, index}); s.swept[at] {
		delete(s.swept, at)
		return nil
	} else if freed, ok := s.emptied[at]; ok && time.Since(freed) < echoed {
		return nil
	}
	s.sweepIn(0)
	return nil
}

// echoed is how long after a place was freed a code for it is taken for one that came twice: a modem with two ports
// may say everything on both.
const echoed = 10 * time.Second

// readOne reads one place and hands over what lies there; found is false if it is empty.
func (s *session) readOne(ctx, run context.Context, p place) (found bool, err error) {
	if err := s.beforeReading(ctx); err != nil {
		return false, err
	}
	lines, ok, err := s.in(ctx, p.storage, fmt.Sprintf("+CMGR=%d", p.index))
	if err != nil || !ok {
		return false, err
	}
	one, found := parseRead(lines)
	if !found || one.isOurs() {
		return found, nil
	}
	for i, d := range s.doomed {
		if d.place != p {
			continue
		}
		if d.pdu == one.pdu {
			return true, nil // announced late: it was taken already
		}
		// A message of PID 0x41 to 0x47 has replaced the one that was taken (TS 23.040 §9.2.3.9).
		s.doomed = slices.Delete(s.doomed, i, i+1)
		break
	}
	s.offer(run, p, one)
	return true, nil
}

func (s *session) selectStorage(ctx context.Context, storage string) (ok bool, err error) {
	if storage == "" || len(s.storages) == 0 || storage == s.reading && s.sure == s.conn.Doubts() {
		return true, nil
	}
	_, ok, err = s.read(ctx, storage)
	return ok, err
}

// mostDoubts is how often a storage is selected anew for one command.
const mostDoubts = 5

// in issues a command in a storage. A modem that restarts unnoticed goes back to another storage, and what AT+CMGD
// deletes there nobody has read.
func (s *session) in(ctx context.Context, storage, cmd string) (lines []string, ok bool, err error) {
	limit := s.profile.within(cmd, s.m.o.CommandTimeout)
	for range mostDoubts {
		if ok, err = s.selectStorage(ctx, storage); err != nil || !ok {
			return nil, false, err
		}
		sure := s.surely(storage)
		lines, err = s.patiently(ctx, func() ([]string, error) { return s.conn.CommandIf(ctx, sure, limit, cmd) })
		if !errors.Is(err, at.ErrDoubt) {
			break
		}
	}
	return s.judged(cmd, lines, err)
}

// surely is up to how many doubts a storage is the one that was selected. Where there is but one it always is.
func (s *session) surely(storage string) int {
	if storage == "" || len(s.storages) == 0 {
		return s.conn.Doubts()
	}
	return s.sure
}

// offer hands over a stored message, and marks its place for deletion if it was taken.
func (s *session) offer(run context.Context, p place, one stored) {
	if one.pdu == "" {
		s.log.Warn("the modem keeps a message that it does not print", "storage", p.storage, "index", p.index)
		return
	}
	r := s.m.decoded(one.pdu)
	r.Storage, r.Index = p.storage, p.index
	if err := s.m.o.Sink.Take(run, r); err != nil {
		s.notTaken(err)
		return
	}
	s.retry = s.m.o.RetryTake
	_, replaceable := r.Replaces()
	s.doomed = append(s.doomed, doomed{p, one.pdu, replaceable})
}

// notTaken plans another try.
func (s *session) notTaken(err error) {
	s.log.Error("a message was not taken and stays on the modem", "error", err, "again", s.retry)
	s.tryLater()
}

// tryLater plans a sweep; the next one that is planned so comes later.
func (s *session) tryLater() {
	s.failed = true
	s.sweepIn(s.retry)
}

func (m *Modem) decoded(pdu string) Received {
	r := Received{Modem: m.o.Name, PDU: pdu, At: m.o.Now(), Index: -1}
	r.Message, r.Err = tpdu.Decode(pdu)
	return r
}

// forget deletes the place that has waited longest. A place that cannot be deleted is offered again by a sweep.
func (s *session) forget(ctx, run context.Context) error {
	p := s.doomed[0]
	s.doomed = s.doomed[1:]
	if p.replaceable {
		// What lies there now may be the replacement, which nobody has read.
		lines, read, err := s.in(ctx, p.storage, fmt.Sprintf("+CMGR=%d", p.index))
		if err != nil {
			return err
		}
		if one, found := parseRead(lines); read && found && one.pdu != p.pdu {
			s.offer(run, p.place, one)
			return nil
		}
	}
	ok, err := s.erase(ctx, p.place)
	if err == nil && !ok {
		s.log.Warn("the modem does not delete a message", "storage", p.storage, "index", p.index)
		s.tryLater()
	}
	return err
}

// erase frees a place.
func (s *session) erase(ctx context.Context, p place) (ok bool, err error) {
	if err := s.beforeDeleting(ctx); err != nil {
		return false, err
	}
	_, ok, err = s.in(ctx, p.storage, fmt.Sprintf("+CMGD=%d", p.index))
	if !ok || err != nil {
		return false, err
	}
	if s.emptied == nil || len(s.emptied) > 256 {
		s.emptied = map[place]time.Time{}
	}
	s.emptied[p] = time.Now()
	return true, nil
}

// full tells once that a storage is full, until a sweep finds it otherwise.
func (s *session) full(storage string) {
	if s.fullTold[storage] {
		return
	}
	if s.fullTold == nil {
		s.fullTold = map[string]bool{}
	}
	s.fullTold[storage] = true
	s.log.Error("the modem's storage is full: no more messages arrive", "storage", storage)
	s.m.tell(StorageFull{Modem: s.m.o.Name, Storage: storage})
}
