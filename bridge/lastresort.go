package bridge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"knapp/bridge/words"
)

// hands are those who write to the server and to the modems, for when the database cannot give them anything.
type hands struct {
	mu      sync.Mutex
	courier Courier
	modems  map[string]Transmitter
	calls   map[[sha256.Size]byte]call // by the hash of the message that asked for help

	unstored unstored
}

// call is how often a message was passed on past the database.
type call struct {
	times int
	last  time.Time
}

const (
	// callAgainAfter spaces what is sent past the database while the modem offers the message again and again.
	callAgainAfter = 2 * time.Minute
	// mostCalls bounds it: by then everybody has it several times.
	mostCalls = 10
)

func (h *hands) takeCourier(c Courier) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.courier = c
}

func (h *hands) takeModem(name string, t Transmitter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.modems == nil {
		h.modems = map[string]Transmitter{}
	}
	h.modems[name] = t
}

// due tells whether a message should be passed on now, and counts it.
func (h *hands) due(pdu string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := sha256.Sum256([]byte(pdu))
	c := h.calls[key]
	if c.times >= mostCalls || c.times > 0 && now.Sub(c.last) < callAgainAfter && !now.Before(c.last) {
		return false
	}
	if h.calls == nil {
		h.calls = map[[sha256.Size]byte]call{}
	}
	h.calls[key] = call{c.times + 1, now}
	return true
}

// lastResort sends a child's call for help although the database cannot be written (promise 4): straight to the server
// and to the modems, in memory alone. The message stays with the modem and is offered again, so that it may come twice.
func (r *Relay) lastResort(ctx context.Context, in SMS, cause error) {
	d, err := r.o.Store.Directory(ctx)
	if ctx.Err() != nil || err != nil || in.Err != nil || in.Data || in.Part != nil && in.Part.Seq != 1 {
		return
	}
	child, known := d.ByPhone(in.From)
	if rest, said := d.saysCodeWord(in.Text); !known && said && r.callsForHelp(rest) && r.hands.due(in.PDU, r.o.Now()) {
		r.o.Log.Error("a call for help with the code word cannot be committed; it is passed on all the same", "from", in.From, "err", cause)
		r.passCodeWord(ctx, d, in.From, rest)
		return
	}
	if !known || child.Kind != KindChild {
		r.lastAnswer(ctx, child, "", in.Text, in.PDU, cause)
		r.tellNotStored(ctx, d, Person{})
		return
	}
	switch d.Read(child.ID, in.Text, Talk{Language: r.languageOf(child), Country: r.o.Country}).Kind {
	case Alarm112, RingEmergency:
	default:
		r.tellNotStored(ctx, d, child)
		return
	}
	if !r.hands.due(in.PDU, r.o.Now()) {
		return
	}
	r.o.Log.Error("an emergency cannot be committed; it is passed on all the same", "child", child.ID, "err", cause)
	r.hands.calledPast(child.ID, r.o.Now())
	a := Alarm{Child: child.ID, Text: in.Text, At: in.At, Rounds: 1}
	told := d.helpers(child.ID)
	for _, p := range told {
		if p.JID == "" {
			continue
		}
		chat, _ := r.alertTexts(d, child, p, a)
		s := r.alertStanza(child, p, chat)
		s.ID = newID()
		r.sendPast(ctx, s)
	}
	answer := words.Say(r.languageOf(child), words.AlarmReceived, r.namesOf(told))
	r.transmitPast(ctx, child.Phone, GatewayName+": "+answer)
	for _, p := range told {
		if p.Phone != "" {
			_, short := r.alertTexts(d, child, p, a)
			r.transmitPast(ctx, p.Phone, short)
		}
	}
	r.tellNotStored(ctx, d, Person{})
}

// passCodeWord tells the guardians of a call for help from an unknown phone. Without a database it has no code: they ring.
func (r *Relay) passCodeWord(ctx context.Context, d *Directory, from Phone, text string) {
	told := r.toldOfCodeWord(d, true)
	say := func(g Person) string {
		_, short := r.codeWordTexts(d, Borrowed{Address: from}, g, text, true)
		return short
	}
	for _, g := range told {
		if g.JID != "" {
			r.sendPast(ctx, Stanza{Kind: ChatStanza, To: string(g.JID), ID: newID(), Body: say(g), Delay: r.o.Now(), Language: r.languageOf(g)})
		}
	}
	for _, g := range told {
		if g.Phone != "" {
			r.transmitPast(ctx, g.Phone, GatewayName+": "+say(g))
		}
	}
}

func (r *Relay) sendPast(ctx context.Context, s Stanza) {
	r.hands.mu.Lock()
	courier := r.hands.courier
	r.hands.mu.Unlock()
	if courier == nil {
		return
	}
	if err := courier.Send(ctx, s); err != nil {
		r.o.Log.Error("an emergency could not be written to the server", "err", err)
	}
}

// transmitPast tries one modem after the other until one has taken the text.
func (r *Relay) transmitPast(ctx context.Context, to Phone, text string) {
	ref := int(r.o.Now().UnixNano() & 0xFF) // no database counts: any reference will do
	segments, err := r.o.Texts.Segment(to, text, ref, Validity)
	if err != nil {
		r.o.Log.Error("an emergency could not be written as SMS", "err", err)
		return
	}
	for _, name := range r.o.Modems {
		r.hands.mu.Lock()
		modem := r.hands.modems[name]
		r.hands.mu.Unlock()
		if modem == nil {
			continue
		}
		if err = transmitAll(ctx, modem, name, to, segments); err == nil {
			return
		}
	}
	r.o.Log.Error("an emergency could not be sent as SMS", "to", to, "err", err)
}

func transmitAll(ctx context.Context, t Transmitter, name string, to Phone, segments [][]byte) error {
	for i, tpdu := range segments {
		seg := Segment{Modem: name, To: to, N: i + 1, Of: len(segments), TPDU: tpdu, Emergency: true, More: i+1 < len(segments)}
		if _, err := t.Transmit(ctx, seg, func() error { return nil }); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return nil
}
