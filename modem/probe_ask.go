package modem

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/modem/at"
)

// asker puts questions to a modem.
type asker struct {
	conn    *at.Conn
	timeout time.Duration
}

// ask returns the lines of an answer; a refusal is its text, and only a broken connection an error.
func (a asker) ask(ctx context.Context, cmd string) (lines []string, refusal string, err error) {
	lines, err = a.conn.CommandWithin(ctx, a.timeout, cmd)
	if err != nil && refused(err) {
		return nil, err.Error(), nil
	}
	return lines, "", err
}

// numberErrors makes the modem number its errors, and returns what puts its own way back.
func (a asker) numberErrors(ctx context.Context) (restore func()) {
	lines, _, err := a.ask(ctx, "+CMEE?")
	before, ok := argsOf(lines, "+CMEE")
	if err != nil || !ok || before == "1" {
		return func() {}
	}
	if _, _, err := a.ask(ctx, "+CMEE=1"); err != nil {
		return func() {}
	}
	return func() { a.putBack(ctx, "+CMEE="+before) }
}

// putBack undoes a change, also when the probing was called off.
func (a asker) putBack(ctx context.Context, cmd string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.timeout)
	defer cancel()
	_, _, _ = a.ask(ctx, cmd) // a modem that does not take its own setting back cannot be helped
}

// probe asks what can be asked without changing anything.
func (a asker) probe(ctx context.Context, usb string) (Probed, Profile, error) {
	p := Probed{USB: usb}
	answers := map[string][]string{}
	var choice Choice
	for _, cmd := range []string{
		"+CGMI", "+CGMM", "+CGMR", "+CGSN", "+CPIN?", "+CREG?", "+CEREG?", "+CGREG?", "+COPS?", "+CSQ", "+CSCA?",
		"+CPMS?", "+CSMS?", "+CNMI?", "+CNMI=?",
	} {
		lines, refusal, err := a.ask(ctx, cmd)
		if err != nil {
			return p, Profile{}, err
		}
		answers[cmd] = lines
		if cmd == "+CPIN?" {
			if p.SIM = parsePIN(lines); p.SIM == "" {
				p.SIM = refusal
			}
		}
	}
	p.Manufacturer, p.Model = plainText(answers["+CGMI"], "+CGMI"), plainText(answers["+CGMM"], "+CGMM")
	p.Revision, p.IMEI = plainText(answers["+CGMR"], "+CGMR"), lastDigits(plainText(answers["+CGSN"], "+CGSN"))
	choice, err := Choose(Identity{USB: usb, Manufacturer: p.Manufacturer, Model: p.Model})
	if err != nil {
		return p, Profile{}, err
	}
	profile := choice.Profile
	p.Profile, p.Title, p.Why, p.Warning, p.Refuse = profile.Name, profile.Title, choice.Why, profile.Warn, profile.Refuse
	for _, name := range []string{"+CREG", "+CEREG", "+CGREG"} {
		if lines := answers[name+"?"]; len(lines) > 0 {
			p.Networks = append(p.Networks, ProbedNetwork{name, parseRegistration(lines, name).String()})
		}
	}
	p.Operator = parseOperator(answers["+COPS?"])
	if dBm, ok := parseSignal(answers["+CSQ"]); ok {
		p.Signal = &dBm
	}
	if smsc := parseSMSC(answers["+CSCA?"]); smsc != "" {
		p.SMSC = lastDigits(smsc)
	}
	for _, u := range parseUse(answers["+CPMS?"]) {
		p.StoresIn = u.Name // the third, if the modem names three
	}
	p.Service, _ = argsOf(answers["+CSMS?"], "+CSMS")
	p.Announces, _ = argsOf(answers["+CNMI?"], "+CNMI")
	p.Offers, _ = argsOf(answers["+CNMI=?"], "+CNMI")
	if all := announcements(parseOffer(answers["+CNMI=?"], "+CNMI"), profile.Direct, profile.Reports); len(all) > 0 {
		p.WouldSet = all[0]
	}
	return p, profile, a.probeTries(ctx, &p, profile)
}

// probeTries asks how often the PIN may still be entered. The question costs no try.
func (a asker) probeTries(ctx context.Context, p *Probed, profile Profile) error {
	commands := triesCommands
	if profile.Tries != "" {
		commands = append([]string{profile.Tries}, commands...)
	}
	for _, cmd := range commands {
		lines, _, err := a.ask(ctx, cmd)
		if err != nil {
			return err
		}
		if n, ok := parseTries(lines); ok {
			p.PINTries = &n
			return nil
		}
	}
	return nil
}

// probeStorages asks how full each storage is. AT+CPMS says so only of the one it switches to: it is switched back.
func (a asker) probeStorages(ctx context.Context, p *Probed) error {
	lines, _, err := a.ask(ctx, "+CPMS?")
	if err != nil {
		return err
	}
	now := parseUse(lines)
	if len(now) == 0 {
		return nil
	}
	lines, _, err = a.ask(ctx, "+CPMS=?")
	if err != nil {
		return err
	}
	var names []string
	for _, name := range append(parseStorages(lines)[0], now[0].Name) {
		// MT is SM and ME together, BM holds broadcasts.
		if slices.Contains([]string{"SM", "ME", "SR"}, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var quoted []string
	for _, u := range now {
		quoted = append(quoted, fmt.Sprintf("%q", u.Name))
	}
	defer a.putBack(ctx, "+CPMS="+strings.Join(quoted, ","))
	for _, name := range names {
		lines, refusal, err := a.ask(ctx, fmt.Sprintf("+CPMS=%q", name))
		if err != nil {
			return err
		}
		if uses := parseUse(lines); refusal == "" && len(uses) > 0 {
			p.Storages = append(p.Storages, ProbedStorage{name, uses[0].Used, uses[0].Total})
		}
	}
	return nil
}

// secondWithin is how long a second port may take to answer: one that does not is for something else.
const secondWithin = 3 * time.Second

func probeSecond(ctx context.Context, open Opener, o Options) string {
	port, err := open(ctx)
	if err != nil {
		return "cannot be opened: " + err.Error()
	}
	conn := at.New(port, at.Options{Timeout: o.CommandTimeout})
	alive, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = conn.Run(alive) // whoever asks hears why
	}()
	err = conn.Sync(alive, min(secondWithin, o.AnswerWithin))
	end()
	<-ended
	if err != nil {
		return "does not answer: everything goes over the first"
	}
	return "answers: one sends while the other reads"
}
