package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// usbOf is the USB id of the device behind a port, if the port knows it.
func usbOf(port io.ReadWriteCloser) string {
	if p, ok := port.(interface{ USB() string }); ok {
		return p.USB()
	}
	return ""
}

// identify asks the modem what it is, chooses its profile and sets what the profile says must be set first.
func (s *session) identify(ctx context.Context) error {
	var id [4]string
	for i, cmd := range []string{"+CGMI", "+CGMM", "+CGMR", "+CGSN"} {
		lines, _, err := s.try(ctx, cmd)
		if err != nil {
			return err
		}
		id[i] = plainText(lines, cmd)
	}
	choice, err := s.m.choose(Identity{USB: s.usb, Manufacturer: id[0], Model: id[1]})
	if err != nil {
		return err
	}
	s.profile, s.m.restarts = choice.Profile, choice.Profile.Reset
	s.m.change(func(st *State) {
		st.Manufacturer, st.Model, st.Revision, st.IMEI = id[0], id[1], id[2], id[3]
		st.Profile, st.ProfileWhy, st.Warning, st.Ports = s.profile.Name, choice.Why, s.profile.Warn, 1
	})
	s.log.Info("profile", "name", s.profile.Name, "why", choice.Why)
	if s.profile.Refuse != "" {
		return errors.New(s.profile.Refuse)
	}
	if s.profile.Warn != "" {
		s.log.Warn("about this modem: " + s.profile.Warn)
	}
	for _, set := range s.profile.Start {
		if err := s.set(ctx, set); err != nil {
			return err
		}
	}
	return nil
}

// choose is Choose, unless the owner of the modem knows better.
func (m *Modem) choose(id Identity) (Choice, error) {
	if m.o.Profile != nil {
		return Choice{*m.o.Profile, "the program was told so"}, nil
	}
	c, err := Choose(id)
	if err != nil {
		return c, fmt.Errorf("choose the modem's profile: %w", err)
	}
	return c, nil
}

// set makes one setting of a profile, if it is not made already.
func (s *session) set(ctx context.Context, set Setting) error {
	if set.Ask != "" {
		lines, ok, err := s.try(ctx, set.Ask)
		if err != nil {
			return err
		}
		if !ok || strings.Contains(strings.Join(lines, "\n"), set.Unless) {
			return nil
		}
	}
	_, _, err := s.try(ctx, set.Set)
	return err
}
