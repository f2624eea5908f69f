package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
)

// AuditStore is what Store keeps of who did what.
type AuditStore interface {
	// Audit returns entries, newest first.
	Audit(ctx context.Context, q AuditQuery) ([]AuditLine, error)
}

// AuditTx is what a step writes down of who did what.
type AuditTx interface {
	// AddAudit writes an entry.
	AddAudit(e AuditEntry) error
	// LastLooks returns who has read something of a child since a time, by name, the newest first. The child's
	// REGLER tells them.
	LastLooks(child policy.Person, since time.Time, limit int) ([]Look, error)
}

// AuditEntry says who did, read or changed what. Its Detail is for people and holds no text of a message.
type AuditEntry struct {
	At     time.Time
	Who    Actor
	What   string        // the operation: "mute", "show_text"
	Child  policy.Person // 0 when it concerns no single child
	Other  policy.Person // whom else it concerns; 0 for nobody
	Detail string
}

// Look is one reading of what concerns a child.
type Look struct {
	At   time.Time
	Name string // "" for the keeper
	What string // which reading: ShowText, ExportLog, …
}

// AuditQuery selects entries.
type AuditQuery struct {
	Before int64  // only older ones; 0 for the newest
	Limit  int    // 1–1000
	Child  string // a name, or "" for all
	Nobody bool   // only what belongs to no child: of the gateway, of strangers; Child is not asked then
}

// AuditLine is an entry with the names that a person reads.
type AuditLine struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who,omitempty"` // "" for the keeper and for the gateway itself
	Via    string    `json:"via"`
	What   string    `json:"what"`
	Child  string    `json:"child,omitempty"`
	Other  string    `json:"other,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// The readings: what a child is told about when it asks who looked.
const (
	ReadText  = "show_text"
	ReadLog   = "read_log"
	ExportLog = "export_log"
	ReadAudit = "read_audit"
	ReadTexts = "read_texts" // of everybody, on their way through a modem
)
