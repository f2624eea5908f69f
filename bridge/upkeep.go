package bridge

import "context"

// Upkeep is something that an owner has the gateway do to itself.
type Upkeep string

// What there is.
const (
	TakeCopy      Upkeep = "take_copy"      // of the database, to be taken along
	PutBack       Upkeep = "put_copy_back"  // a copy in the place of the database
	EndPause      Upkeep = "end_pause"      // after that
	AskBalance    Upkeep = "ask_balance"    // of a SIM
	ExamineModems Upkeep = "examine_modems" // what they say of themselves
)

// Upkeep writes down what somebody is about to have the gateway do to itself, which is not the post office's work but
// its caller's. Whoever gets an error must not do it. It takes the right to Maintain. detail is for people.
func (r *Relay) Upkeep(ctx context.Context, who Actor, what Upkeep, detail string) error {
	return r.operate(ctx, string(what), func(tx Tx, d *Directory) error {
		if err := d.allow(who, Maintain, 0); err != nil {
			return err
		}
		return r.audit(tx, who, string(what), 0, 0, detail)
	})
}
