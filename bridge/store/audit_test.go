package store

import (
	"fmt"
	"testing"
	"time"

	"knapp/bridge"
)

func TestAuditNamesWhoDidWhat(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	mamma, _ := d.Named("Mamma")
	emma, _ := d.Named("Emma")
	ola, _ := d.Named("Ola")
	do(t, s, func(tx bridge.Tx) error {
		for _, e := range []bridge.AuditEntry{
			{At: noon, Who: bridge.Keeper, What: "apply_family", Detail: "2 changes"},
			{At: noon.Add(time.Minute), Who: bridge.Actor{Person: mamma.ID, Via: "xmpp"}, What: bridge.ReadText, Child: emma.ID},
			{At: noon.Add(2 * time.Minute), Who: bridge.Keeper, What: bridge.ExportLog, Child: ola.ID},
		} {
			if err := tx.AddAudit(e); err != nil {
				return err
			}
		}
		looks, err := tx.LastLooks(emma.ID, noon, 9)
		if err != nil || len(looks) != 1 || looks[0].Name != "Mamma" || looks[0].What != bridge.ReadText {
			t.Errorf("who looked: %+v %v", looks, err)
		}
		if looks, err = tx.LastLooks(emma.ID, noon.Add(time.Hour), 9); err != nil || len(looks) != 0 {
			t.Errorf("who looked since: %+v %v", looks, err)
		}
		return nil
	})
	for _, test := range []struct {
		q    bridge.AuditQuery
		want string
	}{
		{bridge.AuditQuery{Limit: 9}, "[export_log terminal  Ola  show_text xmpp Mamma Emma  apply_family terminal   2 changes]"},
		{bridge.AuditQuery{Limit: 9, Child: "emma"}, "[show_text xmpp Mamma Emma ]"},
		{bridge.AuditQuery{Limit: 9, Before: 2}, "[apply_family terminal   2 changes]"},
		{bridge.AuditQuery{Limit: 1}, "[export_log terminal  Ola ]"},
		{bridge.AuditQuery{Limit: 9, Child: "nobody"}, "[]"},
	} {
		lines, err := s.Audit(t.Context(), test.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprintf("%s %s %s %s %s", l.What, l.Via, l.Who, l.Child, l.Detail))
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%+v: %v, want %s", test.q, got, test.want)
		}
	}
}
