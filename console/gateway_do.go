package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"knapp/bridge"
)

// triedFrom is the page that a test goes back to: the walk of the first start, or the gateway's own.
func (v *visit) triedFrom() (path string, again func() error) {
	if v.c.FormValue("to") == "/first" {
		return "/first", v.firstSteps
	}
	return "/gateway", v.gateway
}

func (v *visit) tryText() error {
	path, again := v.triedFrom()
	return v.ended(v.s.options.Office.TryMobile(v.ctx(), v.who), path, "tried", again)
}

func (v *visit) tryChat() error {
	path, again := v.triedFrom()
	return v.ended(v.s.options.Office.TryChat(v.ctx(), v.who), path, "tried", again)
}

// machineWithin is how long a modem or an operator may take to answer what somebody waits for in a browser; less than
// writeWithin.
const machineWithin = 8 * time.Second

// balanceEvery is how long an operator is left alone: it counts USSD against abuse.
const balanceEvery = 5 * time.Minute

// askBalance asks an operator what is left on a SIM.
func (v *visit) askBalance() error {
	m, err := v.look()
	if err != nil {
		return err
	}
	name := v.c.FormValue("modem")
	for _, one := range m.Modems {
		switch {
		case one.Name != name || !one.MayAsk || v.s.options.Machine.Balance == nil:
			continue
		case !v.s.asked.may(name, v.now, balanceEvery):
			return v.refuse("gateway.balance.again", v.gateway)
		}
		if err := v.s.options.Office.Upkeep(v.ctx(), v.who, bridge.AskBalance, name); err != nil {
			return v.ended(err, "/gateway", "", v.gateway)
		}
		ctx, cancel := context.WithTimeout(v.ctx(), machineWithin)
		defer cancel()
		if err := v.s.options.Machine.Balance(ctx, name); err != nil {
			v.s.log.Warn("console: the balance is not known", "modem", name, "err", err)
			return v.refuse("gateway.balance.failed", v.gateway)
		}
		return v.done("/gateway", "balance")
	}
	return fiber.ErrBadRequest
}

// setTopUp says until when a SIM must be topped up; an empty day is none.
func (v *visit) setTopUp() error {
	err := v.s.options.Office.SetTopUp(v.ctx(), v.who, v.c.FormValue("modem"), v.c.FormValue("day"))
	return v.ended(err, "/gateway", "topup", v.gateway)
}

// refuse shows a page again with why something was not done.
func (v *visit) refuse(key string, again func() error) error {
	v.refused = v.words()[key]
	v.c.Status(fiber.StatusUnprocessableEntity)
	return again()
}

// examine asks the modems what they are and how they stand.
func (v *visit) examine() error {
	if v.s.options.Machine.Examine == nil {
		return fiber.ErrNotFound
	}
	if !v.s.examining.CompareAndSwap(false, true) {
		return v.refuse("gateway.examine.again", v.gateway)
	}
	defer v.s.examining.Store(false)
	if err := v.s.options.Office.Upkeep(v.ctx(), v.who, bridge.ExamineModems, ""); err != nil {
		return v.ended(err, "/gateway", "", v.gateway)
	}
	ctx, cancel := context.WithTimeout(v.ctx(), machineWithin)
	defer cancel()
	found, err := v.s.options.Machine.Examine(ctx)
	if err != nil {
		v.s.log.Warn("console: the modems could not be examined", "err", err)
		return v.refuse("gateway.examine.failed", v.gateway)
	}
	return v.showGateway(found)
}

// takeCopy gives a copy of the database, made now. It holds no text of any message.
func (v *visit) takeCopy() error {
	if v.s.options.Machine.Copy == nil {
		return fiber.ErrNotFound
	}
	if err := v.s.options.Office.Upkeep(v.ctx(), v.who, bridge.TakeCopy, ""); err != nil {
		return v.ended(err, "/gateway", "", v.gateway)
	}
	made, err := v.s.options.Machine.Copy(v.ctx())
	if err != nil {
		v.s.log.Error("console: no copy could be made", "err", err)
		return v.refuse("gateway.copy.failed", v.gateway)
	}
	v.c.Set(fiber.HeaderContentType, "application/vnd.sqlite3")
	v.c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s"`, url.PathEscape(made.Name)))
	return v.c.SendStream(unhurried{made, v.c.Context().Conn()}, int(made.Size))
}

// unhurried gives a slow connection time for each piece instead of for the whole.
type unhurried struct {
	io.ReadCloser
	conn net.Conn
}

func (u unhurried) Read(p []byte) (int, error) {
	_ = u.conn.SetWriteDeadline(time.Now().Add(writeWithin)) // without one the old holds
	return u.ReadCloser.Read(p)
}

const (
	restorePath = "/gateway/restore"
	// largestCopy is more than the log of a family ever is, in octets.
	largestCopy = 64 << 20
	// uploadWithin is for the largest over a poor network.
	uploadWithin = 2 * time.Minute
)

// allowance lets an owner send a whole copy, one at a time; everybody and everything else sends forms of a few
// kilobytes. The header alone is there by then, so it is asked here who sends it.
func (s *Server) allowance(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	var none fasthttp.RequestConfig
	path := string(h.RequestURI())
	if path != restorePath || !h.IsPost() || s.options.Store == nil || h.ContentLength() > largestCopy {
		return none
	}
	for _, name := range []string{sessionCookie, hostPrefix + sessionCookie} {
		token := string(h.Cookie(name))
		if token == "" {
			continue
		}
		session, ok, err := s.options.Store.Session(context.Background(), hashOf(token))
		if err != nil || !ok {
			continue
		}
		d, err := s.options.Store.Directory(context.Background())
		if err != nil || !d.May(bridge.Actor{Person: session.Person, Via: bridge.ViaConsole}, bridge.Maintain, 0) {
			continue
		}
		return fasthttp.RequestConfig{ReadTimeout: uploadWithin, MaxRequestBodySize: largestCopy + 1<<16}
	}
	return none
}

// putBack takes a copy, and has the program start anew on it.
func (v *visit) putBack() error {
	if v.s.options.Machine.PutBack == nil {
		return fiber.ErrNotFound
	}
	if v.c.FormValue("sure") == "" {
		return v.refuse("restore.sure.missing", v.gateway)
	}
	header, err := v.c.FormFile("copy")
	if err != nil || header.Size == 0 {
		return v.refuse("restore.nofile", v.gateway)
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := v.s.options.Office.Upkeep(v.ctx(), v.who, bridge.PutBack, ""); err != nil {
		return v.ended(err, "/gateway", "", v.gateway)
	}
	if err := v.s.options.Machine.PutBack(v.ctx(), file); err != nil {
		v.s.log.Warn("console: a copy was not put back", "err", err)
		return v.refuse("restore.bad", v.gateway)
	}
	return v.show("restoring.html", nil)
}

// endPause lets a gateway send that was restored.
func (v *visit) endPause() error {
	m, err := v.look()
	if err != nil {
		return err
	}
	if v.s.options.Machine.Resume == nil || !m.Paused {
		return v.refuse("gateway.notpaused", v.gateway)
	}
	if err := v.s.options.Office.Upkeep(v.ctx(), v.who, bridge.EndPause, ""); err != nil {
		return v.ended(err, "/gateway", "", v.gateway)
	}
	if err := v.s.options.Machine.Resume(v.ctx()); err != nil {
		return errors.Join(errors.New("console: end the pause"), err)
	}
	return v.done("/gateway", "resumed")
}
