package demo

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// The page fits its window from 320 pixels to a wide one, in both schemes and languages, and every text can be read.
// With KNAPP_SCREENSHOTS=FOLDER each is also written there as a picture; README's is demo-en-light-1280.png.
func TestScreenshots(t *testing.T) {
	home, st := chatPage(t)
	b := openBrowser(t, home)
	b.window(1280, 820, "light")
	b.open("en")
	b.await("Emma's chat", inChat+`?.querySelector("converse-chat textarea.chat-textarea") !== null`)
	talk := []struct{ child, parent string }{
		{"2 school is over, can i go to Jonas", "Yes! Home by five."},
		{"2 ok", ""},
	}
	for _, line := range talk {
		b.write(line.child)
		b.await("the child's words", chatShows(line.child[2:]))
		if line.parent != "" {
			b.answer(line.parent)
			wait(t, st.network.Phone(children()[0].number), "Mamma: "+line.parent)
		}
	}
	for _, size := range []struct{ width, height int64 }{{1280, 820}, {1920, 1080}, {768, 1024}, {360, 800}, {320, 640}} {
		for _, scheme := range []string{"light", "dark"} {
			for _, lang := range languages {
				name := fmt.Sprintf("demo-%s-%s-%d", lang, scheme, size.width)
				b.window(size.width, size.height, scheme)
				b.open(lang)
				b.await("what was said", chatShows("Yes! Home by five."))
				b.press("right", "left")
				b.await("the answer on the phone", `document.querySelector(".letter")?.textContent === "Mamma: Yes! Home by five."`)
				if got := b.eval(`document.documentElement.scrollWidth <= innerWidth && document.querySelector("#phone").getBoundingClientRect().right <= innerWidth`); got != "true" {
					t.Errorf("%s: wider than the window", name)
				}
				if got := b.eval(contrast); got != "" {
					t.Errorf("%s: too faint: %s", name, got)
				}
				b.picture(name + ".png")
			}
		}
	}
	b.window(1280, 820, "dark")
	b.open("nb")
	b.press("left")
	b.do(chromedp.KeyEvent("2 hei, jeg kommer snart hjem"))
	b.picture("demo-compose.png")
	b.stayedHome()
}

// contrast lists texts of our own page that have less than WCAG's AA contrast (SC 1.4.3: 4.5 to 1) to what is behind
// them. Keys stand on a gradient; its lightest colour counts for their light print.
const contrast = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      const gradient = style.backgroundImage.match(/rgba?\([^)]*\)/g);
      if (gradient) return gradient.map(rgb).sort((a, b) => light(b) - light(a))[0];
      const colour = rgb(style.backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== "");
    if (!own || e.closest(".unseen, noscript, [hidden], .dark") || !e.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push(e.textContent.trim().slice(0, 30) + " " + ratio.toFixed(1));
  }
  return faint.join("; ");
})()`
