package bridge

import (
	"context"
	"strings"

	"knapp/bridge/words"
)

// Everyone returns all guardians, also those who answer for no child yet, by id.
func (d *Directory) Everyone() []Person { return d.guardiansOfAll() }

// Begin makes the family's first guardian, its owner, who has a number and a chat address: both are needed to be called
// when a child calls for help. Where there is an owner already it is refused. It takes the right to Maintain, which
// before there is an owner only the keeper has.
func (r *Relay) Begin(ctx context.Context, who Actor, g Guardian) (owner Person, err error) {
	err = r.operate(ctx, "begin a family", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Maintain, 0); err != nil {
			return err
		}
		for _, p := range d.guardiansOfAll() {
			if p.Role == RoleOwner {
				return refuse(words.HasAnOwner)
			}
		}
		if !strings.Contains(g.JID, "@") {
			return refuse(words.NotAChat, g.JID)
		}
		if _, err := r.o.Addresses.JID(g.JID); err != nil {
			return refuse(words.NotAChat, g.JID)
		}
		if _, err := r.o.Addresses.Phone(g.Phone); err != nil || g.Phone == "" {
			return refuse(words.NotAPhone, g.Phone)
		}
		g.Was, g.Role = "", RoleOwner
		now, err := r.editFamily(tx, func(f *Family) error {
			f.Guardians = append(f.Guardians, g)
			return nil
		})
		if err != nil {
			return err
		}
		owner, _ = now.Named(g.Name)
		return r.audit(tx, who, "begin_family", 0, owner.ID, owner.Name)
	})
	return owner, err
}
