package bridge

import "context"

// Commands returns what a person may command (XEP-0050): nobody anything.
func (r *Relay) Commands(context.Context, JID) ([]Command, error) { return nil, nil }

// Execute does a command, or asks for what it needs. It is called only for a node that Commands listed for the
// same person.
func (r *Relay) Execute(context.Context, JID, string, map[string]string, string) (CommandResult, error) {
	return CommandResult{}, ErrNoCommand
}

// PresenceFor tells what a viewer sees of a child (RFC 6121 §4.7): everybody the same, that there is nothing to say.
func (r *Relay) PresenceFor(context.Context, string, JID) (show, status string) { return "", "" }

// Introductions returns whom the gateway should bring into whose roster. Nobody: what was asked and refused before
// is not kept, and nobody is asked twice.
func (r *Relay) Introductions(context.Context) ([]Introduction, error) { return nil, nil }

// Introduced records what became of an introduction.
func (r *Relay) Introduced(context.Context, Subscription, IntroductionState) error { return nil }
