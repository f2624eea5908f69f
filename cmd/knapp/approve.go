package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"knapp/bridge"
)

// approver is what a keeper can answer and look up.
type approver interface {
	Questions(ctx context.Context) ([]questionLine, error)
	Answer(ctx context.Context, a answerRequest) (questionLine, error)
	Audit(ctx context.Context, q bridge.AuditQuery) ([]bridge.AuditLine, error)
}

// questionLine is a question as scripts read it.
type questionLine struct {
	Code    string    `json:"code"`
	Kind    string    `json:"kind"`
	Address string    `json:"address"`
	Child   string    `json:"child,omitempty"`
	Name    string    `json:"name,omitempty"`
	Opened  time.Time `json:"opened"`
	Count   int       `json:"count"`
	Length  int       `json:"length"`
	State   string    `json:"state"`
}

// answerRequest is one answer of the keeper.
type answerRequest struct {
	Verb  string `json:"verb"` // "allow", "once", "block", "undo"
	Code  string `json:"code"`
	Child string `json:"child,omitempty"`
	Name  string `json:"name,omitempty"`
	Sure  bool   `json:"sure,omitempty"`
}

// keepersAnswers does a keeper's answers over a relay, of the running gateway or of none.
type keepersAnswers struct {
	relay *bridge.Relay
	store bridge.Store
}

func (k keepersAnswers) line(ctx context.Context, q bridge.Question) (questionLine, error) {
	d, err := k.store.Directory(ctx)
	if err != nil {
		return questionLine{}, err
	}
	child, _ := d.Person(q.Child)
	name := q.Name
	if p, ok := d.Person(q.Contact); ok {
		name = p.Name
	}
	return questionLine{
		Code: q.Code, Kind: string(q.Kind), Address: q.Address, Child: child.Name, Name: name, Opened: q.Opened,
		Count: q.Count, Length: q.Length, State: string(q.State),
	}, nil
}

func (k keepersAnswers) Questions(ctx context.Context) ([]questionLine, error) {
	list, err := k.relay.Questions(ctx, bridge.Keeper)
	if err != nil {
		return nil, err
	}
	lines := make([]questionLine, len(list))
	for i, q := range list {
		if lines[i], err = k.line(ctx, q); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

func (k keepersAnswers) Answer(ctx context.Context, a answerRequest) (questionLine, error) {
	var q bridge.Question
	var err error
	admission := bridge.Admission{Child: a.Child, Name: a.Name, Sure: a.Sure}
	switch a.Verb {
	case "allow":
		q, err = k.relay.Approve(ctx, bridge.Keeper, a.Code, admission)
	case "once":
		q, err = k.relay.Once(ctx, bridge.Keeper, a.Code, admission)
	case "block":
		q, err = k.relay.Refuse(ctx, bridge.Keeper, a.Code)
	case "undo":
		q, err = k.relay.Undo(ctx, bridge.Keeper, a.Code)
	default:
		err = fmt.Errorf("%q is no answer: allow, once, block or undo", a.Verb)
	}
	if err != nil {
		return questionLine{}, err
	}
	return k.line(ctx, q)
}

func (k keepersAnswers) Audit(ctx context.Context, q bridge.AuditQuery) ([]bridge.AuditLine, error) {
	return k.relay.ReadAuditLog(ctx, bridge.Keeper, q)
}

func (g *gateway) Questions(ctx context.Context) ([]questionLine, error) {
	return keepersAnswers{g.relay, g.store}.Questions(ctx)
}

func (g *gateway) Answer(ctx context.Context, a answerRequest) (questionLine, error) {
	return keepersAnswers{g.relay, g.store}.Answer(ctx, a)
}

func (g *gateway) Audit(ctx context.Context, q bridge.AuditQuery) ([]bridge.AuditLine, error) {
	return keepersAnswers{g.relay, g.store}.Audit(ctx, q)
}

// relay is a post office that sends nothing: what is released waits in the outbox until the gateway runs.
func (o offline) relay() (*bridge.Relay, error) {
	return bridge.New(bridge.Options{
		Store: o.store, Texts: texts{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Modems: o.c.names(),
		Language: o.c.Language, Location: o.c.location, Country: o.c.Country, Addresses: o.c.numbers,
		CheckFamily: func(f bridge.Family) (bridge.Family, error) { return checkFamily(o.c, f) },
	})
}

func (o offline) answers() (keepersAnswers, error) {
	relay, err := o.relay()
	return keepersAnswers{relay, o.store}, err
}

func (o offline) Questions(ctx context.Context) ([]questionLine, error) {
	k, err := o.answers()
	if err != nil {
		return nil, err
	}
	return k.Questions(ctx)
}

func (o offline) Answer(ctx context.Context, a answerRequest) (questionLine, error) {
	k, err := o.answers()
	if err != nil {
		return questionLine{}, err
	}
	return k.Answer(ctx, a)
}

func (o offline) Audit(ctx context.Context, q bridge.AuditQuery) ([]bridge.AuditLine, error) {
	k, err := o.answers()
	if err != nil {
		return nil, err
	}
	return k.Audit(ctx, q)
}

func (c client) Questions(ctx context.Context) (v []questionLine, err error) {
	return v, c.call(ctx, http.MethodGet, "/questions", nil, &v)
}

func (c client) Answer(ctx context.Context, a answerRequest) (v questionLine, err error) {
	return v, c.call(ctx, http.MethodPost, "/answer", a, &v)
}

func (c client) Audit(ctx context.Context, q bridge.AuditQuery) (v []bridge.AuditLine, err error) {
	query := url.Values{"child": {q.Child}, "limit": {strconv.Itoa(q.Limit)}, "before": {strconv.FormatInt(q.Before, 10)}}
	return v, c.call(ctx, http.MethodGet, "/audit?"+query.Encode(), nil, &v)
}

type approveList struct {
	JSON bool `name:"json" help:"Print JSON."`
}

type approveCode struct {
	Code string `arg:"" help:"The question's code, as in K7."`
	JSON bool   `name:"json" help:"Print JSON."`
}

type approveWhom struct {
	approveCode
	Child string `help:"The child; needed for an SMS where there are several." placeholder:"NAME"`
	Name  string `help:"The name that the child sees." placeholder:"NAME"`
	Sure  bool   `help:"Even a number that is abroad or costs extra."`
}

type (
	approveAllow struct{ approveWhom }
	approveOnce  struct{ approveWhom }
	approveBlock struct{ approveCode }
	approveUndo  struct{ approveCode }
)

// Run prints what waits for an answer.
func (l approveList) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		list, err := ops.Questions(ctx)
		if err != nil {
			return err
		}
		if l.JSON {
			return printJSON(k.out, list)
		}
		return printQuestions(k.out, list)
	})
}

// Run lets somebody in.
func (a approveAllow) Run(ctx context.Context, k keeper) error {
	return a.answer(ctx, k, answerRequest{Verb: "allow", Code: a.Code, Child: a.Child, Name: a.Name, Sure: a.Sure})
}

// Run lets somebody in for a day.
func (a approveOnce) Run(ctx context.Context, k keeper) error {
	return a.answer(ctx, k, answerRequest{Verb: "once", Code: a.Code, Child: a.Child, Name: a.Name, Sure: a.Sure})
}

// Run blocks an address.
func (a approveBlock) Run(ctx context.Context, k keeper) error {
	return a.answer(ctx, k, answerRequest{Verb: "block", Code: a.Code})
}

// Run takes an answer back.
func (a approveUndo) Run(ctx context.Context, k keeper) error {
	return a.answer(ctx, k, answerRequest{Verb: "undo", Code: a.Code})
}

func (a approveCode) answer(ctx context.Context, k keeper, request answerRequest) error {
	return k.with(ctx, func(ops operations) error {
		q, err := ops.Answer(ctx, request)
		if err != nil {
			return err
		}
		if a.JSON {
			return printJSON(k.out, q)
		}
		return printQuestions(k.out, []questionLine{q})
	})
}

func printQuestions(out io.Writer, list []questionLine) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "nothing waits for an answer")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "CODE\tSTATE\tWHAT\tFROM\tCHILD\tNAME\tMESSAGES\tSINCE")
	for _, q := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", q.Code, q.State, q.Kind, q.Address, orDash(q.Child), orDash(q.Name),
			q.Count, q.Opened.Local().Format("2006-01-02 15:04"))
	}
	return w.Flush()
}

type auditCommand struct {
	Child  string `help:"Only what concerns this child." placeholder:"NAME"`
	Limit  int    `help:"How many entries." default:"50" short:"n"`
	Before int64  `help:"Only entries older than this one." placeholder:"ID"`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run prints who did, read or changed what, newest first.
func (a auditCommand) Run(ctx context.Context, k keeper) error {
	if a.Limit < 1 || a.Limit > 1000 {
		return fmt.Errorf("--limit %d: 1 to 1000", a.Limit)
	}
	return k.with(ctx, func(ops operations) error {
		lines, err := ops.Audit(ctx, bridge.AuditQuery{Child: a.Child, Limit: a.Limit, Before: a.Before})
		if err != nil {
			return err
		}
		if a.JSON {
			return printJSON(k.out, lines)
		}
		return printAudit(k.out, lines)
	})
}

func printAudit(out io.Writer, lines []bridge.AuditLine) error {
	if len(lines) == 0 {
		_, err := fmt.Fprintln(out, "nothing yet")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tWHEN\tWHO\tBY\tWHAT\tCHILD\tWHOM\tDETAIL")
	for _, l := range lines {
		who := l.Who
		if who == "" {
			who = map[string]string{bridge.ViaTerminal: "the keeper"}[l.Via]
		}
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.At.Local().Format("2006-01-02 15:04:05"), orDash(who), l.Via,
			l.What, orDash(l.Child), orDash(l.Other), orDash(l.Detail))
	}
	return w.Flush()
}
