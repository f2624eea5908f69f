package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// ejabberd lets nobody write rosters by XEP-0356 (23.01 fails, 24.12 agrees and does not do it): its HTTP API does.

// apiPort is where the API listens when nothing else was configured, or a little above; Debian's ejabberd has 5280 for its own.
const apiPort = 5281

// ejabberdLines are the parts of what ejabberd needs, each by the key that it stands under.
func ejabberdLines(c config) (service, api, permission string, err error) {
	host, port, err := net.SplitHostPort(c.XMPP.Server)
	if err != nil {
		return "", "", "", err
	}
	ip := "127.0.0.1"
	if parsed := net.ParseIP(host); parsed != nil && !parsed.IsLoopback() {
		ip = host
	}
	secure := ""
	if c.XMPP.TLS {
		// This listener does not look into certfiles: Debian's own is here, another is for its keeper to name.
		secure = "\n    tls: true\n    certfile: \"/etc/ejabberd/ejabberd.pem\""
	}
	// global_routes: else each component is given the domains of all the others.
	service = fmt.Sprintf(`  # Knapp: the children's phones
  -
    port: %s
    ip: %q
    module: ejabberd_service%s
    access: all
    global_routes: false
    hosts:
      %q:
        password: %q
`, port, ip, secure, c.XMPP.Domain, c.XMPP.secret)
	if port = portOfAPI(c); port == "" {
		return service, "", "", nil // behind a proxy of its keeper's
	}
	api = fmt.Sprintf(`  # Knapp: the children come into rosters; for programs of this machine
  -
    port: %s
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
`, port)
	permission = `  "Knapp":
    from: mod_http_api
    who:
      ip: "127.0.0.0/8"
    what:
      - "add_rosteritem"
`
	return service, api, permission, nil
}

// portOfAPI is where the configuration expects the API.
func portOfAPI(c config) string {
	u, err := url.Parse(c.XMPP.RosterAPI)
	if err != nil {
		return ""
	}
	return u.Port()
}

// suggestAPI returns an address for the API, on a port of this machine that nobody has.
func suggestAPI() string {
	for port := apiPort; port < apiPort+20; port++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close()
			return fmt.Sprintf("http://127.0.0.1:%d/api", port)
		}
	}
	return fmt.Sprintf("http://127.0.0.1:%d/api", apiPort)
}

// ownLines are what Knapp's own configuration needs besides, under [xmpp].
func ownLines(api, host string) string {
	return fmt.Sprintf("roster_api = %q\nroster_domains = [%q]\n", api, host)
}

// ejabberdText shows it all, to be put there by hand.
func ejabberdText(c config) (string, error) {
	service, api, permission, err := ejabberdLines(c)
	return "listen:\n" + service + api + "\napi_permissions:\n" + permission + "\nmodules:\n  mod_admin_extra: {}\n", err
}

// consoleCommands is what ejabberd allows by itself as long as there is no api_permissions.
const consoleCommands = `  "console commands":
    from: ejabberd_ctl
    who: all
    what: "*"
`

// ejabberdEdits writes what is missing: the component's listener, one for the API, and the right to use it.
func ejabberdEdits(name string, c config) ([]edit, error) {
	before, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	service, api, permission, err := ejabberdLines(c)
	if err != nil {
		return nil, err
	}
	text := string(before)
	for _, part := range []struct {
		there      *regexp.Regexp
		key, lines string
	}{
		{regexp.MustCompile(`(?m)^\s*["']?` + regexp.QuoteMeta(c.XMPP.Domain) + `["']?:`), "listen", service},
		{regexp.MustCompile(`(?m)^\s*(-\s*)?port:\s*` + portOfAPI(c) + `\s*$`), "listen", api},
		{regexp.MustCompile(`(?m)^\s*(-\s*)?["']?add_rosteritem["']?\s*$`), "api_permissions", permission},
		{regexp.MustCompile(`(?m)^\s*["']?mod_admin_extra["']?:`), "modules", "  mod_admin_extra: {}\n"},
	} {
		if part.lines == "" || part.there.MatchString(text) {
			continue
		}
		if part.key == "api_permissions" && !regexp.MustCompile(`(?m)^["']?api_permissions\b`).MatchString(text) {
			text = strings.TrimRight(text, "\n") + "\n\napi_permissions:\n" + consoleCommands + part.lines
			continue
		}
		if text, err = under(text, part.key, part.lines); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if text == string(before) {
		return nil, nil
	}
	return []edit{{name, string(before), text}}, nil
}

// under puts lines, which are indented by two, before the first entry under a key of the top level, indented like it.
func under(yaml, key, entry string) (string, error) {
	lines := strings.SplitAfter(yaml, "\n")
	for i, line := range lines {
		if strings.TrimRight(line, " \r\n") != key+":" {
			continue
		}
		for _, next := range lines[i+1:] {
			bare := strings.TrimLeft(next, " ")
			if strings.TrimSpace(next) == "" || strings.HasPrefix(bare, "#") {
				continue
			}
			if indent := next[:len(next)-len(bare)]; indent != "" || strings.HasPrefix(bare, "-") {
				entry = indent + strings.ReplaceAll(strings.TrimPrefix(strings.TrimRight(entry, "\n"), "  "), "\n  ", "\n"+indent) + "\n"
			}
			break
		}
		return strings.Join(lines[:i+1], "") + entry + strings.Join(lines[i+1:], ""), nil
	}
	return "", fmt.Errorf("there is no line that is only `%s:`: %w", key, errByHand)
}
