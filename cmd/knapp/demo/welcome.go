package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// terminalWords is what the terminal says; {…} is filled in.
func terminalWords(language string) string {
	if language == "en" {
		return `
  Knapp is running: the real gateway, on a modem made of software.

    Open     {page}
    Try      type "2 hei" on the phone; it arrives at Mamma's chat. Answer.
    Console  {console}{first}
{client}
  Join with an XMPP client of your own, on this machine: server {host}, port {port}
  (without TLS, or trust {certificate})
{accounts}
  Files      {dir}
  The gateway's log: {log}

  Ctrl-C ends everything.
`
	}
	return `
  Knapp er i gang: den ekte porten, med et modem av programvare.

    Åpne     {page}
    Prøv     skriv «2 hei» på telefonen; det kommer til Mammas chat. Svar.
    Konsoll  {console}{first}
{client}
  Bli med fra din egen XMPP-klient på denne maskinen: tjener {host}, port {port}
  (uten TLS, eller stol på {certificate})
{accounts}
  Filer      {dir}
  Portens logg: {log}

  Ctrl-C avslutter alt.
`
}

// welcome tells the visitor where everything is.
func welcome(out io.Writer, language string, st *stage, hasClient bool) {
	var accounts strings.Builder
	for _, a := range st.accounts {
		fmt.Fprintf(&accounts, "    %-20s %s\n", a.JID, a.Password)
	}
	client := ""
	if !hasClient {
		client = map[string]string{
			"nb": "\n  Chatten i nettleseren mangler i dette programmet: `make run` henter den.\n",
			"en": "\n  The chat in the browser is missing from this program: `make run` fetches it.\n",
		}[language]
	}
	first := "" // a folder that was used before may have its owner
	if st.firstCode != "" {
		first = fmt.Sprintf(map[string]string{
			"nb": "\n             første gang: http://%s/start, med koden %s",
			"en": "\n             the first time: http://%s/start, with the code %s",
		}[language], st.console, st.firstCode)
	}
	host, port, err := net.SplitHostPort(st.prosody.C2SAddr)
	if err != nil {
		host, port = st.prosody.C2SAddr, ""
	}
	text := strings.NewReplacer(
		"{page}", st.url, "{console}", "http://"+st.console, "{first}", first, "{client}", client,
		"{host}", host, "{port}", port, "{certificate}", st.prosody.Certificate(),
		"{accounts}", accounts.String(), "{dir}", st.dir, "{log}", filepath.Join(st.dir, "gateway.log"),
	).Replace(terminalWords(language))
	_, _ = io.WriteString(out, text) // a terminal that has gone does not end the demo
}

// errVisited ends a demo that was to run once.
var errVisited = errors.New("demo: visited")

// visit goes where a browser goes: the page, a parent's account, and the way to the chat server.
func visit(ctx context.Context, st *stage) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, path := range []string{"/", "/chat/" + st.accounts[0].User + "/", "/chat/" + st.accounts[0].User + "/account", "/page/main.js"} {
		if err := fetch(ctx, st.url+path, nil, http.StatusOK); err != nil {
			return err
		}
	}
	upgrade := http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Protocol": {"xmpp"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"a25hcHAga25hcHAga25hcA=="},
	}
	return fetch(ctx, st.url+"/xmpp-websocket", upgrade, http.StatusSwitchingProtocols)
}

func fetch(ctx context.Context, url string, header http.Header, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	// Not the default client: no proxy stands between us and ourselves.
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("demo: own page: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != want {
		return fmt.Errorf("demo: own page: %s answers %s", url, res.Status)
	}
	return nil
}
