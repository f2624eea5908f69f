package store

import (
	"fmt"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func TestLog(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	ola, _ := d.Named("Ola")
	gran, _ := d.Named("Bestemor")
	do(t, s, func(tx bridge.Tx) error {
		m := entry(policy.ToChild)
		m.Child, m.Other, m.Parts, m.Modem = child.ID, gran.ID, 1, modem
		m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.ByRule, Rule: 2}
		id := must[bridge.MessageID](t)(tx.AddMessage(m))
		must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{
			Message: id, Verdict: m.Verdict, SMS: &bridge.SMSLeg{Modem: modem, To: emma, Segments: [][]byte{{1}}},
		}, noon))
		leg := must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{
			Message: id, Verdict: m.Verdict, Stanza: &bridge.Stanza{Kind: bridge.ErrorStanza, To: mum, ID: "e"},
		}, noon))
		if err := tx.FinishStanza(leg, bridge.Failed, "gone", noon); err != nil {
			return err
		}
		m = entry(policy.FromChild)
		m.Child = ola.ID
		must[bridge.MessageID](t)(tx.AddMessage(m))
		m = entry(policy.FromChild)
		m.Address, m.Verdict = "72999", policy.Verdict{Action: policy.Refuse, Reason: policy.Stranger}
		_, err := tx.AddMessage(m)
		return err
	})
	for _, test := range []struct {
		q    bridge.LogQuery
		want string
	}{
		{bridge.LogQuery{Limit: 10}, "[3 2 1]"},
		{bridge.LogQuery{Limit: 2}, "[3 2]"},
		{bridge.LogQuery{Limit: 2, Before: 2}, "[1]"},
		{bridge.LogQuery{Limit: 10, Child: "EMMA"}, "[1]"},
		{bridge.LogQuery{Limit: 10, Child: "Ola", Before: 2}, "[]"},
		{bridge.LogQuery{Limit: 10, Child: "nobody"}, "[]"},
	} {
		ids := []bridge.MessageID{}
		for _, e := range must[[]bridge.LogEntry](t)(s.Log(t.Context(), test.q)) {
			ids = append(ids, e.ID)
		}
		if got := fmt.Sprint(ids); got != test.want {
			t.Errorf("%+v: %s, want %s", test.q, got, test.want)
		}
	}
	got := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 1, Child: "Emma"}))[0]
	want := bridge.LogEntry{
		ID: 1, At: noon, Direction: "to_child", Child: "Emma", Other: "Bestemor", Modem: modem, Length: 5, Parts: 1,
		Verdict: "deliver", Reason: policy.ByRule, Rule: 2, Legs: []bridge.LogLeg{
			{Way: "sms", To: string(emma), State: bridge.Queued, At: noon},
			{Way: "xmpp", Kind: "error", To: mum, State: bridge.Failed, At: noon, Why: "gone"},
		},
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
