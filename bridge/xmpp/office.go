package xmpp

import (
	"context"

	"knapp/bridge"
)

// Office is what the component asks of the post office; *bridge.Relay implements it. All calls but Connected,
// Introductions, Introduced and the Subscribe that follows an introduction come from one goroutine, in the order in
// which the stanzas were read. Their context is not cancelled when
// the stream or the program ends: what was begun is finished.
type Office interface {
	// TakeChat commits a chat. nil means that it is committed: every answer (an error stanza, a receipt) comes
	// later through Send. After an error the sender is told that it will never be sent.
	TakeChat(ctx context.Context, c bridge.Chat) error
	// TakeBounce takes an error stanza that speaks of one of ours.
	TakeBounce(ctx context.Context, b bridge.Bounce) error
	// TakeReceipt takes an XEP-0184 receipt of a contact's client. to is the localpart that it was sent to, id
	// the stanza that arrived.
	TakeReceipt(ctx context.Context, from bridge.JID, to, id string) error
	// TakeMarker takes an XEP-0333 marker of a contact's client: the text has reached a device, and with displayed
	// a person has seen it. to and id as for TakeReceipt.
	TakeMarker(ctx context.Context, from bridge.JID, to, id string, displayed bool) error
	// TakeRetraction takes a contact's wish to unsay the chat of an id (XEP-0424). Nothing is answered, unless it
	// fails.
	TakeRetraction(ctx context.Context, from bridge.JID, to, id string) error
	// Subscribe decides about a contact's request to see a presence. to is a localpart, "" the gateway.
	Subscribe(ctx context.Context, from bridge.JID, to string) (granted bool, err error)
	// Unsubscribe records that a contact no longer wants to see a presence.
	Unsubscribe(ctx context.Context, from bridge.JID, to string) error
	// Sees tells whether somebody may know that a child is there, and the name to show. With to "" it is the
	// gateway that is asked for, and guardians see it.
	Sees(ctx context.Context, from bridge.JID, to string) (name string, ok bool, err error)
	// Items returns the children that a guardian may see; nothing for everybody else.
	Items(ctx context.Context, from bridge.JID) ([]bridge.Item, error)
	// Subscriptions returns every presence subscription that was granted.
	Subscriptions(ctx context.Context) ([]bridge.Subscription, error)
	// PresenceFor tells how a child, or with "" the gateway, is shown to one who sees it: show is "" when it is
	// simply there, bridge.Unavailable when it is not, or one of RFC 6121 §4.7.2.1; status is a sentence in the viewer's
	// language, "" for everybody but guardians. It must not block.
	PresenceFor(ctx context.Context, to string, viewer bridge.JID) (show, status string)
	// Introductions returns whom to bring into whose roster: those that were never tried.
	Introductions(ctx context.Context) ([]bridge.Introduction, error)
	// Introduced records what became of one of them. Whoever declined is not returned again.
	Introduced(ctx context.Context, who bridge.Subscription, state bridge.IntroductionState) error
	// Commands returns what somebody may command; nothing for everybody who may not.
	Commands(ctx context.Context, from bridge.JID) ([]bridge.Command, error)
	// Execute does a command that Commands listed for the same person, or returns the form that it needs. fields
	// is all that was filled in so far, nil at first. language is an xml:lang, "" when the client gave none.
	// After bridge.ErrNoCommand and bridge.ErrNotAllowed the person is told so, after any other error to try later.
	Execute(ctx context.Context, from bridge.JID, node string, fields map[string]string, language string) (bridge.CommandResult, error)
	// Connected says that the stream to the server is open, or gone. It must not block, and not send: nothing
	// can be sent on a new stream before it returns.
	Connected(on bool)
}
