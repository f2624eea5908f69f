package modem

import (
	"context"
	"time"
)

// callOver is how long after its last ring a call is over, where the modem does not say so.
const callOver = 10 * time.Second

// rung tells of a call once, with the caller's number if the network gives it before the second ring, and rejects it:
// some modems freeze after a call that nobody ended (Huawei E3372h).
func (s *session) rung(ctx context.Context, name, args string) error {
	now := s.m.o.Now()
	if now.Sub(s.calling) > callOver {
		s.callTold = false
	}
	first := !s.callTold && now.Sub(s.calling) > callOver
	s.calling = now
	if s.callTold || first && name != "+CLIP" {
		return nil
	}
	number := ""
	if name == "+CLIP" {
		number = field(fieldsOf(args), 0)
	}
	s.callTold = true
	s.m.tell(Call{Modem: s.m.o.Name, Number: number})
	if _, ok, err := s.try(ctx, "+CHUP"); err != nil || ok {
		return err
	}
	_, _, err := s.try(ctx, "H")
	return err
}
