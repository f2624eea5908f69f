package bridge

import (
	"strings"
	"time"

	"knapp/bridge/words"
)

// spokenOut is a chat's text with what a button phone cannot show said in words (XEP-0066).
func (r *Relay) spokenOut(child Person, c Chat) string {
	if len(c.Attachments) == 0 {
		return c.Body
	}
	s, args := words.SentFile, []any(nil)
	kind, _, _ := strings.Cut(c.Attachments[0].Type, "/")
	switch {
	case len(c.Attachments) > 1:
		s, args = words.SentSeveral, []any{len(c.Attachments)}
	case kind == "image":
		s = words.SentPicture
	case kind == "video":
		s = words.SentVideo
	case kind == "audio":
		s = words.SentSound
	}
	return strings.TrimSpace(c.Body + " " + words.Say(r.languageOf(child), s, args...))
}

// remark tells a contact something about how their texts reach a child: once a day, since it is no news the next time.
func (r *Relay) remark(tx Tx, child, other Person, m Message, what string, s words.Sentence, args ...any) error {
	if other.JID == "" {
		return nil // an SMS would cost more than it tells
	}
	now := r.o.Now()
	before, err := tx.LastOf(what, child.ID, other.ID)
	if err != nil || !before.IsZero() && now.Sub(before).Abs() < 24*time.Hour {
		return err
	}
	if _, err := tx.Lately(what, child.ID, other.ID, now); err != nil {
		return err
	}
	return r.notice(tx, child, other, m, words.Say(r.languageOf(other), s, args...))
}

// remarkOn tells a contact what their text lost on its way to a button phone.
func (r *Relay) remarkOn(tx Tx, child, other Person, m Message, form shaped, attached bool) error {
	if form.worded {
		if err := r.remark(tx, child, other, m, "worded", words.ShownAsWords, child.Name); err != nil {
			return err
		}
	}
	if len(form.texts) > 1 {
		if err := r.remark(tx, child, other, m, "split", words.SentAsTwo, child.Name, form.parts); err != nil {
			return err
		}
	}
	if attached {
		return r.remark(tx, child, other, m, "attached", words.NotShown, child.Name)
	}
	return nil
}
