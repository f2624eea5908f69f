package ordeal

import (
	"context"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/modem/tpdu"
)

// Gateways that do not keep to who may write to whom, or do not say what they owe about it.

// deaf holds nothing of whom a guardian has muted.
type deaf struct{ bridge.Tx }

func (deaf) SetMute(policy.Mute) error { return nil }

// careless goes on writing to a phone that is lost.
type careless struct{ bridge.Tx }

func (careless) SetLost(policy.Person, bool, time.Time) (bool, error) { return true, nil }

// backwards lets go last what came first.
type backwards struct{ bridge.Tx }

func (t backwards) Held() ([]bridge.Held, error) { return reversed(t.Tx.Held()) }

func (t backwards) HeldFor(question int64) ([]bridge.Held, error) {
	return reversed(t.Tx.HeldFor(question))
}

func (t backwards) HeldBetween(child, other policy.Person, way policy.Direction) ([]bridge.Held, error) {
	return reversed(t.Tx.HeldBetween(child, other, way))
}

func reversed(all []bridge.Held, err error) ([]bridge.Held, error) {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all, err
}

// generous counts nothing that is spent.
type generous struct{ bridge.Tx }

func (generous) Spent(policy.Person, policy.Person, bridge.Day) (policy.Spent, error) {
	return policy.Spent{}, nil
}

// plainly takes a correction of what has left for a text like any other.
type plainly struct{ bridge.Tx }

func (plainly) Reached(bridge.MessageID) (bool, error) { return false, nil }

// mute believes that it has told a child of a guardian's answer.
type mute struct{ bridge.Transmitter }

func (m mute) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	text, err := tpdu.Text([][]byte{seg.TPDU})
	if err == nil && strings.HasPrefix(text, bridgeName+": Ja! ") {
		return 0, commit()
	}
	return m.Transmitter.Transmit(ctx, seg, commit)
}

func listMutants() []meant {
	onTx := func(name string, wrap func(bridge.Tx) bridge.Tx, p Promise, says string, first uint64) meant {
		return meant{mutant{name: name, tx: wrap}, p, says, "network", true, first}
	}
	return []meant{
		onTx("a mute that holds nothing", func(tx bridge.Tx) bridge.Tx { return deaf{tx} }, DenyByDefault, "nobody had let it through", 3),
		onTx("a lost phone is written to", func(tx bridge.Tx) bridge.Tx { return careless{tx} }, DenyByDefault, "", 2),
		onTx("what waited is let go backwards", func(tx bridge.Tx) bridge.Tx { return backwards{tx} }, DenyByDefault, "in another order", 3),
		onTx("a budget without end", func(tx bridge.Tx) bridge.Tx { return generous{tx} }, NoSMSIsSpent, "with room for", 5),
		onTx("a correction that does not say so", func(tx bridge.Tx) bridge.Tx { return plainly{tx} }, NothingIsDoubled, "corrects the other", 2),
		{
			mutant{name: "an answer that the child never hears", transmitter: func(t bridge.Transmitter) bridge.Transmitter { return mute{t} }},
			NothingIsLost, "it heard so 0 times", "network", true, 2,
		},
	}
}
