package console

import (
	"strings"
	"testing"

	"knapp/bridge/policy"
)

// A second parent comes into the family by the console: guardian of the children that were ticked and of no other, and in
// by a link.
func TestOneMoreGuardian(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	b := h.signedIn("Mamma")
	b.get("/guardians")
	b.shows("En foresatt til", `value="Emma" checked`)
	for _, try := range [][]string{
		{"name", "Farfar", "jid", "farfar@example.org", "role", "guardian"},
		{"name", "Farfar", "jid", "farfar@example.org", "role", "king", "child", "Emma"},
		{"name", "Farfar", "jid", "farfar@example.org", "role", "guardian", "child", "Ola"},
		{"name", "Farfar", "jid", "farfar", "role", "guardian", "child", "Emma"},
		{"name", "Farfar", "jid", "", "role", "guardian", "child", "Emma"},
		{"name", "Farfar", "jid", "dad@example.org", "role", "guardian", "child", "Emma"},
		{"name", "Farfar", "jid", "farfar@example.org", "phone", "+4793333333", "role", "guardian", "child", "Emma"},
		{"name", "Farfar", "jid", "farfar@example.org", "phone", "x@example.org", "role", "guardian", "child", "Emma"},
		{"name", "Emma", "jid", "farfar@example.org", "role", "guardian", "child", "Emma"},
		{"name", "", "jid", "farfar@example.org", "role", "guardian", "child", "Emma"},
		{"name", "Knapp", "jid", "farfar@example.org", "role", "guardian", "child", "Emma"},
	} {
		b.get("/guardians")
		if b.post("/guardians/new", try...); b.code != 422 || !strings.Contains(b.page, `role="alert"`) {
			t.Errorf("%v: %d", try, b.code)
		}
	}
	b.shows(`value="farfar@example.org"`)
	b.post("/guardians/new", "name", "Farfar", "jid", "Farfar@example.org", "phone", "+4796666666", "role", "guardian", "child", "Emma")
	b.shows("Lagt til.", "Farfar", "kan ikke logge inn ennå")
	d, err := h.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	farfar, emma, ola := h.person("Farfar").ID, h.person("Emma").ID, h.person("Ola").ID
	if !d.Rules.IsGuardian(emma, farfar) || d.Rules.IsGuardian(ola, farfar) || farfar == policy.Person(0) {
		t.Error("he is not a guardian of Emma alone")
	}
	b.get("/guardians")
	b.post("/guardians/invite", "who", "Farfar")
	b.shows("/invited?key=")
	// Who governs nothing adds nobody.
	pappa := h.signedIn("Pappa")
	pappa.get("/me")
	if pappa.post("/guardians/new", "name", "Onkel 2", "jid", "o@example.org", "role", "guardian", "child", "Emma"); pappa.code != 403 {
		t.Errorf("a guardian adds a guardian: %d", pappa.code)
	}
}
