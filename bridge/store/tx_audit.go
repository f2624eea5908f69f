package store

import (
	"context"
	"database/sql"
	"math"
	"sort"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// AddAudit implements bridge.Tx.
func (t *tx) AddAudit(e bridge.AuditEntry) error {
	_, err := t.exec("add audit entry", `INSERT INTO audit (at, who, via, what, child, other, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		stamp(e.At), orNull(e.Who.Person), e.Who.Via, e.What, orNull(e.Child), orNull(e.Other), orNull(e.Detail))
	return err
}

// LastLooks implements bridge.Tx.
func (t *tx) LastLooks(child policy.Person, since time.Time, limit int) ([]bridge.Look, error) {
	var out []bridge.Look
	err := t.each("read who looked", `SELECT a.at, p.name, a.what FROM audit a LEFT JOIN person p ON p.id = a.who
		WHERE a.child = ? AND a.what IN ('show_text', 'read_log', 'export_log', 'read_audit', 'read_texts') AND a.at >= ?
		ORDER BY a.id DESC LIMIT ?`, []any{child, since.UnixMicro(), limit}, func(scan scanner) error {
		var l bridge.Look
		var at sql.NullInt64
		var name sql.NullString
		err := scan(&at, &name, &l.What)
		l.At, l.Name = moment(at), name.String
		out = append(out, l)
		return err
	})
	return out, err
}

const auditColumns = `SELECT a.id, a.at, w.name, a.via, a.what, c.name, o.name, a.detail
	FROM audit a LEFT JOIN person w ON w.id = a.who LEFT JOIN person c ON c.id = a.child LEFT JOIN person o ON o.id = a.other `

// Audit implements bridge.Store. A child's name finds archived children of that name as well.
func (s *Store) Audit(ctx context.Context, q bridge.AuditQuery) ([]bridge.AuditLine, error) {
	limit := min(max(q.Limit, 1), maxLog)
	before := int64(math.MaxInt64)
	if q.Before > 0 {
		before = q.Before
	}
	var lines []bridge.AuditLine
	err := s.readers.snapshot(ctx, "read the audit log", func(each eachFunc) (err error) {
		if q.Nobody {
			lines, err = auditLines(each, auditColumns+`WHERE a.child IS NULL AND a.id < ? ORDER BY a.id DESC LIMIT ?`, before, limit)
			return err
		}
		if q.Child == "" {
			lines, err = auditLines(each, auditColumns+`WHERE a.id < ? ORDER BY a.id DESC LIMIT ?`, before, limit)
			return err
		}
		children, err := childrenNamed(each, q.Child)
		if err != nil {
			return err
		}
		for _, child := range children {
			some, err := auditLines(each, auditColumns+`WHERE a.child = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?`, child, before, limit)
			if err != nil {
				return err
			}
			lines = append(lines, some...)
		}
		return nil
	})
	sort.Slice(lines, func(i, j int) bool { return lines[i].ID > lines[j].ID })
	return lines[:min(len(lines), limit)], err
}

func auditLines(each eachFunc, query string, args ...any) ([]bridge.AuditLine, error) {
	var out []bridge.AuditLine
	err := each("read the audit log", query, args, func(scan scanner) error {
		var l bridge.AuditLine
		var at sql.NullInt64
		var who, child, other, detail sql.NullString
		err := scan(&l.ID, &at, &who, &l.Via, &l.What, &child, &other, &detail)
		l.At, l.Who, l.Child, l.Other, l.Detail = moment(at), who.String, child.String, other.String, detail.String
		out = append(out, l)
		return err
	})
	return out, err
}
