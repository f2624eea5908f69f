package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
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
}

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
	lines, err := linesFor(server, c)
	if err != nil {
		return err
	}
	if s.Write {
		err = s.write(k, server, c, lines)
	} else {
		err = s.show(k, server, lines)
	}
	if err != nil {
		return err
	}
	return s.check(ctx, k, server, c)
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

// linesFor returns what the server's configuration needs, and no more.
func linesFor(server string, c config) (string, error) {
	host, port, err := net.SplitHostPort(c.XMPP.Server)
	if err != nil {
		return "", err
	}
	if server == "prosody" {
		return fmt.Sprintf("-- Knapp: the children's phones\nComponent %q\n  component_secret = %q\n", c.XMPP.Domain, c.XMPP.secret), nil
	}
	ip := "127.0.0.1"
	if parsed := net.ParseIP(host); parsed != nil && !parsed.IsLoopback() {
		ip = host
	}
	// global_routes: else each component is given the domains of all the others.
	return fmt.Sprintf(`  # Knapp: the children's phones
  -
    port: %s
    ip: %q
    module: ejabberd_service
    access: all
    global_routes: false
    hosts:
      %q:
        password: %q
`, port, ip, c.XMPP.Domain, c.XMPP.secret), nil
}

// show prints the lines and where they go.
func (s setupXMPP) show(k keeper, server, lines string) error {
	where := "at the end of " + s.Prosody
	if server == "ejabberd" {
		where = "under listen: in " + s.Ejabberd + ", indented as the entries there"
	}
	_, err := fmt.Fprintf(k.out, "%s needs this, %s\n(they hold a secret; --write puts them there):\n\n%s\n", server, where, lines)
	return err
}

// write puts the lines into the server's configuration. A line that is there already is left to its owner.
func (s setupXMPP) write(k keeper, server string, c config, lines string) error {
	name := s.Prosody
	if server == "ejabberd" {
		name = s.Ejabberd
	}
	before, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("%s: %w: run it as root, on the server's machine", server, err)
	}
	if strings.Contains(string(before), `"`+c.XMPP.Domain+`"`) {
		_, err := fmt.Fprintf(k.out, "%s speaks of %s already: nothing was changed\n", name, c.XMPP.Domain)
		return err
	}
	after := strings.TrimRight(string(before), "\n") + "\n\n" + lines
	if server == "ejabberd" {
		if after, err = intoListen(string(before), lines); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := replaceFile(name, before, []byte(after)); err != nil {
		return fmt.Errorf("%s: %w: run it as root", server, err)
	}
	_, err = fmt.Fprintf(k.out, "written to %s; as it was before: %s\nnow: sudo systemctl restart %s, then knapp setup xmpp again to see whether it works\n",
		name, name+beforeKnapp, server)
	return err
}

// intoListen puts an entry before the first one under `listen:`, indented like it.
func intoListen(yaml, entry string) (string, error) {
	lines := strings.SplitAfter(yaml, "\n")
	for i, line := range lines {
		if strings.TrimRight(line, " \r\n") != "listen:" {
			continue
		}
		for _, next := range lines[i+1:] {
			dash := strings.TrimLeft(next, " ")
			if strings.HasPrefix(dash, "-") {
				indent := next[:len(next)-len(dash)]
				entry = indent + strings.ReplaceAll(strings.TrimPrefix(strings.TrimRight(entry, "\n"), "  "), "\n  ", "\n"+indent) + "\n"
				break
			}
			if strings.TrimSpace(next) != "" && !strings.HasPrefix(dash, "#") {
				break
			}
		}
		return strings.Join(lines[:i+1], "") + entry + strings.Join(lines[i+1:], ""), nil
	}
	return "", errors.New("there is no line that is only `listen:`: put the lines that knapp setup xmpp prints there by hand")
}

// beforeKnapp is added to the name of a configuration that was kept.
const beforeKnapp = ".before-knapp"

// replaceFile writes a file anew with the mode and the owner that it had, all of it or nothing, and keeps what it was.
func replaceFile(name string, before, after []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	write := func(to string, data []byte) error {
		f, err := os.CreateTemp(filepath.Dir(name), ".knapp-*")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
		_, err = f.Write(data)
		err = errors.Join(err, f.Chmod(info.Mode().Perm()))
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && err == nil {
			err = f.Chown(int(owner.Uid), int(owner.Gid))
		}
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
		return os.Rename(f.Name(), to)
	}
	if err := write(name+beforeKnapp, before); err != nil {
		return err
	}
	return write(name, after)
}

// check connects as the gateway would.
func (s setupXMPP) check(ctx context.Context, k keeper, server string, c config) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	err := xmpp.Check(ctx, xmpp.Options{Domain: c.XMPP.Domain, Server: c.XMPP.Server, Secret: c.XMPP.secret, Now: time.Now})
	if err != nil && s.Write {
		_, err := fmt.Fprintf(k.out, "not connected yet, as it must be before %s was restarted: %v\n", server, err)
		return err
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.out, "it works: %s lets the gateway in as %s\n", c.XMPP.Server, c.XMPP.Domain)
	return err
}
