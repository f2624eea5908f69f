package xmpptest

import (
	"errors"
	"fmt"
)

// Register makes the account user@Domain. On Prosody an account that is there gets
// the new password; on ejabberd that is an error.
func (s *Server) Register(user, password string) error {
	if s.Kind == Ejabberd {
		return s.registerEjabberd(user, password)
	}
	return s.registerProsody(user, password)
}

// AddContact puts a bare JID into user's roster, subscribed both ways, and tells
// the clients that are there (XEP-0356 is not needed for it). Only ejabberd can;
// with Prosody use Options.Groups or Options.Privilege.
func (s *Server) AddContact(user string, contact Member) error {
	if s.Kind != Ejabberd {
		return fmt.Errorf("xmpptest: add contact: %w: prosody knows only Options.Groups and Options.Privilege", errors.ErrUnsupported)
	}
	return s.addRosterItem(user, contact, "")
}
