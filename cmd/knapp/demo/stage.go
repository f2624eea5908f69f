package demo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

// stage is everything that stands behind the page.
type stage struct {
	dir      string
	url      string // of the page
	console  string // address of the gateway's console
	prosody  *xmpptest.Server
	network  *modemtest.Network
	phones   []*line
	accounts []account
	gateway  *gateway

	firstCode string // makes the console's first account; "" when there is one
}

// setUp builds the stage from the back to the front. What it returns is to be torn down, also when there is an error.
func setUp(ctx context.Context, o Options, dir string) (*stage, error) {
	st := &stage{dir: dir}
	if err := st.startProsody(ctx, o.Servers, o.Language); err != nil {
		return st, err
	}
	port, err := st.buildNetwork(o)
	if err != nil {
		return st, err
	}
	if err := st.chooseConsole(o.Console); err != nil {
		return st, err
	}
	config, err := st.writeFiles(o.Language, port)
	if err != nil {
		return st, err
	}
	st.gateway = &gateway{
		knapp:  o.Knapp,
		config: config,
		socket: filepath.Join(dir, "data", "knapp.sock"),
		log:    filepath.Join(dir, "gateway.log"),
		out:    o.Out,
	}
	if err := st.gateway.start(ctx); err != nil {
		return st, err
	}
	if _, err := st.gateway.run(ctx, "family", "apply", "--config", config, filepath.Join(dir, "family.toml")); err != nil {
		return st, err
	}
	return st, st.readFirstCode(ctx, config)
}

// readFirstCode asks the gateway, as a keeper would, by which code the console's first account is made.
func (st *stage) readFirstCode(ctx context.Context, config string) error {
	said, err := st.gateway.run(ctx, "status", "--config", config, "--json")
	if err != nil {
		return err
	}
	var status struct {
		Console struct {
			FirstCode string `json:"first_code"`
		} `json:"console"`
	}
	if err := json.Unmarshal(said, &status); err != nil {
		return fmt.Errorf("demo: knapp status: %w", err)
	}
	st.firstCode = status.Console.FirstCode
	return nil
}

// startProsody starts the chat server with the adults' accounts. Everybody is in everybody's roster, so that nothing
// needs to be typed before the first message.
func (st *stage) startProsody(ctx context.Context, servers, language string) error {
	family := xmpptest.Group{Name: map[string]string{"nb": "Familien", "en": "The family"}[language]}
	for _, c := range children() {
		family.Members = append(family.Members, xmpptest.Member{JID: c.jid(), Name: c.name})
	}
	for _, a := range adults() {
		family.Members = append(family.Members, xmpptest.Member{JID: a.jid(), Name: a.name})
	}
	var err error
	st.prosody, err = xmpptest.StartProsody(ctx, xmpptest.Options{
		Dir:             filepath.Join(st.dir, "prosody"),
		Servers:         servers,
		Domain:          userDomain,
		ComponentDomain: childDomain,
		Websocket:       true,
		Archive:         true,
		Groups:          []xmpptest.Group{family},
	})
	if err != nil {
		return fmt.Errorf("demo: chat server: %w", err)
	}
	for _, a := range adults() {
		password := strings.ToLower(rand.Text()[:12]) // 60 bits, and easy to type
		if err := st.prosody.Register(a.user, password); err != nil {
			return fmt.Errorf("demo: account of %s: %w", a.name, err)
		}
		st.accounts = append(st.accounts, account{Name: a.name, User: a.user, JID: a.jid(), Password: password})
	}
	return nil
}

// buildNetwork makes the operator, the phones and the modem, and returns the path at which the modem is found.
func (st *stage) buildNetwork(o Options) (port string, err error) {
	st.network = modemtest.NewNetwork(modemtest.NetworkOptions{Log: o.Log})
	for _, c := range children() {
		st.phones = append(st.phones, newLine(c.localpart, c.name, c.number, gatewayNumber, st.network.Phone(c.number)))
	}
	port = filepath.Join(st.dir, "modem")
	// A link of a demo that was killed points at a pty that is somebody else's by now.
	if err := os.Remove(port); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("demo: %w", err)
	}
	modem := st.network.NewModem(modemtest.ModemOptions{Number: gatewayNumber, Manufacturer: "Knapp", Model: "Demo"})
	if err := modem.PlugIn(port); err != nil {
		return "", fmt.Errorf("demo: modem: %w", err)
	}
	return port, nil
}

// chooseConsole takes the address that was asked for, or a port that is free now.
func (st *stage) chooseConsole(address string) error {
	if address != "" {
		st.console = address
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: a port for the console: %w", err)
	}
	st.console = l.Addr().String()
	return l.Close()
}

// writeFiles writes what a keeper would: configuration, secret, family.
func (st *stage) writeFiles(language, port string) (config string, err error) {
	data := filepath.Join(st.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	secret := filepath.Join(st.dir, "xmpp-secret")
	if err := os.WriteFile(secret, []byte(st.prosody.ComponentSecret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	config = filepath.Join(st.dir, "knapp.toml")
	err = writeTOML(config, configFile{
		DataDir: data, TrustClock: true,
		Country:  "NO",
		Language: language,
		Timezone: "Europe/Oslo",
		Modem:    []modemTable{{Name: "main", Port: port, Number: gatewayNumber, Role: "relay"}},
		XMPP:     xmppTable{Mode: "component", Domain: childDomain, Server: st.prosody.ComponentAddr, SecretFile: secret},
		Console:  consoleTable{Listen: st.console},
	})
	if err != nil {
		return "", err
	}
	return config, writeTOML(filepath.Join(st.dir, "family.toml"), family(language))
}

// site is what the page is told of the stage.
func (st *stage) site(o Options, at net.Addr, vendor fs.FS) site {
	s := site{
		phones:    st.phones,
		accounts:  st.accounts,
		websocket: &url.URL{Scheme: "http", Host: st.prosody.HTTPAddr},
		console:   "http://" + st.console,
		language:  o.Language,
		vendor:    vendor,
		log:       o.Log,
	}
	for _, c := range children() {
		s.chats = append(s.chats, c.jid())
	}
	if host, _, err := net.SplitHostPort(at.String()); err == nil {
		s.hosts = append(s.hosts, host)
	}
	if host, _, err := net.SplitHostPort(o.Listen); err == nil && host != "" {
		s.hosts = append(s.hosts, strings.ToLower(host))
	}
	return s
}

// tearDown ends everything, the gateway first: it leaves its server and its modem in order.
func (st *stage) tearDown() {
	if st.gateway != nil {
		st.gateway.stop()
	}
	if st.network != nil {
		_ = st.network.Close() // the process ends with it; nothing is lost that anybody keeps
	}
	if st.prosody != nil {
		_ = st.prosody.Stop()
	}
}
