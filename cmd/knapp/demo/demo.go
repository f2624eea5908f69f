// Package demo is `knapp demo`: the whole gateway on hardware made of software, to be tried in a browser.
//
// It owns a private Prosody, a GSM network with the gateway's modem and two children's phones on it, the gateway as a
// process of its own (a plain `knapp run`, which cannot know that it is in a demo), and a web page: at the left a button
// phone, at the right a parent's chat. The page's phone speaks to the network only, never to the gateway. It listens on
// loopback unless told otherwise, asks nothing of any other machine, and leaves nothing running.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// Options say where the demo lives and how it speaks.
type Options struct {
	// Knapp is the path of the program that is started as the gateway: os.Executable().
	Knapp string
	// Dir is the working folder: configuration, database, logs, the chat server's data. Empty: a new one in the
	// system's temporary folder, which is removed at the end.
	Dir string
	// Listen is the page's address; empty is 127.0.0.1:8090, and port 0 takes a free one. A taken port is an error.
	Listen string
	// Console is the address given to the gateway's console. Empty: a free port on 127.0.0.1.
	Console string
	// Servers is the folder of the unpacked servers (.cache); empty looks upwards from the working directory.
	Servers string
	// Language is "nb" or "en", for the terminal, the family and browsers that ask for neither; empty is "nb".
	Language string
	// Out is the visitor's terminal. What the gateway prints on its standard output comes here as well.
	Out io.Writer
	// Once starts everything, fetches the own page as a browser would, and ends.
	Once bool
	// Log is for what a developer wants to know; nil is silent.
	Log *slog.Logger
}

// Run runs the demo until ctx ends, which is no error, or until the gateway or the chat server fails. When it returns,
// everything that it started has ended.
func Run(ctx context.Context, o Options) error {
	return run(ctx, o, nil)
}

// run is Run; ready, if not nil, is called once with the stage when the visitor may come.
func run(ctx context.Context, o Options, ready func(*stage)) (err error) {
	if o.Language == "" {
		o.Language = languages[0]
	}
	if !slices.Contains(languages, o.Language) {
		return fmt.Errorf("demo: language %q: there are %s", o.Language, strings.Join(languages, " and "))
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:8090" // never all addresses, which an empty one would mean to net.Listen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	// First of all: the commonest thing that goes wrong, and nothing is started yet.
	listener, err := listen(ctx, o.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	dir, remove, err := workingFolder(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()

	st, err := setUp(ctx, o, dir)
	defer st.tearDown()
	if err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C during the start
		}
		return err
	}

	vendor, err := fs.Sub(vendorFiles, "vendor")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	srv, err := newServer(st.site(o, listener.Addr(), vendor))
	if err != nil {
		return err
	}
	st.url = pageURL(listener.Addr())
	welcome(o.Out, o.Language, st, srv.hasClient())

	group, gctx := errgroup.WithContext(ctx)
	serving, closePage := context.WithCancel(gctx)
	defer closePage()
	group.Go(func() error { return serve(serving, listener, srv.handler(), o.Log) })
	group.Go(func() error {
		select {
		case <-gctx.Done():
			return nil
		case <-st.gateway.done:
			if ctx.Err() != nil {
				return nil
			}
			return st.gateway.ended()
		}
	})
	if ready != nil {
		ready(st)
	}
	if o.Once {
		group.Go(func() error {
			if err := visit(gctx, st); err != nil {
				return err
			}
			return errVisited
		})
	}
	if err := group.Wait(); err != nil && !errors.Is(err, errVisited) {
		return err
	}
	return nil
}

// listen opens the page's port.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("demo: %s is taken by another program, perhaps another demo: end that one, or choose another address with --listen 127.0.0.1:0", address)
	case err != nil:
		return nil, fmt.Errorf("demo: listen on %q: %w", address, err)
	}
	return l, nil
}

func pageURL(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// maxDir keeps the control socket's path within the 108 octets of a socket address (unix(7)).
const maxDir = 108 - len("/data/knapp.sock") - 1

// workingFolder is dir, or a new one that remove removes.
func workingFolder(dir string) (path string, remove func() error, err error) {
	keep := func() error { return nil }
	if dir == "" {
		dir, err = os.MkdirTemp("", "knapp-demo-")
		if err != nil {
			return "", nil, fmt.Errorf("demo: %w", err)
		}
		return dir, func() error { return os.RemoveAll(dir) }, nil
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, fmt.Errorf("demo: %w", err)
	}
	if len(dir) > maxDir {
		return "", nil, fmt.Errorf("demo: the folder's path %q is too long for a socket in it: %d characters at most", dir, maxDir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("demo: %w", err)
	}
	return dir, keep, nil
}
