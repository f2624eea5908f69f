package console

import (
	"slices"
	"strings"
	"testing"

	"knapp/bridge"
)

// What is on the paper is in the child's language, whatever the visitor's is, and in the other by choice.
func TestThePaperSpeaksTheChildsLanguage(t *testing.T) {
	h := openHome(t)
	h.sendsCards()
	family, err := h.store.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	family.Children[0].Language, family.CodeWord = "en", "Bananflue"
	if _, _, err := h.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	h.account("Onkel")
	b := h.signedIn("Onkel")
	emma := id(h.person("Emma"))
	for _, path := range []string{"/keys/card", "/keys/sheet"} {
		b.get(path)
		b.shows(`lang="en"`, "Knapp SMS", "+47 999 90 000", "3 hi", "0 hi", "WHO", "RULES", "ASK 91234567 Ida", "STOP 3", "SOS", "Bestemor",
			"No answer in 5 minutes: hold 3 and ring. 112", "for 30 days", "all your grown-ups", "Språk på papiret")
		b.hides("HVEM", "Bananflue")
		b.get(path + "?child=" + emma + "&tongue=nb&paper=letter")
		b.shows("3 hei", "HVEM", "REGLER", "SPØR 91234567 Ida", "STOPP 3", "Ingen svar på 5 minutter: hold inne 3 og ring. 112", "i 30 dager",
			"alle de voksne", "paper-letter.")
		b.hides("RULES", "Bananflue", "paper-a4.")
		b.get(path + "?tongue=xx&paper=../../etc")
		if b.code != 403 {
			t.Errorf("%s in no language: %d", path, b.code)
		}
		b.get(path + "?paper=tapestry")
		b.shows("paper-a4.")
	}
	b.get("/keys/sheet?tongue=nb")
	b.shows("116 111", "Skriv REGLER", "Trenger du hjelp, skriv SOS.", "HJELP", "Bestemor: hei", "Mamma RING")
	b.get("/keys/card?tongue=nb")
	b.hides("116 111") // no room
}

// A contact who only writes to the child is not on its card: the key does nothing for it.
func TestTheCardHasOnlyWhomTheChildCanWriteTo(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	b.get("/keys/card")
	b.shows("Bestemor")
	if err := h.relay.SetRule(t.Context(), bridge.Keeper, "Emma", bridge.Allow{Contact: "Bestemor", Key: 3, ToChild: true}); err != nil {
		t.Fatal(err)
	}
	b.get("/keys/card")
	b.hides("<b>3</b> <span>Bestemor", "3 hei")
	b.shows("0 hei")
}

func TestNumbersOnPaper(t *testing.T) {
	for number, want := range map[string]string{
		"+4799990000": "+47 999 90 000", "+441632960961": "+441 632 960 961", "+461234567": "+461 234 567", "112": "112", "": "",
	} {
		if got := spaced(number); got != want {
			t.Errorf("%s is written %q, want %q", number, got, want)
		}
	}
}

// A phone that reads the picture gets an entry with our name and number, and nothing that a name could add.
func TestTheContactInThePicture(t *testing.T) {
	got := contactOf(`A;B,C\D`, "+4799990000")
	want := []string{"BEGIN:VCARD", "VERSION:3.0", `N:A\;B\,C\\D`, `FN:A\;B\,C\\D`, "TEL:+4799990000", "END:VCARD", ""}
	if lines := strings.Split(got, "\r\n"); !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if _, box, err := qrPath(contactOf("Knapp SMS", "+4799990000")); err != nil || box < 21+8 {
		t.Errorf("%d squares, %v", box, err)
	}
}
