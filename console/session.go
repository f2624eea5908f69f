package console

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

const (
	idleEnd      = 7 * 24 * time.Hour  // a session that nobody uses
	absoluteEnd  = 30 * 24 * time.Hour // any session
	confirmedFor = 15 * time.Minute    // after the password was given, for what is dangerous
	seenEvery    = 5 * time.Minute     // how exactly the last use is known
	deviceFor    = 365 * 24 * time.Hour
)

// The cookies. Over TLS they carry the __Host- prefix, so that no neighbour under the same domain can set them.
const (
	sessionCookie = "knapp"
	formCookie    = "knapp-form"
	deviceCookie  = "knapp-device"
	hostPrefix    = "__Host-"
)

// newToken is 256 random bits, as a cookie or a link holds them.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashOf is what is kept of a token: who reads the database cannot sign in with it.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// same compares without telling by its time how much was right.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// encrypted tells whether the browser reached us over TLS: ours, or that of the proxy behind the public address.
func (s *Server) encrypted(c *fiber.Ctx) bool {
	return s.viaTLS(c) || s.options.PublicTLS && s.public[bareHost(string(c.Context().Host()))]
}

func (s *Server) cookieName(c *fiber.Ctx, name string) string {
	if s.encrypted(c) {
		return hostPrefix + name
	}
	return name
}

func (s *Server) cookie(c *fiber.Ctx, name string) string { return c.Cookies(s.cookieName(c, name)) }

// setCookie sets one; life 0 takes it away.
func (s *Server) setCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	cookie := &fiber.Cookie{
		Name: s.cookieName(c, name), Value: value, Path: "/", HTTPOnly: true, Secure: s.encrypted(c),
		SameSite: fiber.CookieSameSiteStrictMode, MaxAge: int(life / time.Second),
	}
	if life == 0 {
		cookie.Expires = time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

// begin signs somebody in, under a token that nobody had before (no session is fixed), and leaves no trace of the one
// that this browser had.
func (v *visit) begin(tx bridge.Tx, p policy.Person) error { return v.beginAs(tx, p, v.now) }

// beginUnconfirmed is begin for whoever has given no password: it is asked for before what is dangerous.
func (v *visit) beginUnconfirmed(tx bridge.Tx, p policy.Person) error {
	return v.beginAs(tx, p, time.Unix(0, 0))
}

func (v *visit) beginAs(tx bridge.Tx, p policy.Person, confirmed time.Time) error {
	if v.token != "" && v.session.Person != 0 {
		if _, err := tx.EndSession(v.session.Person, v.session.Hash); err != nil {
			return err
		}
	}
	if err := tx.DropSessions(v.now.Add(-absoluteEnd), v.now.Add(-idleEnd), v.now); err != nil {
		return err
	}
	token := newToken()
	err := tx.AddSession(bridge.Session{
		Hash: hashOf(token), Person: p, Created: v.now, Seen: v.now, Confirmed: confirmed, Agent: agentName(v.c.Get(fiber.HeaderUserAgent)),
	})
	if err != nil {
		return err
	}
	v.s.setCookie(v.c, sessionCookie, token, absoluteEnd)
	v.s.setCookie(v.c, deviceCookie, v.s.deviceToken(p), deviceFor)
	return nil
}

// deviceToken names a browser in which somebody has signed in. It gives no right: only its wrong guesses are counted by
// themselves, until the program starts anew.
func (s *Server) deviceToken(p policy.Person) string {
	nonce := newToken()
	return nonce + "." + s.deviceSeal(nonce, p)
}

func (s *Server) deviceSeal(nonce string, p policy.Person) string {
	mac := hmac.New(sha256.New, s.deviceKey)
	_, _ = mac.Write(append([]byte(nonce), byte(p), byte(p>>8), byte(p>>16), byte(p>>24))) // a hash takes all
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// device is the name of the browser, if somebody has signed in to this account with it.
func (v *visit) device(p policy.Person) string {
	nonce, seal, _ := strings.Cut(v.s.cookie(v.c, deviceCookie), ".")
	if nonce == "" || p == 0 || !same(seal, v.s.deviceSeal(nonce, p)) {
		return ""
	}
	return nonce
}

// recognise finds out who asks, if anybody.
func (v *visit) recognise(ctx context.Context) error {
	if v.s.options.Store == nil {
		return nil
	}
	token := v.s.cookie(v.c, sessionCookie)
	if token == "" {
		return nil
	}
	session, ok, err := v.s.options.Store.Session(ctx, hashOf(token))
	if err != nil || !ok || v.now.Sub(session.Created) > absoluteEnd || v.now.Sub(session.Seen) > idleEnd {
		return err
	}
	if v.d, err = v.s.options.Store.Directory(ctx); err != nil {
		return err
	}
	p, ok := v.d.Person(session.Person)
	if !ok || p.Kind != bridge.KindGuardian {
		return nil // has left the family
	}
	v.token, v.session, v.me, v.who = token, session, p, bridge.Actor{Person: p.ID, Via: bridge.ViaConsole}
	if v.now.Sub(session.Seen) < seenEvery {
		return nil
	}
	session.Seen = v.now
	return v.s.options.Store.Do(ctx, func(tx bridge.Tx) error { return tx.SaveSession(session) })
}

// confirmed tells whether the password was given a short while ago.
func (v *visit) confirmed() bool {
	since := v.now.Sub(v.session.Confirmed)
	return since >= 0 && since < confirmedFor
}

// formToken is what each form of this visit carries: made from the session, or for whoever has none from a cookie.
// A foreign page can neither read it nor, with SameSite=Strict, send our cookies along.
func (v *visit) formToken() string {
	key := v.token
	if key == "" {
		if key = v.s.cookie(v.c, formCookie); len(key) < 40 {
			if v.made == "" {
				v.made = newToken()
				v.s.setCookie(v.c, formCookie, v.made, 24*time.Hour)
			}
			key = v.made
		}
	}
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte("form")) // a hash takes all
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ownForm tells whether a form that was sent is one that we gave to this browser.
func (v *visit) ownForm() bool {
	if site := v.c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	if origin := v.c.Get(fiber.HeaderOrigin); origin != "" && origin != "null" {
		_, host, _ := strings.Cut(origin, "://")
		if !strings.EqualFold(host, string(v.c.Context().Host())) {
			return false
		}
	}
	if v.token == "" && v.s.cookie(v.c, formCookie) == "" {
		return false
	}
	return same(v.c.FormValue("form"), v.formToken())
}

// agentName is what a browser says that it is, short enough to be told from others.
func agentName(header string) string {
	browser, system := "", ""
	for _, known := range [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(header, known[0]) {
			browser = known[1]
			break
		}
	}
	for _, known := range [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"}} {
		if strings.Contains(header, known[0]) {
			system = known[1]
			break
		}
	}
	return strings.TrimSpace(browser + " " + system)
}
