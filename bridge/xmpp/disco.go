package xmpp

import (
	"context"
	"encoding/xml"
	"slices"
	"time"

	"knapp/bridge"
)

// The payloads of IQ answers.
type (
	discoInfo struct {
		XMLName  xml.Name `xml:"http://jabber.org/protocol/disco#info query"`
		Node     string   `xml:"node,attr,omitempty"`
		Identity identity
		Features []feature
	}
	identity struct {
		XMLName  xml.Name `xml:"identity"`
		Category string   `xml:"category,attr"`
		Type     string   `xml:"type,attr"`
		Name     string   `xml:"name,attr,omitempty"`
	}
	feature struct {
		XMLName xml.Name `xml:"feature"`
		Var     string   `xml:"var,attr"`
	}
	discoItems struct {
		XMLName xml.Name `xml:"http://jabber.org/protocol/disco#items query"`
		Node    string   `xml:"node,attr,omitempty"`
		Items   []discoItem
	}
	discoItem struct {
		XMLName xml.Name `xml:"item"`
		JID     string   `xml:"jid,attr"`
		Node    string   `xml:"node,attr,omitempty"`
		Name    string   `xml:"name,attr,omitempty"`
	}
	version struct {
		XMLName xml.Name `xml:"jabber:iq:version query"`
		Name    string   `xml:"name"`
		Version string   `xml:"version,omitempty"`
	}
	entityTime struct {
		XMLName xml.Name `xml:"urn:xmpp:time time"`
		Zone    string   `xml:"tzo"`
		UTC     string   `xml:"utc"`
	}
)

// What is understood, by the gateway itself and by a child's address.
var (
	gatewayFeatures = []feature{
		{Var: nsDiscoInfo}, {Var: nsDiscoItems}, {Var: nsPing}, {Var: nsReceipts}, {Var: nsTime}, {Var: nsVersion},
	}
	// Who may command sees that as well.
	commandFeatures = []feature{{Var: nsCommands}, {Var: nsForms}}
	childFeatures   = append(slices.Clone(gatewayFeatures), []feature{
		{Var: nsVCard},
		{Var: nsCorrect},
		{Var: nsRetract + "1"},
		{Var: nsMarkers},
		{Var: nsOOB},
		{Var: nsFiles},
		{Var: nsMediaSharing},
		{Var: nsReply},
		{Var: nsFallback},
		{Var: nsIDs},
	}...)
)

// iq answers an IQ stanza. Every get and set gets exactly one answer, results and errors get none (RFC 6120
// §8.2.3).
func (c *Component) iq(ctx context.Context, st stanza, to string) []outgoing {
	switch st.typ {
	case "result", "error":
		return nil
	case "get", "set":
	default:
		return refuse(st, badRequest)
	}
	if st.broken || len(st.Children) != 1 {
		return refuse(st, badRequest)
	}
	from, _, known := c.sender(st)
	name, sees := "", false
	if known {
		var err error
		if name, sees, err = c.o.Office.Sees(ctx, from, to); err != nil {
			c.o.Log.Error("xmpp: cannot tell who sees whom", "from", from, "error", err)
			return c.fault(st)
		}
	}
	q := question{from: from, to: to, name: name, sees: sees}
	switch {
	case to != "" && !sees:
		return refuse(st, serviceUnavailable)
	case st.typ == "set" && isCommand(st.Children[0].Name):
		return c.command(ctx, st, q)
	case st.typ == "set":
		return refuse(st, serviceUnavailable)
	default:
		return c.query(ctx, st, q)
	}
}

// question is who asks, for whom.
type question struct {
	from bridge.JID
	to   string // a child that the asker sees, or "" the gateway
	name string
	sees bool
}

// query answers an IQ get.
func (c *Component) query(ctx context.Context, st stanza, q question) []outgoing {
	asked := &st.Children[0]
	switch asked.Name {
	case xml.Name{Space: nsDiscoInfo, Local: "query"}, xml.Name{Space: nsDiscoItems, Local: "query"}:
		return c.disco(ctx, st, q, asked)
	case xml.Name{Space: nsVCard, Local: "vCard"}:
		if !q.sees {
			return refuse(st, serviceUnavailable) // the gateway's own has a face for guardians only
		}
		return []outgoing{reply(st, "result", c.card(q))}
	case xml.Name{Space: nsPing, Local: "ping"}:
		return []outgoing{reply(st, "result")}
	case xml.Name{Space: nsVersion, Local: "query"}:
		return []outgoing{reply(st, "result", version{Name: "Knapp", Version: c.o.Version})}
	case xml.Name{Space: nsTime, Local: "time"}:
		now := c.o.Now()
		return []outgoing{reply(st, "result", entityTime{
			Zone: now.Format("-07:00"),
			UTC:  now.UTC().Format(time.RFC3339),
		})}
	default:
		return refuse(st, serviceUnavailable)
	}
}

// isCommand tells whether it is a command's element (XEP-0050).
func isCommand(name xml.Name) bool { return name == xml.Name{Space: nsCommands, Local: "command"} }

// disco answers what there is (XEP-0030). The only nodes are those of commands, for who may command.
func (c *Component) disco(ctx context.Context, st stanza, q question, asked *element) []outgoing {
	commands, err := c.commandsFor(ctx, q)
	if err != nil {
		c.o.Log.Error("xmpp: the commands could not be listed", "from", q.from, "error", err)
		return c.fault(st)
	}
	items := asked.Name.Space == nsDiscoItems
	switch node := asked.attr("node"); {
	case node == "" && items:
		return c.items(ctx, st, q)
	case node == "":
		return []outgoing{reply(st, "result", info(q, len(commands) > 0))}
	case node == nsCommands && items && len(commands) > 0:
		list := discoItems{Node: node}
		for _, one := range commands {
			list.Items = append(list.Items, discoItem{JID: c.o.Domain, Node: clean(one.Node), Name: clean(one.Name)})
		}
		return []outgoing{reply(st, "result", list)}
	case node == nsCommands && len(commands) > 0:
		return []outgoing{reply(st, "result", discoInfo{
			Node: node, Identity: identity{Category: "automation", Type: "command-list"},
		})}
	case items && offers(commands, node):
		return []outgoing{reply(st, "result", discoItems{Node: clean(node)})}
	case offers(commands, node):
		return []outgoing{reply(st, "result", aboutCommand(commands, node))}
	default:
		return refuse(st, itemNotFound) // XEP-0030 §3.2
	}
}

// aboutCommand describes one command (XEP-0050 §2.3).
func aboutCommand(commands []bridge.Command, node string) discoInfo {
	about := discoInfo{Node: clean(node), Identity: identity{Category: "automation", Type: "command-node"}, Features: commandFeatures}
	for _, one := range commands {
		if one.Node == node {
			about.Identity.Name = clean(one.Name)
		}
	}
	return about
}

// info tells what answers: a gateway to SMS, or a child's phone (XEP-0030 §3.1).
func info(q question, commands bool) discoInfo {
	if q.to != "" {
		return discoInfo{Identity: identity{Category: "client", Type: "phone", Name: clean(q.name)}, Features: childFeatures}
	}
	about := discoInfo{Identity: identity{Category: "gateway", Type: "sms", Name: clean(q.name)}, Features: gatewayFeatures}
	if q.sees {
		about.Features = append(slices.Clone(about.Features), feature{Var: nsVCard})
	}
	if commands {
		about.Features = append(slices.Clone(about.Features), commandFeatures...)
	}
	return about
}

// items lists the children that a guardian sees. To everybody else the list is empty.
func (c *Component) items(ctx context.Context, st stanza, q question) []outgoing {
	var list discoItems
	if q.to == "" && q.from != "" {
		all, err := c.o.Office.Items(ctx, q.from)
		if err != nil {
			c.o.Log.Error("xmpp: the children could not be listed", "from", q.from, "error", err)
			return c.fault(st)
		}
		for _, i := range all {
			list.Items = append(list.Items, discoItem{JID: bareAddress(c.o.Domain, i.Localpart), Name: clean(i.Name)})
		}
	}
	return []outgoing{reply(st, "result", list)}
}
