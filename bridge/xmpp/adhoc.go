package xmpp

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"maps"
	"time"

	"knapp/bridge"
)

// Ad-hoc commands (XEP-0050) are asked of the gateway's own address. The office says who may command what, and does it;
// here is only the talk around it. Who may command nothing is answered as if there were no commands.

// How many commands may be half-way, and for how long a person may think about a form.
const (
	mostSessions   = 200
	sessionsEach   = 8
	sessionPatient = 15 * time.Minute
)

// dialogue is a command that waits for a form to be filled in.
type dialogue struct {
	who    string // the full address that began it; nobody else goes on with it
	from   bridge.JID
	node   string
	fields map[string]string // filled in so far
	form   []bridge.Field    // what was asked
	began  time.Time
}

// The payloads of commands and of their forms (XEP-0004).
type (
	command struct {
		XMLName xml.Name `xml:"http://jabber.org/protocol/commands command"`
		Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
		Node    string   `xml:"node,attr"`
		Session string   `xml:"sessionid,attr"`
		Status  string   `xml:"status,attr"`
		Actions *actions
		Note    *note
		Form    *dataForm
	}
	actions struct {
		XMLName  xml.Name `xml:"actions"`
		Execute  string   `xml:"execute,attr"`
		Complete struct{} `xml:"complete"`
	}
	note struct {
		XMLName xml.Name `xml:"note"`
		Type    string   `xml:"type,attr"`
		Text    string   `xml:",chardata"`
	}
	dataForm struct {
		XMLName      xml.Name `xml:"jabber:x:data x"`
		Type         string   `xml:"type,attr"`
		Title        string   `xml:"title,omitempty"`
		Instructions string   `xml:"instructions,omitempty"`
		Fields       []dataField
	}
	dataField struct {
		XMLName  xml.Name  `xml:"field"`
		Var      string    `xml:"var,attr"`
		Type     string    `xml:"type,attr"`
		Label    string    `xml:"label,attr,omitempty"`
		Required *struct{} `xml:"required"`
		Value    string    `xml:"value,omitempty"`
		Options  []dataOption
	}
	dataOption struct {
		XMLName xml.Name `xml:"option"`
		Label   string   `xml:"label,attr,omitempty"`
		Value   string   `xml:"value"`
	}
	badAction struct { // XEP-0050 §4.4
		XMLName xml.Name
	}
)

// commandsFor returns what the asker may command at the address that was asked.
func (c *Component) commandsFor(ctx context.Context, q question) ([]bridge.Command, error) {
	if q.to != "" || q.from == "" || !q.sees {
		return nil, nil
	}
	return c.o.Office.Commands(ctx, q.from)
}

// command handles an IQ set with a command.
func (c *Component) command(ctx context.Context, st stanza, q question) []outgoing {
	list, err := c.commandsFor(ctx, q)
	switch {
	case err != nil:
		c.o.Log.Error("xmpp: the commands could not be listed", "from", q.from, "error", err)
		return c.fault(st)
	case len(list) == 0:
		return refuse(st, serviceUnavailable)
	}
	asked := &st.Children[0]
	if session := asked.attr("sessionid"); session != "" {
		return c.goOn(ctx, st, q, asked, session)
	}
	node := asked.attr("node")
	if !offers(list, node) {
		return refuse(st, itemNotFound) // XEP-0050 §4.4
	}
	switch asked.attr("action") {
	case "", "execute", "complete":
	default:
		return refuseAction(st, "bad-action")
	}
	return c.execute(ctx, st, rand.Text(), dialogue{who: st.from, from: q.from, node: node, began: st.at}, language(st, asked))
}

// offers tells whether a node is in the list.
func offers(list []bridge.Command, node string) bool {
	for _, one := range list {
		if one.Node == node {
			return true
		}
	}
	return false
}

// goOn takes a form that was filled in, or a person who would rather not.
func (c *Component) goOn(ctx context.Context, st stanza, q question, asked *element, session string) []outgoing {
	d, is := c.dialogues[session]
	if !is || d.who != st.from || d.node != asked.attr("node") || st.at.Sub(d.began) > sessionPatient {
		return refuseAction(st, "bad-sessionid")
	}
	switch asked.attr("action") {
	case "cancel":
		delete(c.dialogues, session)
		return []outgoing{reply(st, "result", command{Node: d.node, Session: session, Status: "canceled"})}
	case "", "execute", "next", "complete":
	default:
		return refuseAction(st, "bad-action") // there is no way back: nothing has been done yet, and cancel is there
	}
	list, err := c.commandsFor(ctx, q) // the right may have been taken away meanwhile
	if err != nil {
		return c.fault(st)
	}
	if !offers(list, d.node) {
		delete(c.dialogues, session)
		return refuse(st, forbidden)
	}
	filled, good := fieldsOf(asked)
	if !good {
		return refuseAction(st, "bad-payload")
	}
	all := maps.Clone(d.fields)
	if all == nil {
		all = make(map[string]string)
	}
	for _, f := range d.form { // only what was asked: a field of an earlier stage is not changed behind the office's back
		if v, is := filled[f.Name]; is {
			all[f.Name] = v
		}
	}
	d.fields = all
	return c.execute(ctx, st, session, d, language(st, asked))
}

// execute asks the office, and answers with what was done or with the form that it needs.
func (c *Component) execute(ctx context.Context, st stanza, session string, d dialogue, lang string) []outgoing {
	result, err := c.o.Office.Execute(ctx, d.from, d.node, d.fields, lang)
	switch {
	case errors.Is(err, bridge.ErrNoCommand):
		delete(c.dialogues, session)
		return refuse(st, itemNotFound)
	case errors.Is(err, bridge.ErrNotAllowed):
		delete(c.dialogues, session)
		return refuse(st, forbidden)
	case err != nil:
		c.o.Log.Error("xmpp: a command could not be done", "node", d.node, "from", d.from, "error", err)
		return c.fault(st)
	}
	answer := command{Lang: result.Language, Node: d.node, Session: session, Status: "completed"}
	if result.Text != "" {
		answer.Note = &note{Type: "info", Text: clean(result.Text)}
		if result.Wrong {
			answer.Note.Type = "error"
		}
	}
	if len(result.Form) == 0 {
		delete(c.dialogues, session)
		return []outgoing{reply(st, "result", answer)}
	}
	d.form = result.Form
	c.keepDialogue(session, d, st.at)
	answer.Status = "executing"
	answer.Actions = &actions{Execute: "complete"}
	answer.Form = formOf(result)
	if !result.Wrong {
		answer.Note = nil // the form's instructions say it
	}
	return []outgoing{reply(st, "result", answer)}
}

// keepDialogue keeps a command that is half-way. Those that were left lying, and the oldest when there are too many
// of one person or of all, are forgotten. Only the worker calls it.
func (c *Component) keepDialogue(session string, d dialogue, now time.Time) {
	delete(c.dialogues, session)
	for {
		var oldest, own string
		of := 0
		for id, other := range c.dialogues {
			if now.Sub(other.began) > sessionPatient {
				delete(c.dialogues, id)
				continue
			}
			if oldest == "" || other.began.Before(c.dialogues[oldest].began) {
				oldest = id
			}
			if other.from == d.from {
				of++
				if own == "" || other.began.Before(c.dialogues[own].began) {
					own = id
				}
			}
		}
		switch {
		case of >= sessionsEach:
			delete(c.dialogues, own)
		case len(c.dialogues) >= mostSessions:
			delete(c.dialogues, oldest)
		default:
			c.dialogues[session] = d
			return
		}
	}
}

// formOf makes the form of a question (XEP-0004 §3).
func formOf(r bridge.CommandResult) *dataForm {
	f := &dataForm{Type: "form", Title: clean(r.Title), Instructions: clean(r.Text)}
	for _, q := range r.Form {
		field := dataField{Var: clean(q.Name), Type: string(q.Kind), Label: clean(q.Label), Value: clean(q.Value)}
		if q.Required {
			field.Required = &struct{}{}
		}
		for _, choice := range q.Choices {
			field.Options = append(field.Options, dataOption{Label: clean(choice.Label), Value: clean(choice.Value)})
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// fieldsOf reads a form that was filled in. Without one there is nothing to read, which is not wrong.
func fieldsOf(asked *element) (map[string]string, bool) {
	x := asked.child(nsForms, "x")
	if x == nil {
		return nil, true
	}
	if x.attr("type") != "submit" {
		return nil, false
	}
	out := make(map[string]string)
	for i := range x.Children {
		f := &x.Children[i]
		name := f.attr("var")
		if f.Name.Space != nsForms || f.Name.Local != "field" || name == "" {
			continue
		}
		if v := f.child(nsForms, "value"); v != nil {
			out[name] = v.Text
		} else {
			out[name] = ""
		}
	}
	return out, true
}

// language returns the xml:lang in force at a command (XML 1.0 §2.12): its own, or its stanza's, into which servers
// copy the client's stream's. "" means that there is none.
func language(st stanza, asked *element) string {
	for _, e := range []*element{asked, &st.element} {
		for _, a := range e.Attr {
			if a.Name.Local == "lang" && (a.Name.Space == "xml" || a.Name.Space == "http://www.w3.org/XML/1998/namespace") && len(a.Value) <= 35 {
				return clean(a.Value) // RFC 5646 §4.4.1: 35 characters are enough for any tag
			}
		}
	}
	return ""
}

// refuseAction answers bad-request and says what of the command is bad.
func refuseAction(st stanza, what string) []outgoing {
	e := newError(badRequest, "", "")
	e.Specific = &badAction{xml.Name{Space: nsCommands, Local: what}}
	return []outgoing{reply(st, "error", e)}
}
