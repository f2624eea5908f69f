package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// When nothing can be committed (the disk is full, the card is worn out), what came waits in the modem and with the
// server; who wrote it, and who looks after the child, hear so past the database, now and then.
const (
	storeFailsFor = time.Minute   // before anybody is told: a moment passes
	toldChildren  = time.Hour     // between two words to a child
	toldGuardians = 6 * time.Hour // and to the guardians
	helpsFor      = 2 * time.Hour // how long a guardian's words to a child that called for help pass the database
)

// unstored is what is remembered of a database that fails. It is in memory: nothing else is left.
type unstored struct {
	since     time.Time // nothing was committed since; zero while all is well
	guardians time.Time // when they were last told
	children  map[policy.Person]time.Time
	calls     map[policy.Person]time.Time // children whose call for help passed the database
	answers   map[string]bool             // ids of chats that did
}

// stored says that a commit has worked.
func (h *hands) stored() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unstored.since = time.Time{}
}

// notStored counts a text that could not be committed and tells who must hear of it now.
func (h *hands) notStored(child policy.Person, now time.Time) (tellChild, tellGuardians bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	u := &h.unstored
	if u.since.IsZero() || now.Before(u.since) {
		u.since = now
	}
	if now.Sub(u.since) < storeFailsFor {
		return false, false
	}
	if u.children == nil {
		u.children = map[policy.Person]time.Time{}
	}
	if last, told := u.children[child]; child != 0 && (!told || now.Sub(last).Abs() >= toldChildren) {
		u.children[child], tellChild = now, true
	}
	if u.guardians.IsZero() || now.Sub(u.guardians).Abs() >= toldGuardians {
		u.guardians, tellGuardians = now, true
	}
	return tellChild, tellGuardians
}

// tellNotStored tells a child, and the guardians, that what is written waits.
func (r *Relay) tellNotStored(ctx context.Context, d *Directory, child Person) {
	toChild, toGuardians := r.hands.notStored(child.ID, r.o.Now())
	if toChild && !d.Rules.IsLost(child.ID) {
		r.transmitPast(ctx, child.Phone, GatewayName+": "+words.Say(r.languageOf(child), words.NotStoredForChild))
	}
	if !toGuardians {
		return
	}
	for _, g := range d.guardiansOfAll() {
		if g.JID == "" {
			continue
		}
		text := words.Say(r.languageOf(g), words.NotStored)
		r.sendPast(ctx, Stanza{Kind: ChatStanza, To: string(g.JID), ID: newID(), Body: text, Delay: r.o.Now(), Language: r.languageOf(g)})
	}
}

// calledPast notes that a child's call for help has passed the database.
func (h *hands) calledPast(child policy.Person, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unstored.calls == nil {
		h.unstored.calls = map[policy.Person]time.Time{}
	}
	h.unstored.calls[child] = now
}

// answersPast tells whether a chat to a child answers a call for help that has passed the database, once for each id.
func (h *hands) answersPast(child policy.Person, id string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	u := &h.unstored
	called, was := u.calls[child]
	if !was || now.Sub(called).Abs() > helpsFor || id != "" && u.answers[id] {
		return false
	}
	if u.answers == nil {
		u.answers = map[string]bool{}
	}
	u.answers[id] = true
	return true
}

// lastAnswer sends a guardian's words to a child that has called for help although neither can be committed: the child
// must hear that somebody has seen it (promise 4). The guardian is told that nothing of it is kept. to is the child's
// localpart; "" for what is said to the gateway, which passes only when it takes the emergency.
func (r *Relay) lastAnswer(ctx context.Context, sender Person, to, text, id string, cause error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil || ctx.Err() != nil || sender.Kind != KindGuardian || d.suspended[sender.ID] {
		return
	}
	for _, child := range d.Children() {
		mine := d.Rules.IsGuardian(child.ID, sender.ID) && (to == child.Localpart || to == "" && saysTake(text))
		if !mine || !r.hands.answersPast(child.ID, id+" "+child.Localpart, r.o.Now()) {
			continue
		}
		r.o.Log.Error("an answer to an emergency cannot be committed; it is passed on all the same", "child", child.ID, "err", cause)
		short := GatewayName + ": " + words.Say(r.languageOf(child), words.AlarmTaken, sender.Name)
		if !saysTake(text) {
			plain, _ := r.plain(cut(text), r.languageOf(child))
			short = d.Label(sender.Name, plain)
		}
		r.transmitPast(ctx, child.Phone, short)
		said := words.Say(r.languageOf(sender), words.AnswerPassed, child.Name)
		if sender.JID == "" {
			r.transmitPast(ctx, sender.Phone, GatewayName+": "+said)
			continue
		}
		r.sendPast(ctx, Stanza{
			Kind: ChatStanza, From: child.Localpart, To: string(sender.JID), ID: newID(), Delay: r.o.Now(), Language: r.languageOf(sender),
			Body: said,
		})
	}
}

// lastChat is lastAnswer for a chat.
func (r *Relay) lastChat(ctx context.Context, c Chat, cause error) {
	if d, err := r.o.Store.Directory(ctx); err == nil {
		sender, _ := d.ByJID(c.From)
		r.lastAnswer(ctx, sender, c.To, c.Body, c.ID, cause)
	}
}
