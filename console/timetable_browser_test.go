package console

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A guardian takes a ready-made week, changes a day and asks what would happen, in a real browser; and each page is
// readable for everybody.
func TestTheTimetableInTheBrowser(t *testing.T) {
	h := timed(t)
	h.account("Mamma")
	mum := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	friday := noon.AddDate(0, 0, 3).Format(time.DateOnly)
	if err := h.relay.AddFreeDays(t.Context(), mum, bridge.FreeDays{Name: "Planleggingsdag", First: friday, Child: "Emma"}); err != nil {
		t.Fatal(err)
	}
	emma, gran := id(h.person("Emma")), id(h.person("Bestemor"))
	tab, complaints := browser(t)
	var done, said, answer string
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.EmulateViewport(390, 800),
		chromedp.Navigate(h.site.url+"/signin"),
		seen(`#password`),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.attention`),
		chromedp.Navigate(h.site.url+"/timetable"),
		click(`.pills a[href*="name=middle"]`),
		seen(`form[action="/timetable/template"]`),
		click(`form[action="/timetable/template"] button`),
		seen(`.say.good`),
		text(`.say.good`, &done),
		click(`.programs a[href*="day=4"]`),
		seen(`#at2`),
		set(`#at2`, "12:30"),
		click(`form[action="/timetable/day"] button`),
		seen(`.say.good`),
		text(`.said`, &said),
		chromedp.Navigate(h.site.url+"/timetable/ask?child="+emma),
		set(`#other`, gran),
		set(`#date`, noon.Format(time.DateOnly)),
		set(`#time`, "10:15"),
		click(`form[action="/timetable/ask"] button`),
		seen(`.answers`),
		text(`.answers`, &answer),
	)
	if err != nil {
		t.Fatal(err)
	}
	if done != "Timeplanen er endret. Barnet får vite det på SMS." || weekText(h.weekOf("Emma"))[:48] != "school mon-thu 08:15-14:00; school fri 08:15-12:30"[:48] || answer == "" || said == "" {
		t.Errorf("%q, %s, %q", done, weekText(h.weekOf("Emma")), answer)
	}
	if err := h.relay.SetWeek(t.Context(), mum, h.person("Emma").ID, []bridge.WeekHours{
		{Mode: policy.School, Days: "mon-thu", From: "08:15", To: "14:00"},
		{Mode: policy.School, Days: "fri", From: "08:15", To: "12:30"},
		{Mode: policy.Sleep, Days: "mon-thu,sun", From: "21:00", To: "07:00"},
		{Mode: policy.Sleep, Days: "fri,sat", From: "22:00", To: "08:30"},
	}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"timetable": "/timetable", "day": "/timetable/day?day=0", "template": "/timetable/template?name=teen", "hours": "/timetable/hours?name=Trening",
		"ask": "/timetable/ask?other=" + gran + "&time=10:15&date=" + noon.Format(time.DateOnly),
	} {
		for _, look := range []look{{"nb", "light", 320}, {"en", "dark", 1200}} {
			looksAt(tab, t, complaints, h.site.url+path, name, look)
		}
	}
}
