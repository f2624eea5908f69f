package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mellium.im/xmlstream"
	"mellium.im/xmpp/stanza"

	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

// roster asks for a person's roster and returns the names in it by address, of those who are seen both ways.
func (p *person) roster() map[string]string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var answer struct {
		Items []struct {
			JID          string `xml:"jid,attr"`
			Name         string `xml:"name,attr"`
			Subscription string `xml:"subscription,attr"`
		} `xml:"item"`
	}
	query := xmlstream.Wrap(nil, xml.StartElement{Name: xml.Name{Space: "jabber:iq:roster", Local: "query"}})
	if err := p.session.UnmarshalIQ(ctx, stanza.IQ{Type: stanza.GetIQ}.Wrap(query), &answer); err != nil {
		p.t.Fatal(err)
	}
	names := map[string]string{}
	for _, i := range answer.Items {
		if i.Subscription == "both" {
			names[i.JID] = i.Name
		}
	}
	return names
}

// Whoever may write to a child finds it in the roster, or is asked once, with the child's name; who comes onto the
// family's list is asked then.
func TestChildrenComeIntoRosters(t *testing.T) {
	t.Parallel()
	t.Run("prosody asks", func(t *testing.T) {
		w := newQuietWorld(t, modemtest.ModemOptions{})
		coach := login(t, w.server, "coach")
		eve := login(t, w.server, "eve")
		w.start()
		w.awaitReady()
		asked := func(child, name string) func(arrived) bool {
			return func(a arrived) bool {
				return a.XMLName.Local == "presence" && a.Type == "subscribe" && a.From == w.child(child) && a.Nick == name
			}
		}
		coach.await("Emma asks", asked("emma", "Emma"))
		coach.presence(w.child("emma"), stanza.UnsubscribedPresence)
		listed := strings.Replace(fmt.Sprintf(family, w.server.Domain), "phone = \"+4794444444\"\n",
			"phone = \"+4794444444\"\n\n  [[child.allow]]\n  contact = \"Trener\"\n  to_child = true\n", 1)
		w.mustKnapp("family", "apply", w.write("listed.toml", listed))
		coach.await("Jonas asks", asked("jonas", "Jonas"))
		if code, _ := w.stop(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		w.start()
		w.awaitReady()
		// Behind an answer to what is asked now, all that the start had to ask was asked.
		coach.awaitReceipt(coach.write(w.child("emma"), "hei"))
		for name, p := range map[string]*person{"coach": coach, "eve": eve} {
			times := map[string]int{}
			for _, a := range p.all() {
				if a.Type == "subscribe" {
					times[a.From]++
				}
			}
			want := map[string]int{}
			if p == coach {
				want = map[string]int{w.child("emma"): 1, w.child("jonas"): 1}
			}
			if fmt.Sprint(times) != fmt.Sprint(want) {
				t.Errorf("%s was asked by %v, not %v", name, times, want)
			}
		}
	})
	// Where knapp setup xmpp was let write what is needed, nobody is asked.
	for name, kind := range map[string]struct {
		start func(context.Context, xmpptest.Options) (*xmpptest.Server, error)
		file  string
	}{
		xmpptest.Prosody:  {xmpptest.StartProsody, "prosody.cfg.lua"},
		xmpptest.Ejabberd: {xmpptest.StartEjabberd, "ejabberd.yml"},
	} {
		t.Run(name+" after setup", func(t *testing.T) {
			w := newWorldOn(t, modemtest.ModemOptions{}, kind.start, xmpptest.Options{}, nil)
			theirs := filepath.Join(w.server.Dir, kind.file)
			if name == xmpptest.Ejabberd { // its accounts were made by an API that is open for all
				rewrite(t, theirs, func(s string) string { return strings.Replace(s, `what: ["*"]`, `what: ["status"]`, 1) })
			}
			w.mustKnapp("setup", "xmpp", "--write", "--server", name, "--"+name, theirs)
			if err := w.server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			mum := login(t, w.server, "mum")
			w.start()
			w.awaitReady()
			mum.await("Emma is there", func(a arrived) bool {
				return a.XMLName.Local == "presence" && a.Type == "" && strings.HasPrefix(a.From, w.child("emma")+"/")
			})
			want := map[string]string{w.server.ComponentDomain: "Knapp", w.child("emma"): "Emma", w.child("jonas"): "Jonas"}
			until(t, "the children in the roster", func() bool { return fmt.Sprint(mum.roster()) == fmt.Sprint(want) },
				func() string { return fmt.Sprint(mum.roster()) })
		})
	}
}

// A guardian reads beside the child's name what is the matter; a contact sees no more than that it is not there.
func TestGuardiansReadWhatIsTheMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum, coach := login(t, w.server, "mum"), login(t, w.server, "coach")
	for _, p := range []*person{mum, coach} {
		p.presence(w.child("emma"), stanza.SubscribePresence)
		p.await("Emma is there", func(a arrived) bool { return a.Type == "" && strings.HasPrefix(a.From, w.child("emma")+"/") })
	}
	if err := w.modem.Unplug(); err != nil {
		t.Fatal(err)
	}
	mum.await("why", func(a arrived) bool {
		return a.Type == "unavailable" && strings.HasPrefix(a.From, w.child("emma")) && a.Status == "Modemet i Knapp svarer ikke"
	})
	coach.await("that", func(a arrived) bool { return a.Type == "unavailable" && strings.HasPrefix(a.From, w.child("emma")) })
	for _, a := range coach.all() {
		if a.Status != "" || a.Show != "" {
			t.Errorf("a contact reads %+v", a)
		}
	}
}
