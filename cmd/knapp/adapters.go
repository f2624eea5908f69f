package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/modem"
	"knapp/modem/tpdu"
)

// texts tells the post office what a text becomes on the air (bridge.Texts).
type texts struct{}

func (texts) Segment(to bridge.Phone, text string, ref int, validity time.Duration) ([][]byte, error) {
	address, err := tpdu.ParseAddress(string(to))
	if err != nil {
		return nil, err
	}
	return tpdu.Segment(address, text, tpdu.Options{Reference: uint16(ref), StatusReport: true, Validity: validity})
}

func (texts) Parts(text string) int { return tpdu.Measure(text).Parts }

// SegmentCard and CardParts are bridge.CardTexts.
func (texts) SegmentCard(to bridge.Phone, c bridge.Card, ref int, validity time.Duration) ([][]byte, error) {
	address, err := tpdu.ParseAddress(string(to))
	if err != nil {
		return nil, err
	}
	return tpdu.SegmentCard(address, tpdu.Card{Name: c.Name, Number: string(c.Number)}, tpdu.Options{
		Reference: uint16(ref), StatusReport: true, Validity: validity,
	})
}

func (texts) CardParts(c bridge.Card) int {
	return tpdu.CardParts(tpdu.Card{Name: c.Name, Number: string(c.Number)})
}

func (texts) Join(pdus []string) (string, error) { return tpdu.Join(pdus) }

func (texts) Text(tpdus [][]byte) (string, error) { return tpdu.Text(tpdus) }

// transmitter sends through a modem (bridge.Transmitter).
type transmitter struct{ m *modem.Modem }

func (t transmitter) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	ref, err := t.m.SendWith(ctx, seg.TPDU, modem.SendOptions{Emergency: seg.Emergency, More: seg.More}, commit)
	switch {
	case err == nil && !ref.Known:
		return bridge.NoReference, nil
	case err == nil:
		return int(ref.MR), nil
	}
	out := &bridge.TransmitError{Unknown: true, Err: err}
	var refused *modem.SendError
	switch {
	case errors.Is(err, modem.ErrDown), errors.Is(err, modem.ErrNoNetwork):
		out.Unknown, out.Retry = false, bridge.RetryWhenUp
	case errors.As(err, &refused):
		out.Unknown = refused.Unknown
		switch refused.Retry {
		case modem.Soon:
			out.Retry = bridge.RetrySoon
		case modem.Slowly:
			out.Retry = bridge.RetrySlowly
		case modem.Never:
			out.Retry = bridge.RetryNever
		case modem.Person:
			out.Retry = bridge.RetryByPerson
		}
	}
	return 0, out
}

// inbox hands what a modem received to the post office (modem.Sink).
type inbox struct {
	relay   *bridge.Relay
	numbers numbers
	events  func(modem.Event)
}

func (i inbox) Event(e modem.Event) { i.events(e) }

func (i inbox) Take(ctx context.Context, r modem.Received) error {
	if report := r.Message.Report; r.Err == nil && report != nil {
		return i.relay.TakeReport(ctx, bridge.Report{
			Modem: r.Modem, PDU: r.PDU, To: i.numbers.address(report.To), Ref: report.MR,
			SCTS: report.SCTS, At: r.At, Fate: fate(report.Fate()), Code: report.Status,
		})
	}
	return i.relay.TakeSMS(ctx, i.numbers.sms(r))
}

// sms returns a received message as the post office takes it. Of one that is damaged only the sender is told, if it
// could be read.
func (n numbers) sms(r modem.Received) bridge.SMS {
	sms := bridge.SMS{Modem: r.Modem, PDU: r.PDU, At: r.At, Err: r.Err}
	deliver := r.Message.Deliver
	if deliver == nil {
		if r.Err == nil {
			sms.Err = errors.New("neither an SMS-DELIVER nor a status report")
		}
		return sms
	}
	sms.From = n.address(deliver.From)
	if r.Err != nil {
		return sms
	}
	sms.Written, sms.Text = deliver.SCTS, deliver.Text
	sms.Silent = deliver.TypeZero()
	sms.Data = deliver.Ports != nil || deliver.Alphabet == tpdu.Alphabet8Bit
	sms.Notice = r.Kind() == modem.KindNotice
	if key, ok := r.Replaces(); ok {
		sms.Replaces = fmt.Sprintf("%d %s %s", key.Type, key.From, key.SMSC)
	}
	// Parts of what is no text could not be joined to one.
	if c := deliver.Concat; c != nil && c.Total > 1 && !sms.Data {
		sms.Part = &bridge.Part{Ref: int(c.Ref), Wide: c.Wide, Total: int(c.Total), Seq: int(c.Seq)}
	}
	return sms
}

func fate(f tpdu.Fate) bridge.Fate {
	switch f {
	case tpdu.FateDelivered:
		return bridge.Arrived
	case tpdu.FateUnconfirmed:
		return bridge.Unconfirmed
	case tpdu.FateFailed:
		return bridge.Lost
	default:
		return bridge.StillTrying
	}
}
