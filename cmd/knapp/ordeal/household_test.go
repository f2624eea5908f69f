package ordeal

import "knapp/bridge"

// household is the family of every run.
var household = bridge.Family{
	Guardians: []bridge.Guardian{
		{Name: "Mamma", JID: "mum@example.org", Role: bridge.RoleOwner},
		{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
		{Name: "Farmor", JID: farmorJID, Phone: farmorMobile, Role: bridge.RoleGuardian},
		errandsGuardians[0], errandsGuardians[1],
	},
	Contacts:   []bridge.Contact{{Name: "Bestemor", Phone: gran}, {Name: "Onkel", JID: onkelJID}, errandsContacts[0], errandsContacts[1], errandsContacts[2]},
	CodeWord:   codeWord,
	Timetables: []bridge.Timetable{nowAndThen},
	Limits:     bridge.FamilyLimits{Storm: 100_000}, // the ordeal writes faster than people
	Children: []bridge.Child{
		livsFamily, errandsChildren[0], errandsChildren[1],
		{Name: "Emma", Localpart: "emma", Phone: emma, Language: "nb", Guardians: []string{"Mamma", "Pappa"}, Default: "Mamma", Allow: []bridge.Allow{
			{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
			{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true},
			{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true},
		}},
		{Name: "Jonas", Localpart: "jonas", Phone: jonas, Language: "nb", Guardians: []string{"Mamma", "Pappa"}, Default: "Pappa", Allow: []bridge.Allow{
			{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
			{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true},
			{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true},
		}},
	},
}

const (
	gatewayNumber = "+4799990000"
	emma          = "+4793333333"
	jonas         = "+4794444444"
	gran          = "+4792222222"
	stranger      = "+4795555555"
)
