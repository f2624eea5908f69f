package bridge_test

import (
	"testing"
	"time"

	"knapp/bridge"
)

// `0 …` goes to every guardian; when one has answered the others hear that, once, never what, and it costs no SMS.
func TestGuardiansLearnThatAnotherHasAnswered(t *testing.T) {
	d := open(t)
	d.apply(func(f *bridge.Family) {
		f.Guardians = append(f.Guardians, bridge.Guardian{Name: "Onkel", Phone: "+4795555555", Role: bridge.RoleHelper})
		f.Children[0].Guardians = append(f.Children[0].Guardians, "Onkel")
	})
	h := &hand{}
	d.sms("+4793333333", "0 hvem henter")
	d.chat(mumJID, "jonas", "1", "hei Jonas") // another child's
	want(t, "each has a leg of its own", d.stanzas(),
		"chat emma→mum@example.org | hvem henter", "chat emma→dad@example.org | hvem henter")
	d.chat(mumJID, "emma", "2", "jeg henter")
	want(t, "the other hears that, not what", d.stanzas(), "chat emma→dad@example.org | Mamma svarte Emma.")
	d.chat(mumJID, "emma", "3", "om fem minutter")
	want(t, "once", d.stanzas())
	d.chat("dad@example.org", "emma", "4", "fint")
	want(t, "and the other way", d.stanzas(), "chat emma→mum@example.org | Pappa svarte Emma.")

	d.sms("+4793333333", "0 takk")
	d.stanzas()
	d.sms("+4795555555", "Emma: bra")
	want(t, "who answers by phone", d.stanzas(), "chat emma→mum@example.org | Onkel svarte Emma.", "chat emma→dad@example.org | Onkel svarte Emma.")
	want(t, "in SMS", d.transmit(h), "+4795555555 Emma: hvem henter", "+4794444444 Mamma: hei Jonas", "+4793333333 Mamma: jeg henter",
		"+4793333333 Mamma: om fem minutter", "+4793333333 Pappa: fint", "+4795555555 Emma: takk", "+4793333333 Onkel: bra")
	d.now = d.now.Add(bridge.ConversationWindow + time.Minute)
	d.chat(mumJID, "emma", "5", "god natt")
	want(t, "the conversation is over", d.stanzas())

	d.sms("+4793333333", "2 bare til deg")
	d.stanzas()
	d.chat(mumJID, "emma", "6", "ja")
	want(t, "an exchange of two is theirs", d.stanzas())
}

// An answer that was held tells the other guardians as well, when it goes.
func TestAHeldAnswerToAllIsTold(t *testing.T) {
	d := schoolDesk(t)
	d.amend(func(f *bridge.Family) { f.Children[0].Allow[1].When = "home" })
	d.until("2026-11-20 13:30")
	d.sms("+4793333333", "0 hvem henter")
	d.stanzas()
	d.chat("dad@example.org", "emma", "a", "jeg henter")
	want(t, "held", said(d.stanzas(), "mum@example.org"))
	d.until("2026-11-20 14:00")
	d.releaseDue()
	contains(t, "it goes", d.transmit(&hand{}), "Pappa: jeg henter")
	mustContain(t, "told", said(d.stanzas(), "mum@example.org"), "Pappa svarte Emma.")
}
