package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"knapp/bridge"
)

// maxRequest bounds what the socket reads at once, in octets; a family document is a few kilobytes.
const maxRequest = 1 << 20

// serveControl answers the sub-commands on data_dir/knapp.sock until the context is done. Whoever may open the
// socket may do anything: it is made with mode 0600.
func serveControl(ctx context.Context, path string, ops operations, listening func()) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("control socket: %w", err)
	}
	old := unix.Umask(0o177)
	listener, err := net.Listen("unix", path)
	unix.Umask(old)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	server := &http.Server{Handler: controlHandler(ops), ReadHeaderTimeout: 5 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	listening()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

func controlHandler(ops operations) http.Handler {
	mux := http.NewServeMux()
	serveProbe(mux, ops)
	serveWire(mux, ops)
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.Status(r.Context())
		answer(w, v, err)
	})
	mux.HandleFunc("GET /family", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.Family(r.Context())
		answer(w, v, err)
	})
	mux.HandleFunc("POST /family", func(w http.ResponseWriter, r *http.Request) {
		var f bridge.Family
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&f); err != nil {
			answer(w, nil, fmt.Errorf("family document: %w", err))
			return
		}
		v, err := ops.ApplyFamily(r.Context(), f, r.URL.Query().Get("dry_run") != "")
		answer(w, v, err)
	})
	mux.HandleFunc("POST /sim/adopt", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.AdoptSIM(r.Context(), r.URL.Query().Get("modem"))
		answer(w, v, err)
	})
	mux.HandleFunc("POST /invite", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.Invite(r.Context(), r.URL.Query().Get("name"))
		answer(w, v, err)
	})
	mux.HandleFunc("GET /questions", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.Questions(r.Context())
		answer(w, v, err)
	})
	mux.HandleFunc("POST /answer", func(w http.ResponseWriter, r *http.Request) {
		var a answerRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&a); err != nil {
			answer(w, nil, fmt.Errorf("answer: %w", err))
			return
		}
		v, err := ops.Answer(r.Context(), a)
		answer(w, v, err)
	})
	serveBudgets(mux, ops)
	mux.HandleFunc("GET /audit", func(w http.ResponseWriter, r *http.Request) {
		q := bridge.AuditQuery{Child: r.URL.Query().Get("child")}
		q.Limit, _ = strconv.Atoi(r.URL.Query().Get("limit"))
		q.Before, _ = strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
		v, err := ops.Audit(r.Context(), q)
		answer(w, v, err)
	})
	mux.HandleFunc("GET /log", func(w http.ResponseWriter, r *http.Request) {
		q := bridge.LogQuery{Child: r.URL.Query().Get("child")}
		q.Limit, _ = strconv.Atoi(r.URL.Query().Get("limit"))
		before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
		q.Before = bridge.MessageID(before)
		v, err := ops.Log(r.Context(), q)
		answer(w, v, err)
	})
	mux.HandleFunc("POST /backup", func(w http.ResponseWriter, r *http.Request) {
		v, err := ops.Backup(r.Context())
		answer(w, v, err)
	})
	mux.HandleFunc("POST /resume", func(w http.ResponseWriter, r *http.Request) {
		answer(w, struct{}{}, ops.Resume(r.Context()))
	})
	return mux
}

// refusal is how an error travels over the socket.
type refusal struct {
	Error    string          `json:"error"`
	Problems bridge.Problems `json:"problems,omitempty"`
}

func answer(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		r := refusal{Error: err.Error()}
		errors.As(err, &r.Problems)
		v = r
	}
	_ = json.NewEncoder(w).Encode(v) // the other side is gone: nobody to tell
}

// client speaks to a running gateway.
type client struct{ http *http.Client }

func newClient(socket string) client {
	var d net.Dialer
	return client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return d.DialContext(ctx, "unix", socket)
		},
	}}}
}

// alive tells whether a gateway answers.
func (c client) alive(ctx context.Context) bool {
	_, err := c.Status(ctx)
	var gone *net.OpError
	return err == nil || !errors.As(err, &gone)
}

func (c client) Status(ctx context.Context) (v status, err error) {
	return v, c.call(ctx, http.MethodGet, "/status", nil, &v)
}

func (c client) Family(ctx context.Context) (v bridge.Family, err error) {
	return v, c.call(ctx, http.MethodGet, "/family", nil, &v)
}

func (c client) ApplyFamily(ctx context.Context, f bridge.Family, dryRun bool) (v []bridge.Change, err error) {
	path := "/family"
	if dryRun {
		path += "?dry_run=1"
	}
	return v, c.call(ctx, http.MethodPost, path, f, &v)
}

func (c client) Invite(ctx context.Context, name string) (v invited, err error) {
	return v, c.call(ctx, http.MethodPost, "/invite?"+url.Values{"name": {name}}.Encode(), nil, &v)
}

func (c client) AdoptSIM(ctx context.Context, modem string) (v adopted, err error) {
	return v, c.call(ctx, http.MethodPost, "/sim/adopt?"+url.Values{"modem": {modem}}.Encode(), nil, &v)
}

func (c client) Log(ctx context.Context, q bridge.LogQuery) (v []bridge.LogEntry, err error) {
	query := url.Values{
		"child": {q.Child}, "limit": {strconv.Itoa(q.Limit)}, "before": {strconv.FormatInt(int64(q.Before), 10)},
	}
	return v, c.call(ctx, http.MethodGet, "/log?"+query.Encode(), nil, &v)
}

func (c client) Backup(ctx context.Context) (v backupMade, err error) {
	return v, c.call(ctx, http.MethodPost, "/backup", nil, &v)
}

func (c client) Resume(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/resume", nil, &struct{}{})
}

func (c client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://knapp"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(out)
	}
	var r refusal
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		return fmt.Errorf("the gateway answered %s", resp.Status)
	}
	if len(r.Problems) > 0 {
		return r.Problems
	}
	return errors.New(r.Error)
}
