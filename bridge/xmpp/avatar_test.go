package xmpp

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"knapp/bridge/xmpp/xmpptest"
)

func TestAvatars(t *testing.T) {
	var g gallery
	seen := map[string]string{}
	for _, name := range []string{"Emma", "Åse", "Aase", "Ørjan", "Ærlig", "Noah", "Íris", "Q", "7", "Юля", ""} {
		a := g.of("emma", name)
		img, err := png.Decode(bytes.NewReader(a.png))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if img.Bounds() != image.Rect(0, 0, avatarSize, avatarSize) || len(a.png) > 8<<10 {
			t.Errorf("%s: %v, %d octets", name, img.Bounds(), len(a.png)) // XEP-0153 §3.2
		}
		if ink := inked(img); ink < 0.04 || ink > 0.4 {
			t.Errorf("%s: %.2f of it is ink", name, ink)
		}
		if other, taken := seen[a.hash]; taken && (name != "" || other != "Юля") {
			t.Errorf("%s looks like %s", name, other)
		}
		seen[a.hash] = name
		if again := drawAvatar("emma", name); again.hash != a.hash {
			t.Errorf("%s: its hash is another each time", name)
		}
	}
	if g.of("emma", "Emma").hash == g.of("e", "Emma").hash && g.of("emma", "Emma").hash == g.of("emmaline", "Emma").hash {
		t.Error("all have one colour")
	}
}

// inked tells how much of a picture is nearly white.
func inked(img image.Image) float64 {
	n := 0
	for y := range avatarSize {
		for x := range avatarSize {
			if r, _, _, _ := img.At(x, y).RGBA(); r > 0xe000 {
				n++
			}
		}
	}
	return float64(n) / (avatarSize * avatarSize)
}

// White on each ground is read well by people with weak eyes (WCAG 2.2 §1.4.3).
func TestGroundsAreDarkEnough(t *testing.T) {
	for _, c := range grounds {
		if ratio := 1.05 / (luminance(c) + 0.05); ratio < 4.5 {
			t.Errorf("%v: %.2f to 1", c, ratio)
		}
	}
}

// luminance is as WCAG 2.2 defines it.
func luminance(c color.RGBA) float64 {
	lin := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}

// A contact's client sees in the presence that there is a picture, and finds that one on the card.
func TestCardAndPictureOfAChild(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, _ := connect(t, s)
		c.SetAvailable(true)
		emma := "emma@" + s.ComponentDomain
		m := login(t, s, "gran")
		defer m.send(`<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='` + emma + `' subscription='remove'/></query></iq>`)
		m.send(`<presence type='subscribe' to='` + emma + `'/>`)
		got := m.presenceFrom(emma, "")
		update := got.child("vcard-temp:x:update", "x")
		if update == nil {
			t.Fatalf("no picture is told of: %s", shape(got))
		}
		answer := m.ask(emma, "get", "v1", askVCard)
		card := answer.child(nsVCard, "vCard")
		if card == nil || card.child(nsVCard, "FN").Text != "Emma" || card.child(nsVCard, "NICKNAME").Text != "Emma" || len(card.Children) != 3 {
			t.Fatalf("the card: %s", shape(answer))
		}
		photo := card.child(nsVCard, "PHOTO")
		octets, err := base64.StdEncoding.DecodeString(photo.child(nsVCard, "BINVAL").Text)
		if err != nil || photo.child(nsVCard, "TYPE").Text != "image/png" {
			t.Fatalf("%v, %s", err, photo.child(nsVCard, "TYPE").Text)
		}
		if hash := hashOf(octets); hash != update.child("vcard-temp:x:update", "photo").Text {
			t.Errorf("the presence tells of another picture than %s: %s", hash, shape(got))
		}
	})
}
