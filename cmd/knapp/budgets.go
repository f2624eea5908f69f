package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// budgeter is what a keeper can see and do about loops that were stopped and about budgets.
type budgeter interface {
	Stops(ctx context.Context) ([]stopLine, error)
	Release(ctx context.Context, r releaseRequest) (stopLine, error)
	Limits(ctx context.Context, l limitsRequest) (budgetLine, error)
}

// familyStatus is what is open in the family, as `knapp status` shows it.
type familyStatus struct {
	Questions int          `json:"questions"`
	Alarms    []alarmLine  `json:"alarms,omitempty"`
	Drills    []drillLine  `json:"drills,omitempty"`
	Stops     []stopLine   `json:"stops,omitempty"`
	Budgets   []budgetLine `json:"budgets,omitempty"`
}

type alarmLine struct {
	Child string    `json:"child"`
	At    time.Time `json:"at"`
	Drill bool      `json:"drill,omitempty"`
}

type drillLine struct {
	Child string    `json:"child"`
	Last  time.Time `json:"last,omitzero"` // zero: never
}

// stopLine is something that was stopped.
type stopLine struct {
	Child string    `json:"child"`
	Other string    `json:"other"` // the gateway's own name: it answers no more what the child's phone asks
	Why   string    `json:"why"`
	At    time.Time `json:"at"`
}

// budgetLine is a child's budget, or ("") the gateway's, in SMS parts; a limit of 0 is none.
type budgetLine struct {
	Child        string `json:"child,omitempty"`
	Today        int    `json:"today"`
	ThisMonth    int    `json:"this_month"`
	DayLimit     int    `json:"day_limit"`
	MonthLimit   int    `json:"month_limit"`
	ContactLimit int    `json:"contact_limit,omitempty"` // a day, caused by one contact
	Reserve      int    `json:"reserve,omitempty"`       // of both, for guardians alone
}

// releaseRequest names what is to be opened again: Other "" is the only one that there is.
type releaseRequest struct {
	Child string `json:"child"`
	Other string `json:"other,omitempty"`
}

// limitsRequest names a child and what of its limits is to be changed; nil stays, 0 is as usual, -1 is none.
type limitsRequest struct {
	Child   string `json:"child"`
	Day     *int   `json:"day,omitempty"`
	Month   *int   `json:"month,omitempty"`
	Contact *int   `json:"contact,omitempty"`
	Reserve *int   `json:"reserve,omitempty"`
}

func (k keepersAnswers) familyStatus(ctx context.Context) (familyStatus, error) {
	s, err := k.relay.Status(ctx, bridge.Keeper)
	if err != nil {
		return familyStatus{}, err
	}
	d, err := k.store.Directory(ctx)
	if err != nil {
		return familyStatus{}, err
	}
	name := func(id policy.Person) string { p, _ := d.Person(id); return p.Name }
	out := familyStatus{Questions: s.Questions}
	for _, a := range s.Alarms {
		out.Alarms = append(out.Alarms, alarmLine{Child: name(a.Child), At: a.At, Drill: a.Drill})
	}
	for _, child := range s.Children {
		out.Drills = append(out.Drills, drillLine{Child: child.Name, Last: s.Drills[child.Child]})
	}
	for _, stop := range s.Stops {
		line := stopLine{Child: name(stop.Child), Other: name(stop.Other), Why: stop.Why, At: stop.At}
		if stop.Other == 0 {
			line.Other = bridge.GatewayName
		}
		out.Stops = append(out.Stops, line)
	}
	for _, b := range s.Budgets {
		out.Budgets = append(out.Budgets, budgetLine{
			Child: b.Name, Today: b.Day, ThisMonth: b.Month, DayLimit: b.Limits.Day, MonthLimit: b.Limits.Month,
			ContactLimit: b.Limits.Contact, Reserve: b.Limits.Reserve,
		})
	}
	return out, nil
}

// Stops implements budgeter.
func (k keepersAnswers) Stops(ctx context.Context) ([]stopLine, error) {
	s, err := k.familyStatus(ctx)
	return s.Stops, err
}

// Release implements budgeter.
func (k keepersAnswers) Release(ctx context.Context, r releaseRequest) (stopLine, error) {
	stops, err := k.Stops(ctx)
	if err != nil {
		return stopLine{}, err
	}
	var found []stopLine
	for _, s := range stops {
		if bridge.Fold(s.Child) == bridge.Fold(r.Child) && (r.Other == "" || bridge.Fold(s.Other) == bridge.Fold(r.Other)) {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 0:
		return stopLine{}, fmt.Errorf("nothing of that is stopped for %s: knapp approve stops shows what is", r.Child)
	case len(found) > 1:
		names := make([]string, len(found))
		for i, s := range found {
			names[i] = s.Other
		}
		return stopLine{}, fmt.Errorf("several are stopped for %s: say which of %s", found[0].Child, strings.Join(names, ", "))
	}
	d, err := k.store.Directory(ctx)
	if err != nil {
		return stopLine{}, err
	}
	child, _ := d.Named(found[0].Child)
	other, _ := d.Named(found[0].Other) // nobody is called as the gateway
	return found[0], k.relay.Release(ctx, bridge.Keeper, child.ID, other.ID)
}

// Limits implements budgeter.
func (k keepersAnswers) Limits(ctx context.Context, l limitsRequest) (budgetLine, error) {
	f, err := k.store.Family(ctx)
	if err != nil {
		return budgetLine{}, err
	}
	d, err := k.store.Directory(ctx)
	if err != nil {
		return budgetLine{}, err
	}
	child, ok := d.Named(l.Child)
	if !ok || child.Kind != bridge.KindChild {
		return budgetLine{}, fmt.Errorf("there is no child called %q: knapp family export names them", l.Child)
	}
	var limits bridge.ChildLimits
	for _, c := range f.Children {
		if c.Name == child.Name {
			limits = c.Limits
		}
	}
	changes := false
	for _, one := range []struct{ to, from *int }{
		{&limits.Day, l.Day}, {&limits.Month, l.Month}, {&limits.Contact, l.Contact}, {&limits.Reserve, l.Reserve},
	} {
		if one.from != nil {
			*one.to, changes = *one.from, true
		}
	}
	if changes {
		if err := k.relay.SetLimits(ctx, bridge.Keeper, child.ID, limits); err != nil {
			return budgetLine{}, err
		}
	}
	s, err := k.familyStatus(ctx)
	if err != nil {
		return budgetLine{}, err
	}
	for _, b := range s.Budgets {
		if b.Child == child.Name {
			return b, nil
		}
	}
	return budgetLine{}, errors.New("the child is gone")
}

func (g *gateway) Stops(ctx context.Context) ([]stopLine, error) {
	return keepersAnswers{g.relay, g.store}.Stops(ctx)
}

func (g *gateway) Release(ctx context.Context, r releaseRequest) (stopLine, error) {
	return keepersAnswers{g.relay, g.store}.Release(ctx, r)
}

func (g *gateway) Limits(ctx context.Context, l limitsRequest) (budgetLine, error) {
	return keepersAnswers{g.relay, g.store}.Limits(ctx, l)
}

func (o offline) Stops(ctx context.Context) ([]stopLine, error) {
	k, err := o.answers()
	if err != nil {
		return nil, err
	}
	return k.Stops(ctx)
}

func (o offline) Release(ctx context.Context, r releaseRequest) (stopLine, error) {
	k, err := o.answers()
	if err != nil {
		return stopLine{}, err
	}
	return k.Release(ctx, r)
}

func (o offline) Limits(ctx context.Context, l limitsRequest) (budgetLine, error) {
	k, err := o.answers()
	if err != nil {
		return budgetLine{}, err
	}
	return k.Limits(ctx, l)
}

func (c client) Stops(ctx context.Context) (v []stopLine, err error) {
	return v, c.call(ctx, http.MethodGet, "/stops", nil, &v)
}

func (c client) Release(ctx context.Context, r releaseRequest) (v stopLine, err error) {
	return v, c.call(ctx, http.MethodPost, "/release", r, &v)
}

func (c client) Limits(ctx context.Context, l limitsRequest) (v budgetLine, err error) {
	return v, c.call(ctx, http.MethodPost, "/limits", l, &v)
}

// serveBudgets answers for stops and budgets on the control socket.
func serveBudgets(mux *http.ServeMux, ops operations) {
	mux.HandleFunc("GET /stops", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.Stops(r.Context())
		answer(w, v, err)
	})
	mux.HandleFunc("POST /release", func(w http.ResponseWriter, r *http.Request) {
		var q releaseRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&q); err != nil {
			answer(w, nil, fmt.Errorf("release: %w", err))
			return
		}
		v, err := ops.Release(r.Context(), q)
		answer(w, v, err)
	})
	mux.HandleFunc("POST /limits", func(w http.ResponseWriter, r *http.Request) {
		var q limitsRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&q); err != nil {
			answer(w, nil, fmt.Errorf("limits: %w", err))
			return
		}
		v, err := ops.Limits(r.Context(), q)
		answer(w, v, err)
	})
}

type approveStops struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints what is stopped.
func (s approveStops) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		list, err := ops.Stops(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(k.out, append([]stopLine{}, list...))
		}
		return printStops(k.out, list)
	})
}

type approveRelease struct {
	Child string `arg:"" help:"The child."`
	Whom  string `arg:"" optional:"" help:"With whom; needed where several are stopped. Knapp is the gateway's own answers."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run opens again what was stopped.
func (a approveRelease) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		released, err := ops.Release(ctx, releaseRequest{Child: a.Child, Other: a.Whom})
		if err != nil {
			return err
		}
		if a.JSON {
			return printJSON(k.out, released)
		}
		_, err = fmt.Fprintf(k.out, "open again between %s and %s\n", released.Child, released.Other)
		return err
	})
}

type approveLimits struct {
	Child   string `arg:"" help:"The child."`
	Day     *int   `help:"SMS parts a day; 0 is the usual number, -1 no limit."`
	Month   *int   `help:"SMS parts a month."`
	Contact *int   `help:"SMS parts a day that one contact causes."`
	Reserve *int   `help:"How many of these are for guardians alone."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run shows or sets a child's budget.
func (a approveLimits) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		b, err := ops.Limits(ctx, limitsRequest{Child: a.Child, Day: a.Day, Month: a.Month, Contact: a.Contact, Reserve: a.Reserve})
		if err != nil {
			return err
		}
		if a.JSON {
			return printJSON(k.out, b)
		}
		_, err = fmt.Fprintf(k.out, "%s: %s\n", b.Child, b)
		return err
	})
}

// String says a budget in a line.
func (b budgetLine) String() string {
	most := func(n int) string {
		if n == 0 {
			return "no limit"
		}
		return fmt.Sprint(n)
	}
	text := fmt.Sprintf("today %d of %s, this month %d of %s SMS", b.Today, most(b.DayLimit), b.ThisMonth, most(b.MonthLimit))
	if b.Child != "" {
		text += ", one contact " + most(b.ContactLimit) + " a day"
	}
	return fmt.Sprintf("%s, %d for guardians alone", text, b.Reserve)
}

func printStops(out io.Writer, list []stopLine) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "nothing is stopped")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "CHILD\tWITH\tWHY\tSINCE")
	for _, s := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Child, s.Other, s.Why, s.At.Local().Format("2006-01-02 15:04"))
	}
	return w.Flush()
}

// rows prints what is open in the family.
func (f familyStatus) rows(row func(name, format string, args ...any)) {
	for _, a := range f.Alarms {
		what := "EMERGENCY"
		if a.Drill {
			what = "drill"
		}
		row(what, "%s, since %s: nobody has taken it", a.Child, a.At.Local().Format("2006-01-02 15:04"))
	}
	if f.Questions > 0 {
		row("questions", "%d wait for an answer: knapp approve", f.Questions)
	}
	for _, s := range f.Stops {
		row("stopped", "%s and %s (%s), since %s: knapp approve release", s.Child, s.Other, s.Why, s.At.Local().Format("2006-01-02 15:04"))
	}
	for _, b := range f.Budgets {
		name := b.Child
		if name == "" {
			name = "the gateway"
		}
		row("budget", "%s: %s", name, b)
	}
	for _, d := range f.Drills {
		last := "never"
		if !d.Last.IsZero() {
			last = d.Last.Local().Format("2006-01-02")
		}
		row("last drill", "%s: %s", d.Child, last)
	}
}
