package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
)

// config is the configuration file, knapp.toml. The family is not in it: it lives in the database.
type config struct {
	DataDir    string          `toml:"data_dir"`
	Country    string          `toml:"country"`
	Language   string          `toml:"language"`
	Timezone   string          `toml:"timezone"`
	TrustClock bool            `toml:"trust_clock"` // whatever the kernel says of it
	Modems     []modemConfig   `toml:"modem"`
	XMPP       xmppConfig      `toml:"xmpp"`
	Console    consoleConfig   `toml:"console"`
	Expires    string          `toml:"text_expires"` // how long an ordinary text waits for a phone that is off
	Alarm      alarmConfig     `toml:"alarm"`
	Heartbeat  heartbeatConfig `toml:"heartbeat"`

	location *time.Location
	numbers  numbers
	expires  time.Duration
}

type consoleConfig struct {
	Listen         string   `toml:"listen"`
	PublicURL      string   `toml:"public_url"`
	CertFile       string   `toml:"cert_file"`
	KeyFile        string   `toml:"key_file"`
	TrustedProxies []string `toml:"trusted_proxies"`

	host    string // of PublicURL
	tls     *tls.Config
	proxies []netip.Prefix
}

// address is where browsers find the console, as far as the configuration says.
func (c consoleConfig) address() string {
	switch {
	case c.PublicURL != "":
		return strings.TrimRight(c.PublicURL, "/")
	case c.tls != nil:
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}

// loadConfig reads and checks the configuration. Its error names every fault with file, line, key and what is
// allowed.
func loadConfig(name string) (config, error) {
	c := config{Country: "NO", Language: "nb", Timezone: "Europe/Oslo", Console: consoleConfig{Listen: "127.0.0.1:8080"}}
	f, err := readTOML(name, &c)
	if err != nil {
		return config{}, err
	}
	check := configCheck{f: f, c: &c}
	check.place()
	check.xmpp()
	check.console()
	check.alarm()
	check.texts()
	check.modems()
	return c, errors.Join(check.faults...)
}

// configCheck walks a configuration, fills in what follows from it and collects what is wrong.
type configCheck struct {
	f      tomlFile
	c      *config
	faults []error
}

func (k *configCheck) wrong(path, format string, args ...any) {
	k.faults = append(k.faults, k.f.at(path, fmt.Sprintf(format, args...)))
}

func (k *configCheck) place() {
	c := k.c
	if c.DataDir == "" {
		k.wrong("data_dir", "is missing: the folder for the database, such as /var/lib/knapp")
	} else if !filepath.IsAbs(c.DataDir) {
		k.wrong("data_dir", "%q is not a whole path: begin with /", c.DataDir)
	}
	if !knownCountry(c.Country) {
		k.wrong("country", "%q is no country code: two letters, such as NO", c.Country)
	}
	c.numbers = numbers{country: c.Country}
	if c.Language != "nb" && c.Language != "en" {
		k.wrong("language", "%q is not spoken here: nb or en", c.Language)
	}
	var err error
	if c.location, err = time.LoadLocation(c.Timezone); err != nil {
		k.wrong("timezone", "%q is not known: a name such as Europe/Oslo", c.Timezone)
	}
}

func (k *configCheck) console() {
	c := &k.c.Console
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		k.wrong("console.listen", "%q is no address and port: such as 127.0.0.1:8080", c.Listen)
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			k.wrong("console.public_url", "%q is no address of a page: such as https://knapp.example.org", c.PublicURL)
		} else {
			c.host = u.Hostname()
		}
	}
	k.proxies()
	if (c.CertFile == "") != (c.KeyFile == "") {
		k.wrong("console.cert_file", "a certificate needs its key, and a key its certificate: give both or none")
	} else if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			k.wrong("console.cert_file", "%v: both files in PEM, readable by the service", err)
		}
		c.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
}

// secret reads a file that nobody but the service may read.
func (k *configCheck) secret(path, name string) string {
	info, err := os.Stat(name)
	if err != nil {
		k.wrong(path, "%v: make it, and let only the service read it", err)
		return ""
	}
	if info.Mode().Perm()&0o007 != 0 {
		k.wrong(path, "%s may be read by everybody on this machine: chmod 600 %s", name, name)
		return ""
	}
	data, err := os.ReadFile(name)
	if err != nil {
		k.wrong(path, "%v: the service's user must own it", err)
		return ""
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" {
		k.wrong(path, "%s is empty", name)
	}
	return secret
}

// ownNumber tells whether a number is the gateway's.
func (c config) ownNumber(p bridge.Phone) bool {
	return slices.ContainsFunc(c.Modems, func(m modemConfig) bool { return m.Number == string(p) })
}

// texts checks what concerns all texts.
func (k *configCheck) texts() {
	k.c.expires = k.duration("text_expires", k.c.Expires, bridge.Validity, 30*time.Minute, 48*time.Hour)
	if k.c.expires == 0 {
		k.wrong("text_expires", "off would keep a text for a phone that is off until it means nothing: a time such as 4h")
	}
}
