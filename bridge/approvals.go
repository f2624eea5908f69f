package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// The ways by which somebody acts.
const (
	ViaTerminal = "terminal"
	ViaXMPP     = "xmpp"
	ViaConsole  = "console"
	ViaGateway  = "gateway" // the gateway itself, when a time has come
)

// itself is the gateway, when it does what was agreed on.
var itself = Actor{Via: ViaGateway}

// approvals is what the relay remembers of questions between two steps; all else is in the store.
type approvals struct {
	knocked *wake                       // strangers' chats wait to be sorted
	due     *wake                       // something was asked or answered
	hinted  map[policy.Person]time.Time // who was told which words mean something; the goroutine that takes chats alone touches it
	digest  time.Time                   // when guardians last heard how many more there are; RunApprovals alone touches it
}

func newApprovals() approvals {
	return approvals{knocked: newWake(), due: newWake(), hinted: map[policy.Person]time.Time{}}
}

// Refusal is why an operation was not done, in the words of whoever asked. Nothing was changed.
type Refusal struct {
	Sentence words.Sentence
	Args     []any
}

func (e *Refusal) Error() string { return e.Say(words.English) }

// Say words the refusal. What is wrong with the family comes in the same language.
func (e *Refusal) Say(language string) string {
	args := slices.Clone(e.Args)
	for i, arg := range args {
		if problem, ok := arg.(Problem); ok {
			args[i] = problem.Say(language)
		}
	}
	return words.Say(language, e.Sentence, args...)
}

func refuse(s words.Sentence, args ...any) error { return &Refusal{Sentence: s, Args: args} }

// stepKey is where a context carries the step that an operation is part of.
type stepKey struct{}

// inStep makes the operations that are given the context part of a step: a command in plain words, what it does and
// its answer are committed together or not at all.
func inStep(ctx context.Context, tx Tx) context.Context { return context.WithValue(ctx, stepKey{}, tx) }

// operate runs the one step of an operation, or does it inside the step that the context carries.
func (r *Relay) operate(ctx context.Context, what string, step func(tx Tx, d *Directory) error) error {
	run := func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		return step(tx, d)
	}
	var err error
	if tx, inside := ctx.Value(stepKey{}).(Tx); inside {
		err = run(tx)
	} else {
		err = r.do(ctx, run)
	}
	var refused *Refusal
	if err == nil || errors.As(err, &refused) || errors.Is(err, ErrNotAllowed) {
		return err
	}
	return fmt.Errorf("bridge: %s: %w", what, err)
}

// audit writes down what was done.
func (r *Relay) audit(tx Tx, who Actor, what string, child, other policy.Person, detail string) error {
	return tx.AddAudit(AuditEntry{At: r.o.Now(), Who: who, What: what, Child: child, Other: other, Detail: detail})
}

// afterCommit runs something once the step is committed.
func (r *Relay) afterCommit(tx Tx, f func()) {
	if g, ok := tx.(*givenTx); ok {
		g.after = append(g.after, f)
	}
}

// RunApprovals does what is due: a child hears that nobody has answered, questions
// expire, guests leave, guardians who lost their phone get their rights back. It is woken, and sleeps in between.
func (r *Relay) RunApprovals(ctx context.Context) error {
	for ctx.Err() == nil {
		rest, err := r.approvalsDue(ctx)
		if err != nil {
			r.o.Log.Error("what was asked cannot be looked after", "err", err)
			rest = time.Minute
		}
		r.approvals.due.wait(ctx, rest)
	}
	return nil
}

// RunKnocks sorts what strangers wrote to children's addresses, a moment after it came: nobody can tell from the time
// of an answer what was done about it.
func (r *Relay) RunKnocks(ctx context.Context) error {
	for ctx.Err() == nil {
		rest := time.Duration(0)
		if err := r.sortKnocks(ctx); err != nil && ctx.Err() == nil {
			r.o.Log.Error("what strangers wrote cannot be sorted", "err", err)
			rest = time.Minute
		}
		r.approvals.knocked.wait(ctx, rest)
		newWake().wait(ctx, knockDelay)
	}
	return nil
}

// approvalsDue does what is due. rest is when to look again, 0 for when something happens; it is never more than an
// hour while something is open, since the clock may jump.
func (r *Relay) approvalsDue(ctx context.Context) (rest time.Duration, err error) {
	if !r.clockSet() { // what has an end waits for a clock that knows it
		return time.Minute, nil
	}
	now := r.o.Now()
	var next time.Time
	soonest := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, job := range []func(context.Context, time.Time, func(time.Time)) error{
		r.questionsDue, r.guestsDue, r.pendingDue, r.suspensionsDue, r.topUpsDue,
	} {
		if err := job(ctx, now, soonest); err != nil {
			return 0, err
		}
	}
	if next.IsZero() {
		return 0, nil
	}
	return min(max(next.Sub(now), 10*time.Second), time.Hour), nil
}

// questionsDue tells children that nobody has answered, ends old questions, and tells guardians how many more there
// are than they were asked about.
func (r *Relay) questionsDue(ctx context.Context, now time.Time, soonest func(time.Time)) error {
	return r.operate(ctx, "look after questions", func(tx Tx, d *Directory) error {
		open, err := tx.OpenQuestions()
		if err != nil {
			return err
		}
		more := 0
		for _, q := range open {
			expires := q.Latest.Add(questionKept)
			switch {
			case !now.Before(expires):
				if q.Kind == ChildsWish && !q.Waited { // the gateway was off when it was time to say so
					q.Waited = true
					if err := r.nobodyAnswered(tx, d, q); err != nil {
						return err
					}
				}
				if err := r.expire(tx, q); err != nil {
					return err
				}
				continue
			case q.Kind == ChildsWish && !q.Waited && !now.Before(q.Opened.Add(wishWaits)):
				q.Waited = true
				if err := r.nobodyAnswered(tx, d, q); err != nil {
					return err
				}
			case !q.Told && !q.Waited:
				more++
			}
			soonest(expires)
			if q.Kind == ChildsWish && !q.Waited {
				soonest(q.Opened.Add(wishWaits))
			}
		}
		if more == 0 {
			return nil
		}
		if wait := r.approvals.digest.Add(digestEvery); now.Before(wait) {
			soonest(wait)
			return nil
		}
		return r.tellDigest(tx, d, open, more, now)
	})
}

// tellDigest says how many strangers the guardians were not asked about by name.
func (r *Relay) tellDigest(tx Tx, d *Directory, open []Question, more int, now time.Time) error {
	for _, q := range open {
		if q.Told || q.Waited {
			continue
		}
		q.Waited = true
		if err := tx.SaveQuestion(q); err != nil {
			return err
		}
	}
	r.afterCommit(tx, func() { r.approvals.digest = now })
	return r.informGuardians(tx, d, 0, Approve, 0, func(_ Person, language string) string {
		return words.Say(language, words.QuestionsMore, more)
	})
}

// expire ends a question that nobody has answered.
func (r *Relay) expire(tx Tx, q Question) error {
	q.State = QuestionExpired
	if err := tx.SaveQuestion(q); err != nil {
		return err
	}
	if err := r.dropQuestion(tx, q.ID, policy.Expired); err != nil {
		return err
	}
	return r.audit(tx, itself, "expire_question", q.Child, 0, q.Code+" "+q.Address)
}

// nobodyAnswered tells a child that its wish still waits.
func (r *Relay) nobodyAnswered(tx Tx, d *Directory, q Question) error {
	if err := tx.SaveQuestion(q); err != nil {
		return err
	}
	child, ok := d.Person(q.Child)
	if !ok {
		return nil
	}
	return r.tellChild(tx, child, words.WishUnanswered, orNumber(q.Name, q.Address))
}
