package store

import (
	"database/sql"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

const questionColumns = `SELECT id, code, kind, address, child, name, opened, latest, count, length, state, told, waited,
	answered, who, via, contact, previous FROM question `

func (t *tx) questions(where string, args ...any) ([]bridge.Question, error) {
	var out []bridge.Question
	err := t.each("read questions", questionColumns+where, args, func(scan scanner) error {
		var q bridge.Question
		var child, opened, latest, answered, who, contact sql.NullInt64
		var name, via, previous sql.NullString
		err := scan(&q.ID, &q.Code, &q.Kind, &q.Address, &child, &name, &opened, &latest, &q.Count, &q.Length, &q.State,
			&q.Told, &q.Waited, &answered, &who, &via, &contact, &previous)
		q.Child, q.Contact = policy.Person(child.Int64), policy.Person(contact.Int64)
		q.Name, q.Previous = name.String, previous.String
		q.By = bridge.Actor{Person: policy.Person(who.Int64), Via: via.String}
		q.Opened, q.Latest, q.Answered = moment(opened), moment(latest), moment(answered)
		out = append(out, q)
		return err
	})
	return out, err
}

func (t *tx) question(what, where string, args ...any) (bridge.Question, error) {
	found, err := t.questions(where, args...)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("store: question %s: %w", what, bridge.ErrNotFound)
	}
	if err != nil {
		return bridge.Question{}, err
	}
	return found[0], nil
}

// AddQuestion implements bridge.Tx.
func (t *tx) AddQuestion(q bridge.Question) (int64, error) {
	return t.insert("add question", `INSERT INTO question (code, kind, address, child, name, opened, latest, count, length,
			state, told, waited)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, q.Code, string(q.Kind), q.Address, orNull(q.Child), orNull(q.Name),
		stamp(q.Opened), stamp(q.Latest), q.Count, q.Length, string(q.State), q.Told, q.Waited)
}

// SaveQuestion implements bridge.Tx.
func (t *tx) SaveQuestion(q bridge.Question) error {
	_, err := t.exec("save question", `UPDATE question SET child = ?, name = ?, latest = ?, count = ?, length = ?, state = ?,
			told = ?, waited = ?, answered = ?, who = ?, via = ?, contact = ?, previous = ? WHERE id = ?`,
		orNull(q.Child), orNull(q.Name), stamp(q.Latest), q.Count, q.Length, string(q.State), q.Told, q.Waited,
		stamp(q.Answered), orNull(q.By.Person), orNull(q.By.Via), orNull(q.Contact), orNull(q.Previous), q.ID)
	return err
}

// OpenQuestion implements bridge.Tx.
func (t *tx) OpenQuestion(kind bridge.QuestionKind, address string, child policy.Person) (bridge.Question, error) {
	return t.question("about an address", `WHERE address = ? AND kind = ? AND coalesce(child, 0) = ? AND state = 'open'`,
		address, string(kind), child)
}

// QuestionByCode implements bridge.Tx.
func (t *tx) QuestionByCode(code string) (bridge.Question, error) {
	return t.question(code, `WHERE code = ? ORDER BY id DESC LIMIT 1`, code)
}

// OpenQuestions implements bridge.Tx.
func (t *tx) OpenQuestions() ([]bridge.Question, error) {
	return t.questions(`WHERE state = 'open' ORDER BY id`)
}

// AnsweredQuestions implements bridge.Tx.
func (t *tx) AnsweredQuestions(since time.Time) ([]bridge.Question, error) {
	return t.questions(`WHERE answered >= ? ORDER BY id`, since.UnixMicro())
}

// AddKnock implements bridge.Tx.
func (t *tx) AddKnock(k bridge.Knock, limit int) error {
	_, err := t.exec("keep a knock", `INSERT INTO knock (message, sender, localpart, resource, stanza, receipt, text, at)
		SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM knock) < ?`,
		k.Message, string(k.From), k.Localpart, k.Resource, k.StanzaID, k.Receipt, k.Text, stamp(k.At), limit)
	return err
}

// Knocks implements bridge.Tx.
func (t *tx) Knocks() ([]bridge.Knock, error) {
	var out []bridge.Knock
	err := t.each("read knocks", `SELECT id, message, sender, localpart, resource, stanza, receipt, text, at FROM knock ORDER BY id`,
		nil, func(scan scanner) error {
			var k bridge.Knock
			var at sql.NullInt64
			err := scan(&k.ID, &k.Message, &k.From, &k.Localpart, &k.Resource, &k.StanzaID, &k.Receipt, &k.Text, &at)
			k.At = moment(at)
			out = append(out, k)
			return err
		})
	return out, err
}

// DropKnock implements bridge.Tx.
func (t *tx) DropKnock(id int64) error {
	_, err := t.exec("forget a knock", `DELETE FROM knock WHERE id = ?`, id)
	return err
}
