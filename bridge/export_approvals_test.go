package bridge

import "context"

// LookAfterApprovals does once what RunKnocks and RunApprovals do.
func (r *Relay) LookAfterApprovals(ctx context.Context) error {
	if err := r.sortKnocks(ctx); err != nil {
		return err
	}
	_, err := r.approvalsDue(ctx)
	return err
}
