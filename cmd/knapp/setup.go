package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"knapp/bridge/xmpp"
)

// setupXMPP is `knapp setup xmpp`: the few lines that the server needs, and whether they work.
type setupXMPP struct {
	Server   string `help:"prosody or ejabberd; auto is the one whose configuration is there." enum:"auto,prosody,ejabberd" default:"auto"`
	Write    bool   `help:"Write the lines into the server's configuration on this machine, after a copy of it was made."`
	Prosody  string `help:"Prosody's configuration." default:"/etc/prosody/prosody.cfg.lua" placeholder:"FILE"`
	Ejabberd string `help:"ejabberd's configuration." default:"/etc/ejabberd/ejabberd.yml" placeholder:"FILE"`
	Host     string `help:"Whose people get the children into their rosters; without it, what stands behind the first dot of the gateway's domain." placeholder:"DOMAIN"`
}

// edit is a file that is to be written anew.
type edit struct{ name, before, after string }

// Run prints or writes the lines, then connects as the gateway would.
func (s setupXMPP) Run(ctx context.Context, k keeper) error {
	if err := s.makeSecret(k); err != nil {
		return err
	}
	c, err := loadConfig(k.configFile)
	if err != nil {
		return err
	}
	if newClient(c.socket()).alive(ctx) {
		return errors.New("the gateway is running, and a second one with its domain would take half of what is written: knapp status says how it is connected; to set up anew, stop it first")
	}
	server, err := s.server()
	if err != nil {
		return err
	}
	var own string // what Knapp's own configuration needs
	if server == "ejabberd" && c.XMPP.RosterAPI == "" {
		c.XMPP.RosterAPI = suggestAPI()
		own = ownLines(c.XMPP.RosterAPI, s.host(c))
	}
	if s.Write {
		err = s.write(k, server, c, own)
	} else {
		err = s.show(k, server, c, own)
	}
	if err != nil {
		return err
	}
	if c, err = loadConfig(k.configFile); err != nil { // it may have been written to
		return err
	}
	return s.check(ctx, k, server, c)
}

// host is whose people's rosters are meant.
func (s setupXMPP) host(c config) string {
	_, parent, _ := strings.Cut(c.XMPP.Domain, ".")
	switch {
	case s.Host != "":
		return strings.ToLower(s.Host)
	case len(c.XMPP.RosterDomains) > 0:
		return c.XMPP.RosterDomains[0]
	}
	return parent
}

// makeSecret writes a secret when the file that should hold one is not there yet.
func (s setupXMPP) makeSecret(k keeper) error {
	var c config
	if _, err := readTOML(k.configFile, &c); err != nil {
		return err
	}
	name := c.XMPP.SecretFile
	if name == "" || !s.Write {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("a secret for %s: %w", c.XMPP.Domain, err)
	}
	_, err = f.WriteString(rand.Text() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		_, err = fmt.Fprintf(k.out, "made a secret: %s (let the service's user own it: sudo chown knapp: %[1]s)\n", name)
	}
	return err
}

// server says which of the two is meant.
func (s setupXMPP) server() (string, error) {
	if s.Server != "auto" {
		return s.Server, nil
	}
	_, noProsody := os.Stat(s.Prosody)
	_, noEjabberd := os.Stat(s.Ejabberd)
	switch {
	case noProsody == nil && noEjabberd == nil:
		return "", errors.New("both Prosody and ejabberd are configured here: say --server prosody or --server ejabberd")
	case noProsody == nil:
		return "prosody", nil
	case noEjabberd == nil:
		return "ejabberd", nil
	}
	return "", fmt.Errorf("neither %s nor %s is here: on the server's own machine, or say --server prosody or --server ejabberd to see the lines", s.Prosody, s.Ejabberd)
}

// show prints the lines and where they go.
func (s setupXMPP) show(k keeper, server string, c config, own string) error {
	if server == "prosody" {
		_, err := fmt.Fprintf(k.out, "prosody needs this, at the end of %s\n(it holds a secret; --write puts it there):\n\n%s\n", s.Prosody, prosodyLines(c, s.host(c)))
		return err
	}
	text, err := ejabberdText(c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.out, "ejabberd needs this, under the keys that are in %s, indented as the entries there\n(it holds a secret; --write puts it there):\n\n%s\n", s.Ejabberd, text)
	if err == nil && own != "" {
		_, err = fmt.Fprintf(k.out, "and %s this, under [xmpp]:\n\n%s\n", k.configFile, own)
	}
	return err
}

// write puts what is missing into the server's configuration, and what there is for its API into Knapp's own. What is
// there already is left to its owner.
func (s setupXMPP) write(k keeper, server string, c config, own string) error {
	var edits []edit
	var err error
	name := s.Prosody
	if server == "prosody" {
		edits, err = prosodyEdits(name, c, s.host(c))
	} else {
		name = s.Ejabberd
		edits, err = ejabberdEdits(name, c)
		if e, is := ownEdit(k.configFile, own); err == nil && is {
			edits = append(edits, e)
		}
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%s: %w: run it as root, on the server's machine", server, err)
	}
	if err != nil {
		return err
	}
	if len(edits) == 0 {
		_, err := fmt.Fprintf(k.out, "%s has all that is needed for %s already: nothing was changed\n", name, c.XMPP.Domain)
		return err
	}
	for _, e := range edits {
		kept, err := replaceFile(e)
		if err != nil {
			return fmt.Errorf("%s: %w: run it as root", server, err)
		}
		if _, err := fmt.Fprintf(k.out, "written to %s; as it was before: %s\n", e.name, kept); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(k.out, "now: sudo systemctl restart %s, then knapp setup xmpp again to see whether it works\n", server)
	return err
}

// ownEdit adds lines to [xmpp] in Knapp's own configuration.
func ownEdit(name, own string) (edit, bool) {
	before, err := os.ReadFile(name)
	if err != nil || own == "" {
		return edit{}, false
	}
	lines := strings.SplitAfter(string(before), "\n")
	for i, line := range lines {
		if code, _, _ := strings.Cut(line, "#"); strings.TrimSpace(code) != "[xmpp]" {
			continue
		}
		after := strings.Join(lines[:i+1], "")
		if !strings.HasSuffix(after, "\n") {
			after += "\n"
		}
		return edit{name, string(before), after + own + strings.Join(lines[i+1:], "")}, true
	}
	return edit{}, false
}

// beforeKnapp is added to the name of a configuration that was kept.
const beforeKnapp = ".before-knapp"

// replaceFile writes a file anew with the mode and the owner that it had, all of it or nothing, and keeps what it was
// under the name that it returns. What was kept before is not written over.
func replaceFile(e edit) (kept string, err error) {
	info, err := os.Stat(e.name)
	if err != nil {
		return "", err
	}
	write := func(to, data string) error {
		f, err := os.CreateTemp(filepath.Dir(e.name), ".knapp-*")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
		_, err = f.WriteString(data)
		err = errors.Join(err, f.Chmod(info.Mode().Perm()))
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && err == nil {
			err = f.Chown(int(owner.Uid), int(owner.Gid))
		}
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
		return os.Rename(f.Name(), to)
	}
	kept = e.name + beforeKnapp
	for i := 2; ; i++ {
		if _, err := os.Lstat(kept); errors.Is(err, os.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s%s-%d", e.name, beforeKnapp, i)
	}
	if err := write(kept, e.before); err != nil {
		return "", err
	}
	return kept, write(e.name, e.after)
}

// check connects as the gateway would, and looks whether children come into rosters.
func (s setupXMPP) check(ctx context.Context, k keeper, server string, c config) error {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	checked, err := xmpp.Check(ctx, c.XMPP.options())
	if err != nil && s.Write {
		_, err := fmt.Fprintf(k.out, "not connected yet, as it must be before %s was restarted: %v\n", server, err)
		return err
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.out, "it works: %s lets the gateway in as %s\n%s\n", c.XMPP.Server, c.XMPP.Domain, s.rosters(ctx, server, c, checked))
	return err
}

// rosters says in words whether children come into rosters by themselves, and if not, why. It is no fault: people are
// asked then.
func (s setupXMPP) rosters(ctx context.Context, server string, c config, checked xmpp.Checked) string {
	const asked = "\nuntil then people are asked whether they want to see a child"
	host := s.host(c)
	if c.XMPP.RosterAPI != "" {
		if err := c.XMPP.rosters.Check(ctx); err != nil {
			return "rosters are not written: " + strings.TrimPrefix(err.Error(), "xmpp: ") + asked
		}
		return "the children come into the rosters of " + strings.Join(c.XMPP.RosterDomains, ", ") + "'s people by ejabberd's API"
	}
	if server == "ejabberd" {
		return "rosters are not written: there is no roster_api under [xmpp], and ejabberd has no other way that works" + asked
	}
	switch access := checked.Rosters[host]; access {
	case "both":
		return "the children come into the rosters of " + host + "'s people"
	case "":
		return "rosters are not written: " + host + " says nothing of a privilege: is it the host of the family's addresses (--host), is the package prosody-modules there, " +
			"is \"privilege\" enabled for the host and for the component, and was Prosody restarted since?" + asked
	default:
		return "rosters are not written: " + host + " allows \"" + access + "\" where roster = \"both\" is needed, in privileged_entities" + asked
	}
}
