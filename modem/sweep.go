package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"knapp/modem/at"
)

// sweep offers everything that lies in any storage, oldest index first; the deletions follow.
func (s *session) sweep(ctx, run context.Context) error {
	s.sweepNotBefore(s.m.o.SweepEvery)
	if s.failed {
		s.retry, s.failed = min(2*s.retry, s.m.o.SweepEvery), false
	}
	for len(s.doomed) > 0 { // or they would be offered again
		if err := s.forget(ctx); err != nil {
			return err
		}
	}
	s.keepDirect(run)
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
		taken, err := s.list(ctx, run, name)
		if err != nil {
			return err
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
	if s.cnmi != "" {
		// A modem that gave up announcing says so nowhere.
		if _, _, err := s.try(ctx, "+CNMI="+s.cnmi); err != nil {
			return err
		}
	}
	_, err := s.selectStorage(ctx, s.home)
	return err
}

// list offers everything in the storage that is read.
func (s *session) list(ctx, run context.Context, name string) (taken int, err error) {
	lines, err := s.conn.CommandWithin(ctx, s.m.o.ListTimeout, "+CMGL=4")
	var refusal *at.Error
	switch {
	case isBusy(err):
		s.sweepIn(s.m.o.RetryTake)
		return 0, nil
	case errors.As(err, &refusal):
		s.log.Debug("a storage cannot be listed", "storage", name, "answer", err)
		return 0, nil
	case err != nil && !errors.Is(err, at.ErrTimeout):
		return 0, fmt.Errorf("AT+CMGL=4: %w", err)
	case err != nil:
		s.sweepIn(s.m.o.RetryTake)
	}
	before := len(s.doomed)
	for _, one := range parseList(lines) {
		if run.Err() != nil {
			return 0, context.Cause(run)
		}
		p := place{name, one.index}
		s.swept[p] = true
		if !one.isOurs() {
			s.offer(run, p, one)
		}
	}
	return len(s.doomed) - before, nil
}

// watch asks what changes unannounced; a modem that hangs is found because it does not answer.
func (s *session) watch(ctx context.Context) error {
	if err := s.refresh(ctx); err != nil {
		return err
	}
	if s.cnmi == "" {
		return nil
	}
	lines, ok, err := s.try(ctx, "+CNMI?")
	if err != nil || !ok {
		return err
	}
	if now, _ := argsOf(lines, "+CNMI"); now != "" && strings.ReplaceAll(now, " ", "") != s.cnmi {
		return fmt.Errorf("%w: it has forgotten its settings", errRestarted)
	}
	return nil
}
