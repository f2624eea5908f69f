package bridge_test

import (
	"errors"
	"strings"
	"testing"

	"knapp/bridge"
)

func TestMenu(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	d.stanzas()
	for _, who := range []bridge.JID{"x@evil.example", "coach@example.org"} {
		if list, err := d.relay.Commands(t.Context(), who); err != nil || len(list) != 0 {
			t.Errorf("%s: %v %v", who, list, err)
		}
		if _, err := d.relay.Execute(t.Context(), who, "questions", nil, "nb"); !errors.Is(err, bridge.ErrNoCommand) {
			t.Errorf("%s: %v", who, err)
		}
	}
	list, err := d.relay.Commands(t.Context(), "mum@example.org")
	if err != nil || len(list) < 10 {
		t.Fatal(list, err)
	}
	form, err := d.relay.Execute(t.Context(), "mum@example.org", "answer", nil, "en-GB")
	if err != nil || len(form.Form) != 5 || form.Form[0].Choices[0].Value != "K2" || form.Form[0].Label != "Question" {
		t.Fatalf("form: %+v %v", form, err)
	}
	fill := map[string]string{"question": "K2", "answer": "yes", "name": "Anne"}
	again, err := d.relay.Execute(t.Context(), "mum@example.org", "answer", fill, "en")
	if err != nil || !again.Wrong || !strings.HasPrefix(again.Text, "To whom?") || len(again.Form) != 5 {
		t.Fatalf("without a child: %+v %v", again, err)
	}
	fill["child"] = "Emma"
	done, err := d.relay.Execute(t.Context(), "mum@example.org", "answer", fill, "nb")
	if err != nil || done.Wrong || !strings.HasPrefix(done.Text, "Anne (+4798765432) er sluppet inn hos Emma.") {
		t.Fatalf("done: %+v %v", done, err)
	}
	want(t, "released", d.transmit(&hand{}), "+4793333333 Anne (ny): hei")
	for node, fields := range map[string]map[string]string{
		"mute": {"child": "Emma", "long": "1 h"}, "open": {"child": "Emma", "long": "until next"}, "unmute": {"child": "Emma"},
		"lost-phone": {"child": "Emma"}, "found-phone": {"child": "Emma"}, "who": {}, "status": {}, "audit": {}, "take": {}, "drill": {"child": "Jonas"},
		"call-me": {"child": "Emma"}, "my-phone-is-gone": {"guardian": "Pappa"}, "balance": {}, "questions": {},
	} {
		r, err := d.relay.Execute(t.Context(), "mum@example.org", node, fields, "nb")
		if err != nil || r.Wrong || r.Text == "" {
			t.Errorf("%s: %+v %v", node, r, err)
		}
	}
}
