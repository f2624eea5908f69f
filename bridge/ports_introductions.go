package bridge

import "time"

// IntroductionsTx is the part of Tx that knows who was brought into whose roster.
type IntroductionsTx interface {
	// Introduced returns every pair that was tried, and those that stand by themselves: who subscribed.
	Introduced() (map[Subscription]IntroductionState, error)
	// SetIntroduced records what became of one. That somebody was asked takes back no answer that came before.
	SetIntroduced(who Subscription, state IntroductionState, at time.Time) error
}
