package ordeal

import (
	"context"
	"errors"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp"
	"knapp/modem"
	"knapp/modem/tpdu"
)

// What follows joins the parts as package main does (adapters.go), which cannot be imported. A room for both would be one
// more package that imports all siblings, and only cmd/knapp may do that; so the simulation joins them anew, without the
// keeper's notation of numbers. The same faults go through package main's own adapters in its tests of kills and power cuts.

type texts struct{}

func (texts) Segment(to bridge.Phone, text string, ref int, validity time.Duration) ([][]byte, error) {
	address, err := tpdu.ParseAddress(string(to))
	if err != nil {
		return nil, err
	}
	return tpdu.Segment(address, text, tpdu.Options{Reference: uint16(ref), StatusReport: true, Validity: validity})
}

func (texts) Parts(text string) int { return tpdu.Measure(text).Parts }

func (texts) Join(pdus []string) (string, error) { return tpdu.Join(pdus) }

func (texts) Text(tpdus [][]byte) (string, error) { return tpdu.Text(tpdus) }

type numbers struct{}

func (numbers) Phone(s string) (bridge.Phone, error) { return bridge.Phone(s), nil }
func (numbers) JID(s string) (bridge.JID, error)     { return xmpp.ParseJID(s) }

type transmitter struct{ m *modem.Modem }

func (t transmitter) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	ref, err := t.m.Send(ctx, seg.TPDU, commit)
	if err == nil {
		return int(ref), nil
	}
	out := &bridge.TransmitError{Unknown: true, Err: err}
	var refused *modem.SendError
	switch {
	case errors.Is(err, modem.ErrDown), errors.Is(err, modem.ErrNoNetwork):
		out.Unknown, out.Retry = false, bridge.RetryWhenUp
	case errors.As(err, &refused):
		out.Unknown = refused.Unknown
		out.Retry = map[modem.RetryClass]bridge.Retry{
			modem.Soon: bridge.RetrySoon, modem.Slowly: bridge.RetrySlowly,
			modem.Never: bridge.RetryNever, modem.Person: bridge.RetryByPerson,
		}[refused.Retry]
	}
	return 0, out
}

// watched tells the ledger what is tried.
type watched struct {
	bridge.Transmitter
	w *world
}

func (t watched) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	if text, err := tpdu.Text([][]byte{seg.TPDU}); err == nil && seg.N == 1 {
		t.w.ledger.Tried(string(seg.To), undated(text))
	}
	return t.Transmitter.Transmit(ctx, seg, commit)
}

// office is what a modem's sink needs of the post office.
type office interface {
	TakeSMS(ctx context.Context, in bridge.SMS) error
	TakeReport(ctx context.Context, in bridge.Report) error
}

type inbox struct {
	office office
	events func(modem.Event)
}

func (i inbox) Event(e modem.Event) { i.events(e) }

func (i inbox) Take(ctx context.Context, r modem.Received) error {
	if report := r.Message.Report; r.Err == nil && report != nil {
		return i.office.TakeReport(ctx, bridge.Report{
			Modem: r.Modem, PDU: r.PDU, To: bridge.Phone(report.To.String()), Ref: report.MR,
			SCTS: report.SCTS, At: r.At, Fate: fates[report.Fate()], Code: report.Status,
		})
	}
	sms := bridge.SMS{Modem: r.Modem, PDU: r.PDU, At: r.At, Err: r.Err}
	deliver := r.Message.Deliver
	if r.Err == nil && deliver == nil {
		sms.Err = errors.New("neither an SMS-DELIVER nor a status report")
	}
	if sms.Err != nil {
		return i.office.TakeSMS(ctx, sms)
	}
	sms.From, sms.Written, sms.Text = bridge.Phone(deliver.From.String()), deliver.SCTS, deliver.Text
	sms.Silent = deliver.TypeZero()
	sms.Data = deliver.Ports != nil || deliver.Alphabet == tpdu.Alphabet8Bit
	if c := deliver.Concat; c != nil && c.Total > 1 {
		sms.Part = &bridge.Part{Ref: int(c.Ref), Wide: c.Wide, Total: int(c.Total), Seq: int(c.Seq)}
	}
	return i.office.TakeSMS(ctx, sms)
}

var fates = map[tpdu.Fate]bridge.Fate{
	tpdu.FateDelivered: bridge.Arrived, tpdu.FateUnconfirmed: bridge.Unconfirmed, tpdu.FateFailed: bridge.Lost,
}
