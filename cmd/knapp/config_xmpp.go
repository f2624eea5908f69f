package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"knapp/bridge/xmpp"
)

type xmppConfig struct {
	Mode       string `toml:"mode"`
	Domain     string `toml:"domain"`
	Server     string `toml:"server"`
	SecretFile string `toml:"secret_file"`
	TLS        bool   `toml:"tls"`      // from the first octet, as ejabberd's listener for components can
	TLSName    string `toml:"tls_name"` // of the server's certificate; without it the host in server
	CAFile     string `toml:"ca_file"`  // who signed it; without it, whom this machine trusts

	RosterAPI       string   `toml:"roster_api"` // ejabberd's HTTP API, by which rosters are written
	RosterTokenFile string   `toml:"roster_api_token_file"`
	RosterDomains   []string `toml:"roster_domains"` // whose people's rosters it writes

	secret  string
	rosters xmpp.RosterAPI
	tls     *tls.Config // nil without TLS
}

func (k *configCheck) xmpp() {
	x := &k.c.XMPP
	switch x.Mode {
	case "component":
	case "account":
		k.wrong("xmpp.mode", "account is not built yet: component")
	case "":
		k.wrong("xmpp.mode", "is missing: component")
	default:
		k.wrong("xmpp.mode", "%q is no mode: component", x.Mode)
	}
	if domain, ok := k.domain(x.Domain); ok {
		x.Domain = domain
	} else {
		k.wrong("xmpp.domain", "%q is no domain: such as sms.example.org", x.Domain)
	}
	if _, _, err := net.SplitHostPort(x.Server); err != nil {
		k.wrong("xmpp.server", "%q is no host and port: such as 127.0.0.1:5347", x.Server)
	}
	if x.SecretFile == "" {
		k.wrong("xmpp.secret_file", "is missing: the file that holds the component's secret")
	} else {
		x.secret = k.secret("xmpp.secret_file", x.SecretFile)
	}
	k.tls(x)
	k.rosters(x)
}

// tls checks how the server is known to be itself.
func (k *configCheck) tls(x *xmppConfig) {
	if !x.TLS {
		if x.TLSName != "" {
			k.wrong("xmpp.tls_name", "is of no use without tls = true")
		}
		if x.CAFile != "" {
			k.wrong("xmpp.ca_file", "is of no use without tls = true")
		}
		return
	}
	host, _, err := net.SplitHostPort(x.Server)
	if err != nil {
		return // told already
	}
	x.tls = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if x.TLSName != "" {
		x.tls.ServerName = x.TLSName
	}
	if x.CAFile == "" {
		return
	}
	pem, err := os.ReadFile(x.CAFile)
	if err != nil {
		k.wrong("xmpp.ca_file", "%v: a certificate in PEM, readable by the service", err)
		return
	}
	x.tls.RootCAs = x509.NewCertPool()
	if !x.tls.RootCAs.AppendCertsFromPEM(pem) {
		k.wrong("xmpp.ca_file", "%s holds no certificate in PEM", x.CAFile)
	}
}

// options are how the gateway connects.
func (x xmppConfig) options() xmpp.Options {
	return xmpp.Options{Domain: x.Domain, Server: x.Server, Secret: x.secret, TLS: x.tls, Rosters: x.rosters, Now: time.Now}
}

// domain returns a domain as addresses have it.
func (k *configCheck) domain(s string) (string, bool) {
	j, err := k.c.numbers.JID("x@" + s)
	_, domain, _ := strings.Cut(string(j), "@")
	return domain, err == nil
}

// rosters checks the way into the rosters of an ejabberd's people.
func (k *configCheck) rosters(x *xmppConfig) {
	if x.RosterAPI == "" {
		if x.RosterTokenFile != "" {
			k.wrong("xmpp.roster_api_token_file", "is of no use without roster_api")
		}
		if len(x.RosterDomains) > 0 {
			k.wrong("xmpp.roster_domains", "is of no use without roster_api")
		}
		return
	}
	x.rosters = xmpp.RosterAPI{URL: x.RosterAPI}
	u, err := url.Parse(x.RosterAPI)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		k.wrong("xmpp.roster_api", "%q is no address of an API: such as http://127.0.0.1:5281/api", x.RosterAPI)
	case u.User != nil:
		k.wrong("xmpp.roster_api", "holds a password, which would be seen in logs: put a token into roster_api_token_file")
	case u.Scheme == "http" && x.RosterTokenFile != "" && !loopback(u.Hostname()):
		k.wrong("xmpp.roster_api", "%s would send the token over the network for all to read: https, or an address of this machine", u.Host)
	}
	if x.RosterTokenFile != "" {
		x.rosters.Token = k.secret("xmpp.roster_api_token_file", x.RosterTokenFile)
	}
	if len(x.RosterDomains) == 0 {
		k.wrong("xmpp.roster_domains", "is missing: whose rosters the API writes, such as [\"example.org\"]")
	}
	for _, d := range x.RosterDomains {
		domain, ok := k.domain(d)
		if !ok {
			k.wrong("xmpp.roster_domains", "%q is no domain: such as example.org", d)
		}
		x.rosters.Domains = append(x.rosters.Domains, domain)
	}
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
