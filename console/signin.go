package console

import (
	"encoding/base32"
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

// entrance is how somebody comes in, and goes.
func entrance() screen {
	return screen{
		doors: []door{
			{"GET", "/signin", anybody, false, (*visit).signIn},
			{"POST", "/signin", anybody, false, (*visit).signInNow},
			{"POST", "/signin/passkey", anybody, false, (*visit).signInByPasskey},
			{"POST", "/signin/link", anybody, false, (*visit).sendLink},
			{"GET", "/link", anybody, false, (*visit).linked},
			{"POST", "/link", anybody, false, (*visit).linkedNow},
			{"GET", "/start", anybody, false, (*visit).start},
			{"POST", "/start", anybody, false, (*visit).startNow},
			{"GET", "/invited", anybody, false, (*visit).invited},
			{"POST", "/invited", anybody, false, (*visit).invitedNow},
			{"POST", "/signout", bridge.See, false, (*visit).signOut},
			{"GET", "/confirm", bridge.See, false, (*visit).confirm},
			{"POST", "/confirm", bridge.See, false, (*visit).confirmNow},
			{"POST", "/confirm/passkey", bridge.See, false, (*visit).confirmByPasskey},
			{"POST", "/confirm/fetch", bridge.See, true, (*visit).fetchParked},
		},
		rehearse: func(r *rehearsal) {
			for _, wrong := range []string{"", "signin.wrong", "signin.busy"} {
				r.outside("signin.html", signInView{Wrong: wrong})
			}
			r.outside("signin.html", signInView{Wrong: "passkey.wrong", Passkey: &passkeyForm{Options: "1", State: "2"}})
			r.inside("confirm.html", signInView{Wrong: "confirm.wrong", Passkey: &passkeyForm{Options: "1", State: "2"}})
			r.inside("confirm.html", signInView{Large: true})
			for _, s := range screens() {
				for _, d := range s.doors {
					if d.fresh && d.method == fiber.MethodPost && d.path != "/confirm/fetch" {
						r.inside("confirm.html", signInView{Parked: "1", Does: d.path, Typed: true})
					}
				}
			}
			r.inside("fetch.html", signInView{To: "/1", Parked: "2", Does: "/log/export"})
			r.outside("start.html", startView{Wrong: "start.wrong"})
			r.outside("start.html", startView{Code: "1"})
			r.outside("start.html", startView{Code: "1", Who: "2", Phone: "3", JID: "4", Wrong: "password.short"})
			for _, wrong := range []string{"password.short", "password.long", "password.name", "password.differ"} {
				r.outside("start.html", startView{Code: "1", Owners: []string{"1", "2"}, Who: "2", Wrong: wrong})
			}
			r.outside("link.html", linkView{Sent: true})
			r.outside("link.html", linkView{})
			r.outside("link.html", linkView{Who: "1", Key: "2", Code: true, Wrong: "link.wrong"})
			r.outside("invited.html", startView{})
			r.outside("invited.html", startView{Who: "1"})
		},
	}
}

// signInView is what the sign-in page shows.
type signInView struct {
	Name  string // as it was typed
	To    string // where to go then
	Wrong string // a locale's key

	Passkey *passkeyForm

	Parked string // the name of the form that waits for the password
	Does   string // what it does: the pattern of its door
	Typed  bool   // something was typed into it
	Large  bool   // it was too large to be kept
}

// front is the front door: how the gateway is, for everybody; whoever has signed in goes on to the overview.
func (v *visit) front() error {
	if v.token == "" {
		return v.s.status(v)
	}
	return v.see("/overview", nil)
}

func (v *visit) showSignIn(view signInView) (err error) {
	if view.Passkey, err = v.askPasskey(toSignIn); err != nil {
		return err
	}
	return v.show("signin.html", view)
}

func (v *visit) signIn() error {
	return v.showSignIn(signInView{To: v.own(v.c.Query("to"))})
}

// signInNow takes name, password and second factor at once: nobody learns which of them was wrong.
func (v *visit) signInNow() error {
	name, to := v.c.FormValue("name"), v.own(v.c.FormValue("to"))
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return err
	}
	p, _ := d.Named(name)
	if p.Kind != bridge.KindGuardian {
		p = bridge.Person{}
	}
	var failed error
	right, err := v.s.throttle.try(v.ctx(), guess{account: bridge.Fold(name), address: v.s.visitor(v.c), device: v.device(p.ID)}, func() bool {
		right, err := v.judge(p, v.c.FormValue("password"), v.c.FormValue("code"))
		failed = err
		return right
	})
	switch {
	case errors.Is(err, errBusy):
		v.c.Status(fiber.StatusTooManyRequests)
		return v.showSignIn(signInView{Name: name, To: to, Wrong: "signin.busy"})
	case err != nil || failed != nil:
		return errors.Join(err, failed)
	case !right:
		v.s.log.Warn("console: somebody could not sign in", "address", v.s.visitor(v.c))
		v.c.Status(fiber.StatusForbidden)
		return v.showSignIn(signInView{Name: name, To: to, Wrong: "signin.wrong"})
	}
	err = v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		if err := v.begin(tx, p.ID); err != nil {
			return err
		}
		return v.audit(tx, p, "sign_in")
	})
	if err != nil {
		return err
	}
	return v.see(to, nil)
}

// audit writes down what somebody did about its own account.
func (v *visit) audit(tx bridge.Tx, p bridge.Person, what string) error {
	return tx.AddAudit(bridge.AuditEntry{At: v.now, Who: bridge.Actor{Person: p.ID, Via: bridge.ViaConsole}, What: what})
}

// judge tells whether password and second factor are right. A code is used up only beside the right password.
func (v *visit) judge(p bridge.Person, password, code string) (bool, error) {
	account, _, err := v.s.options.Store.Account(v.ctx(), p.ID)
	if err != nil {
		return false, err
	}
	if !v.s.checkPassword(account.Password, password) || p.ID == 0 {
		return false, nil
	}
	if !account.Second {
		return true, nil
	}
	return v.useCode(account, code)
}

// useCode takes a code of the second factor, or one from paper. Each serves once.
func (v *visit) useCode(a bridge.Account, code string) (right bool, err error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	err = v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		if step, ok := matchingStep(a.TOTP, code, v.now); ok {
			right, err = tx.UseStep(a.Person, step)
			return err
		}
		if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(code); err != nil || code == "" {
			return nil
		}
		if right, err = tx.UseRecovery(a.Person, hashOf(code)); err != nil || !right {
			return err
		}
		return tx.AddAudit(bridge.AuditEntry{At: v.now, Who: bridge.Actor{Person: a.Person, Via: bridge.ViaConsole}, What: "use_recovery_code"})
	})
	return right, err
}

func (v *visit) signOut() error {
	err := v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		_, err := tx.EndSession(v.me.ID, v.session.Hash)
		return err
	})
	if err != nil {
		return err
	}
	v.s.parking.clearOf(string(v.session.Hash))
	v.s.setCookie(v.c, sessionCookie, "", 0)
	return v.see("/", nil)
}

func (v *visit) showConfirm(view signInView) error {
	have, err := v.s.options.Store.Passkeys(v.ctx(), v.me.ID)
	if err != nil {
		return err
	}
	if len(have) > 0 {
		if view.Passkey, err = v.askPasskey(toConfirm); err != nil {
			return err
		}
	}
	switch f, ok := v.parked(view.Parked); {
	case ok:
		view.Does, view.Typed = f.door, f.typed
	case view.Parked == "large":
		view.Parked, view.Large = "", true
	}
	return v.show("confirm.html", view)
}

// goConfirm sends somebody to give the password again; parked names the form that waits.
func (v *visit) goConfirm(to, parked string) error {
	query := url.Values{"to": {to}}
	if parked != "" {
		query.Set("parked", parked)
	}
	return v.see("/confirm", query)
}

// parked is a form of this session that waits for the password.
func (v *visit) parked(name string) (parkedForm, bool) {
	return v.s.parking.of(string(v.session.Hash), name, v.now)
}

// confirm asks for the password again, before what is dangerous.
func (v *visit) confirm() error {
	return v.showConfirm(signInView{To: v.own(v.c.Query("to")), Parked: v.c.Query("parked")})
}

func (v *visit) confirmNow() error {
	to, parked := v.own(v.c.FormValue("to")), v.c.FormValue("parked")
	account, _, err := v.s.options.Store.Account(v.ctx(), v.me.ID)
	if err != nil {
		return err
	}
	// Counted by the session: who sits at somebody else's browser is slowed down, and the owner elsewhere is not.
	right, err := v.s.throttle.try(v.ctx(), guess{address: v.s.visitor(v.c), device: "session " + string(v.session.Hash)}, func() bool {
		return v.s.checkPassword(account.Password, v.c.FormValue("password"))
	})
	if err != nil || !right {
		wrong := "confirm.wrong"
		v.c.Status(fiber.StatusForbidden)
		if err != nil {
			wrong = "signin.busy"
			v.c.Status(fiber.StatusTooManyRequests)
		}
		return v.showConfirm(signInView{To: to, Wrong: wrong, Parked: parked})
	}
	return v.confirmedNow(to, parked)
}

// confirmedNow goes on to what takes the password again: the form that waits for it goes through, as it was sent.
func (v *visit) confirmedNow(to, parked string) error {
	v.session.Confirmed, v.session.Seen = v.now, v.now
	err := v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error { return tx.SaveSession(v.session) })
	if err != nil {
		return err
	}
	f, ok := v.parked(parked)
	switch {
	case ok && downloads[f.door]:
		return v.show("fetch.html", signInView{To: f.to, Parked: parked, Does: f.door})
	case ok:
		return v.fetchAs(parked)
	case parked != "" && parked != "large":
		return v.done(to, "unparked")
	}
	return v.done(to, "confirmed")
}

// fetchParked has a file come that was asked for before the password was given.
func (v *visit) fetchParked() error { return v.fetchAs(v.c.FormValue("parked")) }

func (v *visit) fetchAs(parked string) error {
	f, ok := v.s.parking.take(string(v.session.Hash), parked, v.now)
	if !ok {
		return v.done("/overview", "unparked")
	}
	return v.replay(f)
}
