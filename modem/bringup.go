package modem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// bringUp takes a modem in whatever state the port was left to one that announces messages and can send.
func (s *session) bringUp(ctx, run context.Context) error {
	if err := s.conn.Sync(ctx, s.m.o.AnswerWithin); err != nil {
		return err
	}
	s.skipStart(run)
	for _, step := range []func(context.Context) error{
		s.takeStep, s.setForms, s.identify, s.wakeSIM, s.identifySIM, s.unlock, s.confirmSIM, s.startRadio, s.setPDUMode, s.setStorages, s.setSMSC, s.setAnnouncements, s.askNetwork,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// skipStart passes over what the modem said before it answered: of its own starting, and of messages that the first
// sweep finds. Only what it handed over is taken.
func (s *session) skipStart(run context.Context) {
	for {
		select {
		case u, ok := <-s.conn.URCs():
			if !ok {
				return
			}
			s.m.takeIfHanded(run, u)
		default:
			return
		}
	}
}

// setForms makes the modem answer in the form that this package reads best. All of it can be lived without.
func (s *session) setForms(ctx context.Context) error {
	for _, cmd := range []string{"E0", "V1", "+CMEE=1"} {
		if _, _, err := s.try(ctx, cmd); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) setPDUMode(ctx context.Context) error {
	_, ok, err := s.try(ctx, "+CMGF=0")
	if err != nil || ok {
		return err
	}
	lines, _, err := s.try(ctx, "+CMGF?")
	if err != nil {
		return err
	}
	if mode, _ := argsOf(lines, "+CMGF"); mode == "0" {
		return nil
	}
	return errors.New("the modem has no PDU mode (AT+CMGF=0 is refused): it cannot be used for messages")
}

// setStorages finds out which storages there are, how full they are, and makes incoming messages go to one that is
// swept. A modem that lacks AT+CPMS keeps its own.
func (s *session) setStorages(ctx context.Context) error {
	lines, named, err := s.try(ctx, "+CPMS=?")
	if err != nil {
		return err
	}
	offer := parseStorages(lines)
	lines, _, err = s.try(ctx, "+CPMS?")
	if err != nil {
		return err
	}
	if now := parseUse(lines); len(now) > 0 {
		s.reading, s.home = now[0].Name, now[len(now)-1].Name
	}
	candidates := s.profile.Storages
	if len(candidates) == 0 {
		candidates = []string{"SM", "ME"}
		if slices.Contains(offer[0], "SR") {
			candidates = append(candidates, "SR")
		}
	}
	var uses []StorageUse
	s.storages = nil
	for _, name := range candidates {
		if use, ok, err := s.read(ctx, name); err != nil {
			return err
		} else if ok && (use.Total > 0 || name != "SR") {
			s.storages = append(s.storages, name)
			uses = append(uses, use)
		}
	}
	s.m.change(func(st *State) { st.Storage = uses })
	if len(s.storages) == 0 && slices.Contains(offer[0], "MT") {
		s.storages, s.home = []string{"MT"}, "MT"
	}
	if slices.Contains(s.storages, s.profile.Home) {
		s.home = s.profile.Home
	}
	if s.home != "SM" && s.home != "ME" && !slices.Contains(s.storages, "MT") {
		s.home = ""
		for _, name := range []string{"SM", "ME"} {
			if s.home == "" && slices.Contains(s.storages, name) && (len(offer[2]) == 0 || slices.Contains(offer[2], name)) {
				s.home = name
			}
		}
	}
	if s.home == "" {
		if _, answered := argsOf(lines, "+CPMS"); named && len(s.storages) == 0 && answered && len(slices.Concat(offer[:]...)) == 0 {
			return errors.New("it shows no storage for messages (AT+CPMS=? names none), as phones do: take a modem")
		}
		return nil
	}
	return s.useStorage(ctx, s.home)
}

// useStorage makes a storage the one for everything.
func (s *session) useStorage(ctx context.Context, name string) error {
	sure := s.conn.Doubts()
	_, ok, err := s.try(ctx, fmt.Sprintf("+CPMS=%q,%q,%q", name, name, name))
	if ok {
		s.reading, s.sure = name, sure
	}
	return err
}

// read makes AT+CMGR, AT+CMGL and AT+CMGD work on a storage, and says how full it is.
func (s *session) read(ctx context.Context, storage string) (use StorageUse, ok bool, err error) {
	sure := s.conn.Doubts()
	lines, ok, err := s.try(ctx, fmt.Sprintf("+CPMS=%q", storage))
	if err != nil || !ok {
		return use, false, err
	}
	s.reading, s.sure = storage, sure
	use = StorageUse{Name: storage}
	if uses := parseUse(lines); len(uses) > 0 {
		use.Used, use.Total = uses[0].Used, uses[0].Total
	}
	return use, true, nil
}

func (s *session) setSMSC(ctx context.Context) error {
	if want := s.m.o.SMSC; want != "" {
		kind := 129
		if strings.HasPrefix(want, "+") {
			kind = 145 // TS 24.008 §10.5.4.7: international, ISDN numbering plan
		}
		if _, ok, err := s.try(ctx, fmt.Sprintf("+CSCA=%q,%d", want, kind)); err != nil {
			return err
		} else if !ok {
			s.log.Warn("the modem refuses the configured service centre; the SIM's own is used")
		}
	}
	lines, _, err := s.try(ctx, "+CSCA?")
	if err != nil {
		return err
	}
	smsc := parseSMSC(lines)
	s.m.change(func(st *State) { st.SMSC = smsc })
	if smsc == "" {
		s.log.Warn("the SIM names no service centre; if sending fails with +CMS ERROR: 330, set smsc")
	}
	return nil
}

// setAnnouncements makes the modem announce what it stores. Messages are handed over directly (mt=2) only where the
// profile proves that: an unacknowledged +CMT makes a modem go deaf.
func (s *session) setAnnouncements(ctx context.Context) error {
	if err := s.setPhase(ctx); err != nil {
		return err
	}
	lines, _, err := s.try(ctx, "+CNMI=?")
	if err != nil {
		return err
	}
	set := ""
	for _, cnmi := range announcements(parseOffer(lines, "+CNMI"), s.profile.Direct && s.acks, s.profile.Reports) {
		var ok bool
		if _, ok, err = s.try(ctx, "+CNMI="+cnmi); err != nil {
			return err
		} else if ok {
			set = cnmi
			break
		}
	}
	if set == "" {
		s.log.Warn("the modem announces no messages (AT+CNMI is refused); they are looked for", "every", s.m.o.SweepEvery)
	} else if fields := strings.Split(set, ","); len(fields) < 4 || fields[3] == "0" {
		s.log.Warn("the modem offers no status reports: nothing will be shown as delivered")
	}
	if lines, _, err = s.try(ctx, "+CNMI?"); err != nil {
		return err
	}
	if now, _ := argsOf(lines, "+CNMI"); set != "" && strings.ReplaceAll(now, " ", "") == set {
		s.cnmi = set
	}
	_, _, err = s.try(ctx, "+CLIP=1")
	return err
}

// setPhase chooses who acknowledges what the modem hands over (TS 27.005 §3.2.1): in phase 2 the modem itself, in
// phase 2+, where direct delivery is proven, this package by AT+CNMA. Where phase 2+ stays on, that is owed for +CDS
// and class 0 all the same.
func (s *session) setPhase(ctx context.Context) error {
	service := "0"
	if s.profile.Direct {
		service = "1"
	}
	if _, ok, err := s.try(ctx, "+CSMS="+service); err != nil {
		return err
	} else if !ok {
		s.log.Debug("AT+CSMS=" + service + " is refused")
	}
	lines, _, err := s.try(ctx, "+CSMS?")
	if err != nil {
		return err
	}
	args, _ := argsOf(lines, "+CSMS")
	s.acks = strings.HasPrefix(args, "1")
	return nil
}

// announcements lists the settings of AT+CNMI to try, best first, from what the modem offers (TS 27.005 §3.4.1).
// Mode 1 comes first: several makers offer 2 and then fail, and the two differ only in a data call. direct is mt=2
// where it is offered; reports is <ds>, 0 for the best that is offered.
func announcements(offer [][]int, direct bool, reports int) []string {
	pick := func(i int, wanted ...int) []int {
		if i >= len(offer) || len(offer[i]) == 0 {
			return wanted[:1]
		}
		var have []int
		for _, w := range wanted {
			if slices.Contains(offer[i], w) {
				have = append(have, w)
			}
		}
		if len(have) == 0 {
			return offer[i][:1]
		}
		return have
	}
	modes := []int{1, 2, 3}
	if len(offer) > 0 {
		modes = pick(0, 1, 2, 3)
	}
	mt := 1
	if direct && len(offer) > 1 && slices.Contains(offer[1], 2) {
		mt = 2
	}
	if len(offer) > 1 && len(offer[1]) > 0 && !slices.Contains(offer[1], mt) {
		return nil
	}
	wanted := []int{1, 2, 0}
	if reports == 2 {
		wanted = []int{2, 1, 0}
	}
	bm, bfr := pick(2, 0)[0], pick(4, 0, 1)[0]
	var settings []string
	for _, ds := range pick(3, wanted...) {
		if len(offer) <= 3 && ds != wanted[0] {
			continue
		}
		for _, mode := range modes {
			settings = append(settings, fmt.Sprintf("%d,%d,%d,%d,%d", mode, mt, bm, ds, bfr))
		}
	}
	if len(offer) <= 3 {
		settings = append(settings, "1,1,0,0,0", "2,1,0,0,0", "1,1")
	}
	return settings
}

// askNetwork asks for registration in every domain, operator and signal, and for codes when they change.
func (s *session) askNetwork(ctx context.Context) error {
	s.asked, s.domains, s.modes = nil, map[string]RegStatus{}, map[string]string{}
	for _, name := range []string{"+CREG", "+CEREG", "+CGREG"} {
		if _, _, err := s.try(ctx, name+"=1"); err != nil {
			return err
		}
		s.asked = append(s.asked, name)
	}
	if err := s.refresh(ctx); err != nil {
		return err
	}
	s.asked = slices.DeleteFunc(s.asked, func(name string) bool {
		_, known := s.domains[name]
		return !known
	})
	return nil
}

// refresh asks again for what changes without a code.
func (s *session) refresh(ctx context.Context) error {
	for _, name := range s.asked {
		lines, ok, err := s.try(ctx, name+"?")
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		s.domains[name] = parseRegistration(lines, name)
		// <n> is what AT+CREG=1 has set; a modem that restarted by itself has it as it left the factory.
		args, _ := argsOf(lines, name)
		if before, now := s.modes[name], fieldsOf(args)[0]; before == "" {
			s.modes[name] = now
		} else if before != now {
			return fmt.Errorf("%w: it has forgotten its settings", errRestarted)
		}
	}
	operator, _, err := s.try(ctx, "+COPS?")
	if err != nil {
		return err
	}
	signal, _, err := s.try(ctx, "+CSQ")
	if err != nil {
		return err
	}
	dBm, known := parseSignal(signal)
	s.m.change(func(st *State) {
		st.Operator = parseOperator(operator)
		st.Signal, st.SignalKnown = dBm, known
	})
	s.m.noteRegistration(s.domains)
	return nil
}
