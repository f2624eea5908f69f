package bridge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"knapp/bridge/words"
)

// Family is the whole family as one document: what `knapp family apply` reads and `export` writes. Names are
// the identity: unique over guardians, contacts and children when folded.
type Family struct {
	// CodeWord is what begins an SMS to the guardians from any phone: 4 to 20 letters, "" for none.
	CodeWord string `toml:"codeword,omitempty" json:"codeword,omitempty"`

	Guardians  []Guardian   `toml:"guardian" json:"guardian"`
	Contacts   []Contact    `toml:"contact" json:"contact"`
	Children   []Child      `toml:"child" json:"child"`
	Timetables []Timetable  `toml:"timetable,omitempty" json:"timetable,omitempty"`
	FreeDays   []FreeDays   `toml:"holiday,omitempty" json:"holiday,omitempty"`
	Limits     FamilyLimits `toml:"limits,omitempty" json:"limits,omitzero"`

	Retention RetentionDays `toml:"retention,omitempty" json:"retention,omitzero"`
}

// Guardian is a grown-up who answers for children.
type Guardian struct {
	Name  string `toml:"name" json:"name"`
	Was   string `toml:"was,omitempty" json:"was,omitempty"` // the name until now, to rename
	JID   string `toml:"jid,omitempty" json:"jid,omitempty"`
	Phone string `toml:"phone,omitempty" json:"phone,omitempty"`
	Role  Role   `toml:"role" json:"role"`
	// Language is what the gateway speaks to this person: "nb" or "en", "" for its own.
	Language string `toml:"language,omitempty" json:"language,omitempty"`
}

// Contact is somebody else whom a child may know.
type Contact struct {
	Name  string `toml:"name" json:"name"`
	Was   string `toml:"was,omitempty" json:"was,omitempty"`
	JID   string `toml:"jid,omitempty" json:"jid,omitempty"`
	Phone string `toml:"phone,omitempty" json:"phone,omitempty"`
	// Confirmed says that a number abroad, a premium or a short one is meant.
	Confirmed bool   `toml:"confirmed,omitempty" json:"confirmed,omitempty"`
	Language  string `toml:"language,omitempty" json:"language,omitempty"` // as a guardian's
	Room      string `toml:"room,omitempty" json:"room,omitempty"`         // refused until groups are relayed
}

// Child is a child with a button phone.
type Child struct {
	Name      string   `toml:"name" json:"name"`
	Was       string   `toml:"was,omitempty" json:"was,omitempty"`
	Localpart string   `toml:"localpart" json:"localpart"`
	Phone     string   `toml:"phone" json:"phone"`
	Language  string   `toml:"language,omitempty" json:"language,omitempty"`
	Guardians []string `toml:"guardians,omitempty" json:"guardians,omitempty"` // none named: all
	Default   string   `toml:"default,omitempty" json:"default,omitempty"`
	Allow     []Allow  `toml:"allow" json:"allow"`

	Week   []WeekHours `toml:"week,omitempty" json:"week,omitempty"`
	Limits ChildLimits `toml:"limits,omitempty" json:"limits,omitzero"`

	Retention RetentionDays `toml:"retention,omitempty" json:"retention,omitzero"`
}

// Allow is one line of a child's list.
type Allow struct {
	Contact   string `toml:"contact" json:"contact"` // a guardian, a contact or another child
	Key       int    `toml:"key,omitempty" json:"key,omitempty"`
	ToChild   bool   `toml:"to_child" json:"to_child"`
	FromChild bool   `toml:"from_child" json:"from_child"`
	// When is the hours: "always", which is also what omitted means, or modes and timetables with commas between.
	When      string `toml:"when,omitempty" json:"when,omitempty"`
	Emergency bool   `toml:"emergency" json:"emergency"`
	Until     string `toml:"until,omitempty" json:"until,omitempty"` // RFC 3339; gone from then on
	// Modem gives the contact that modem's number for its own: what the child writes there is for it, without its name.
	Modem string `toml:"modem,omitempty" json:"modem,omitempty"`
}

// Problem is something wrong in a family document. Path is where, as in `child[0].allow[1].key`.
type Problem struct {
	Path string `json:"path"`
	Text string `json:"text"`

	format string // of Text, and its arguments: Say finds the sentence of another language by it
	args   []any
}

// Say words the problem for somebody who has no document before them.
func (p Problem) Say(language string) string {
	if p.format == "" {
		return p.Text
	}
	return words.Problem(language, p.format, p.args...)
}

// Problems is all that is wrong in a family document, in its order.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Path + ": " + one.Text
	}
	return strings.Join(lines, "\n")
}

// GatewayName is the name that the gateway's own texts carry; no person can take it.
const GatewayName = "Knapp"

// Check returns the document with every number and JID in its normal form and every default filled in, or
// Problems.
func (f Family) Check(n Normalizer) (Family, error) {
	c := checker{
		n: n, names: map[string]string{}, looks: map[string]string{}, phones: map[Phone]string{}, jids: map[JID]string{}, kinds: map[string]Kind{},
		timetables: map[string]string{},
	}
	out := Family{
		CodeWord:  f.CodeWord,
		Guardians: append([]Guardian(nil), f.Guardians...),
		Contacts:  append([]Contact(nil), f.Contacts...),
		Children:  append([]Child(nil), f.Children...),

		Timetables: append([]Timetable(nil), f.Timetables...),
		FreeDays:   append([]FreeDays(nil), f.FreeDays...),
		Limits:     f.Limits,
		Retention:  f.Retention,
	}
	for i := range out.Guardians {
		c.guardian(fmt.Sprintf("guardian[%d]", i), &out.Guardians[i])
	}
	for i := range out.Contacts {
		c.contact(fmt.Sprintf("contact[%d]", i), &out.Contacts[i])
	}
	localparts := map[string]string{}
	for i := range out.Children {
		c.child(fmt.Sprintf("child[%d]", i), &out.Children[i], localparts)
	}
	for i := range out.Timetables {
		c.timetable(fmt.Sprintf("timetable[%d]", i), &out.Timetables[i])
	}
	for i := range out.FreeDays {
		c.freeDays(fmt.Sprintf("holiday[%d]", i), &out.FreeDays[i])
	}
	c.limits("limits", out.Limits.Row())
	c.retention("retention", out.Retention)
	if out.Limits.Storm < 0 {
		c.add("limits.storm", "%d is less than nothing: a number of texts within ten minutes", out.Limits.Storm)
	}
	c.codeWord(out.CodeWord)
	// Only now are all names known that a list may speak of.
	for i := range out.Children {
		child := &out.Children[i]
		path := fmt.Sprintf("child[%d]", i)
		c.guardiansOf(path, child, out.Guardians)
		child.Allow = append([]Allow(nil), child.Allow...)
		c.list(path, child)
		c.week(path, child)
		c.limits(path+".limits", child.Limits.Row())
		c.retention(path+".retention", child.Retention)
	}
	if len(c.problems) > 0 {
		return Family{}, c.problems
	}
	return out, nil
}

// checker walks a document and collects what is wrong.
type checker struct {
	n        Normalizer
	problems Problems
	names    map[string]string // folded name → as written
	looks    map[string]string // what it looks like → as written
	phones   map[Phone]string  // number → whose
	jids     map[JID]string
	kinds    map[string]Kind

	timetables map[string]string // folded name → as written
}

func (c *checker) add(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...), format: format, args: args})
}

// MaxName is the longest name, in characters: a label must leave room for the text.
const MaxName = 20

func (c *checker) name(path, name string, kind Kind) {
	path += ".name"
	folded, looks := Fold(name), lookalike(name)
	switch {
	case folded == "":
		c.add(path, "is missing: every person needs a name")
		return
	case name != strings.Join(strings.Fields(name), " "):
		c.add(path, "%q has spaces too many: write %q", name, strings.Join(strings.Fields(name), " "))
	case utf8.RuneCountInString(name) > MaxName:
		c.add(path, "%q is too long: at most %d characters, the child sees it before every text", name, MaxName)
	case strings.ContainsAny(name, ":/»«\"\r\n") || !utf8.ValidString(name) || strings.ContainsFunc(name, unseen):
		c.add(path, "%q has a character that a label cannot carry: no : / » « or quotes", name)
	case strings.Trim(folded, "0123456789 ") == "":
		c.add(path, "%q is only digits: the child's phone could not tell it from a key", name)
	case looks == lookalike(GatewayName):
		c.add(path, "%q is the gateway's own name: choose another", name)
	case c.names[folded] != "":
		c.add(path, "%q is taken by %q: names must differ in more than case and accents", name, c.names[folded])
	case c.looks[looks] != "": // the label is all that a child has to go by
		c.add(path, "%q looks like %q: names must differ in more than the alphabet", name, c.looks[looks])
	}
	c.names[folded], c.looks[looks] = name, name
	c.kinds[folded] = kind
}

// unseen tells whether a character does not show: it would end an XMPP stream, or make two names look alike.
func unseen(r rune) bool { return !unicode.IsPrint(r) || shown(r) != r }

func (c *checker) phone(path, owner string, number *string) {
	if *number == "" {
		return
	}
	p, err := c.n.Phone(*number)
	if err != nil {
		c.add(path+".phone", "%q is no phone number: %v", *number, err)
		return
	}
	if other := c.phones[p]; other != "" {
		c.add(path+".phone", "%s is already %s's number: one number, one person", p, other)
	}
	c.phones[p] = owner
	*number = string(p)
}

func (c *checker) jid(path, owner string, jid *string) {
	if *jid == "" {
		return
	}
	j, err := c.n.JID(*jid)
	if err != nil {
		c.add(path+".jid", "%q is no address like name@example.org: %v", *jid, err)
		return
	}
	if other := c.jids[j]; other != "" {
		c.add(path+".jid", "%s is already %s's address: one address, one person", j, other)
	}
	c.jids[j] = owner
	*jid = string(j)
}

// language refuses what the gateway does not speak.
func (c *checker) language(path, language string) {
	switch language {
	case "", words.Bokmål, words.English:
	default:
		c.add(path+".language", "%q is not spoken here: nb or en", language)
	}
}

func (c *checker) guardian(path string, g *Guardian) {
	c.name(path, g.Name, KindGuardian)
	c.jid(path, g.Name, &g.JID)
	c.phone(path, g.Name, &g.Phone)
	if g.JID == "" && g.Phone == "" {
		c.add(path, "%q has neither jid nor phone: nothing could reach them", g.Name)
	}
	switch g.Role {
	case RoleOwner, RoleGuardian, RoleHelper, RoleViewer:
	case "":
		g.Role = RoleGuardian
	default:
		c.add(path+".role", "%q is no role: owner, guardian, helper or viewer", g.Role)
	}
	c.language(path, g.Language)
}

func (c *checker) contact(path string, o *Contact) {
	c.name(path, o.Name, KindContact)
	c.jid(path, o.Name, &o.JID)
	c.phone(path, o.Name, &o.Phone)
	c.confirmed(path, o.Phone, o.Confirmed)
	c.language(path, o.Language)
	switch {
	case o.Room != "":
		c.add(path+".room", "groups are not relayed yet: give a jid or a phone")
	case o.JID == "" && o.Phone == "":
		c.add(path, "%q has neither jid nor phone: nothing could reach them", o.Name)
	case o.JID != "" && o.Phone != "":
		c.add(path, "%q has both jid and phone: a contact is reached one way, so make two contacts", o.Name)
	}
}

func (c *checker) child(path string, k *Child, localparts map[string]string) {
	c.name(path, k.Name, KindChild)
	if k.Phone == "" {
		c.add(path+".phone", "is missing: the number of the child's own SIM")
	}
	c.phone(path, k.Name, &k.Phone)
	if k.Localpart == "" {
		c.add(path+".localpart", "is missing: the name before the @ of the child's address")
	} else if j, err := c.n.JID(k.Localpart + "@localpart.invalid"); err != nil || strings.Contains(k.Localpart, "@") {
		c.add(path+".localpart", "%q cannot stand before an @: use letters, digits, - and .", k.Localpart)
	} else {
		k.Localpart, _, _ = strings.Cut(string(j), "@")
		if other := localparts[k.Localpart]; other != "" {
			c.add(path+".localpart", "%q is already %s's", k.Localpart, other)
		}
		localparts[k.Localpart] = k.Name
	}
	c.language(path, k.Language)
}

func (c *checker) guardiansOf(path string, k *Child, all []Guardian) {
	if len(k.Guardians) == 0 {
		for _, g := range all {
			k.Guardians = append(k.Guardians, g.Name)
		}
	}
	if len(k.Guardians) == 0 {
		c.add(path+".guardians", "there is no guardian: a child needs one who answers for it")
	}
	k.Guardians = append([]string(nil), k.Guardians...)
	seen := map[string]bool{}
	for i, name := range k.Guardians {
		at := fmt.Sprintf("%s.guardians[%d]", path, i)
		folded := Fold(name)
		switch {
		case c.kinds[folded] != KindGuardian:
			c.add(at, "%q is no guardian of this document", name)
		case seen[folded]:
			c.add(at, "%q stands here twice", name)
		}
		seen[folded] = true
		if c.names[folded] != "" {
			k.Guardians[i] = c.names[folded]
		}
	}
}

func (c *checker) list(path string, k *Child) {
	guards := map[string]bool{}
	for _, name := range k.Guardians {
		guards[Fold(name)] = true
	}
	onKey, on, onModem := map[int]string{}, map[string]bool{}, map[string]string{}
	for i := range k.Allow {
		a := &k.Allow[i]
		at := fmt.Sprintf("%s.allow[%d]", path, i)
		folded := Fold(a.Contact)
		switch {
		case c.names[folded] == "":
			c.add(at+".contact", "%q is nobody in this document: name a guardian, a contact or another child", a.Contact)
			continue
		case folded == Fold(k.Name):
			c.add(at+".contact", "%s cannot be on the own list", k.Name)
		case on[folded]:
			c.add(at+".contact", "%q is on %s's list twice", a.Contact, k.Name)
		}
		on[folded] = true
		a.Contact = c.names[folded]
		if a.Key < 0 || a.Key > 9 {
			c.add(at+".key", "%d is no key: 1 to 9, or leave it out", a.Key)
		} else if a.Key != 0 {
			if other := onKey[a.Key]; other != "" {
				c.add(at+".key", "key %d is %s's already", a.Key, other)
			}
			onKey[a.Key] = a.Contact
		}
		if other := onModem[a.Modem]; a.Modem != "" && other != "" {
			c.add(at+".modem", "%q is already %s's", a.Modem, other)
		}
		onModem[a.Modem] = a.Contact
		if guards[folded] && !a.FromChild {
			c.add(at+".from_child", "must be true: nothing from %s to the own guardian %s is ever held back", k.Name, a.Contact)
		}
		c.when(at+".when", &a.When)
		c.until(at, &a.Until)
	}
	if k.Default == "" {
		return
	}
	folded := Fold(k.Default)
	if !on[folded] && !guards[folded] {
		c.add(path+".default", "%q is neither on %s's list nor a guardian", k.Default, k.Name)
		return
	}
	k.Default = c.names[folded]
}
