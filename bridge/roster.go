package bridge

// Introduction is a wish to have a child, or the gateway, in somebody's roster without that person's typing: by the
// server where it lets the gateway write rosters (XEP-0356), else by a subscription request.
type Introduction struct {
	Subscription
	Name  string // as the roster shows it: the child's, or GatewayName
	Group string // of the roster; "" for none
}

// IntroductionState is how far an introduction has come. Each is final but Asked.
type IntroductionState string

// The states of an introduction.
const (
	Asked    IntroductionState = "asked"    // a subscription request was sent; it is not sent again
	Settled  IntroductionState = "settled"  // it stands in the roster, or the person has agreed
	Declined IntroductionState = "declined" // the person does not want it; only a change of the family asks anew
)

// Unavailable is what PresenceFor shows of a child that cannot be reached.
const Unavailable = "unavailable"
