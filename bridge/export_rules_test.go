package bridge

import "context"

// ReleaseDue does once what RunHolds does.
func (r *Relay) ReleaseDue(ctx context.Context) error {
	_, err := r.releaseDue(ctx)
	return err
}
