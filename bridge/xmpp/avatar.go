package xmpp

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // XEP-0153 §3.1 names it; it protects nothing
	"encoding/hex"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// avatar is a picture made of a name: its initial on a calm colour.
type avatar struct {
	png  []byte
	hash string // SHA-1 of the octets, in hexadecimal (XEP-0153 §3.1)
}

// gallery keeps the avatars that were made. There are as many as there are children.
type gallery struct {
	mu   sync.Mutex
	made map[[2]string]avatar // by localpart and name
}

// of returns the avatar of a child, or with localpart "" of the gateway. A child that is renamed keeps its colour.
func (g *gallery) of(localpart, name string) avatar {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := [2]string{localpart, name}
	if a, made := g.made[key]; made {
		return a
	}
	a := drawAvatar(localpart, name)
	if g.made == nil {
		g.made = make(map[[2]string]avatar)
	}
	g.made[key] = a
	return a
}

// avatarSize is the side of an avatar in pixels, within the 64 to 192 that XEP-0153 §3.2 asks for.
const avatarSize = 96

// grounds are colours on which white is read well (WCAG 2.2 §1.4.3: 4.5 to 1 and more).
var grounds = []color.RGBA{
	{0x3b, 0x6e, 0x8f, 0xff},
	{0x5b, 0x5f, 0x97, 0xff},
	{0x7a, 0x52, 0x8a, 0xff},
	{0x8f, 0x4f, 0x6b, 0xff},
	{0x94, 0x56, 0x3f, 0xff},
	{0x6f, 0x67, 0x2f, 0xff},
	{0x3f, 0x73, 0x4f, 0xff},
	{0x2f, 0x72, 0x6f, 0xff},
}

// drawAvatar draws a picture.
func drawAvatar(localpart, name string) avatar {
	h := fnv.New32a()
	_, _ = h.Write([]byte(localpart)) // never fails
	ground := grounds[int(h.Sum32()%uint32(len(grounds)))]
	lines := glyph(name)
	img := image.NewRGBA(image.Rect(0, 0, avatarSize, avatarSize))
	const (
		unit  = 8.0 // of a glyph's grid, in pixels
		left  = (avatarSize - 4*unit) / 2
		top   = (avatarSize - 6*unit) / 2
		thick = 4.5 // half of a stroke
	)
	for y := range avatarSize {
		for x := range avatarSize {
			gx, gy := (float64(x)+0.5-left)/unit, (float64(y)+0.5-top)/unit
			ink := min(max(thick-distance(lines, gx, gy)*unit+0.5, 0), 1)
			img.SetRGBA(x, y, blend(ground, ink))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return avatar{} // a buffer takes everything; without octets nobody is shown a hash
	}
	return avatar{png: b.Bytes(), hash: hashOf(b.Bytes())}
}

// hashOf returns what XEP-0153 §3.1 tells a picture by.
func hashOf(octets []byte) string {
	sum := sha1.Sum(octets) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// blend lays white over a colour.
func blend(c color.RGBA, white float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(math.Round(float64(v) + white*(255-float64(v)))) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

// distance returns how far a point is from the nearest stroke, in units of the grid.
func distance(strokes [][]point, x, y float64) float64 {
	nearest := math.Inf(1)
	for _, s := range strokes {
		for i := range len(s) - 1 {
			nearest = min(nearest, toSegment(s[i], s[i+1], x, y))
		}
	}
	return nearest
}

// toSegment returns the distance of a point from a straight line between two others.
func toSegment(a, b point, x, y float64) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	along := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		along = min(max(((x-a.x)*dx+(y-a.y)*dy)/length, 0), 1)
	}
	return math.Hypot(x-a.x-along*dx, y-a.y-along*dy)
}

// point is a place on a glyph's grid, 4 wide and 6 high, its origin at the upper left.
type point struct{ x, y float64 }

// glyph returns the strokes of a name's first letter. Letters with accents other than those of Norwegian are drawn
// without them, and what the table does not have is a head above shoulders.
func glyph(name string) [][]point {
	name = strings.ToUpper(strings.TrimSpace(name))
	first, _ := utf8.DecodeRuneInString(name)
	plain, _ := utf8.DecodeRuneInString(norm.NFD.String(name))
	for _, r := range []rune{first, plain} {
		if s, ok := strokes[r]; ok {
			return parseStrokes(s)
		}
	}
	return parseStrokes("11 20 31 22 11|21 21|06 15 35 46")
}

// parseStrokes reads strokes that are set apart by bars: points of two digits, column and row.
func parseStrokes(s string) [][]point {
	var out [][]point
	for _, line := range strings.Split(s, "|") {
		var stroke []point
		for _, p := range strings.Fields(line) {
			stroke = append(stroke, point{float64(p[0] - '0'), float64(p[1] - '0')})
		}
		out = append(out, stroke)
	}
	return out
}

// strokes are capital letters and digits, drawn on the grid.
var strokes = map[rune]string{
	'A': "06 20 46|14 34", 'B': "06 00 30 41 42 33 03|33 44 45 36 06", 'C': "41 30 10 01 05 16 36 45",
	'D': "06 00 20 42 44 26 06", 'E': "40 00 06 46|03 33", 'F': "40 00 06|03 33",
	'G': "41 30 10 01 05 16 36 45 43 23", 'H': "00 06|40 46|03 43", 'I': "10 30|20 26|16 36",
	'J': "20 40 45 36 16 05", 'K': "00 06|40 03 46", 'L': "00 06 46", 'M': "06 00 23 40 46", 'N': "06 00 46 40",
	'O': "10 30 41 45 36 16 05 01 10", 'P': "06 00 30 41 42 33 03", 'Q': "10 30 41 45 36 16 05 01 10|24 46",
	'R': "06 00 30 41 42 33 03|23 46", 'S': "41 30 10 01 02 13 33 44 45 36 16 05", 'T': "00 40|20 26",
	'U': "00 05 16 36 45 40", 'V': "00 26 40", 'W': "00 16 23 36 40", 'X': "00 46|40 06", 'Y': "00 23 40|23 26",
	'Z': "00 40 06 46", 'Æ': "06 20 26|14 24|20 40|23 33|26 46", 'Ø': "10 30 41 45 36 16 05 01 10|06 40",
	'Å': "06 22 46|14 34|20 20", '0': "10 30 41 45 36 16 05 01 10", '1': "11 20 26|16 36",
	'2': "01 10 30 41 42 06 46", '3': "01 10 30 41 42 33 13|33 44 45 36 16 05", '4': "36 30 04 44",
	'5': "40 00 02 32 43 45 36 06", '6': "40 20 02 05 16 36 45 44 33 03", '7': "00 40 16",
	'8': "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33", '9': "43 13 02 01 10 30 41 44 26 06",
}
