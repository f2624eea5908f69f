package console

import (
	"encoding/hex"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A link in the chat signs a guardian in who has no password at hand. It opens a page and not the door: a chat program
// that looks at the link for a preview uses nothing up. Whoever has a second factor is asked for it, and what is
// dangerous takes the password as always.

const (
	linkLives    = 10 * time.Minute
	linkEvery    = 2 * time.Minute // to one guardian
	linksADay    = 6
	linksAtMost  = 100                    // that wait to be used
	linkAnswered = 400 * time.Millisecond // after it was asked for, whoever it is: nobody learns who is a guardian
)

// links are those that were sent and not used. They end with the program.
type links struct {
	mu   sync.Mutex
	sent map[string]sentLink // by the hash of the key; guarded by mu
	last map[policy.Person][]time.Time
}

type sentLink struct {
	person policy.Person
	until  time.Time
}

// make notes a new link, unless somebody has had enough of them.
func (l *links) make(p policy.Person, now time.Time) (key string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent, l.last = map[string]sentLink{}, map[policy.Person][]time.Time{}
	}
	for hash, one := range l.sent {
		if !now.Before(one.until) {
			delete(l.sent, hash)
		}
	}
	var lately []time.Time
	for _, at := range l.last[p] {
		if now.Sub(at) < 24*time.Hour && !at.After(now) {
			lately = append(lately, at)
		}
	}
	if len(lately) >= linksADay || len(lately) > 0 && now.Sub(lately[len(lately)-1]) < linkEvery || len(l.sent) >= linksAtMost {
		return "", false
	}
	key = newToken()
	l.last[p] = append(lately, now)
	l.sent[hex.EncodeToString(hashOf(key))] = sentLink{p, now.Add(linkLives)}
	return key, true
}

// of says whose a link is; 0 is nobody.
func (l *links) of(key string, now time.Time) policy.Person {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.sent[hex.EncodeToString(hashOf(key))]
	if !now.Before(one.until) {
		return 0
	}
	return one.person
}

// use takes a link and tells whether it was there.
func (l *links) use(key string, now time.Time) bool {
	p := l.of(key, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	hash := hex.EncodeToString(hashOf(key))
	_, there := l.sent[hash]
	delete(l.sent, hash)
	return p != 0 && there
}

// linkView is what the pages about a link show.
type linkView struct {
	Sent  bool
	Who   string // "" for a link that has ended
	Key   string
	Code  bool // a second factor is asked for
	Wrong string
}

// sendLink sends one to whoever has a name, a chat and a sign-in, and answers the same to everybody.
func (v *visit) sendLink() error {
	began := time.Now()
	if err := v.sendLinkTo(v.c.FormValue("name")); err != nil {
		return err
	}
	v.s.throttle.wait(v.ctx(), linkAnswered-time.Since(began))
	return v.show("link.html", linkView{Sent: true})
}

func (v *visit) sendLinkTo(name string) error {
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return err
	}
	p, ok := d.Named(name)
	if !ok || p.Kind != bridge.KindGuardian {
		return nil
	}
	_, ok, err = v.s.options.Store.Account(v.ctx(), p.ID)
	if err != nil || !ok {
		return err
	}
	key, ok := v.s.links.make(p.ID, v.now)
	if !ok {
		return nil
	}
	scheme := "http://"
	if v.s.encrypted(v.c) {
		scheme = "https://"
	}
	address := scheme + string(v.c.Context().Host()) + "/link?" + url.Values{"key": {key}}.Encode()
	err = v.s.options.Office.SendLink(v.ctx(), p.ID, address, int(linkLives/time.Minute))
	if errors.Is(err, bridge.ErrNotAllowed) {
		return nil
	}
	return err
}

// linked is where a link leads.
func (v *visit) linked() error {
	return v.showLink(v.c.Query("key"), "")
}

func (v *visit) showLink(key, wrong string) error {
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return err
	}
	p, ok := d.Person(v.s.links.of(key, v.now))
	if !ok || p.Kind != bridge.KindGuardian {
		v.c.Status(fiber.StatusGone)
		return v.show("link.html", linkView{})
	}
	account, _, err := v.s.options.Store.Account(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	return v.show("link.html", linkView{Who: p.Name, Key: key, Code: account.Second, Wrong: wrong})
}

// linkedNow signs in by a link.
func (v *visit) linkedNow() error {
	key := v.c.FormValue("key")
	person := v.s.links.of(key, v.now)
	account, ok, err := v.s.options.Store.Account(v.ctx(), person)
	if err != nil {
		return err
	}
	if !ok {
		return v.showLink("", "")
	}
	if account.Second {
		var failed error
		right, err := v.s.throttle.try(v.ctx(), guess{account: "link " + hex.EncodeToString(hashOf(key)), address: v.s.visitor(v.c)}, func() bool {
			right, err := v.useCode(account, v.c.FormValue("code"))
			failed = err
			return right
		})
		switch {
		case errors.Is(err, errBusy):
			v.c.Status(fiber.StatusTooManyRequests)
			return v.showLink(key, "signin.busy")
		case err != nil || failed != nil:
			return errors.Join(err, failed)
		case !right:
			v.c.Status(fiber.StatusForbidden)
			return v.showLink(key, "link.wrong")
		}
	}
	if !v.s.links.use(key, v.now) {
		return v.showLink("", "")
	}
	d, err := v.s.options.Store.Directory(v.ctx())
	if err != nil {
		return err
	}
	p, _ := d.Person(person)
	err = v.s.options.Store.Do(v.ctx(), func(tx bridge.Tx) error {
		if err := v.beginUnconfirmed(tx, person); err != nil {
			return err
		}
		return v.audit(tx, p, "sign_in_link")
	})
	if err != nil {
		return err
	}
	return v.see("/overview", nil)
}
