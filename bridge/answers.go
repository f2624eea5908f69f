package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Admission is what a guardian says about a question, besides yes.
type Admission struct {
	Child string // whose contact it becomes; an SMS from a stranger belongs to no child
	Name  string // by which the child knows it; "" for what the child called it, or a name made of the address
	Sure  bool   // a number that costs extra, or lies abroad, takes an owner and a second word
}

// guestFor is how long *once* lasts.
const guestFor = 24 * time.Hour

// Approve lets somebody in, both ways and for good, and releases what it wrote. It takes the right to approve, and for
// a costly number that to govern.
func (r *Relay) Approve(ctx context.Context, who Actor, code string, a Admission) (q Question, err error) {
	err = r.operate(ctx, "approve", func(tx Tx, d *Directory) error {
		q, err = r.approve(tx, d, who, code, a, QuestionAllowed)
		return err
	})
	return q, err
}

// Once lets somebody in, both ways, for 24 hours.
func (r *Relay) Once(ctx context.Context, who Actor, code string, a Admission) (q Question, err error) {
	err = r.operate(ctx, "let in once", func(tx Tx, d *Directory) error {
		q, err = r.approve(tx, d, who, code, a, QuestionOnce)
		return err
	})
	return q, err
}

// Refuse answers no: the address is blocked and what it wrote is forgotten. Said of somebody whom another guardian has
// let in, it is a dispute, and a disputed yes is a no.
func (r *Relay) Refuse(ctx context.Context, who Actor, code string) (q Question, err error) {
	err = r.operate(ctx, "block", func(tx Tx, d *Directory) error {
		q, err = r.refuseQuestion(tx, d, who, code)
		return err
	})
	return q, err
}

// NewNumber says that a stranger is somebody known with a new number. The old one is cut at once.
func (r *Relay) NewNumber(ctx context.Context, who Actor, code, name string, sure bool) (q Question, err error) {
	err = r.operate(ctx, "new number", func(tx Tx, d *Directory) error {
		q, err = r.newNumber(tx, d, who, code, name, sure)
		return err
	})
	return q, err
}

// Undo takes an answer back within 24 hours: the question is open again. Whoever takes back the yes of another
// guardian disputes it: then it is a no.
func (r *Relay) Undo(ctx context.Context, who Actor, code string) (q Question, err error) {
	err = r.operate(ctx, "undo", func(tx Tx, d *Directory) error {
		q, err = r.undo(tx, d, who, code)
		return err
	})
	return q, err
}

// ShowText shows what waits for an answer. It is written down, and the child whom it was written to is told.
func (r *Relay) ShowText(ctx context.Context, who Actor, code string) (texts []string, err error) {
	err = r.operate(ctx, "show a text", func(tx Tx, d *Directory) error {
		texts, err = r.showText(tx, d, who, code)
		return err
	})
	return texts, err
}

// Questions returns the open questions that somebody may see.
func (r *Relay) Questions(ctx context.Context, who Actor) (list []Question, err error) {
	err = r.operate(ctx, "read questions", func(tx Tx, d *Directory) error {
		list, err = r.questionsFor(tx, d, who)
		return err
	})
	return list, err
}

func (r *Relay) questionsFor(tx Tx, d *Directory, who Actor) ([]Question, error) {
	if err := d.allow(who, See, 0); err != nil {
		return nil, err
	}
	all, err := tx.OpenQuestions()
	if err != nil {
		return nil, err
	}
	var list []Question
	for _, q := range all {
		if d.mayFor(who, See, q.Child) {
			list = append(list, q)
		}
	}
	return list, nil
}

// questionFor returns the question of a code, to whoever may answer it. Another family's guardians learn as much as if
// there were none.
func (r *Relay) questionFor(tx Tx, d *Directory, who Actor, right Right, code string) (Question, error) {
	if err := d.allow(who, right, 0); err != nil {
		return Question{}, err
	}
	code = strings.ToUpper(strings.TrimSpace(code))
	q, err := tx.QuestionByCode(code)
	if errors.Is(err, ErrNotFound) || err == nil && !d.mayFor(who, right, q.Child) {
		return Question{}, refuse(words.NoSuchCode, code)
	}
	return q, err
}

// mayAnswer refuses a second answer, and says who gave the first.
func (r *Relay) mayAnswer(d *Directory, q Question) error {
	switch q.State {
	case QuestionOpen:
		return nil
	case QuestionExpired:
		return refuse(words.QuestionExpired, q.Code)
	default:
		return refuse(words.AlreadyAnswered, q.Code, r.whoDid(d, q.By))
	}
}

// whoDid names an actor. Whoever has left the family is a guardian all the same.
func (r *Relay) whoDid(d *Directory, who Actor) string {
	if p, ok := d.Person(who.Person); ok {
		return p.Name
	}
	return GatewayName
}

func (r *Relay) approve(tx Tx, d *Directory, who Actor, code string, a Admission, as QuestionState) (Question, error) {
	q, err := r.questionFor(tx, d, who, Approve, code)
	if err != nil {
		return q, err
	}
	if err := r.mayAnswer(d, q); err != nil {
		return q, err
	}
	child, err := r.childOf(d, who, q, a.Child)
	if err != nil {
		return q, err
	}
	if err := r.mayCost(d, who, q.Address, a.Sure, q.Code); err != nil {
		return q, err
	}
	q.Child, q.State = child.ID, as
	person, changed, err := r.letIn(tx, d, &q, a.Name)
	if err != nil {
		return q, err
	}
	q.Contact = person.ID
	if err := r.settleQuestion(tx, changed, who, q); err != nil {
		return q, err
	}
	said := words.GuardianAllowed
	if as == QuestionOnce {
		said = words.GuardianAllowedOnce
	}
	err = r.informGuardians(tx, changed, child.ID, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, said, r.whoDid(d, who), person.Name, q.Address, child.Name, q.Code)
	})
	if err != nil || q.Kind != ChildsWish {
		return q, err
	}
	return q, r.tellChild(tx, child, words.WishGranted, person.Name)
}

// childOf is the child that an answer is about: the question's, the one that is named, or the only one.
func (r *Relay) childOf(d *Directory, who Actor, q Question, name string) (Person, error) {
	if q.Child != 0 {
		child, ok := d.Person(q.Child)
		if !ok {
			return Person{}, refuse(words.NoSuchCode, q.Code)
		}
		return child, nil
	}
	var may []Person
	for _, child := range d.Children() {
		if d.May(who, Approve, child.ID) {
			may = append(may, child)
		}
	}
	for _, child := range may {
		if name != "" && Fold(child.Name) == Fold(name) {
			return child, nil
		}
	}
	if name == "" && len(may) == 1 {
		return may[0], nil
	}
	names := make([]string, len(may))
	for i, child := range may {
		names[i] = child.Name
	}
	return Person{}, refuse(words.WhichChild, q.Code, strings.Join(names, ", "))
}

// mayCost asks for an owner's second word where a number costs extra.
func (r *Relay) mayCost(d *Directory, who Actor, address string, sure bool, code string) error {
	if !r.unusual(address) {
		return nil
	}
	if !d.May(who, Govern, 0) {
		return refuse(words.CostlyOwner, address)
	}
	if !sure {
		return refuse(words.CostlySure, address, code)
	}
	return nil
}

// unusual tells whether to write to an address costs more than usual.
func (r *Relay) unusual(address string) bool {
	kinds, ok := r.o.Addresses.(NumberKinds)
	return ok && !strings.Contains(address, "@") && kinds.Unusual(Phone(address)) != ""
}

// letIn puts whom a question is about on the child's list.
func (r *Relay) letIn(tx Tx, d *Directory, q *Question, name string) (Person, *Directory, error) {
	child, _ := d.Person(q.Child)
	known, found := d.ByJID(JID(q.Address))
	if !strings.Contains(q.Address, "@") {
		known, found = d.ByPhone(Phone(q.Address))
		if _, err := r.o.Addresses.Phone(q.Address); err != nil {
			return Person{}, nil, refuse(words.NoNumberToLetIn, q.Address)
		}
	}
	line := Allow{ToChild: true, FromChild: true}
	if q.State == QuestionOnce {
		line.Until = r.o.Now().Add(guestFor).UTC().Format(time.RFC3339)
	}
	r.answersAbout(tx, q.Address)
	changed, err := r.editFamily(tx, func(f *Family) error {
		line.Contact = known.Name
		if !found {
			var err error
			if line.Contact, err = freshName(d, name, q); err != nil {
				return err
			}
			contact := Contact{Name: line.Contact, JID: q.Address}
			if !strings.Contains(q.Address, "@") {
				contact = Contact{Name: line.Contact, Phone: q.Address, Confirmed: r.unusual(q.Address)}
			}
			f.Contacts = append(f.Contacts, contact)
		}
		f.allow(child.Name, line)
		return nil
	})
	if err != nil {
		return Person{}, nil, err
	}
	person, _ := changed.Named(line.Contact)
	return person, changed, nil
}

// answersAbout says that a step settles the questions about an address itself.
func (r *Relay) answersAbout(tx Tx, address string) {
	if g, ok := tx.(*givenTx); ok {
		g.answering = address
	}
}

// freshName is the name of a new contact: what the guardian says, else what the child said, else what the address
// gives. Only what the guardian says is refused when it is taken.
func freshName(d *Directory, name string, q *Question) (string, error) {
	if name != "" {
		if other, taken := d.Named(name); taken {
			return "", refuse(words.NameTaken, other.Name, q.Code)
		}
		return name, nil
	}
	base := strings.TrimSpace(q.Name)
	if base == "" {
		base, _, _ = strings.Cut(q.Address, "@")
		if base == q.Address {
			base = "Nr " + base[max(0, len(base)-4):]
		}
	}
	base = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune(":/»«\"\r\n", r) {
			return -1
		}
		return r
	}, base)), " ")
	if runes := []rune(base); len(runes) > MaxName-3 {
		base = strings.TrimSpace(string(runes[:MaxName-3]))
	}
	for n := 1; ; n++ {
		candidate := base
		if n > 1 {
			candidate = fmt.Sprintf("%s %d", base, n)
		}
		if _, taken := d.Named(candidate); !taken && Fold(candidate) != Fold(GatewayName) {
			return candidate, nil
		}
	}
}

// settleQuestion writes the answer down, and lets go what waited for it, also for other questions about the same address.
func (r *Relay) settleQuestion(tx Tx, d *Directory, who Actor, q Question) error {
	open, err := tx.OpenQuestions()
	if err != nil {
		return err
	}
	for _, other := range open {
		if other.ID != q.ID && (q.State == QuestionBlocked || other.Address != q.Address || other.Child != 0 && other.Child != q.Child) {
			continue
		}
		other.Child, other.State, other.By, other.Answered = q.Child, q.State, who, r.o.Now()
		other.Contact, other.Previous = q.Contact, q.Previous
		if err := tx.SaveQuestion(other); err != nil {
			return err
		}
		if q.State == QuestionBlocked {
			if err := r.dropQuestion(tx, other.ID, policy.Blocked); err != nil {
				return err
			}
			continue
		}
		if err := tx.AssignHeld(other.ID, q.Child, q.Contact); err != nil {
			return err
		}
		if err := r.releaseQuestion(tx, d, other.ID); err != nil {
			return err
		}
	}
	r.afterCommit(tx, r.approvals.due.up)
	return r.audit(tx, who, "answer_"+string(q.State), q.Child, q.Contact, q.Code+" "+q.Address)
}

func (r *Relay) showText(tx Tx, d *Directory, who Actor, code string) ([]string, error) {
	q, err := r.questionFor(tx, d, who, Read, code)
	if err != nil {
		return nil, err
	}
	held, err := tx.HeldFor(q.ID)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, h := range held {
		if h.Text != "" {
			texts = append(texts, h.Text)
		}
	}
	if len(texts) == 0 {
		return nil, refuse(words.NoTextKept, q.Code)
	}
	if err := r.audit(tx, who, ReadText, q.Child, 0, q.Code+" "+q.Address); err != nil {
		return nil, err
	}
	name := r.whoDid(d, who)
	err = r.informGuardians(tx, d, q.Child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianRead, name, q.Address, q.Code)
	})
	child, ok := d.Person(q.Child)
	if err != nil || !ok {
		return texts, err
	}
	return texts, r.tellChild(tx, child, words.TextWasRead, name)
}
