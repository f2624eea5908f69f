package bridge

import "context"

// PresenceFor tells what a viewer sees of a child (RFC 6121 §4.7): everybody the same, that there is nothing to say.
func (r *Relay) PresenceFor(context.Context, string, JID) (show, status string) { return "", "" }

// Introductions returns whom the gateway should bring into whose roster. Nobody: what was asked and refused before
// is not kept, and nobody is asked twice.
func (r *Relay) Introductions(context.Context) ([]Introduction, error) { return nil, nil }

// Introduced records what became of an introduction.
func (r *Relay) Introduced(context.Context, Subscription, IntroductionState) error { return nil }
