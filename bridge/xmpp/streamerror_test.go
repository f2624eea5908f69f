package xmpp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// conditions are those of RFC 6120 §4.9.3, as its sections are numbered.
var conditions = strings.Fields(`bad-format bad-namespace-prefix conflict connection-timeout host-gone host-unknown
	improper-addressing internal-server-error invalid-from invalid-namespace invalid-xml not-authorized
	not-well-formed policy-violation remote-connection-failed reset resource-constraint restricted-xml
	see-other-host system-shutdown undefined-condition unsupported-encoding unsupported-feature
	unsupported-stanza-type unsupported-version`)

// However the server ends the stream, the keeper reads why in words, and the gateway comes back.
func TestEveryStreamErrorIsToldAndSurvived(t *testing.T) {
	if len(conditions) != 25 {
		t.Fatalf("%d conditions", len(conditions))
	}
	office := newRecorder()
	server := mute(t)
	o := server.options(office)
	o.BackoffMin, o.BackoffMax = time.Millisecond, 2*time.Millisecond
	c, _ := run(t, o)
	for i, condition := range append(conditions, "no-such-condition") {
		office.await(t, "a connection", func() bool { return len(office.connected) == 2*i+1 })
		await(t, "a stream", func() bool { return c.current() != nil })
		server.send(t, `<stream:error><`+condition+` xmlns='urn:ietf:params:xml:ns:xmpp-streams'>other.localhost</`+condition+`>`+
			`<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>said &amp; done</text></stream:error></stream:stream>`)
		office.await(t, "the end of the stream", func() bool { return len(office.connected) >= 2*i+2 })
		await(t, "the words", func() bool { return strings.Contains(c.State().LastError, "("+condition) })
		said := c.State().LastError
		if !strings.Contains(said, "said & done") || len(said) < len(condition)+60 {
			t.Errorf("%s: %s", condition, said)
		}
		if strings.Contains(said, "other.localhost") != (condition == "see-other-host") {
			t.Errorf("%s: %s", condition, said)
		}
		server.conn = nil // the next one
	}
}

// The post office looks for a stanza that the server does not like only when it was one.
func TestWhichStreamErrorsBlame(t *testing.T) {
	for condition, blames := range map[string]bool{
		"policy-violation": true, "not-well-formed": true, "invalid-xml": true, "invalid-from": true,
		"system-shutdown": false, "conflict": false, "reset": false, "see-other-host": false, "internal-server-error": false,
	} {
		if got := errors.Is(&StreamError{Condition: condition}, bridge.ErrHungUp); got != blames {
			t.Errorf("%s blames: %v", condition, got)
		}
	}
}

// Prosody refuses a second gateway of the same domain, ejabberd gives each a part of what comes. Either is told.
func TestSecondGatewayIsNoticed(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		first, _ := connect(t, s)
		o := options(s, newRecorder())
		o.BarrierTimeout = 300 * time.Millisecond
		second, _ := run(t, o)
		await(t, "a word about it", func() bool {
			for _, c := range []*Component{first, second} {
				state := c.State()
				if strings.Contains(state.LastError, "second gateway") || !state.Rival.IsZero() && strings.Contains(state.LastError, "another gateway") {
					return true
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_ = second.Barrier(ctx) // it may go astray: that is what the other notices
			_ = first.Barrier(ctx)
			return false
		})
	})
}

// A gateway alone is no rival of itself, not even with a ping of its own that comes late.
func TestNoRivalWhereThereIsNone(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	c, _ := run(t, server.options(office))
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	await(t, "a stream", func() bool { return c.current() != nil })
	server.send(t, `<iq type='get' from='sms.localhost' to='sms.localhost' id='`+c.self+`late'><ping xmlns='urn:xmpp:ping'/></iq>`)
	server.send(t, `<message from='mum@localhost/x' to='emma@sms.localhost' id='1'><body>hei</body></message>`)
	office.await(t, "a chat behind it", func() bool { return len(office.chats) == 1 })
	if state := c.State(); !state.Rival.IsZero() {
		t.Errorf("a rival: %s", state.LastError)
	}
	server.send(t, `<iq type='get' from='sms.localhost' to='sms.localhost' id='somebody-elses'><ping xmlns='urn:xmpp:ping'/></iq>`)
	await(t, "a rival", func() bool { return !c.State().Rival.IsZero() })
}

func TestCertificateThatRanOut(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name     string
		from, to time.Time
		host     string
		trusted  bool
		plain    bool
		want     string
	}{
		{"ran out", now.AddDate(-1, 0, 0), now.Add(-time.Hour), "sms.localhost", true, false, "renew it"},
		{"not yet", now.Add(time.Hour), now.AddDate(1, 0, 0), "sms.localhost", true, false, "set this machine's clock"},
		{"another name", now.Add(-time.Hour), now.AddDate(1, 0, 0), "other.localhost", true, false, "for another name"},
		{"its own", now.Add(-time.Hour), now.AddDate(1, 0, 0), "sms.localhost", false, false, "signed by nobody"},
		{"no TLS", now.Add(-time.Hour), now.AddDate(1, 0, 0), "sms.localhost", true, true, "does not speak TLS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			certificate, pool := selfSigned(t, tt.host, tt.from, tt.to)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					if tt.plain {
						_, _ = conn.Write([]byte("<?xml version='1.0'?><stream:stream>"))
					} else {
						_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}}).Handshake()
					}
					_ = conn.Close()
				}
			}()
			o := Options{Domain: "sms.localhost", Server: l.Addr().String(), Office: newRecorder(), TLS: &tls.Config{ServerName: "sms.localhost", MinVersion: tls.VersionTLS12}}
			if tt.trusted {
				o.TLS.RootCAs = pool
			}
			c, _ := run(t, o)
			await(t, "an error", func() bool { return c.State().LastError != "" })
			if said := c.State().LastError; !strings.Contains(said, tt.want) {
				t.Errorf("it says %s", said)
			}
		})
	}
}

// A real server over TLS; and the same when its certificate has run out, which is said in words until it was renewed.
func TestCertificateOfARealServer(t *testing.T) {
	t.Parallel()
	s, err := xmpptest.StartEjabberd(t.Context(), xmpptest.Options{Dir: t.TempDir(), ComponentTLS: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	o := options(s, newRecorder())
	o.TLS = s.TLSConfig()
	c, _ := run(t, o)
	await(t, "a stream", func() bool { return c.current() != nil })
	if err := c.Barrier(t.Context()); err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(s.Dir, "both.pem")
	good, err := os.ReadFile(both)
	if err != nil {
		t.Fatal(err)
	}
	old, _ := selfSigned(t, s.Domain, time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Hour))
	key, err := x509.MarshalPKCS8PrivateKey(old.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	expired := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: old.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	for _, certificate := range [][]byte{expired, good} {
		if err := os.WriteFile(both, certificate, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(certificate, good) {
			await(t, "a stream again", func() bool { return c.current() != nil })
			continue
		}
		await(t, "the word", func() bool { return strings.Contains(c.State().LastError, "renew it") })
		if c.State().Connected {
			t.Error("connected all the same")
		}
	}
}

// selfSigned makes a certificate and a pool that trusts it.
func selfSigned(t *testing.T, host string, from, to time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
