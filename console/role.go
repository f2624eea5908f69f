package console

import (
	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

// roleForm is whose role the visitor may change, and to which.
type roleForm struct {
	People []guardianRow
	Roles  []string
	Who    string // as it was chosen and refused
	Role   string
	Waits  []changeRow // roles that wait for a yes
}

// allRoles are in the order of what they may do.
var allRoles = []string{string(bridge.RoleOwner), string(bridge.RoleGuardian), string(bridge.RoleHelper), string(bridge.RoleViewer)}

func (v *visit) roleForm() (roleForm, error) {
	form := roleForm{Roles: allRoles, Who: v.typed("who", ""), Role: v.typed("role", "")}
	for _, g := range v.d.AllGuardians() {
		if v.d.MaySetRole(v.who, g) {
			form.People = append(form.People, guardianRow{Name: g.Name, Role: string(g.Role)})
		}
	}
	changes, err := v.changes()
	for _, c := range changes {
		if c.Role != "" {
			form.Waits = append(form.Waits, c)
		}
	}
	return form, err
}

// setRole changes a guardian's role: at once, with its yes or in seven days, or with another owner's yes.
func (v *visit) setRole() error {
	return v.setRoleOf(v.c.FormValue("who"), "/guardians", v.guardians)
}

// stepBack makes one's own role a lesser one, at once.
func (v *visit) stepBack() error { return v.setRoleOf(v.me.Name, "/me", v.mine) }

func (v *visit) setRoleOf(name, page string, again func() error) error {
	role := v.c.FormValue("role")
	if name == "" || role == "" {
		return fiber.ErrBadRequest
	}
	waits, err := v.s.options.Office.SetRole(v.ctx(), v.who, name, bridge.Role(role))
	done := "role"
	switch {
	case waits != nil && waits.Due.IsZero():
		done = "role_owner"
	case waits != nil:
		done = "role_waits"
	}
	if p, ok := v.d.Named(name); err == nil && ok && p.ID == v.me.ID { // it may not see that page any more
		page = "/me"
	}
	return v.ended(err, page, done, again)
}
