package console

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"
)

// chain is a certificate for localhost, alone or with the authority of its own that vouches for it.
func chain(t *testing.T, own bool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "family"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	var pair tls.Certificate
	for _, cert := range []*x509.Certificate{leaf, root}[:map[bool]int{false: 1, true: 2}[own]] {
		der, err := x509.CreateCertificate(rand.Reader, cert, root, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		pair.Certificate = append(pair.Certificate, der)
	}
	pair.PrivateKey = key
	return pair
}

func TestPhonesGetTheCertificate(t *testing.T) {
	for own, code := range map[bool]int{true: 200, false: 404} {
		pair := chain(t, own)
		h := openHomeWith(t, func(o *Options) { o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}} })
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
		res, err := client.Get(h.site.url + "/certificate")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != code {
			t.Errorf("of its own: %v: %d", own, res.StatusCode)
		}
		if own && (!bytes.Equal(body, pair.Certificate[1]) || res.Header.Get("Content-Type") != "application/x-x509-ca-cert") {
			t.Errorf("%d octets of %s", len(body), res.Header.Get("Content-Type"))
		}
	}
	plain := openHome(t)
	b := plain.surfer()
	if b.get("/certificate"); b.code != 404 {
		t.Errorf("without TLS: %d", b.code)
	}
}
