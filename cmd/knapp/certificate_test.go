package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/console"
)

// A phone that has taken the authority reaches the console by its names without a warning, and believes it no other.
func TestACertificateOfOnesOwn(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	s := setupCertificate{Names: []string{"Knapp.local", "127.0.0.1"}, Cert: filepath.Join(dir, "c.crt"), Key: filepath.Join(dir, "c.key")}
	if err := s.Run(keeper{out: &out}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(s.Key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info, err)
	}
	if err := s.Run(keeper{out: &out}); err == nil || !strings.Contains(err.Error(), "--anew") {
		t.Errorf("it was overwritten: %v", err)
	}
	pair, err := tls.LoadX509KeyPair(s.Cert, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	server := console.New(console.Options{Listen: address, TLS: &tls.Config{Certificates: []tls.Certificate{pair}}, PublicHosts: []string{"knapp.local"}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })

	root, err := x509.ParseCertificate(pair.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), fingerprintOf(root.Raw)) {
		t.Errorf("the fingerprint is not said:\n%s", out.String())
	}
	phone := x509.NewCertPool()
	phone.AddCert(root)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: phone}, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}}}
	_, port, _ := net.SplitHostPort(address)
	for _, host := range []string{"knapp.local", "127.0.0.1"} {
		until(t, "https://"+host, func() bool {
			res, err := client.Get("https://" + host + ":" + port + "/healthz")
			if err != nil {
				t.Log(err)
				return false
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			return true
		})
	}
	for _, name := range []string{"bank.example", "10.0.0.1"} {
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: phone, DNSName: name}); err == nil {
			t.Errorf("it speaks for %s", name)
		}
	}
	if time.Until(root.NotAfter) > 825*24*time.Hour || len(root.PermittedDNSDomains) != 1 || len(root.PermittedIPRanges) != 1 {
		t.Errorf("the authority may more than it must: %v %v until %v", root.PermittedDNSDomains, root.PermittedIPRanges, root.NotAfter)
	}
}

func TestCertificatesThatAreNotMade(t *testing.T) {
	for _, names := range [][]string{{""}, {"a b"}, {"-a.local"}, {"a..b"}, {"*.example.org"}, {strings.Repeat("a", 64) + ".local"}, {"knapp.local", "å.local"}} {
		if _, err := newCertificate(names, time.Now()); err == nil {
			t.Errorf("%q", names)
		}
	}
	if _, err := newCertificate([]string{"knapp.local"}, time.Unix(0, 0)); err == nil {
		t.Error("by a clock that was never set")
	}
	only, err := newCertificate([]string{"192.168.1.20"}, time.Now())
	if err != nil || len(only.chain) == 0 {
		t.Error(err)
	}
}
