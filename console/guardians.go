package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func guardiansScreen() screen {
	return screen{
		menu: "/guardians", aside: true,
		doors: []door{
			{"GET", "/guardians", bridge.Govern, false, (*visit).guardians},
			{"POST", "/guardians/new", bridge.Govern, true, (*visit).newGuardian},
			{"POST", "/guardians/invite", bridge.Govern, true, (*visit).invite},
			{"POST", "/guardians/role", bridge.Govern, true, (*visit).setRole},
		},
		rehearse: func(r *rehearsal) {
			r.inside("guardians.html", guardiansView{CodeWord: true, Roles: roleForm{
				People: []guardianRow{{"1", "owner", false}, {"2", "viewer", false}}, Roles: allRoles, Who: "1", Role: "helper",
				Waits: []changeRow{{Kind: "role", Role: "viewer", Who: "1", By: "2", Due: "3"}, {Kind: "owner", Role: "owner", Who: "1", By: "2"}},
			}})
			r.inside("guardians.html", guardiansView{Link: "1", For: "2", Guardians: []guardianRow{
				{"1", "owner", true}, {"2", "guardian", false}, {"3", "helper", false}, {"3", "viewer", false},
			}, New: guardianForm{Children: []tickRow{{"1", true}, {"2", false}}, Sure: true}})
		},
	}
}

// guardiansView is what the page about guardians shows.
type guardiansView struct {
	Guardians []guardianRow
	Link      string // of an invitation that was just made; shown once
	For       string
	Until     string
	New       guardianForm
	CodeWord  bool // the family has one
	Roles     roleForm
}

// guardianForm is somebody new, as it was typed.
type guardianForm struct {
	Name, JID, Phone, Role string
	Children               []tickRow
	Sure                   bool // an owner's second word is asked for
}

type guardianRow struct {
	Name, Role string
	Account    bool
}

func (v *visit) guardians() error {
	view, err := v.allGuardians()
	if err != nil {
		return err
	}
	return v.show("guardians.html", view)
}

func (v *visit) allGuardians() (guardiansView, error) {
	view := guardiansView{CodeWord: v.d.CodeWord != ""}
	have, err := v.s.options.Store.HaveAccounts(v.ctx())
	if err != nil {
		return view, err
	}
	with := map[policy.Person]bool{}
	for _, p := range have {
		with[p] = true
	}
	for _, g := range guardiansOf(v.d) {
		view.Guardians = append(view.Guardians, guardianRow{Name: g.Name, Role: string(g.Role), Account: with[g.ID]})
	}
	if view.Roles, err = v.roleForm(); err != nil {
		return view, err
	}
	children := v.myChildren()
	for _, child := range children {
		view.New.Children = append(view.New.Children, tickRow{child.Name, len(children) == 1})
	}
	return view, nil
}

// newGuardian makes somebody new a guardian of children; a link to sign in by is the next step.
func (v *visit) newGuardian() error {
	chosen := v.chosen("child")
	n := bridge.NewGuardian{
		Name: strings.Join(strings.Fields(v.c.FormValue("name")), " "), JID: strings.TrimSpace(v.c.FormValue("jid")),
		Phone: strings.TrimSpace(v.c.FormValue("phone")), Role: bridge.Role(v.c.FormValue("role")), Sure: v.c.FormValue("sure") != "",
	}
	for _, child := range v.myChildren() {
		if chosen[child.Name] {
			n.Children = append(n.Children, child.Name)
		}
	}
	err := v.s.options.Office.AddGuardian(v.ctx(), v.who, n)
	return v.ended(err, "/guardians", "guardian", func() error {
		view, again := v.allGuardians()
		view.New.Name, view.New.JID, view.New.Phone, view.New.Role = n.Name, n.JID, n.Phone, string(n.Role)
		view.New.Sure = v.costs(err)
		for i := range view.New.Children {
			view.New.Children[i].On = chosen[view.New.Children[i].Name]
		}
		if again != nil {
			return again
		}
		return v.show("guardians.html", view)
	})
}

// Invite makes a link for a guardian, in the keeper's name: it lets even an owner in who has forgotten the password.
// path begins with a slash; the link can be used once, until the time.
func (s *Server) Invite(ctx context.Context, name string) (path string, until time.Time, err error) {
	d, err := s.options.Store.Directory(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	p, ok := d.Named(name)
	if !ok || p.Kind != bridge.KindGuardian {
		return "", time.Time{}, fmt.Errorf("%q is no guardian of the family: %w", name, bridge.ErrNotFound)
	}
	return s.invite(ctx, bridge.Keeper, p, s.options.Now())
}

func (s *Server) invite(ctx context.Context, by bridge.Actor, p bridge.Person, now time.Time) (path string, until time.Time, err error) {
	key := newToken()
	until = now.Add(invitationLives)
	err = s.options.Store.Do(ctx, func(tx bridge.Tx) error {
		if err := tx.AddInvitation(bridge.Invitation{Hash: hashOf(key), Person: p.ID, By: by, Until: until}); err != nil {
			return err
		}
		return tx.AddAudit(bridge.AuditEntry{At: now, Who: by, What: "invite", Other: p.ID})
	})
	if err != nil {
		return "", until, err
	}
	if _, can, err := s.options.Store.Account(ctx, p.ID); err != nil || can {
		return "/invited?key=" + key, until, errors.Join(err, s.options.Office.TellInvited(ctx, by, p.ID))
	}
	return "/invited?key=" + key, until, err
}

// invite makes a link for a guardian, who chooses a password by it. It serves whoever forgot one, too.
func (v *visit) invite() error {
	p, ok := v.d.Named(v.c.FormValue("who"))
	if !ok || p.Kind != bridge.KindGuardian {
		return fiber.ErrNotFound
	}
	path, until, err := v.s.invite(v.ctx(), v.who, p, v.now)
	if err != nil {
		return err
	}
	view, err := v.allGuardians()
	if err != nil {
		return err
	}
	scheme := "http://"
	if v.s.encrypted(v.c) {
		scheme = "https://"
	}
	view.Link = scheme + string(v.c.Context().Host()) + path
	view.For, view.Until = p.Name, v.words().moment(until, v.now)
	return v.show("guardians.html", view)
}
