package console

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// authority is the certificate that phones must take to trust this console, as DER: that of an authority of the family's
// own, which comes last in the chain (knapp setup certificate). nil where the world trusts it already, or nobody needs to.
func (s *Server) authority() []byte {
	if s.options.TLS == nil || len(s.options.TLS.Certificates) == 0 {
		return nil
	}
	chain := s.options.TLS.Certificates[0].Certificate
	if len(chain) < 2 {
		return nil
	}
	last, err := x509.ParseCertificate(chain[len(chain)-1])
	if err != nil || !last.IsCA || !bytes.Equal(last.RawIssuer, last.RawSubject) {
		return nil
	}
	return last.Raw
}

// certificate gives it to a phone. It is no secret: every connection shows it.
func (v *visit) certificate() error {
	der := v.s.authority()
	if der == nil {
		return fiber.ErrNotFound
	}
	v.c.Set(fiber.HeaderContentType, "application/x-x509-ca-cert")
	v.c.Set(fiber.HeaderContentDisposition, `attachment; filename="knapp.crt"`)
	return v.c.Send(der)
}

// fingerprint is how a phone shows which certificate it is asked to trust.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
