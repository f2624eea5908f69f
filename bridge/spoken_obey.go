package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// hintEvery is how often somebody whose words mean nothing here is told what does: an automaton must not be answered
// for ever.
const hintEvery = time.Hour

// takeWords takes what a guardian writes to the gateway's own address: a command in plain words. The command, its
// answer, and that it was taken are one step. taken is false for everybody else.
func (r *Relay) takeWords(ctx context.Context, c Chat) (taken bool, err error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return false, err
	}
	sender, _ := d.ByJID(c.From)
	if c.To != "" || sender.Kind != KindGuardian {
		return false, nil
	}
	o, known := readOrder(c.Body)
	facts := r.factsFor(ctx, o.verb, sender) // asked for before the step: it takes its time
	err = r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		m := Message{
			At: c.At, Written: c.Written, Direction: policy.ToChild, Other: sender.ID, Length: utf8.RuneCountInString(c.Body),
			StanzaID: c.ID, Receipt: c.Receipt, Resource: c.Resource,
			Verdict: policy.Verdict{Action: policy.Deliver, Reason: policy.Command},
		}
		id, err := r.addChat(tx, c, m)
		if err != nil {
			return err
		}
		who := Actor{Person: sender.ID, Via: ViaXMPP}
		answer, err := r.obeyOrHint(inStep(ctx, tx), tx, d, who, sender, o, known, c.Body, facts)
		if err != nil || answer == "" {
			return err
		}
		return r.sayToGuardian(tx, id, sender, answer)
	})
	if errors.Is(err, errDuplicate) {
		return true, nil
	}
	return true, err
}

// factsFor asks for what takes longer than a step may.
func (r *Relay) factsFor(ctx context.Context, v verb, g Person) string {
	ask := map[verb]func(context.Context, string) string{sayStatus: r.o.Condition, sayBalance: r.o.Balance}[v]
	if ask == nil {
		return ""
	}
	return ask(ctx, r.languageOf(g))
}

// obeyOrHint does what was asked for, or says in a few words what can be.
func (r *Relay) obeyOrHint(
	ctx context.Context, tx Tx, d *Directory, who Actor, g Person, o order, known bool, text, facts string,
) (string, error) {
	language := r.languageOf(g)
	if !known {
		swallow, err := r.takeByWord(tx, d, who, text)
		if err != nil || swallow != "" {
			return swallow, err
		}
		if last, hinted := r.approvals.hinted[g.ID]; hinted && r.o.Now().Sub(last) < hintEvery {
			return "", nil
		}
		r.afterCommit(tx, func() { r.approvals.hinted[g.ID] = r.o.Now() })
		return words.Say(language, words.UnknownWords), nil
	}
	answer, err := r.obey(ctx, tx, d, who, g, o, facts)
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		return refused.Say(language), nil
	case errors.Is(err, ErrNotAllowed):
		return words.Say(language, words.NotAllowed), nil
	}
	return answer, err
}

// takeByWord is a guardian's `JEG TAR DEN`, said to the gateway.
func (r *Relay) takeByWord(tx Tx, d *Directory, who Actor, text string) (string, error) {
	if !saysTake(text) {
		return "", nil
	}
	taken, err := r.takeAlarms(tx, d, who, 0)
	by, _ := d.Person(who.Person)
	switch {
	case errors.Is(err, ErrNotAllowed):
		return words.Say(r.languageOf(by), words.NotAllowed), nil
	case err != nil:
		return "", err
	case taken == 0:
		return words.Say(r.languageOf(by), words.NothingToTake), nil
	default:
		return words.Say(r.languageOf(by), words.YouTookIt), nil
	}
}

// obey does what was asked for. A Refusal and ErrNotAllowed come before anything is written.
func (r *Relay) obey(ctx context.Context, tx Tx, d *Directory, who Actor, g Person, o order, facts string) (string, error) {
	language := r.languageOf(g)
	say := func(s words.Sentence, args ...any) string { return words.Say(language, s, args...) }
	switch o.verb {
	case sayHelp:
		return r.helpFor(d, who, language), nil
	case sayStatus:
		return r.statusInWords(ctx, tx, d, who, language, facts)
	case sayWho:
		return r.whoFor(d, who, language)
	case sayQuestions:
		return r.questionsInWords(tx, d, who, language)
	case sayBalance:
		if err := d.allow(who, See, 0); err != nil {
			return "", err
		}
		if facts == "" {
			return say(words.NoBalance), nil
		}
		return facts, nil
	case sayYes, sayOnce, sayNo, sayNew, sayShow, sayUndo:
		if o.code == "" {
			return "", refuse(words.WhichCode)
		}
		return r.obeyAnswer(tx, d, who, o, say)
	case sayAnswer:
		if o.code == "" {
			return "", refuse(words.WhichCode)
		}
		return r.answerCodeWord(tx, d, who, o.code, o.rest)
	case sayUnblock:
		if err := r.changeBlock(tx, d, who, o.rest, "", false); err != nil {
			return "", err
		}
		return say(words.Unblocked, o.rest), nil
	case sayGone:
		return r.obeyGone(tx, d, who, g, o, say)
	case sayBack:
		if err := r.unsuspend(tx, d, who, o.rest); err != nil {
			return "", err
		}
		return say(words.GuardianIsBack, o.rest), nil
	case sayAudit:
		return r.auditInWords(tx, d, who, language, o.rest)
	}
	return r.obeyAboutChild(ctx, tx, d, who, g, o, say)
}

type sayFunc func(s words.Sentence, args ...any) string

// obeyAnswer answers a question, or a change that waits.
func (r *Relay) obeyAnswer(tx Tx, d *Directory, who Actor, o order, say sayFunc) (string, error) {
	if p, err := r.pendingFor(tx, d, who, o.code); err == nil && (o.verb == sayYes || o.verb == sayNo) {
		if o.verb == sayYes {
			_, err = r.consent(tx, d, who, o.code)
		} else {
			_, err = r.withdrawPending(tx, d, who, o.code)
		}
		return say(words.AnswerTaken, p.Code), err
	}
	var wards []Person
	for _, child := range d.Children() {
		if d.May(who, See, child.ID) {
			wards = append(wards, child)
		}
	}
	switch o.verb {
	case sayNo:
		q, err := r.refuseQuestion(tx, d, who, o.code)
		return say(words.YouRefused, q.Address, o.code), err
	case sayUndo:
		q, err := r.undo(tx, d, who, o.code)
		if q.State == QuestionBlocked {
			return say(words.YouDisputed, q.Address), err
		}
		return say(words.YouUndid, q.Address, o.code), err
	case sayShow:
		texts, err := r.showText(tx, d, who, o.code)
		return say(words.TextIs, o.code, strings.Join(texts, "\n")), err
	case sayNew:
		q, err := r.newNumber(tx, d, who, o.code, o.rest, o.sure)
		return say(words.YouMoved, o.rest, q.Address, o.code), err
	}
	a := Admission{Name: o.rest, Sure: o.sure}
	if child, rest, named := takeName(o.rest, wards); named {
		a.Child, a.Name = child.Name, rest
	}
	as := QuestionAllowed
	sentence := words.YouAllowed
	if o.verb == sayOnce {
		as, sentence = QuestionOnce, words.YouAllowedOnce
	}
	q, err := r.approve(tx, d, who, o.code, a, as)
	if err != nil {
		return "", err
	}
	now, err := tx.Directory()
	if err != nil {
		return "", err
	}
	person, _ := now.Person(q.Contact)
	child, _ := now.Person(q.Child)
	return say(sentence, person.Name, q.Address, child.Name, q.Code), nil
}

// obeyGone suspends a guardian, by name or with nobody named the one who writes.
func (r *Relay) obeyGone(tx Tx, d *Directory, who Actor, g Person, o order, say sayFunc) (string, error) {
	name := o.rest
	if name == "" {
		name = g.Name
	}
	until, err := r.suspend(tx, d, who, name)
	return say(words.YouSuspended, name, r.clock(r.languageOf(g), until)), err
}

// obeyAboutChild does what concerns one child: the one named, or the only one.
func (r *Relay) obeyAboutChild(
	ctx context.Context, tx Tx, d *Directory, who Actor, g Person, o order, say sayFunc,
) (string, error) {
	right := Hurry
	switch o.verb {
	case sayCallMe, sayLimits: // to set them takes more
		right = See
	case sayRelease:
		right = Approve
	}
	if err := d.allow(who, right, 0); err != nil {
		return "", err
	}
	var wards []Person
	for _, child := range d.Children() {
		if d.May(who, right, child.ID) {
			wards = append(wards, child)
		}
	}
	child, rest, named := takeName(o.rest, wards)
	if !named && len(wards) == 1 {
		child, named = wards[0], true
	}
	if !named {
		names := make([]string, len(wards))
		for i, w := range wards {
			names[i] = w.Name
		}
		return "", refuse(words.WhichOfThem, strings.Join(names, ", "))
	}
	switch o.verb {
	case sayDrill:
		return say(words.DrillStarted, child.Name), r.startDrill(tx, d, who, child.ID)
	case sayCallMe:
		return say(words.AskedToRing, child.Name), r.askToRing(tx, child, g)
	case sayRelease:
		return r.obeyRelease(ctx, d, who, child, rest, say)
	case sayLimits:
		return r.obeyLimits(ctx, tx, d, who, child, rest, r.languageOf(g))
	}
	return r.obeyInAHurry(ctx, d, who, child, o.verb, rest, r.languageOf(g))
}

// obeyInAHurry mutes, opens, and says that a phone is lost or found.
func (r *Relay) obeyInAHurry(
	ctx context.Context, d *Directory, who Actor, child Person, v verb, rest, language string,
) (string, error) {
	say := func(s words.Sentence, args ...any) string { return words.Say(language, s, args...) }
	var listed []Person
	for _, rule := range d.List(child.ID) {
		if p, ok := d.Person(rule.Contact); ok {
			listed = append(listed, p)
		}
	}
	other, rest, named := takeName(rest, listed)
	about := child.Name
	if named {
		about = other.Name + " → " + child.Name
	}
	now := r.wall(r.o.Now())
	next, _, _ := d.Rules.NextMode(child.ID, r.o.Now())
	if next.IsZero() {
		next = now.Add(time.Hour)
	}
	span, ok := readFor(rest)
	if !ok && (v == sayMute || v == sayOpen) {
		return "", refuse(words.WhichTime)
	}
	clock := func(t time.Time) string { return r.clock(language, t) }
	switch v {
	case sayMute:
		until := span.end(now, next, next)
		return say(words.YouMuted, about, clock(until)), r.Mute(ctx, who, child.ID, other.ID, until)
	case sayUnmute:
		return say(words.YouUnmuted, about), r.Unmute(ctx, who, child.ID, other.ID)
	case sayOpen:
		until := span.end(now, next, now.Add(time.Hour))
		return say(words.YouOpened, about, clock(until)), r.AllowFor(ctx, who, child.ID, other.ID, until.Sub(now))
	case sayLost:
		return "", r.LostPhone(ctx, who, child.ID) // it tells every guardian, whoever asked for it too
	case sayFound:
		return "", r.Found(ctx, who, child.ID)
	}
	return "", fmt.Errorf("bridge: nobody does %q", v)
}

// askToRing asks a child to ring a guardian.
func (r *Relay) askToRing(tx Tx, child, g Person) error {
	return r.tellChild(tx, child, words.PleaseRing, g.Name)
}
