package bridge

import (
	"context"
	"errors"
	"strings"

	"knapp/bridge/words"
)

// menuItem is a command of the menu that a client shows (XEP-0050): the plain words, with a form in place of typing.
type menuItem struct {
	node  string
	verb  verb
	right Right
	name  words.Sentence
	asks  []string // the form's fields, in order
}

// The fields of forms.
const (
	askChild    = "child"
	askQuestion = "question"
	askAnswer   = "answer"
	askName     = "name"
	askSure     = "sure"
	askLong     = "long"
	askGuardian = "guardian"
	askStopped  = "stopped"
	askDay      = "day"
	askMonth    = "month"
	askContact  = "contact"
	askReserve  = "reserve"
)

const nodeTake, nodeAnswer = "take", "answer"

var menu = []menuItem{
	{nodeTake, "", See, words.MenuTake, nil},
	{nodeAnswer, "", Approve, words.MenuAnswer, []string{askQuestion, askAnswer, askChild, askName, askSure}},
	{"who", sayWho, See, words.MenuWho, nil},
	{"questions", sayQuestions, See, words.MenuQuestions, nil},
	{"mute", sayMute, Hurry, words.MenuMute, []string{askChild, askLong}},
	{"unmute", sayUnmute, Hurry, words.MenuUnmute, []string{askChild}},
	{"open", sayOpen, Hurry, words.MenuOpen, []string{askChild, askLong}},
	{"lost-phone", sayLost, Hurry, words.MenuLost, []string{askChild}},
	{"found-phone", sayFound, Hurry, words.MenuFound, []string{askChild}},
	{"call-me", sayCallMe, See, words.MenuCall, []string{askChild}},
	{"my-phone-is-gone", sayGone, Hurry, words.MenuGone, []string{askGuardian}},
	{"drill", sayDrill, Hurry, words.MenuDrill, []string{askChild}},
	{"release", sayRelease, Approve, words.MenuRelease, []string{askStopped}},
	{"limits", sayLimits, Arrange, words.MenuLimits, []string{askChild, askDay, askMonth, askContact, askReserve}},
	{"status", sayStatus, See, words.MenuStatus, nil},
	{"balance", sayBalance, See, words.MenuBalance, nil},
	{"audit", sayAudit, See, words.MenuAudit, nil},
}

// Commands returns what a person may command (XEP-0050): nothing for whoever is no guardian.
func (r *Relay) Commands(ctx context.Context, from JID) ([]Command, error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return nil, err
	}
	g, known := d.ByJID(from)
	if !known || g.Kind != KindGuardian {
		return nil, nil
	}
	var list []Command
	for _, item := range menu {
		if d.mayFor(Actor{Person: g.ID, Via: ViaXMPP}, item.right, 0) {
			list = append(list, Command{Node: item.node, Name: words.Say(r.languageOf(g), item.name)})
		}
	}
	return list, nil
}

// Execute does a command, or asks for what it needs. It does what the plain words do, in one step. It answers in the
// person's own language; language, an xml:lang, counts for who has none.
func (r *Relay) Execute(ctx context.Context, from JID, node string, fields map[string]string, language string) (CommandResult, error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return CommandResult{}, err
	}
	g, known := d.ByJID(from)
	if !known || g.Kind != KindGuardian {
		return CommandResult{}, ErrNoCommand
	}
	if g.Language == "" {
		g.Language = r.spokenBy(language)
	}
	who := Actor{Person: g.ID, Via: ViaXMPP}
	for _, item := range menu {
		if item.node != node {
			continue
		}
		if !d.mayFor(who, item.right, 0) {
			return CommandResult{}, ErrNotAllowed
		}
		result, err := r.execute(ctx, who, g, item, fields)
		result.Language = g.Language
		return result, err
	}
	return CommandResult{}, ErrNoCommand
}

// spokenBy is the language for an xml:lang; the family's when it is none that is spoken here.
func (r *Relay) spokenBy(language string) string {
	main, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch main {
	case "nb", "no", "nn", "da", "sv":
		return words.Bokmål
	case "":
		return r.o.Language
	default:
		return words.English
	}
}

func (r *Relay) execute(ctx context.Context, who Actor, g Person, item menuItem, fields map[string]string) (result CommandResult, err error) {
	language := r.languageOf(g)
	facts := r.factsFor(ctx, item.verb, g)
	title := words.Say(language, item.name)
	err = r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		form, err := r.formFor(tx, d, who, item, language, fields)
		if err != nil {
			return err
		}
		if len(form) > 0 && fields == nil {
			result = CommandResult{Title: title, Form: form}
			return nil
		}
		var text string
		if item.node == nodeTake {
			text, err = r.takeByWord(tx, d, who, "i have it")
		} else {
			text, err = r.obey(inStep(ctx, tx), tx, d, who, g, orderOf(item, form, fields), facts)
		}
		var refused *Refusal
		switch {
		case errors.As(err, &refused):
			result = CommandResult{Title: title, Text: refused.Say(language), Form: form, Wrong: true}
			return nil
		case errors.Is(err, ErrNotAllowed):
			return ErrNotAllowed
		case err != nil:
			return err
		}
		if text == "" {
			text = words.Say(language, words.Done)
		}
		result = CommandResult{Title: title, Text: text}
		return nil
	})
	return result, err
}

// orderOf reads a form as the plain words that it stands for.
func orderOf(item menuItem, form []Field, fields map[string]string) order {
	o := order{verb: item.verb, code: fields[askQuestion], sure: fields[askSure] == "1" || fields[askSure] == "true"}
	if item.node == nodeAnswer {
		o.verb = verb(fields[askAnswer])
		switch o.verb {
		case sayYes, sayOnce, sayNo, sayNew, sayShow, sayUndo:
		default:
			o.verb = sayYes
		}
	}
	child := fields[askChild]
	if child == "" {
		child = valueOf(form, askChild)
	}
	var parts []string
	for _, part := range []string{child, fields[askStopped], fields[askGuardian], fields[askLong], strings.TrimSpace(fields[askName])} {
		if part != "" && (o.verb != sayNew || part != child) {
			parts = append(parts, part)
		}
	}
	for _, name := range []string{askDay, askMonth, askContact, askReserve} {
		if n := strings.TrimSpace(fields[name]); n != "" {
			parts = append(parts, name, n)
		}
	}
	o.rest = strings.Join(parts, " ")
	return o
}

func valueOf(form []Field, name string) string {
	for _, f := range form {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// formFor is what has to be filled in: nothing about the child where there is only one.
func (r *Relay) formFor(tx Tx, d *Directory, who Actor, item menuItem, language string, filled map[string]string) ([]Field, error) {
	say := func(s words.Sentence, args ...any) string { return words.Say(language, s, args...) }
	var form []Field
	for _, name := range item.asks {
		f := Field{Name: name, Kind: ChoiceField, Required: true, Value: filled[name]}
		switch name {
		case askChild:
			f.Label = say(words.FieldChild)
			for _, child := range d.Children() {
				if d.May(who, item.right, child.ID) {
					f.Choices = append(f.Choices, Choice{child.Name, child.Name})
				}
			}
			f.Required = item.node != nodeAnswer
		case askQuestion:
			f.Label = say(words.FieldQuestion)
			open, err := r.questionsFor(tx, d, who)
			if err != nil {
				return nil, err
			}
			recent, err := tx.AnsweredQuestions(r.o.Now().Add(-undoWithin))
			if err != nil {
				return nil, err
			}
			for _, q := range append(open, recent...) {
				if d.mayFor(who, Approve, q.Child) && q.State != QuestionExpired {
					f.Choices = append(f.Choices, Choice{q.Code, q.Code + " " + orNumber(q.Name, q.Address)})
				}
			}
		case askAnswer:
			f.Label = say(words.FieldAnswer)
			for _, c := range []struct {
				verb verb
				says words.Sentence
			}{
				{sayYes, words.ChoiceYes},
				{sayOnce, words.ChoiceOnce},
				{sayNo, words.ChoiceNo},
				{sayNew, words.ChoiceNew},
				{sayShow, words.ChoiceShow},
				{sayUndo, words.ChoiceUndo},
			} {
				f.Choices = append(f.Choices, Choice{string(c.verb), say(c.says)})
			}

		case askName:
			f.Kind, f.Label, f.Required = TextField, say(words.FieldName), false
		case askSure:
			f.Kind, f.Label, f.Required = YesNoField, say(words.FieldSure), false
		case askLong:
			f.Label = say(words.FieldLong)
			f.Choices = []Choice{{"15 min", say(words.LongQuarter)}, {"1 h", say(words.LongHour)}, {"until next", say(words.LongNext)}}
		case askStopped:
			f.Label, f.Choices = say(words.FieldStopped), d.stopChoices(who)
		case askDay, askMonth, askContact, askReserve:
			f.Kind, f.Required = TextField, false
			f.Label = say(map[string]words.Sentence{
				askDay: words.FieldDay, askMonth: words.FieldMonth, askContact: words.FieldContact, askReserve: words.FieldReserve,
			}[name])
		case askGuardian:
			f.Label = say(words.FieldGuardian)
			for _, g := range d.guardiansOfAll() {
				if d.share(who, g.ID) {
					f.Choices = append(f.Choices, Choice{g.Name, g.Name})
				}
			}
		}
		if f.Kind == ChoiceField && f.Value == "" && len(f.Choices) > 0 && f.Required {
			f.Value = f.Choices[0].Value
		}
		if name == askChild && len(f.Choices) == 1 {
			f.Value = f.Choices[0].Value
		}
		form = append(form, f)
	}
	return form, nil
}
