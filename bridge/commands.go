package bridge

import "errors"

// Command is something that a guardian can have done from an XMPP client's menu (XEP-0050). The same operations are
// there as plain words and in the console.
type Command struct {
	Node string // names it to Execute, "lost-phone"; never shown
	Name string // what the menu says, in the person's language
}

// FieldKind is what a person fills in (XEP-0004 §3.3).
type FieldKind string

// The kinds of fields that every client can show.
const (
	TextField   FieldKind = "text-single"
	ChoiceField FieldKind = "list-single" // one of Choices
	YesNoField  FieldKind = "boolean"     // "1" or "0"
)

// Field is a question of a command's form.
type Field struct {
	Name     string // the key in the fields given to Execute
	Kind     FieldKind
	Label    string // what a person reads
	Value    string // what stands there before anybody typed
	Choices  []Choice
	Required bool
}

// Choice is one answer to a ChoiceField.
type Choice struct{ Value, Label string }

// CommandResult is what Execute answers. With Form it is a question: Execute is called again, with all that was
// filled in, by the same person. Without, the command has been done, and Text says what was.
type CommandResult struct {
	Title string
	Text  string // a sentence or several lines, in the person's language
	Form  []Field
	Wrong bool // nothing was done, or what was filled in cannot be used; Text says why
	// Language is what all of it is in: the person's own, or the nearest to what the client asked for.
	Language string
}

// ErrNoCommand is returned by Execute for a node that this person has none of. What the role does not include is
// ErrNotAllowed. Any other error means that the gateway could not do it just now.
var ErrNoCommand = errors.New("there is no such command")
