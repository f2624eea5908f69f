package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// ConversationWindow is how long after the last exchange a text without a name goes on with it.
const ConversationWindow = 2 * time.Hour

// answerWithin is how long a child has to say whom a text is for, before its guardians get it.
const answerWithin = 5 * time.Minute

// fromChild does what a child's text asks for.
func (r *Relay) fromChild(tx Tx, d *Directory, child Person, m Message, text string) error {
	talking, err := r.talkingWith(tx, d, child.ID, m.At)
	if err != nil {
		return err
	}
	waiting, err := tx.UndecidedOf(child.ID)
	if err != nil {
		return err
	}
	owner := d.Rules.OnNumber(child.ID, m.Modem) // who writes to a contact's own number talks with that one
	in := d.Read(child.ID, text, Talk{
		Language: r.languageOf(child), Country: r.o.Country, Open: len(talking) > 0 || owner != 0, Asked: len(waiting) > 0 && owner == 0,
	})
	if in.Kind == Plain && !in.All && in.To == 0 && saysYes(in.Text) {
		if meant, err := r.wasAskedForSOS(tx, d, child, m.At); err != nil {
			return err
		} else if meant {
			in.Kind = Alarm112
		}
	}
	if in.To == 0 && !in.All && (in.Kind == Plain || in.Kind == PerhapsSOS || in.Kind == DoubtfulHelp) {
		in.To = owner
	}
	if d.Rules.IsLost(child.ID) && in.Kind != Alarm112 && in.Kind != RingEmergency {
		return r.fromLostPhone(tx, d, child, m, in, text)
	}
	switch in.Kind {
	case Alarm112, RingEmergency:
		return r.callForHelp(tx, d, child, m, in, waiting)
	case DoubtfulHelp:
		return r.maybeHelp(tx, d, child, m, in.Addressed, talking)
	case Plain, PerhapsSOS:
		if isBlank(in.Text) {
			in.Text = r.beside(words.EmptyText)
		}
		if saysStop(in.Text) {
			if open, err := r.stopDuringAlarm(tx, d, child, m); err != nil || open {
				return err
			}
		}
		id, err := r.ordinary(tx, d, child, m, in.Addressed, talking, waiting)
		if err != nil || in.Kind == Plain {
			return err
		}
		return r.askForSOS(tx, child, id)
	case Answer:
		return r.answered(tx, d, child, m, in, talking, waiting)
	default:
		return r.command(tx, d, child, m, in)
	}
}

// talkingWith returns whom a child may be talking with: the one whom it last wrote to within the window, and
// everybody who has written to it since. More than one is a question. Only who may be written to counts.
func (r *Relay) talkingWith(tx Tx, d *Directory, child policy.Person, now time.Time) ([]Addressed, error) {
	exchanges, err := tx.Exchanges(child, now.Add(-ConversationWindow))
	if err != nil {
		return nil, err
	}
	var talking []Addressed
	all := false
	for _, e := range exchanges {
		one := Addressed{To: e.Other}
		switch {
		case e.FromChild && e.Other == 0:
			all = true
		case e.Other != 0 && d.Rules.Listed(child, e.Other, policy.FromChild) && !slices.Contains(talking, one):
			talking = append(talking, one)
		}
	}
	// `0 …` is answered by one guardian, or by several, or not yet.
	if all && len(talking) == 0 {
		talking = append(talking, Addressed{All: true})
	}
	return talking, nil
}

// ordinary relays a text to whom it names, or to whom the child is talking with; where that is not clear it waits for
// the child's answer.
func (r *Relay) ordinary(
	tx Tx, d *Directory, child Person, m Message, to Addressed, talking []Addressed, waiting []Undecided,
) (MessageID, error) {
	if to.To != 0 || to.All {
		if err := r.settle(tx, d, child, to, waiting); err != nil {
			return 0, err
		}
		return r.pass(tx, d, child, m, to, about{})
	}
	if len(waiting) > 0 {
		return r.wait(tx, child, m, to.Text, waiting[0].Due)
	}
	switch len(talking) {
	case 0:
		text := to.Text
		to = d.Unaddressed(child)
		to.Text = text
	case 1:
		to.To, to.All = talking[0].To, talking[0].All
	default:
		id, err := r.wait(tx, child, m, to.Text, r.o.Now().Add(answerWithin))
		if err != nil {
			return 0, err
		}
		return id, r.answer(tx, child, id, words.ToWhom, r.choices(d, child, talking))
	}
	return r.pass(tx, d, child, m, to, about{})
}

// pass relays a text whose addressee is known.
func (r *Relay) pass(tx Tx, d *Directory, child Person, m Message, to Addressed, what about) (MessageID, error) {
	if to.All {
		return r.toGuardians(tx, d, child, m, to.Text)
	}
	return r.toPerson(tx, d, child, to.To, m, to.Text, what)
}

// wait keeps a text until the child has said whom it is for.
func (r *Relay) wait(tx Tx, child Person, m Message, text string, due time.Time) (MessageID, error) {
	m.Verdict = policy.Verdict{Action: policy.Hold, Reason: policy.Unaddressed, Until: due}
	id, err := tx.AddMessage(m)
	if err != nil {
		return 0, err
	}
	return id, tx.AddUndecided(Undecided{Message: id, Child: child.ID, Text: text, Due: due})
}

// choices lists people as a child can name them: `2 Mamma 3 Pappa`, with commas where somebody has no key.
func (r *Relay) choices(d *Directory, child Person, people []Addressed) string {
	keyed, plain := map[int]string{}, []string(nil)
	for _, a := range people {
		p, _ := d.Person(a.To)
		if rule, found := d.Rules.Rule(child.ID, a.To); found && rule.Key != 0 {
			keyed[rule.Key] = p.Name
		} else {
			plain = append(plain, p.Name)
		}
	}
	var list []string
	for key := 1; key <= 9; key++ {
		if name, ok := keyed[key]; ok {
			list = append(list, fmt.Sprintf("%d %s", key, name))
		}
	}
	if len(plain) == 0 {
		return strings.Join(list, " ")
	}
	slices.Sort(plain)
	return strings.Join(append(list, plain...), ", ")
}

// answered takes a child's answer to the question whom its texts are for.
func (r *Relay) answered(
	tx Tx, d *Directory, child Person, m Message, in Intent, talking []Addressed, waiting []Undecided,
) error {
	id, err := r.logCommand(tx, m)
	if err != nil {
		return err
	}
	if in.To == 0 && !in.All {
		people := talking
		if len(people) == 0 {
			people = r.mayWriteTo(d, child)
		}
		said := words.Say(r.languageOf(child), words.NobodyOnKey, in.Key)
		return r.answer(tx, child, id, words.Joined, said, words.Say(r.languageOf(child), words.ToWhom, r.choices(d, child, people)))
	}
	return r.settle(tx, d, child, in.Addressed, waiting)
}

// settle relays the texts that have waited, in order, to whom the child has now named. What the child has just
// written again, with an address this time, is not said twice.
func (r *Relay) settle(tx Tx, d *Directory, child Person, to Addressed, waiting []Undecided) error {
	for i, u := range waiting {
		m, err := r.takeUndecided(tx, u)
		if err != nil {
			return err
		}
		if i == len(waiting)-1 && Fold(u.Text) == Fold(to.Text) {
			err = tx.SetVerdict(u.Message, policy.Verdict{Action: policy.Refuse, Reason: policy.TakenBack}, m.Parts)
		} else {
			_, err = r.pass(tx, d, child, m, Addressed{To: to.To, All: to.All, Text: u.Text}, about{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeUndecided takes a text out of those that wait.
func (r *Relay) takeUndecided(tx Tx, u Undecided) (Message, error) {
	if err := tx.DropUndecided(u.Message); err != nil {
		return Message{}, err
	}
	return tx.Message(u.Message)
}

// unanswered gives a text that has waited long enough to the child's guardians, marked so.
func (r *Relay) unanswered(tx Tx, d *Directory, u Undecided) error {
	m, err := r.takeUndecided(tx, u)
	if err != nil {
		return err
	}
	child, known := d.Person(u.Child)
	if !known || len(d.Guardians(u.Child)) == 0 {
		return tx.SetVerdict(u.Message, policy.Verdict{Action: policy.Refuse, Reason: policy.NotOnList}, m.Parts)
	}
	text := u.Text
	if text == "" { // a restored copy has none
		text = r.beside(words.TextGone)
	}
	text = r.beside(words.NotSaidToWhom, child.Name, text)
	if _, err = r.toGuardians(tx, d, child, m, text); err != nil {
		return err
	}
	return tx.SetVerdict(u.Message, policy.Verdict{Action: policy.Deliver, Reason: policy.Unaddressed}, m.Parts)
}

// logCommand writes the log entry of a text to the gateway itself.
func (r *Relay) logCommand(tx Tx, m Message) (MessageID, error) {
	m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.Command}
	return tx.AddMessage(m)
}

// mayWriteTo returns everybody that a child's list lets it write to, and its guardians.
func (r *Relay) mayWriteTo(d *Directory, child Person) []Addressed {
	var out []Addressed
	for _, rule := range d.List(child.ID) {
		if _, there := d.Person(rule.Contact); there && d.Rules.Listed(child.ID, rule.Contact, policy.FromChild) {
			out = append(out, Addressed{To: rule.Contact})
		}
	}
	for _, g := range d.Guardians(child.ID) {
		if !slices.Contains(out, Addressed{To: g.ID}) {
			out = append(out, Addressed{To: g.ID})
		}
	}
	return out
}

// farthest is how far ahead anything here can be due: what is due later was noted before the clock was put back.
const farthest = time.Hour

// RunConversations relays what has waited long enough for a word of a child, and tells what must still be told, until
// the context is done. It sleeps until the next is due.
func (r *Relay) RunConversations(ctx context.Context) error {
	for ctx.Err() == nil {
		rest, err := r.tendConversations(ctx)
		if err != nil {
			r.o.Log.Error("what waits for a child's word cannot be settled", "err", err)
			rest = pause
		}
		r.talks.wait(ctx, rest)
	}
	return nil
}

// TendConversations does all that is due: texts that have waited long enough for a child's word, and what phones must
// still be told.
func (r *Relay) TendConversations(ctx context.Context) error {
	_, err := r.tendConversations(ctx)
	return err
}

// tendConversations does what is due. rest is how long nothing will be, 0 for ever.
func (r *Relay) tendConversations(ctx context.Context) (rest time.Duration, err error) {
	err = r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		now := r.o.Now()
		due, err := tx.UndecidedDue(now, farthest)
		if err != nil {
			return err
		}
		for _, u := range due {
			if u.Corrects != 0 {
				err = r.correct(tx, d, u)
			} else {
				err = r.unanswered(tx, d, u)
			}
			if err != nil {
				return err
			}
		}
		if err := r.tellWhatWaits(tx, now); err != nil {
			return err
		}
		next, err := tx.NextConversation()
		rest = 0
		if err == nil && !next.IsZero() {
			rest = max(next.Sub(now), time.Millisecond)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("bridge: settle conversations: %w", err)
	}
	return rest, nil
}
