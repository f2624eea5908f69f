package console

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/gofiber/fiber/v2"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"knapp/bridge"
)

func mineScreen() screen {
	return screen{
		menu: "/me", aside: true,
		doors: []door{
			{"GET", "/me", bridge.See, false, (*visit).mine},
			{"POST", "/me/password", bridge.See, true, (*visit).setPassword},
			{"GET", "/me/second", bridge.See, true, (*visit).second},
			{"POST", "/me/second", bridge.See, true, (*visit).secondOn},
			{"POST", "/me/second/off", bridge.See, true, (*visit).secondOff},
			{"POST", "/me/codes", bridge.See, true, (*visit).newCodes},
			{"POST", "/me/passkey", bridge.See, true, (*visit).addPasskey},
			{"POST", "/me/passkey/off", bridge.See, true, (*visit).dropPasskey},
			{"POST", "/me/role", bridge.See, true, (*visit).stepBack},
			{"POST", "/me/sessions", bridge.See, false, (*visit).endSession},
		},
		rehearse: func(r *rehearsal) {
			r.inside("me.html", mineView{Role: "owner", Below: allRoles[1:], Wrong: "password.short", NoPasskeys: "tls"})
			r.inside("me.html", mineView{Role: "viewer", Wrong: "passkey.refused", NoPasskeys: "name", Passkeys: []passkeyRow{{Agent: "1"}, {Used: "2"}}})
			r.inside("me.html", mineView{Role: "helper", Passkey: &passkeyForm{Options: "1", State: "2"}})
			r.inside("me.html", mineView{Role: "guardian", Enough: true})
			r.inside("me.html", mineView{Role: "viewer", Second: true, Sessions: []sessionRow{{Agent: "1", Here: true}, {}}})
			r.inside("second.html", secondView{Wrong: true})
			r.inside("codes.html", []string{"1", "2"})
		},
	}
}

const (
	recoveryCodes = 10
	stepSeconds   = 30 // RFC 6238 §4
	secretLength  = 20 // octets, as RFC 4226 §4 recommends
)

// matchingStep finds the time step that a code belongs to: now, or one before or after for a clock that is not ours.
func matchingStep(secret, code string, now time.Time) (step int64, ok bool) {
	if secret == "" || len(code) != 6 {
		return 0, false
	}
	at := now.Unix() / stepSeconds
	for _, step := range []int64{at, at - 1, at + 1} {
		right, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right {
			return step, true
		}
	}
	return 0, false
}

// mineView is what somebody sees of its own account.
type mineView struct {
	Second   bool
	Left     int // recovery codes
	Sessions []sessionRow
	Wrong    string // a locale's key

	Passkeys   []passkeyRow
	Passkey    *passkeyForm // to add one; nil where there are none, or enough
	NoPasskeys string       // why there are none here, a locale's key after "passkey.no."
	Enough     bool

	Role  string   // one's own
	Below []string // the lesser ones
}

type sessionRow struct {
	ID    string // of the row, not of the session
	Agent string
	Since string
	Seen  string
	Here  bool
}

func (v *visit) mine() error { return v.showMine("") }

func (v *visit) showMine(wrong string) error {
	account, _, err := v.s.options.Store.Account(v.ctx(), v.me.ID)
	if err != nil {
		return err
	}
	sessions, err := v.s.options.Store.Sessions(v.ctx(), v.me.ID)
	if err != nil {
		return err
	}
	view := mineView{Second: account.Second, Left: account.Recovery, Wrong: wrong, NoPasskeys: v.noPasskeys()}
	if view.Passkeys, err = v.passkeyRows(); err != nil {
		return err
	}
	if view.Passkey, err = v.askPasskey(toAdd); err != nil {
		return err
	}
	view.Role = string(v.me.Role)
	if now, ok := v.d.Person(v.me.ID); ok {
		view.Role = string(now.Role)
		for _, role := range bridge.RolesBelow(now.Role) {
			view.Below = append(view.Below, string(role))
		}
	}
	view.Enough = len(view.Passkeys) >= passkeysAtMost
	for _, s := range sessions {
		if v.now.Sub(s.Seen) > idleEnd || v.now.Sub(s.Created) > absoluteEnd {
			continue
		}
		view.Sessions = append(view.Sessions, sessionRow{
			ID: hex.EncodeToString(s.Hash), Agent: s.Agent, Here: bytes.Equal(s.Hash, v.session.Hash),
			Since: v.words().moment(s.Created.In(v.now.Location()), v.now), Seen: v.words().moment(s.Seen.In(v.now.Location()), v.now),
		})
	}
	return v.show("me.html", view)
}

// change changes the own account, and writes it down.
func (v *visit) change(what string, step func(tx bridge.Tx, a bridge.Account) error) error {
	account, ok, err := v.s.options.Store.Account(v.ctx(), v.me.ID)
	if err != nil || !ok {
		return fmt.Errorf("console: the own account: %w", err)
	}
	return v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		if err := step(tx, account); err != nil {
			return err
		}
		return v.audit(tx, v.me, what)
	})
}

// setPassword changes the own password, and ends every session but this one.
func (v *visit) setPassword() error {
	password := v.c.FormValue("password")
	if wrong := unfit(password, v.c.FormValue("again"), v.me.Name); wrong != "" {
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.showMine(wrong)
	}
	kept := v.s.hashPassword(password)
	err := v.change("set_password", func(tx bridge.Tx, a bridge.Account) error {
		a.Password = kept
		if err := tx.SetAccount(a); err != nil {
			return err
		}
		return tx.EndSessions(v.me.ID, v.session.Hash)
	})
	if err != nil {
		return err
	}
	return v.done("/me", "password")
}

// secondView is how a second factor is set up.
type secondView struct {
	Secret string // as it is typed where no picture can be taken
	Path   string // the QR code's black squares, as an SVG path
	Box    int    // the width of the QR code with its margin, in squares
	Wrong  bool
}

func (v *visit) second() error {
	secret := make([]byte, secretLength)
	rand.Read(secret) // never fails: crypto/rand ends the program instead
	return v.showSecond(base32.StdEncoding.EncodeToString(secret), false)
}

func (v *visit) showSecond(secret string, wrong bool) error {
	raw, err := base32.StdEncoding.DecodeString(secret)
	if err != nil || len(raw) != secretLength {
		return fiber.ErrBadRequest
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Knapp", AccountName: v.me.Name, Secret: raw})
	if err != nil {
		return fmt.Errorf("console: make a second factor: %w", err)
	}
	view := secondView{Secret: secret, Wrong: wrong}
	if view.Path, view.Box, err = qrPath(key.URL()); err != nil {
		return err
	}
	return v.show("second.html", view)
}

// qrPath draws a QR code as squares of an SVG path, so that it is sharp in any size and on paper.
func qrPath(text string) (path string, width int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("console: make a QR code: %w", err)
	}
	var b strings.Builder
	box := code.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x-box.Min.X, y-box.Min.Y)
			}
		}
	}
	return b.String(), box.Dx() + 8, nil // ISO/IEC 18004 §9.1: four empty squares on each side
}

// secondOn turns the second factor on, once a code proves that the phone has it.
func (v *visit) secondOn() error {
	secret := v.c.FormValue("secret")
	step, ok := matchingStep(secret, strings.ReplaceAll(v.c.FormValue("code"), " ", ""), v.now)
	if !ok {
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.showSecond(secret, true)
	}
	codes, hashes := newRecovery()
	err := v.change("second_factor_on", func(tx bridge.Tx, a bridge.Account) error {
		a.TOTP, a.Second = secret, true
		if err := tx.SetAccount(a); err != nil {
			return err
		}
		if _, err := tx.UseStep(v.me.ID, step); err != nil {
			return err
		}
		return tx.SetRecovery(v.me.ID, hashes)
	})
	if err != nil {
		return err
	}
	return v.show("codes.html", codes)
}

func (v *visit) secondOff() error {
	err := v.change("second_factor_off", func(tx bridge.Tx, a bridge.Account) error {
		a.TOTP, a.Second = "", false
		if err := tx.SetAccount(a); err != nil {
			return err
		}
		return tx.SetRecovery(v.me.ID, nil)
	})
	if err != nil {
		return err
	}
	return v.done("/me", "second_off")
}

// newCodes makes new codes for paper; the old ones are gone.
func (v *visit) newCodes() error {
	codes, hashes := newRecovery()
	err := v.change("new_recovery_codes", func(tx bridge.Tx, a bridge.Account) error {
		if !a.Second {
			return fiber.ErrNotFound
		}
		return tx.SetRecovery(v.me.ID, hashes)
	})
	if err != nil {
		return err
	}
	return v.show("codes.html", codes)
}

// newRecovery makes codes of 80 bits, as they are written on paper, and what is kept of them.
func newRecovery() (codes []string, hashes [][]byte) {
	for range recoveryCodes {
		raw := make([]byte, 10)
		rand.Read(raw) // never fails: crypto/rand ends the program instead
		code := base32.StdEncoding.EncodeToString(raw)
		hashes = append(hashes, hashOf(code))
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
	}
	return codes, hashes
}

// endSession ends one of the own sessions, or all but this one.
func (v *visit) endSession() error {
	id := v.c.FormValue("id")
	err := v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		if id == "others" {
			return tx.EndSessions(v.me.ID, v.session.Hash)
		}
		hash, err := hex.DecodeString(id)
		if err != nil {
			return fiber.ErrBadRequest
		}
		_, err = tx.EndSession(v.me.ID, hash)
		return err
	})
	if err != nil {
		return err
	}
	return v.done("/me", "session")
}
