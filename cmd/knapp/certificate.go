package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

// setupCertificate is `knapp setup certificate NAME…`: a certificate for the console on a home network, where nobody
// else gives one.
type setupCertificate struct {
	Names []string `arg:"" help:"The names or addresses by which phones reach this machine, such as raspberrypi.local or 192.168.1.20."`
	Cert  string   `help:"Where the certificate goes (${default})." default:"/etc/knapp/console.crt" placeholder:"FILE"`
	Key   string   `help:"Where its key goes (${default})." default:"/etc/knapp/console.key" placeholder:"FILE"`
	Anew  bool     `help:"Make them anew: every phone must take the new one."`
}

// certificateLives is as long as phones allow a certificate of a user's own authority (Apple: 825 days).
const certificateLives = 820 * 24 * time.Hour

// Run makes the certificate and says what to do with it.
func (s setupCertificate) Run(k keeper) error {
	made, err := newCertificate(s.Names, time.Now())
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if !s.Anew {
		for _, name := range []string{s.Cert, s.Key} {
			if _, err := os.Lstat(name); err == nil {
				return fmt.Errorf("certificate: %s is there already: --anew makes another, which every phone must then take", name)
			}
		}
	}
	if err := errors.Join(writeAnew(s.Key, made.key, 0o600), writeAnew(s.Cert, made.chain, 0o644)); err != nil {
		return fmt.Errorf("certificate: %w: run it as root", err)
	}
	_, err = fmt.Fprintf(k.out, `made a certificate for %s, good until %s
  %s
  %s   (let the service's user own it: sudo chown knapp: %[4]s)

Put this into the configuration, in the place of what stands under [console]:

[console]
listen = "0.0.0.0:8443"
cert_file = %q
key_file = %q
public_url = "https://%[7]s:8443"

then: sudo systemctl restart knapp

Phones do not know this certificate yet. On each of them, once:
  1. open https://%[7]s:8443/certificate and go on in spite of the warning; the file is saved
  2. iPhone: Settings, General, VPN & Device Management: install the profile; then General, About,
     Certificate Trust Settings: switch it on
     Android: Settings, Security, Install a certificate, CA certificate: choose the file
  3. where the phone shows the SHA-256 fingerprint, it must be
     %[8]s
It speaks for no other name than these, and the key that signed it is gone: nobody can make another with it.
`, strings.Join(s.Names, ", "), made.until.Format("2006-01-02"), s.Cert, s.Key, s.Cert, s.Key, s.Names[0], made.fingerprint)
	return err
}

// certificate is one with the authority that vouches for it, as PEM.
type certificate struct {
	chain, key  []byte
	fingerprint string // SHA-256, of the authority's
	until       time.Time
}

// newCertificate makes an authority that may speak for these names alone (RFC 5280 §4.2.1.10), has it sign one
// certificate and forgets its key.
func newCertificate(names []string, now time.Time) (c certificate, err error) {
	if now.Year() < 2026 {
		return c, fmt.Errorf("it is not %d: set this machine's clock first", now.Year())
	}
	c.until = now.Add(certificateLives).UTC()
	authority := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Knapp " + strings.Join(names, " "), Organization: []string{"Knapp"}},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: c.until, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomainsCritical: true,
	}
	leaf := &x509.Certificate{
		Subject:   pkix.Name{CommonName: names[0], Organization: []string{"Knapp"}},
		NotBefore: authority.NotBefore, NotAfter: c.until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		ip := net.ParseIP(name)
		switch {
		case ip != nil:
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
			bits := 128
			if four := ip.To4(); four != nil {
				ip, bits = four, 32
			}
			authority.PermittedIPRanges = append(authority.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
		case !isHostName(name):
			return c, fmt.Errorf("%q is no name of a machine: such as raspberrypi.local", name)
		default:
			leaf.DNSNames = append(leaf.DNSNames, strings.ToLower(name))
			authority.PermittedDNSDomains = append(authority.PermittedDNSDomains, strings.ToLower(name))
		}
	}
	if len(authority.PermittedIPRanges) == 0 {
		everything := func(bits int) *net.IPNet {
			return &net.IPNet{IP: make(net.IP, bits/8), Mask: net.CIDRMask(0, bits)}
		}
		authority.ExcludedIPRanges = []*net.IPNet{everything(32), everything(128)}
	}
	if len(authority.PermittedDNSDomains) == 0 {
		authority.PermittedDNSDomains = []string{"invalid"} // RFC 2606: no machine is called that
	}
	return c.sign(authority, leaf)
}

func (c certificate) sign(authority, leaf *x509.Certificate) (certificate, error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return c, err
	}
	for _, cert := range []*x509.Certificate{authority, leaf} {
		if cert.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
			return c, err
		}
	}
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, signer.Public(), signer)
	if err != nil {
		return c, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), signer)
	if err != nil {
		return c, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return c, err
	}
	c.key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	c.chain = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})...)
	c.fingerprint = fingerprintOf(root)
	return c, nil
}

// fingerprintOf is the SHA-256 of a certificate as phones show it.
func fingerprintOf(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// isHostName tells whether a name can be a machine's (RFC 1123 §2.1).
func isHostName(name string) bool {
	if len(name) == 0 || len(name) > 253 {
		return false
	}
	for _, label := range strings.Split(name, ".") {
		if len(label) == 0 || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// writeAnew writes a file anew, all of it or nothing.
func writeAnew(name string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	return os.Rename(name+".new", name)
}
