package store

import (
	"time"

	"knapp/bridge"
)

// Introduced implements bridge.IntroductionsTx.
func (t *tx) Introduced() (map[bridge.Subscription]bridge.IntroductionState, error) {
	out := map[bridge.Subscription]bridge.IntroductionState{}
	err := t.each("read introductions", `SELECT coalesce(p.localpart, ''), s.contact, 'settled'
			FROM subscription s LEFT JOIN person p ON p.id = s.child
		UNION ALL SELECT localpart, contact, state FROM introduction`, nil, func(scan scanner) error {
		var who bridge.Subscription
		var state bridge.IntroductionState
		err := scan(&who.Localpart, &who.Contact, &state)
		out[who] = state
		return err
	})
	return out, err
}

// SetIntroduced implements bridge.IntroductionsTx.
func (t *tx) SetIntroduced(who bridge.Subscription, state bridge.IntroductionState, at time.Time) error {
	_, err := t.exec("note an introduction", `INSERT INTO introduction (localpart, contact, state, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (localpart, contact) DO UPDATE SET state = excluded.state, at = excluded.at WHERE excluded.state <> 'asked'`,
		who.Localpart, string(who.Contact), string(state), at.UnixMicro())
	return err
}

// endIntroductions forgets those of which the directory does not say any more that the contact may see the child: should
// the two be joined again, they are introduced anew.
func (t *tx) endIntroductions(d *bridge.Directory) error {
	var ended []bridge.Subscription
	err := t.each("read introductions", `SELECT localpart, contact FROM introduction`, nil, func(scan scanner) error {
		var who bridge.Subscription
		if err := scan(&who.Localpart, &who.Contact); err != nil {
			return err
		}
		if _, sees := d.Shows(who.Localpart, who.Contact); !sees {
			ended = append(ended, who)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, who := range ended {
		_, err := t.exec("forget an introduction", `DELETE FROM introduction WHERE localpart = ? AND contact = ?`,
			who.Localpart, string(who.Contact))
		if err != nil {
			return err
		}
	}
	return nil
}
