package bridge

import (
	"context"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// SendLink sends a guardian the link by which it asked to sign in to the console, in the chat. Nobody is an error for
// whoever is no guardian, has no chat, or is suspended: the caller must not tell them apart.
func (r *Relay) SendLink(ctx context.Context, to policy.Person, link string, minutes int) error {
	return r.operate(ctx, "send a link", func(tx Tx, d *Directory) error {
		g, ok := d.Person(to)
		who := Actor{Person: to, Via: ViaConsole}
		if !ok || g.JID == "" || !d.May(who, See, 0) {
			return ErrNotAllowed
		}
		if err := r.tellAlone(tx, g, words.Say(r.languageOf(g), words.SignInLink, link, minutes)); err != nil {
			return err
		}
		return r.audit(tx, who, "ask_link", 0, 0, "")
	})
}

// TellInvited tells a guardian who can sign in to the console that somebody has made a link by which its password can be
// changed.
func (r *Relay) TellInvited(ctx context.Context, by Actor, to policy.Person) error {
	return r.operate(ctx, "tell of a link", func(tx Tx, d *Directory) error {
		g, ok := d.Person(to)
		if !ok || g.Kind != KindGuardian || g.JID == "" || by.Person == to {
			return nil
		}
		return r.tellAlone(tx, g, words.Say(r.languageOf(g), words.LinkWasMade, r.whoDid(d, by)))
	})
}

// tellAlone writes one chat to one guardian, about no child.
func (r *Relay) tellAlone(tx Tx, g Person, text string) error {
	about, err := tx.AddMessage(Message{At: r.o.Now(), Direction: policy.FromChild, Other: g.ID, Verdict: own})
	if err != nil {
		return err
	}
	return r.sayToGuardian(tx, about, g, text)
}
