package bridge

import (
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// helpFor lists what somebody may ask for.
func (r *Relay) helpFor(d *Directory, who Actor, language string) string {
	lines := []string{words.Say(language, words.HelpSee)}
	for _, part := range []struct {
		right Right
		says  words.Sentence
	}{{Hurry, words.HelpHurry}, {Approve, words.HelpApprove}} {
		if d.May(who, part.right, 0) {
			lines = append(lines, words.Say(language, part.says))
		}
	}
	if d.CodeWord != "" && d.May(who, Approve, 0) {
		lines = append(lines, words.Say(language, words.HelpCodeWord))
	}
	return strings.Join(lines, "\n")
}

// Reach is how a child can be reached.
type Reach struct {
	Child policy.Person
	Name  string
	Mode  policy.Mode
	Until time.Time // when the mode changes; zero when it does not
	Lost  bool      // the phone is lost
}

// reachOf tells how every child can be reached that somebody may see.
func (r *Relay) reachOf(d *Directory, who Actor) []Reach {
	now := r.o.Now()
	var list []Reach
	for _, child := range d.Children() {
		if !d.May(who, See, child.ID) {
			continue
		}
		reach := Reach{Child: child.ID, Name: child.Name, Mode: d.Rules.Mode(child.ID, now), Lost: d.Rules.IsLost(child.ID)}
		if next, _, changes := d.Rules.NextMode(child.ID, now); changes {
			reach.Until = next
		}
		list = append(list, reach)
	}
	return list
}

// whoFor says how the children can be reached.
func (r *Relay) whoFor(d *Directory, who Actor, language string) (string, error) {
	if err := d.allow(who, See, 0); err != nil {
		return "", err
	}
	var lines []string
	for _, reach := range r.reachOf(d, who) {
		mode := words.Say(language, modeWords[reach.Mode])
		switch {
		case reach.Lost:
			lines = append(lines, words.Say(language, words.ReachLost, reach.Name))
		case reach.Until.IsZero():
			lines = append(lines, words.Say(language, words.ReachMode, reach.Name, mode))
		default:
			lines = append(lines, words.Say(language, words.ReachModeUntil, reach.Name, mode, words.When(language, r.wall(r.o.Now()), r.wall(reach.Until))))
		}
	}
	if len(lines) == 0 {
		return words.Say(language, words.NoChildren), nil
	}
	return strings.Join(lines, "\n"), nil
}

// questionsInWords lists what waits for an answer.
func (r *Relay) questionsInWords(tx Tx, d *Directory, who Actor, language string) (string, error) {
	open, err := r.questionsFor(tx, d, who)
	if err != nil {
		return "", err
	}
	const most = 20
	var lines []string
	for i, q := range open {
		if i == most {
			lines = append(lines, words.Say(language, words.AndMore, len(open)-most))
			break
		}
		child, _ := d.Person(q.Child)
		switch q.Kind {
		case ChildsWish:
			lines = append(lines, words.Say(language, words.LineWish, q.Code, child.Name, orNumber(q.Name, q.Address), q.Address))
		case StrangerChat:
			lines = append(lines, words.Say(language, words.LineChat, q.Code, q.Address, child.Name, q.Count))
		default:
			lines = append(lines, words.Say(language, words.LineSMS, q.Code, q.Address, q.Count))
		}
	}
	waiting, err := tx.OpenPending()
	if err != nil {
		return "", err
	}
	for _, p := range waiting {
		if d.sees(who, p) {
			child, _ := d.Person(p.Child)
			if p.Kind == ChangeRole {
				child, _ = d.Person(p.Person)
			}
			lines = append(lines, words.Say(language, words.LinePending, p.Code, child.Name))
		}
	}
	if len(lines) == 0 {
		return words.Say(language, words.NothingWaits), nil
	}
	return strings.Join(lines, "\n"), nil
}

// auditInWords says who has looked at what concerns a child.
func (r *Relay) auditInWords(tx Tx, d *Directory, who Actor, language, name string) (string, error) {
	if err := d.allow(who, See, 0); err != nil {
		return "", err
	}
	var lines []string
	for _, child := range d.Children() {
		if !d.May(who, See, child.ID) || name != "" && Fold(child.Name) != Fold(name) {
			continue
		}
		looks, err := tx.LastLooks(child.ID, r.o.Now().AddDate(0, 0, -DaysKept(KeepAudit)), 5)
		if err != nil {
			return "", err
		}
		for _, l := range looks {
			by := l.Name
			if by == "" {
				by = words.Say(language, words.TheKeeper)
			}
			lines = append(lines, words.Say(language, words.LineLook, child.Name, by, words.Say(language, lookWords[l.What]), words.Date(language, r.wall(l.At))))
		}
	}
	if len(lines) == 0 {
		return words.Say(language, words.NobodyLooked), nil
	}
	return strings.Join(lines, "\n"), nil
}

var lookWords = map[string]words.Sentence{
	ReadText: words.LookText, ReadLog: words.LookLog, ExportLog: words.LookExport, ReadAudit: words.LookAudit, ReadTexts: words.LookWire,
}
