// Package xmpptest runs real XMPP servers for tests, benches and the demo: Prosody
// and ejabberd, on loopback, on free ports, in a folder of the caller's.
//
// It owns the processes that it starts and ends them by their process id; they die
// with this process, however it dies. It never installs a server, never touches a
// server of the machine, and never listens on another address than 127.0.0.1. It
// runs on Linux only.
package xmpptest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// The kinds of server, as in [Server].Kind.
const (
	Prosody  = "prosody"
	Ejabberd = "ejabberd"
)

// Options say what server is wanted. The zero value of each field but Dir has a
// sensible meaning.
type Options struct {
	// Dir is where configuration, certificate, data and log go. It is made if it
	// is not there; data that an earlier server left there is used again.
	Dir string
	// Servers is the folder into which `make deps-run` or `make deps-test`
	// unpacked the servers (the one with bin/prosody in it). When empty, .cache
	// is looked for upwards from the working directory, and after that the PATH.
	Servers string

	// Domain is the accounts' domain; when empty, localhost.
	Domain string
	// ComponentDomain is that of the external component (XEP-0114); when empty,
	// sms.<Domain>.
	ComponentDomain string
	// Secret is the component's; when empty, a random one.
	Secret string

	// Websocket adds RFC 7395 for clients in a browser, from pages of any origin.
	Websocket bool
	// Archive keeps every message (XEP-0313).
	Archive bool
	// Upload takes pictures and files (XEP-0363) at upload.<Domain>, over plain HTTP
	// and from pages of any origin.
	Upload bool
	// Rooms adds group chats (XEP-0045) at rooms.<Domain>.
	Rooms bool
	// Privilege lets the component read and write rosters and send messages for
	// the domain (XEP-0356). ejabberd crashes on roster writes: use AddContact.
	Privilege bool
	// ComponentTLS has ejabberd speak TLS with the component; Prosody cannot.
	ComponentTLS bool
	// Groups are in the rosters of their members without anybody's asking.
	Groups []Group

	// C2SPort, TLSPort, ComponentPort and HTTPPort fix a port; 0 takes a free one.
	C2SPort, TLSPort, ComponentPort, HTTPPort int
}

// Group is a set of people who see each other in their rosters, subscribed both
// ways.
type Group struct {
	Name    string
	Members []Member
}

// Member is somebody in a [Group]: an account of the server, or any other bare JID
// such as a component's.
type Member struct {
	JID  string
	Name string
}

// Server is a running XMPP server. Its methods may be called from any goroutine.
type Server struct {
	// Kind is Prosody or Ejabberd.
	Kind string
	// Dir is the folder that holds everything of the server.
	Dir string
	// Domain is the accounts' domain. It need not resolve: connect to the
	// addresses below.
	Domain string

	// C2SAddr (STARTTLS offered, not demanded), TLSAddr (TLS from the first byte),
	// ComponentAddr and HTTPAddr are host:port on loopback. HTTPAddr is empty
	// where the server has no HTTP.
	C2SAddr, TLSAddr, ComponentAddr, HTTPAddr string
	// WebsocketURL is the RFC 7395 endpoint, empty without Options.Websocket.
	WebsocketURL string

	// ComponentDomain and ComponentSecret are for the XEP-0114 handshake.
	ComponentDomain, ComponentSecret string
	// RoomsDomain is the group chats', empty without Options.Rooms.
	RoomsDomain string
	// UploadDomain and UploadURL are for pictures and files, empty without
	// Options.Upload.
	UploadDomain, UploadURL string

	options Options
	program programs
	ports   ports
	roots   *x509.CertPool

	mu        sync.Mutex // guards what follows
	proc      *process   // nil when stopped
	unwritten []record   // what ejabberd has yet to put on disk
}

// errDir says that the caller gave no folder.
var errDir = errors.New("xmpptest: Options.Dir is empty: give the server a folder of its own")

// newServer fills in what was left out and writes the certificate. It starts
// nothing.
func newServer(kind string, o Options) (*Server, error) {
	if o.Dir == "" {
		return nil, errDir
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("xmpptest: folder: %w", err)
	}
	o.Dir = dir
	if o.Domain == "" {
		o.Domain = "localhost"
	}
	if o.ComponentDomain == "" {
		o.ComponentDomain = "sms." + o.Domain
	}
	if o.Secret == "" {
		o.Secret = randomSecret()
	}
	s := &Server{
		Kind:            kind,
		Dir:             dir,
		Domain:          o.Domain,
		ComponentDomain: o.ComponentDomain,
		ComponentSecret: o.Secret,
		options:         o,
	}
	if o.Rooms {
		s.RoomsDomain = "rooms." + o.Domain
	}
	if o.Upload {
		s.UploadDomain = "upload." + o.Domain
	}
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		return nil, fmt.Errorf("xmpptest: folder: %w", err)
	}
	if s.roots, err = writeCertificate(dir, o.Domain, o.ComponentDomain, "rooms."+o.Domain, "upload."+o.Domain); err != nil {
		return nil, err
	}
	return s, nil
}

// start takes ports, has the configuration written by configure, and starts the
// server. Another program may take a port in between: then it takes others.
func (s *Server) start(ctx context.Context, configure func() error) error {
	tries := 3
	if o := s.options; o.C2SPort+o.TLSPort+o.ComponentPort+o.HTTPPort > 0 {
		tries = 1 // a port that was asked for will not be another
	}
	var err error
	for range tries {
		if s.ports, err = freePorts(s.options); err != nil {
			return err
		}
		s.C2SAddr, s.TLSAddr = address(s.ports.c2s), address(s.ports.tls)
		s.ComponentAddr = address(s.ports.component)
		if s.Kind == Ejabberd || s.options.Websocket || s.options.Upload {
			s.HTTPAddr = address(s.ports.http)
		}
		if s.options.Websocket {
			s.WebsocketURL = "ws://" + s.HTTPAddr + "/xmpp-websocket"
		}
		if s.options.Upload {
			s.UploadURL = "http://" + s.HTTPAddr + "/"
			if s.Kind == Ejabberd {
				s.UploadURL += "upload"
			}
		}
		if err = configure(); err != nil {
			return err
		}
		if err = s.launch(ctx); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// launch starts the process and returns when every address accepts connections.
func (s *Server) launch(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil && s.proc.alive() {
		return fmt.Errorf("xmpptest: %s runs already, as process %d", s.Kind, s.proc.pid)
	}
	logged := fileSize(s.Log())
	proc, err := startProcess(s.Kind, s.command(), filepath.Join(s.Dir, "output.log"))
	if err != nil {
		return err
	}
	if err := s.ready(ctx, proc, logged); err != nil {
		proc.kill()
		return err
	}
	s.proc = proc
	return nil
}

// Stop asks the server to end (SIGTERM), forces it after 10 s (SIGKILL), and
// returns when the process is gone. Stopping twice is no error.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil {
		return nil
	}
	s.proc.stop()
	s.proc, s.unwritten = nil, nil
	return nil
}

// Kill ends the server as a power cut would (SIGKILL), and returns when the
// process is gone. Accounts and contacts that were made here are kept: ejabberd,
// which writes them up to 3 s late, is given that time first.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil {
		return nil
	}
	err := s.waitWritten()
	s.proc.kill()
	s.proc = nil
	return err
}

// Restart starts the server again after Stop or Kill, or stops it first, with the
// same ports, accounts and data. It returns when connections are accepted.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.launch(ctx)
}

// PID is the server's process id, or 0 when it does not run.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil || !s.proc.alive() {
		return 0
	}
	return s.proc.pid
}

// Log is the path of the server's own log.
func (s *Server) Log() string {
	return filepath.Join(s.Dir, s.Kind+".log")
}

// TLSConfig trusts the server's certificate, which was made for it alone, and
// expects its domain.
func (s *Server) TLSConfig() *tls.Config {
	return &tls.Config{RootCAs: s.roots, ServerName: s.Domain, MinVersion: tls.VersionTLS12}
}

// Certificate is the path of the server's certificate in PEM, for programs that
// are to trust it.
func (s *Server) Certificate() string {
	return filepath.Join(s.Dir, certificateFile)
}

func randomSecret() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
