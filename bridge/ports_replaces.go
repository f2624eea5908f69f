package bridge

// ReplacesTx is the part of Tx that short messages need which take the place of earlier ones.
type ReplacesTx interface {
	// Replaceable returns the newest message of an SMS.Replaces, 0 for none, and SetReplaceable says which it is now.
	Replaceable(key string) (MessageID, error)
	SetReplaceable(key string, m MessageID) error
}
