package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// Whatever changes what decides wakes those who wait for a verdict.

// ApplyFamily implements Tx.
func (g *givenTx) ApplyFamily(f Family, at time.Time) ([]Change, error) {
	g.held = true
	return g.Tx.ApplyFamily(f, at)
}

// EndMute implements Tx.
func (g *givenTx) EndMute(child, other policy.Person, byChild bool) error {
	g.held = true
	return g.Tx.EndMute(child, other, byChild)
}

// SetOverride implements Tx.
func (g *givenTx) SetOverride(o policy.Override) error {
	g.held = true
	return g.Tx.SetOverride(o)
}

// SetLimits implements Tx.
func (g *givenTx) SetLimits(child policy.Person, l policy.Limits, storm int) error {
	g.held = true
	return g.Tx.SetLimits(child, l, storm)
}

// SetLost implements Tx.
func (g *givenTx) SetLost(child policy.Person, on bool, at time.Time) (changed bool, err error) {
	g.held = true
	return g.Tx.SetLost(child, on, at)
}
