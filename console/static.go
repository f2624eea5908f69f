package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// In static/vendor is the browser code of others, where it was fetched before the program was built (.ci/browser).
//
//go:embed static
var staticFiles embed.FS

// kinds are the media types of what we have. The machine's own table may say something else, and with nosniff a browser
// would then refuse a script.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2",
}

// asset is a file that browsers keep for ever, because its name changes with its content.
type asset struct {
	content, packed []byte // packed is nil where compressing saves nothing
	kind            string
}

// assets are the files, by the name with the hash, and those names, by the plain one.
type assets struct {
	files map[string]asset
	names map[string]string
}

// mustAssets reads and compresses the embedded files once.
func mustAssets() assets {
	a, err := newAssets(staticFiles)
	if err != nil {
		panic(err) // they are in the binary
	}
	return a
}

// newAssets takes the files below static. Their names are told apart without their folders.
func newAssets(files fs.FS) (assets, error) {
	a := assets{files: map[string]asset{}, names: map[string]string{}}
	var p packer
	err := fs.WalkDir(files, "static", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(file)
		plain := path.Base(file)
		name := strings.TrimSuffix(plain, extension) + "." + hex.EncodeToString(sum[:6]) + extension
		if a.names[plain] != "" || kinds[extension] == "" {
			return fmt.Errorf("console: %s: its name is taken, or of no known kind", file)
		}
		a.files[name] = asset{content: content, packed: p.pack(content), kind: kinds[extension]}
		a.names[plain] = name
		return nil
	})
	return a, err
}

// enhanced tells whether the browser code of others was there when the program was built. Without it pages change when
// they are asked for, and everything works.
func (a assets) enhanced() bool {
	return a.names["htmx.min.js"] != "" && a.names["htmx-ext-sse.min.js"] != ""
}

// packer compresses one file after the other with the same tables: they are a megabyte each time.
type packer struct{ w *gzip.Writer }

// pack compresses, or gives nil if that does not make it smaller.
func (p *packer) pack(content []byte) []byte {
	var out bytes.Buffer
	if p.w == nil {
		p.w, _ = gzip.NewWriterLevel(nil, gzip.BestCompression) // fails for an unknown level alone
	}
	p.w.Reset(&out)
	if _, err := p.w.Write(content); err != nil || p.w.Close() != nil || out.Len() >= len(content) {
		return nil
	}
	return out.Bytes()
}

// url is the address of a file, for templates.
func (a assets) url(name string) (string, error) {
	hashed, ok := a.names[name]
	if !ok {
		return "", fmt.Errorf("console: no static file %q", name)
	}
	return "/static/" + hashed, nil
}

// static serves one embedded file.
func (s *Server) static(c *fiber.Ctx) error {
	file, ok := s.assets.files[c.Params("name")]
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderContentType, file.kind)
	if file.packed == nil {
		return c.Send(file.content)
	}
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if c.Get(fiber.HeaderAcceptEncoding) != "" && c.AcceptsEncodings("gzip") == "gzip" {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(file.packed)
	}
	return c.Send(file.content)
}
