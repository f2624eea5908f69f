package modem

import (
	"context"
	"errors"
	"fmt"

	"knapp/modem/at"
)

// sweep offers everything that lies in any storage, oldest index first; the deletions follow.
func (s *session) sweep(ctx, run context.Context) error {
	if err := s.checkSIM(ctx); err != nil { // what lies on another's SIM is not ours to read
		return err
	}
	s.sweepNotBefore(s.m.o.SweepEvery)
	if s.failed {
		s.retry, s.failed = min(2*s.retry, s.m.o.SweepEvery), false
	}
	for len(s.doomed) > 0 { // or they would be offered again
		if err := s.forget(ctx, run); err != nil {
			return err
		}
	}
	if err := s.keepDirect(ctx, run); err != nil {
		return err
	}
	s.swept = map[place]bool{}
	storages := s.storages
	if len(storages) == 0 {
		storages = []string{s.reading} // no AT+CPMS: there is only one
	}
	var uses []StorageUse
	for _, name := range storages {
		use, ok := StorageUse{Name: name}, true
		if name != s.reading || len(s.storages) > 0 {
			var err error
			if use, ok, err = s.read(ctx, name); err != nil {
				return err
			}
		}
		if !ok {
			continue
		}
		taken, rest, err := s.list(ctx, run, name)
		if err != nil {
			return err
		}
		if use.Total > 0 && use.Used-taken >= use.Total {
			freed, err := s.makeRoom(ctx, run, rest)
			if err != nil {
				return err
			}
			taken += freed
		}
		if use.Total > 0 && use.Used-taken >= use.Total {
			s.full(name)
		} else {
			delete(s.fullTold, name)
			delete(s.fullTold, "")
		}
		if use.Name != "" {
			use.Used = max(use.Used-taken, 0)
			uses = append(uses, use)
		}
	}
	s.m.change(func(st *State) { st.Storage = uses })
	if err := s.cycleStorages(ctx); err != nil {
		return err
	}
	if s.cnmi != "" {
		// A modem that gave up announcing says so nowhere.
		if _, _, err := s.try(ctx, "+CNMI="+s.cnmi); err != nil {
			return err
		}
	}
	_, err := s.selectStorage(ctx, s.home)
	return err
}

// cycleStorages sets the storages to something else and back, where the profile says that the modem receives nothing
// until that was done.
func (s *session) cycleStorages(ctx context.Context) error {
	if !s.profile.CycleStorages || s.home == "" {
		return nil
	}
	for _, name := range s.storages {
		if name != s.home && name != "SR" {
			if err := s.useStorage(ctx, name); err != nil {
				return err
			}
		}
	}
	return s.useStorage(ctx, s.home)
}

// makeRoom frees a full storage from what no message arrives in: what was stored for sending, and what the modem does
// not print even when asked for it alone. Such a storage makes a modem deaf.
func (s *session) makeRoom(ctx, run context.Context, rest []kept) (freed int, err error) {
	for _, k := range rest {
		if !k.ours {
			lines, ok, err := s.in(ctx, k.storage, fmt.Sprintf("+CMGR=%d", k.index))
			if err != nil {
				return freed, err
			}
			one, found := parseRead(lines)
			if !ok || !found {
				continue // it may be readable later
			}
			if one.pdu != "" && !one.isOurs() {
				before := len(s.doomed)
				s.offer(run, k.place, one)
				freed += len(s.doomed) - before
				continue
			}
		}
		ok, err := s.erase(ctx, k.place)
		if err != nil {
			return freed, err
		}
		if ok {
			s.log.Warn("deleted from a full storage what is no received message", "storage", k.storage, "index", k.index, "draft", k.ours)
			freed++
		}
	}
	return freed, nil
}

// kept is what a sweep leaves where it lies.
type kept struct {
	place
	ours bool // stored for sending; else the modem printed nothing
}

// list offers everything in the storage that is read, and names what it could not offer.
func (s *session) list(ctx, run context.Context, name string) (taken int, rest []kept, err error) {
	lines, err := s.conn.CommandIf(ctx, s.surely(name), s.m.o.ListTimeout, "+CMGL=4")
	var refusal *at.Error
	switch {
	case errors.Is(err, at.ErrDoubt):
		s.sweepIn(s.m.o.RetryTake)
		return 0, nil, nil
	case isBusy(err):
		s.sweepIn(s.m.o.RetryTake)
		return 0, nil, nil
	case errors.As(err, &refusal):
		s.log.Debug("a storage cannot be listed", "storage", name, "answer", err)
		return 0, nil, nil
	case err != nil && !errors.Is(err, at.ErrTimeout):
		return 0, nil, fmt.Errorf("AT+CMGL=4: %w", err)
	case err != nil:
		s.sweepIn(s.m.o.RetryTake)
	}
	before := len(s.doomed)
	for _, one := range parseList(lines) {
		if run.Err() != nil {
			return 0, nil, context.Cause(run)
		}
		p := place{name, one.index}
		s.swept[p] = true
		if ours := one.isOurs(); ours || one.pdu == "" {
			rest = append(rest, kept{p, ours})
			continue
		}
		s.offer(run, p, one)
	}
	return len(s.doomed) - before, rest, nil
}
