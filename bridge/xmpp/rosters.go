package xmpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"knapp/bridge"
)

// RosterAPI is ejabberd's own way of writing rosters, the command add_rosteritem of its HTTP API (mod_http_api with
// mod_admin_extra). Without a URL it is not used. The API must be open to the gateway alone.
type RosterAPI struct {
	URL     string   // "http://127.0.0.1:5281/api"
	Token   string   // an OAuth token with the scope add_rosteritem; "" where the API asks for none
	Domains []string // whose people it serves: the server's own hosts, "example.org"
	Client  *http.Client
}

// serves tells whether somebody's roster is written so.
func (r RosterAPI) serves(contact bridge.JID) bool {
	return r.URL != "" && slices.Contains(r.Domains, splitAddress(string(contact)).domain)
}

// add puts a child into a contact's roster, subscribed both ways. An item that is there is written over.
func (r RosterAPI) add(ctx context.Context, i bridge.Introduction, jid string) error {
	owner, child := splitAddress(string(i.Contact)), splitAddress(jid)
	return r.addItem(ctx, map[string]any{
		"localuser": owner.local, "localhost": owner.domain, "user": child.local, "host": child.domain,
		"nick": i.Name, "subs": "both",
	}, i.Group)
}

// addItem calls add_rosteritem. ejabberd up to 23.04 takes one group by one name, later versions a list by another.
func (r RosterAPI) addItem(ctx context.Context, item map[string]any, group string) error {
	ctx, cancel := context.WithTimeout(ctx, introducePause)
	defer cancel()
	item["group"] = group
	if err := r.call(ctx, "add_rosteritem", item); !errors.Is(err, errArguments) {
		return err
	}
	delete(item, "group")
	item["groups"] = []string{}
	if group != "" {
		item["groups"] = []string{group}
	}
	return r.call(ctx, "add_rosteritem", item)
}

// Check asks the API for a roster item of nobody's, in a domain that no server has (RFC 2606 §2), so that nothing is
// written. Its error says what keeps the gateway from writing rosters, and what to do.
func (r RosterAPI) Check(ctx context.Context) error {
	err := r.addItem(ctx, map[string]any{
		"localuser": "nobody", "localhost": "nowhere.invalid", "user": "nobody", "host": "nowhere.invalid", "nick": "", "subs": "none",
	}, "")
	if errors.Is(err, errNotDone) {
		return nil // it may be asked, and that is all
	}
	return err
}

// What became of a command, as far as something is made of it.
var (
	errNotDone   = errors.New("it was not done")
	errArguments = errors.New("it wants other arguments")
)

// call asks the API. An error says what is wrong with the configuration, as far as it can be told.
func (r RosterAPI) call(ctx context.Context, what string, arguments map[string]any) error {
	body, err := json.Marshal(arguments)
	if err != nil {
		return fmt.Errorf("xmpp: ejabberd's API: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(r.URL, "/")+"/"+what, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("xmpp: ejabberd's API: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	client := r.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("xmpp: ejabberd's API does not answer: %w", inWords(err))
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("xmpp: ejabberd's API: %w", err)
	}
	unknown := answer.StatusCode == http.StatusNotFound || bytes.Contains(said, []byte("unknown_command")) // 23.01, 24.12
	switch {
	case answer.StatusCode == http.StatusOK:
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden:
		return fmt.Errorf("xmpp: ejabberd's API does not let the gateway do %s: allow it under api_permissions, or correct the token", what)
	case unknown:
		return fmt.Errorf("xmpp: ejabberd's API knows no %s: add mod_admin_extra to its modules, and correct the URL", what)
	case answer.StatusCode == http.StatusBadRequest && bytes.Contains(said, []byte("argument")):
		return fmt.Errorf("xmpp: ejabberd's API: %s: %w: %s", what, errArguments, bytes.TrimSpace(said))
	case answer.StatusCode == http.StatusInternalServerError:
		return fmt.Errorf("xmpp: ejabberd's API: %s: %w: %s: %s", what, errNotDone, answer.Status, bytes.TrimSpace(said))
	default:
		return fmt.Errorf("xmpp: ejabberd's API: %s: %s: %s", what, answer.Status, bytes.TrimSpace(said))
	}
	// 0 is done; 1 is that it was not, though the request was good.
	if n := strings.TrimSpace(string(said)); n != "0" && n != `"0"` && n != `""` && n != `"ok"` {
		return fmt.Errorf("xmpp: ejabberd's API: %s answered %s: %w", what, n, errNotDone)
	}
	return nil
}
