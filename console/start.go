package console

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

const (
	startCodeLives  = 24 * time.Hour
	invitationLives = 72 * time.Hour
	startCodeLength = 12 // of 32 letters: 60 bits
)

// firstStart is the code by which the first account is made, while there is none.
type firstStart struct {
	code  string
	until time.Time
	used  atomic.Bool
}

// FirstCode is the one-time code by which an owner of the family makes the first account. ok is false when there is an
// account, or when the code has ended: the next start of the program makes another.
func (s *Server) FirstCode(ctx context.Context) (code string, ok bool, err error) {
	if s.options.Store == nil || s.first.used.Load() || !s.options.Now().Before(s.first.until) {
		return "", false, nil
	}
	have, err := s.options.Store.HaveAccounts(ctx)
	if err != nil || len(have) > 0 {
		return "", false, err
	}
	c := s.first.code
	return c[:4] + "-" + c[4:8] + "-" + c[8:], true, nil
}

// startView is what the pages show on which an account is made.
type startView struct {
	Code   string   // of the first start, once it was right
	Owners []string // who may be the first
	Who    string   // who is chosen, or invited, or is to be the first
	Phone  string   // of the first of all, as it was typed
	JID    string
	Key    string // of an invitation
	Wrong  string // a locale's key
}

func (v *visit) start() error {
	_, open, err := v.s.FirstCode(v.ctx())
	if err != nil {
		return err
	}
	if !open {
		return fiber.ErrNotFound
	}
	return v.show("start.html", startView{})
}

// startNow takes the code, and then, with the code again, who it is and a password.
func (v *visit) startNow() error {
	code, open, err := v.s.FirstCode(v.ctx())
	if err != nil {
		return err
	}
	if !open {
		return fiber.ErrNotFound
	}
	typed := strings.ToUpper(strings.TrimSpace(v.c.FormValue("code")))
	right, err := v.s.throttle.try(v.ctx(), guess{account: "first start", address: v.s.visitor(v.c)}, func() bool {
		return same(strings.ReplaceAll(typed, "-", ""), strings.ReplaceAll(code, "-", ""))
	})
	switch {
	case errors.Is(err, errBusy):
		v.c.Status(fiber.StatusTooManyRequests)
		return v.show("start.html", startView{Wrong: "signin.busy"})
	case err != nil:
		return err
	case !right:
		v.c.Status(fiber.StatusForbidden)
		return v.show("start.html", startView{Wrong: "start.wrong"})
	}
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return err
	}
	view := startView{Code: code, Who: v.c.FormValue("who")}
	for _, g := range guardiansOf(d) {
		if g.Role == bridge.RoleOwner {
			view.Owners = append(view.Owners, g.Name)
		}
	}
	if len(view.Owners) == 0 {
		return v.startFamily(view)
	}
	p, ok := d.Named(view.Who)
	if !ok || p.Kind != bridge.KindGuardian || p.Role != bridge.RoleOwner {
		return v.show("start.html", view)
	}
	return v.startAs(view, func() (bridge.Person, error) { return p, nil })
}

// startFamily makes the first guardian of a family that nobody has entered yet. Whoever has the code holds the box in
// hand, and does what the keeper could.
func (v *visit) startFamily(view startView) error {
	if v.c.FormValue("new") == "" {
		return v.show("start.html", view)
	}
	view.Who = strings.Join(strings.Fields(v.c.FormValue("name")), " ")
	view.Phone, view.JID = strings.TrimSpace(v.c.FormValue("phone")), strings.TrimSpace(v.c.FormValue("jid"))
	return v.startAs(view, func() (bridge.Person, error) {
		return v.s.options.Office.Begin(v.ctx(), bridge.Keeper, bridge.Guardian{Name: view.Who, Phone: view.Phone, JID: view.JID})
	})
}

// startAs makes the first account, for somebody who is there or is made now.
func (v *visit) startAs(view startView, who func() (bridge.Person, error)) error {
	password := v.c.FormValue("password")
	if view.Wrong = unfit(password, v.c.FormValue("again"), view.Who); view.Wrong != "" {
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.show("start.html", view)
	}
	if !v.s.first.used.CompareAndSwap(false, true) {
		return fiber.ErrNotFound
	}
	p, err := who()
	if err == nil {
		err = v.makeAccount(p, password, "first_start", nil)
	}
	if err == nil {
		return nil
	}
	v.s.first.used.Store(false) // nobody has an account by it
	var refused *bridge.Refusal
	if errors.As(err, &refused) {
		v.refused = refused.Say(v.lang)
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.show("start.html", view)
	}
	return err
}

// guardiansOf returns the family's guardians, whoever's they are.
func guardiansOf(d *bridge.Directory) []bridge.Person { return d.Everyone() }

// errGone says that an invitation was used a moment ago.
var errGone = errors.New("the invitation was used")

// makeAccount makes an account, or gives it another password and ends its sessions. A second factor stays when another
// guardian has invited, who could else take the place of somebody that protects itself; the keeper can take it away.
func (v *visit) makeAccount(p bridge.Person, password, what string, invitation []byte) error {
	kept := v.s.hashPassword(password)
	account, _, err := v.s.options.Store.Account(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	err = v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		account := bridge.Account{Person: p.ID, Password: kept, TOTP: account.TOTP, Second: account.Second, Created: v.now}
		if invitation != nil {
			i, ok, err := tx.TakeInvitation(invitation)
			if err != nil || !ok {
				return errors.Join(err, errGone)
			}
			if i.By.Via == bridge.ViaTerminal {
				account.TOTP, account.Second = "", false
			}
		}
		if err := tx.SetAccount(account); err != nil {
			return err
		}
		if err := tx.EndSessions(p.ID, nil); err != nil {
			return err
		}
		if err := v.audit(tx, p, what); err != nil || account.Second {
			return err
		}
		return v.begin(tx, p.ID)
	})
	switch {
	case errors.Is(err, errGone):
		return v.goneInvitation()
	case err != nil:
		return err
	}
	if what == "first_start" {
		return v.done("/first", "welcome")
	}
	return v.done("/overview", "welcome") // by way of the sign-in where a second factor is asked for
}

// invited is where an invitation's link leads. The key stands in the query, which no log has.
func (v *visit) invited() error {
	view, _, err := v.invitation(v.c.Query("key"))
	if err != nil || view.Who == "" {
		return errors.Join(err, v.goneInvitation())
	}
	return v.show("invited.html", view)
}

func (v *visit) goneInvitation() error {
	v.c.Status(fiber.StatusGone)
	return v.show("invited.html", startView{})
}

// invitation finds who is invited by a key; nobody when it has ended.
func (v *visit) invitation(key string) (view startView, p bridge.Person, err error) {
	i, ok, err := v.s.options.Store.Invitation(v.ctx(), hashOf(key))
	if err != nil || !ok || !v.now.Before(i.Until) {
		return view, p, err
	}
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return view, p, err
	}
	if p, ok = d.Person(i.Person); !ok || p.Kind != bridge.KindGuardian {
		return view, p, nil
	}
	return startView{Who: p.Name, Key: key}, p, nil
}

func (v *visit) invitedNow() error {
	view, p, err := v.invitation(v.c.FormValue("key"))
	if err != nil || view.Who == "" {
		return errors.Join(err, v.goneInvitation())
	}
	if view.Wrong = unfit(v.c.FormValue("password"), v.c.FormValue("again"), p.Name); view.Wrong != "" {
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.show("invited.html", view)
	}
	return v.makeAccount(p, v.c.FormValue("password"), "use_invitation", hashOf(view.Key))
}
