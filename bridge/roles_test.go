package bridge_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Every operation, as every role, as nobody, as a guardian of another child, and as one whose phone is gone. An
// operation that is not in this table is not tested: add it.
func TestWhoMayDoWhat(t *testing.T) {
	d := open(t)
	family := household
	family.Guardians = []bridge.Guardian{
		{Name: "Mamma", JID: "mum@example.org", Phone: "+4791111111", Role: bridge.RoleOwner},
		{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
		{Name: "Barnevakt", JID: "sitter@example.org", Role: bridge.RoleHelper},
		{Name: "Farmor", JID: "gran@example.org", Role: bridge.RoleViewer},
		{Name: "Nabo", JID: "neighbour@example.org", Role: bridge.RoleOwner},
		{Name: "Borte", JID: "gone@example.org", Role: bridge.RoleOwner},
		{Name: "Onkel", JID: "uncle@example.org", Role: bridge.RoleHelper},
	}
	family.Children = slices.Clone(family.Children)
	family.Children[0].Guardians = []string{"Mamma", "Pappa", "Barnevakt", "Farmor", "Borte"}
	family.Children[1].Guardians = []string{"Nabo", "Onkel"}
	family.FreeDays = []bridge.FreeDays{{Name: "Tur", First: "2026-12-01", Last: "2026-12-02", Child: "Emma"}}
	family.Timetables = []bridge.Timetable{{Name: "Korps", Windows: []bridge.Hours{{Days: "mon", From: "17:00", To: "19:00"}}}}
	family.Timetables = append(family.Timetables, bridge.Timetable{Name: "Teater", Windows: family.Timetables[0].Windows})
	family.Children[0].Allow = slices.Clone(family.Children[0].Allow)
	family.Children[0].Allow[3].When = "Korps"
	checked, err := family.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(t.Context(), checked); err != nil {
		t.Fatal(err)
	}
	d.chat("x@evil.example", "emma", "a", "hei")
	d.look()
	gone := d.actor("Borte")
	if _, err := d.relay.PhoneIsGone(t.Context(), d.actor("Mamma"), "Borte"); err != nil {
		t.Fatal(err)
	}
	actors := map[string]bridge.Actor{
		"owner": d.actor("Mamma"), "guardian": d.actor("Pappa"), "helper": d.actor("Barnevakt"), "viewer": d.actor("Farmor"),
		"other": d.actor("Nabo"), "gone": gone, "contact": d.actor("Trener"), "child": d.actor("Emma"),
		"nobody": {Via: bridge.ViaXMPP}, "unknown": {Person: 9999, Via: bridge.ViaConsole}, "keeper": bridge.Keeper,
	}
	emma, tante := d.actor("Emma").Person, d.actor("Tante").Person
	all := []string{"keeper", "owner", "guardian", "helper", "viewer"}
	hurry, approve, arrange, govern := all[:4], all[:3], all[:3], all[:2]
	maintain := []string{"keeper", "owner", "other"} // the gateway is every owner's
	ctx := t.Context()
	r, err := bridge.New(bridge.Options{
		Store: tried{d.store}, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main", "second"}, Language: "nb", Location: time.UTC, Addresses: plain{},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, op := range map[string]struct {
		may []string
		do  func(who bridge.Actor) error
	}{
		"Approve":   {approve, func(who bridge.Actor) error { _, err := r.Approve(ctx, who, "K2", bridge.Admission{}); return err }},
		"Once":      {approve, func(who bridge.Actor) error { _, err := r.Once(ctx, who, "K2", bridge.Admission{}); return err }},
		"Refuse":    {approve, func(who bridge.Actor) error { _, err := r.Refuse(ctx, who, "K2"); return err }},
		"NewNumber": {approve, func(who bridge.Actor) error { _, err := r.NewNumber(ctx, who, "K2", "Tante", false); return err }},
		"Undo":      {approve, func(who bridge.Actor) error { _, err := r.Undo(ctx, who, "K2"); return err }},
		"ShowText":  {approve, func(who bridge.Actor) error { _, err := r.ShowText(ctx, who, "K2"); return err }},
		"AddContact": {arrange, func(who bridge.Actor) error {
			return r.AddContact(ctx, who, "Emma", bridge.NewContact{Name: "Ny", Address: "+4795555555"}, bridge.Allow{ToChild: true})
		}},
		"AddContactTo": {arrange, func(who bridge.Actor) error {
			return r.AddContactTo(ctx, who, []string{"Emma"}, bridge.NewContact{Name: "Ny", Address: "+4795555555"}, bridge.Allow{ToChild: true})
		}},
		"RemoveFromAll": {arrange, func(who bridge.Actor) error { return r.RemoveFromAll(ctx, who, "Tante") }},
		"Rename":        {arrange, func(who bridge.Actor) error { return r.Rename(ctx, who, "Tante", "Tanta") }},
		"SetReach":      {append(slices.Clone(govern), "helper"), func(who bridge.Actor) error { return r.SetReach(ctx, who, "Barnevakt", "back@example.org", "", false) }},
		"AddChild": {slices.Concat(govern, []string{"other"}), func(who bridge.Actor) error { // an owner, of whichever children
			return r.AddChild(ctx, who, bridge.NewChild{Name: "Ny", Phone: "+4795555555", Guardians: []string{"Nabo"}})
		}},
		"EditChild": {arrange, func(who bridge.Actor) error {
			return r.EditChild(ctx, who, "Emma", bridge.ChildEdit{Name: "Emmy", Localpart: "emma"})
		}},
		"ArchiveChild":  {govern, func(who bridge.Actor) error { return r.ArchiveChild(ctx, who, "Emma") }},
		"MakeGuardian":  {govern, func(who bridge.Actor) error { return r.MakeGuardian(ctx, who, "Emma", "Onkel") }},
		"RemoveContact": {arrange, func(who bridge.Actor) error { return r.RemoveContact(ctx, who, "Emma", "Tante") }},
		"SetRule": {arrange, func(who bridge.Actor) error {
			return r.SetRule(ctx, who, "Emma", bridge.Allow{Contact: "Tante", FromChild: true})
		}},
		"ChangeNumber": {arrange, func(who bridge.Actor) error { return r.ChangeNumber(ctx, who, "Tante", "t@example.org", false) }},
		"Block":        {approve, func(who bridge.Actor) error { return r.Block(ctx, who, "+4796666666", "Emma") }},
		"AddGuardian": {govern, func(who bridge.Actor) error {
			return r.AddGuardian(ctx, who, bridge.NewGuardian{Name: "Stemor", JID: "step@example.org", Role: bridge.RoleHelper, Children: []string{"Emma"}})
		}},
		"SearchLog": {all, func(who bridge.Actor) error {
			_, err := r.SearchLog(ctx, who, "nb", bridge.LogFilter{Child: emma, Limit: 9})
			return err
		}},
		"DailyTraffic": {all, func(who bridge.Actor) error {
			_, err := r.DailyTraffic(ctx, who, bridge.LogFilter{Child: emma}, 9)
			return err
		}},
		"SetRetention": {govern, func(who bridge.Actor) error {
			_, err := r.SetRetention(ctx, who, "Emma", bridge.KeepMetadata, 10)
			return err
		}},
		"CutOff":      {govern, func(who bridge.Actor) error { _, err := r.CutOff(ctx, who, "Emma", "Borte"); return err }},
		"PhoneIsGone": {hurry, func(who bridge.Actor) error { _, err := r.PhoneIsGone(ctx, who, "Pappa"); return err }},
		"Mute":        {hurry, func(who bridge.Actor) error { return r.Mute(ctx, who, emma, 0, d.now.Add(time.Hour)) }},
		"Unmute":      {hurry, func(who bridge.Actor) error { return r.Unmute(ctx, who, emma, 0) }},
		"AllowFor":    {hurry, func(who bridge.Actor) error { return r.AllowFor(ctx, who, emma, 0, time.Hour) }},
		"EndAllow":    {hurry, func(who bridge.Actor) error { return r.EndAllow(ctx, who, emma, 0) }},
		"LostPhone":   {hurry, func(who bridge.Actor) error { return r.LostPhone(ctx, who, emma) }},
		"Found":       {hurry, func(who bridge.Actor) error { return r.Found(ctx, who, emma) }},
		"StartDrill":  {hurry, func(who bridge.Actor) error { return r.StartDrill(ctx, who, emma) }},
		"Release":     {approve, func(who bridge.Actor) error { return r.Release(ctx, who, emma, tante) }},
		"SetLimits":   {arrange, func(who bridge.Actor) error { return r.SetLimits(ctx, who, emma, bridge.ChildLimits{Day: 40}) }},
		"Begin": {maintain, func(who bridge.Actor) error {
			_, err := r.Begin(ctx, who, bridge.Guardian{Name: "Ny", JID: "new@example.org", Phone: "+4797777777"})
			return err
		}},
		"TryMobile": {maintain, func(who bridge.Actor) error { return r.TryMobile(ctx, who) }},
		"TryChat":   {maintain, func(who bridge.Actor) error { return r.TryChat(ctx, who) }},
		"Trials":    {maintain, func(who bridge.Actor) error { _, err := r.Trials(ctx, who); return err }},
		"Upkeep":    {maintain, func(who bridge.Actor) error { return r.Upkeep(ctx, who, bridge.TakeCopy, "") }},
		"Agree":     {arrange, func(who bridge.Actor) error { return r.Agree(ctx, who, emma) }},
		"Agreements": {append(all, "other"), func(who bridge.Actor) error {
			list, err := r.Agreements(ctx, who)
			if who == actors["other"] && (len(list) != 1 || list[0].Child == emma) {
				t.Errorf("another child's guardian sees %+v", list)
			}
			return err
		}},
		"ExportSearch": {approve, func(who bridge.Actor) error {
			_, err := r.ExportSearch(ctx, who, "nb", bridge.LogFilter{Child: emma, Limit: 9})
			return err
		}},
		"SetWeek": {arrange, func(who bridge.Actor) error { return r.SetWeek(ctx, who, emma, schoolWeek) }},
		"AddFreeDays": {arrange, func(who bridge.Actor) error {
			return r.AddFreeDays(ctx, who, bridge.FreeDays{Name: "Jul", First: "2026-12-24", Child: "Emma"})
		}},
		"RemoveFreeDays": {arrange, func(who bridge.Actor) error {
			return r.RemoveFreeDays(ctx, who, bridge.FreeDays{Name: "Tur", First: "2026-12-01", Last: "2026-12-02", Child: "Emma"})
		}},
		"SetTimetable": {arrange, func(who bridge.Actor) error {
			return r.SetTimetable(ctx, who, "Korps", bridge.Timetable{Name: "Korps", Windows: []bridge.Hours{{Days: "mon", From: "18:00", To: "19:00"}}})
		}},
		"RemoveTimetable": {append(arrange[:3:3], "other"), func(who bridge.Actor) error { return r.RemoveTimetable(ctx, who, "Teater") }},
		"ChildTime":       {all, func(who bridge.Actor) error { _, err := r.ChildTime(ctx, who, emma); return err }},
		"Meaning":         {all, func(who bridge.Actor) error { _, err := r.Meaning(ctx, who, emma, schoolWeek, "nb"); return err }},
		"Foresee": {all, func(who bridge.Actor) error {
			_, err := r.Foresee(ctx, who, emma, tante, policy.ToChild, d.now, "nb")
			return err
		}},
		"Spending":     {all, func(who bridge.Actor) error { _, err := r.Spending(ctx, who, emma); return err }},
		"FamilyLimits": {append(all[:5:5], "other"), func(who bridge.Actor) error { _, err := r.FamilyLimits(ctx, who); return err }},
		"SetFamilyLimits": {append(govern[:2:2], "other"), func(who bridge.Actor) error {
			return r.SetFamilyLimits(ctx, who, bridge.FamilyLimits{Day: 99})
		}},
		"CodeWord":    {append(govern[:2:2], "other"), func(who bridge.Actor) error { _, err := r.CodeWord(ctx, who); return err }},
		"SetCodeWord": {append(govern[:2:2], "other"), func(who bridge.Actor) error { return r.SetCodeWord(ctx, who, "tyttebær") }},
		"SetTopUp": {maintain, func(who bridge.Actor) error {
			return r.SetTopUp(ctx, who, "main", d.now.AddDate(0, 1, 0).Format("2006-01-02"))
		}},
		"TopUps": {maintain, func(who bridge.Actor) error { _, err := r.TopUps(ctx, who); return err }},
		"SetRole": {govern, func(who bridge.Actor) error {
			_, err := r.SetRole(ctx, who, "Barnevakt", bridge.RoleGuardian)
			return err
		}},
		"SetStorm":     {append(govern[:2:2], "other"), func(who bridge.Actor) error { return r.SetStorm(ctx, who, 30) }},
		"SetOwnNumber": {arrange, func(who bridge.Actor) error { return r.SetOwnNumber(ctx, who, "Emma", "Tante", "second") }},
		"Waiting": {append(slices.Clone(all), "other"), func(who bridge.Actor) error {
			w, err := r.Waiting(ctx, who)
			if who == actors["other"] && len(w.Changes)+len(w.Suspended) > 0 {
				t.Errorf("another child's guardian sees %+v", w)
			}
			return err
		}},
		"Status": {append(all, "other"), func(who bridge.Actor) error {
			s, err := r.Status(ctx, who)
			if who == actors["other"] && (len(s.Children) != 1 || s.Children[0].Child == emma) {
				t.Errorf("another child's guardian sees %+v", s.Children)
			}
			return err
		}},
		"Log": {all, func(who bridge.Actor) error {
			_, err := r.Log(ctx, who, bridge.LogQuery{Child: "Emma", Limit: 9})
			return err
		}},
		"SetKey": {arrange, func(who bridge.Actor) error {
			_, err := r.SetKey(ctx, who, emma, 8, tante)
			return err
		}},
		"SetDefault": {arrange, func(who bridge.Actor) error { return r.SetDefault(ctx, who, emma, tante) }},
		"SendCards":  {arrange, func(who bridge.Actor) error { return r.SendCards(ctx, who, emma, []policy.Person{0}, 1) }},
		"Keys": {all, func(who bridge.Actor) error {
			_, err := r.Keys(ctx, who, emma)
			return err
		}},
		"May": {all, func(who bridge.Actor) error {
			_, err := r.May(ctx, who, emma, tante, policy.FromChild, d.now)
			return err
		}},
	} {
		for role, who := range actors {
			may := slices.Contains(op.may, role)
			err := op.do(who)
			if errors.Is(err, errTried) {
				err = nil
			}
			var refused *bridge.Refusal
			denied := errors.Is(err, bridge.ErrNotAllowed) || errors.As(err, &refused)
			switch {
			case may && errors.Is(err, bridge.ErrNotAllowed):
				t.Errorf("%s as %s: %v", name, role, err)
			case may && err != nil && !harmless(name, err):
				t.Errorf("%s as %s: %v", name, role, err)
			case !may && !denied:
				t.Errorf("%s as %s was done: %v", name, role, err)
			}
		}
	}
}

// harmless are refusals for another cause than rights.
func harmless(name string, err error) bool {
	var refused *bridge.Refusal
	return errors.As(err, &refused) && slices.Contains([]string{"Undo", "PhoneIsGone", "SendCards", "ArchiveChild", "Begin", "TryMobile", "TryChat"}, name)
}

// tried is a store in which nothing lasts: each operation is done and then rolled back.
type tried struct{ bridge.Store }

var errTried = errors.New("done, and rolled back")

func (s tried) Do(ctx context.Context, step func(bridge.Tx) error) error {
	return s.Store.Do(ctx, func(tx bridge.Tx) error {
		if err := step(tx); err != nil {
			return err
		}
		return errTried
	})
}
