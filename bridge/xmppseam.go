package bridge

import "context"

// PresenceFor tells what a viewer sees of a child (RFC 6121 §4.7): everybody the same, that there is nothing to say.
func (r *Relay) PresenceFor(context.Context, string, JID) (show, status string) { return "", "" }
