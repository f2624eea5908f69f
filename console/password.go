package console

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// How a password is hashed: argon2id (RFC 9106) with what OWASP asks for at least. A box with 512 MB has room for two
// at a time, and no more are worked on.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashLength  = 32 // octets
	saltLength  = 16
	hashesAtOne = 2
)

// A password is long or it is nothing; what it is made of is its owner's affair.
const (
	shortestPassword = 10  // characters
	longestPassword  = 200 // octets: whoever sends a megabyte only wants us to work
)

// hashPassword gives what is kept of a password, in the PHC format.
func (s *Server) hashPassword(password string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	return writeHash(s.memory, salt, s.stretch(password, salt, hashPasses, s.memory, hashThreads, hashLength))
}

// nobodysHash is the hash of no password: to compare with it takes as long as with any other.
func nobodysHash(memory uint32) string {
	salt, hash := make([]byte, saltLength), make([]byte, hashLength)
	rand.Read(salt)
	rand.Read(hash)
	return writeHash(memory, salt, hash)
}

func writeHash(memory uint32, salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(hash))
}

// checkPassword tells whether a password is the one that was kept. Where there is none it takes as long and says no, so
// that nobody learns who has an account.
func (s *Server) checkPassword(kept, password string) bool {
	if len(password) > longestPassword {
		return false
	}
	known := kept != ""
	if !known {
		kept = s.nobodys
	}
	var version, passes int
	var memory uint32
	var threads uint8
	fields := strings.Split(kept, "$") // "", "argon2id", "v=19", "m=…,t=…,p=…", salt, hash
	if len(fields) != 6 || fields[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(fields[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil || passes < 1 || threads < 1 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(fields[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(fields[5])
	if err != nil || len(want) == 0 {
		return false
	}
	got := s.stretch(password, salt, uint32(passes), memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known
}

// stretch is argon2id, as many at a time as there is memory for. An å is one whether a keyboard sends one sign or two.
func (s *Server) stretch(password string, salt []byte, passes, memory uint32, threads uint8, length uint32) []byte {
	s.kitchen <- struct{}{}
	defer func() { <-s.kitchen }()
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, passes, memory, threads, length)
}

// unfit names what is wrong with a new password, by a locale's key; "" is nothing.
func unfit(password, again, name string) string {
	switch {
	case utf8.RuneCountInString(password) < shortestPassword:
		return "password.short"
	case len(password) > longestPassword:
		return "password.long"
	case strings.Contains(strings.ToLower(password), strings.ToLower(name)) && utf8.RuneCountInString(password) < 2*shortestPassword:
		return "password.name"
	case password != again:
		return "password.differ"
	}
	return ""
}
