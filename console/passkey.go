package console

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A passkey signs in by itself (W3C Web Authentication Level 3): the phone or the computer asks its owner for a finger,
// a face or a code, so it is two factors at once. Only browsers that run scripts have them, and only on an address by a
// name, over TLS or on this very machine; all others go on with password and code.

const (
	passkeysAtMost = 10
	passkeyWithin  = 5 * time.Minute // of a page that asks for one
)

// ceremony is what a passkey is asked for. One for another cannot be answered by it.
type ceremony string

const (
	toAdd     ceremony = "add"
	toSignIn  ceremony = "sign in"
	toConfirm ceremony = "confirm"
)

// passkeyForm is what a form needs that asks the browser for a passkey.
type passkeyForm struct {
	Options string // for navigator.credentials, in JSON
	State   string // what is to be given back, sealed
}

// noPasskeys says why there are none on this address, as a locale's key after "passkey.no."; "" where there are.
func (v *visit) noPasskeys() string {
	name := bareHost(string(v.c.Context().Host()))
	_, err := netip.ParseAddr(name)
	switch {
	case err == nil:
		return "name" // §5.1.2: an effective domain is no IP address
	case name != "localhost" && !v.s.encrypted(v.c):
		return "tls" // Secure Contexts §3.1
	}
	return ""
}

// relyingParty is us, under the name that the browser knows us by.
func (v *visit) relyingParty() (*webauthn.WebAuthn, error) {
	host := string(v.c.Context().Host())
	scheme := "http://"
	if v.s.encrypted(v.c) {
		scheme = "https://"
	}
	enforced := webauthn.TimeoutConfig{Enforce: true, Timeout: passkeyWithin, TimeoutUVD: passkeyWithin}
	w, err := webauthn.New(&webauthn.Config{
		RPID: bareHost(host), RPDisplayName: "Knapp", RPOrigins: []string{scheme + strings.ToLower(host)},
		Timeouts: webauthn.TimeoutsConfig{Login: enforced, Registration: enforced},
	})
	if err != nil {
		return nil, fmt.Errorf("console: passkeys under this name: %w", err)
	}
	return w, nil
}

// keyholder is a guardian as the library knows one.
type keyholder struct {
	person bridge.Person
	keys   []webauthn.Credential
}

// WebAuthnID implements webauthn.User. It tells whoever holds the passkey nothing.
func (k keyholder) WebAuthnID() []byte {
	return []byte("knapp " + strconv.FormatInt(int64(k.person.ID), 10))
}

// WebAuthnName implements webauthn.User.
func (k keyholder) WebAuthnName() string { return k.person.Name }

// WebAuthnDisplayName implements webauthn.User.
func (k keyholder) WebAuthnDisplayName() string { return k.person.Name }

// WebAuthnCredentials implements webauthn.User.
func (k keyholder) WebAuthnCredentials() []webauthn.Credential { return k.keys }

func (v *visit) keyholder(p bridge.Person) (keyholder, error) {
	list, err := v.s.options.Store.Passkeys(v.ctx(), p.ID)
	if err != nil {
		return keyholder{}, err
	}
	k := keyholder{person: p}
	for _, one := range list {
		var c webauthn.Credential
		if err := json.Unmarshal(one.Record, &c); err != nil {
			return keyholder{}, fmt.Errorf("console: read a passkey: %w", err)
		}
		k.keys = append(k.keys, c)
	}
	return k, nil
}

// askPasskey makes what a form needs to ask for one, or nil where there are none.
func (v *visit) askPasskey(what ceremony) (*passkeyForm, error) {
	if v.noPasskeys() != "" {
		return nil, nil
	}
	w, err := v.relyingParty()
	if err != nil {
		return nil, err
	}
	var options any
	var session *webauthn.SessionData
	switch what {
	case toAdd:
		me, err := v.keyholder(v.me)
		if err != nil || len(me.keys) >= passkeysAtMost {
			return nil, err
		}
		var creation *protocol.CredentialCreation
		creation, session, err = w.BeginRegistration(me,
			webauthn.WithExclusions(webauthn.Credentials(me.keys).CredentialDescriptors()),
			webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
				ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
			}))
		if err != nil {
			return nil, fmt.Errorf("console: ask for a new passkey: %w", err)
		}
		options = creation.Response
	default:
		var assertion *protocol.CredentialAssertion
		assertion, session, err = w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, fmt.Errorf("console: ask for a passkey: %w", err)
		}
		options = assertion.Response
	}
	form := &passkeyForm{}
	asked, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	form.Options = string(asked)
	if form.State, err = v.sealCeremony(what, session); err != nil {
		return nil, err
	}
	return form, nil
}

// sealCeremony writes down what was asked for, so that it can be lain in the form: nothing has to be kept for a browser
// that never answers. It serves only this browser, for this.
func (v *visit) sealCeremony(what ceremony, session *webauthn.SessionData) (string, error) {
	state, err := json.Marshal(session)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(state) + "." + v.sealOf(what, state), nil
}

func (v *visit) sealOf(what ceremony, state []byte) string {
	mac := hmac.New(sha256.New, v.s.deviceKey)
	_, _ = fmt.Fprintf(mac, "%s\n%s\n", what, v.formToken()) // a hash takes all
	_, _ = mac.Write(state)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// errNoCeremony says that an answer is not one to what this browser was asked a moment ago.
var errNoCeremony = errors.New("no such passkey was asked for")

func (v *visit) openCeremony(what ceremony, sealed string) (session webauthn.SessionData, err error) {
	packed, seal, _ := strings.Cut(sealed, ".")
	state, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil || !same(seal, v.sealOf(what, state)) {
		return session, errNoCeremony
	}
	if err := json.Unmarshal(state, &session); err != nil {
		return session, errNoCeremony
	}
	if !v.s.ceremonies.use(session.Challenge, session.Expires, time.Now()) { // the library's clock, not the family's
		return session, errNoCeremony
	}
	return session, nil
}

// challenges remembers which were answered, for as long as they could be answered again.
type challenges struct {
	mu   sync.Mutex
	used map[string]time.Time // until when each could be; guarded by mu
}

// use takes a challenge and tells whether it was not taken before.
func (c *challenges) use(challenge string, until, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old, end := range c.used {
		if !now.Before(end) {
			delete(c.used, old)
		}
	}
	if _, again := c.used[challenge]; again || !now.Before(until) {
		return false
	}
	if c.used == nil {
		c.used = map[string]time.Time{}
	}
	c.used[challenge] = until
	return true
}

// takePasskey judges the browser's answer. An err that is no fault of ours is errNoCeremony.
func (v *visit) takePasskey(what ceremony) (bridge.Person, error) {
	session, err := v.openCeremony(what, v.c.FormValue("state"))
	if err != nil {
		return bridge.Person{}, err
	}
	answer, err := protocol.ParseCredentialRequestResponseBody(strings.NewReader(v.c.FormValue("credential")))
	if err != nil {
		return bridge.Person{}, fmt.Errorf("%w: %w", errNoCeremony, err)
	}
	w, err := v.relyingParty()
	if err != nil {
		return bridge.Person{}, err
	}
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return bridge.Person{}, err
	}
	var fault error // of ours; the library hides what its caller says
	user, credential, err := w.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		n, err := strconv.ParseInt(strings.TrimPrefix(string(handle), "knapp "), 10, 64)
		p, ok := d.Person(policy.Person(n))
		if err != nil || !ok || p.Kind != bridge.KindGuardian {
			return nil, errNoCeremony
		}
		k, err := v.keyholder(p)
		fault = err
		return k, err
	}, session, answer)
	if fault != nil {
		return bridge.Person{}, fault
	}
	if err != nil {
		return bridge.Person{}, fmt.Errorf("%w: %w", errNoCeremony, err)
	}
	if credential.Authenticator.CloneWarning {
		v.s.log.Warn("console: a passkey counts backwards: it may have been copied")
		return bridge.Person{}, errNoCeremony
	}
	holder := user.(keyholder)
	record, err := json.Marshal(credential)
	if err != nil {
		return bridge.Person{}, err
	}
	there := false
	err = v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) (err error) {
		there, err = tx.UsePasskey(bridge.Passkey{ID: credential.ID, Person: holder.person.ID, Record: record, Used: v.now})
		return err
	})
	if err == nil && !there {
		err = errNoCeremony // it was removed a moment ago
	}
	return holder.person, err
}

// refusedPasskey tells a wrong answer from a fault of ours.
func refusedPasskey(err error) bool { return errors.Is(err, errNoCeremony) }

func (v *visit) signInByPasskey() error {
	to := v.own(v.c.FormValue("to"))
	p, err := v.takePasskey(toSignIn)
	if refusedPasskey(err) {
		v.s.log.Warn("console: a passkey was refused", "address", v.s.visitor(v.c), "err", err)
		v.c.Status(fiber.StatusForbidden)
		return v.showSignIn(signInView{To: to, Wrong: "passkey.wrong"})
	}
	if err != nil {
		return err
	}
	err = v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		if err := v.begin(tx, p.ID); err != nil {
			return err
		}
		return v.audit(tx, p, "sign_in_passkey")
	})
	if err != nil {
		return err
	}
	return v.see(to, nil)
}

// confirmByPasskey is the password given again, by a passkey of the same guardian.
func (v *visit) confirmByPasskey() error {
	to, parked := v.own(v.c.FormValue("to")), v.c.FormValue("parked")
	p, err := v.takePasskey(toConfirm)
	if refusedPasskey(err) || err == nil && p.ID != v.me.ID {
		v.c.Status(fiber.StatusForbidden)
		return v.showConfirm(signInView{To: to, Wrong: "passkey.wrong", Parked: parked})
	}
	if err != nil {
		return err
	}
	return v.confirmedNow(to, parked)
}

// passkeyRow is one of one's own.
type passkeyRow struct {
	ID    string
	Agent string
	Since string
	Used  string // "" for never
}

func (v *visit) passkeyRows() (rows []passkeyRow, err error) {
	list, err := v.s.options.Store.Passkeys(v.ctx(), v.me.ID)
	for _, k := range list {
		row := passkeyRow{ID: hex.EncodeToString(k.ID), Agent: k.Agent, Since: v.words().moment(k.Created.In(v.now.Location()), v.now)}
		if !k.Used.IsZero() {
			row.Used = v.words().moment(k.Used.In(v.now.Location()), v.now)
		}
		rows = append(rows, row)
	}
	return rows, err
}

// addPasskey keeps the key that the browser has made.
func (v *visit) addPasskey() error {
	credential, err := v.newPasskey()
	if refusedPasskey(err) {
		v.s.log.Warn("console: a new passkey was refused", "err", err)
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.showMine("passkey.refused")
	}
	if err != nil {
		return err
	}
	record, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	err = v.change("add_passkey", func(tx bridge.Tx, _ bridge.Account) error {
		return tx.AddPasskey(bridge.Passkey{
			ID: credential.ID, Person: v.me.ID, Record: record, Agent: agentName(v.c.Get(fiber.HeaderUserAgent)), Created: v.now,
		})
	})
	if err != nil {
		return err
	}
	return v.done("/me", "passkey")
}

func (v *visit) newPasskey() (*webauthn.Credential, error) {
	session, err := v.openCeremony(toAdd, v.c.FormValue("state"))
	if err != nil {
		return nil, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBody(strings.NewReader(v.c.FormValue("credential")))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoCeremony, err)
	}
	w, err := v.relyingParty()
	if err != nil {
		return nil, err
	}
	me, err := v.keyholder(v.me)
	if err != nil {
		return nil, err
	}
	credential, err := w.CreateCredential(me, session, answer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoCeremony, err)
	}
	for _, k := range me.keys {
		if bytes.Equal(k.ID, credential.ID) {
			return nil, errNoCeremony
		}
	}
	return credential, nil
}

func (v *visit) dropPasskey() error {
	id, err := hex.DecodeString(v.c.FormValue("id"))
	if err != nil || len(id) == 0 {
		return fiber.ErrBadRequest
	}
	err = v.change("drop_passkey", func(tx bridge.Tx, _ bridge.Account) error { return tx.DropPasskey(v.me.ID, id) })
	if err != nil {
		return err
	}
	return v.done("/me", "passkey_gone")
}
