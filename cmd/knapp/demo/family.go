package demo

import (
	"fmt"
	"os"

	"github.com/pelletier/go-toml/v2"
)

// The demo's people. Numbers are of no subscriber: the network that knows them is made of software.
const (
	gatewayNumber = "+4799990000"
	userDomain    = "localhost"
	childDomain   = "sms.localhost"
)

// child is one of the family's children.
type child struct {
	name, localpart, number string
}

func children() []child {
	return []child{
		{"Emma", "emma", "+4793333333"},
		{"Jonas", "jonas", "+4794444444"},
	}
}

func (c child) jid() string { return c.localpart + "@" + childDomain }

// adult is somebody with an XMPP account; a role makes it a guardian.
type adult struct {
	name, user, phone, role string
	key                     int // the same on every child's phone
}

func adults() []adult {
	return []adult{
		{"Mamma", "mamma", "+4791111111", "owner", 2},
		{"Pappa", "pappa", "+4792222222", "guardian", 3},
		{"Bestemor", "bestemor", "", "", 4},
	}
}

func (a adult) jid() string { return a.user + "@" + userDomain }

// The file of a family, with the names that `knapp family apply` reads.
type (
	familyFile struct {
		Guardian []guardianTable `toml:"guardian"`
		Contact  []contactTable  `toml:"contact"`
		Child    []childTable    `toml:"child"`
	}
	guardianTable struct {
		Name  string `toml:"name"`
		JID   string `toml:"jid"`
		Phone string `toml:"phone,omitempty"`
		Role  string `toml:"role"`
	}
	contactTable struct {
		Name string `toml:"name"`
		JID  string `toml:"jid"`
	}
	childTable struct {
		Name      string       `toml:"name"`
		Localpart string       `toml:"localpart"`
		Phone     string       `toml:"phone"`
		Language  string       `toml:"language"`
		Guardians []string     `toml:"guardians"`
		Default   string       `toml:"default"`
		Allow     []allowTable `toml:"allow"`
	}
	allowTable struct {
		Contact   string `toml:"contact"`
		Key       int    `toml:"key"`
		ToChild   bool   `toml:"to_child"`
		FromChild bool   `toml:"from_child"`
		When      string `toml:"when"`
		Emergency bool   `toml:"emergency"`
	}
)

// family is the demo's: two children, both with Mamma on 2, Pappa on 3 and Bestemor on 4.
func family(language string) familyFile {
	var f familyFile
	var guardians []string
	var allow []allowTable
	for _, a := range adults() {
		if a.role != "" {
			guardians = append(guardians, a.name)
			f.Guardian = append(f.Guardian, guardianTable{Name: a.name, JID: a.jid(), Phone: a.phone, Role: a.role})
		} else {
			f.Contact = append(f.Contact, contactTable{Name: a.name, JID: a.jid()})
		}
		allow = append(allow, allowTable{
			Contact: a.name, Key: a.key, ToChild: true, FromChild: true, When: "always", Emergency: a.role != "",
		})
	}
	for _, c := range children() {
		f.Child = append(f.Child, childTable{
			Name: c.name, Localpart: c.localpart, Phone: c.number, Language: language,
			Guardians: guardians, Default: adults()[0].name, Allow: allow,
		})
	}
	return f
}

// The gateway's configuration, with the names of `knapp run --config`.
type (
	configFile struct {
		DataDir  string `toml:"data_dir"`
		Country  string `toml:"country"`
		Language string `toml:"language"`
		Timezone string `toml:"timezone"`
		// A visitor's machine, or a container, may have no clock that the kernel vouches for.
		TrustClock bool         `toml:"trust_clock"`
		Modem      []modemTable `toml:"modem"`
		XMPP       xmppTable    `toml:"xmpp"`
		Console    consoleTable `toml:"console"`
	}
	modemTable struct {
		Name   string `toml:"name"`
		Port   string `toml:"port"`
		Number string `toml:"number"`
		Role   string `toml:"role"`
	}
	xmppTable struct {
		Mode       string `toml:"mode"`
		Domain     string `toml:"domain"`
		Server     string `toml:"server"`
		SecretFile string `toml:"secret_file"`
	}
	consoleTable struct {
		Listen string `toml:"listen"`
	}
)

// writeTOML writes v for this user alone.
func writeTOML(path string, v any) error {
	text, err := toml.Marshal(v)
	if err != nil {
		return fmt.Errorf("demo: write %s: %w", path, err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}
