package console

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Health is how the gateway is, as the rest of the program knows it at this moment.
type Health struct {
	Modems  []ModemHealth
	XMPP    bool      // the session with the chat server stands
	Started time.Time // when the program started
}

// ModemHealth is how one modem is.
type ModemHealth struct {
	Name       string // of the configuration; never shown before sign-in
	Ready      bool   // it answers
	Registered bool   // the mobile network has taken it
	Since      time.Time
}

// settling is how long after the start something may be missing without being called broken.
const settling = 90 * time.Second

// mood is the whole of Health in one word.
type mood string

const (
	good     mood = "good"
	starting mood = "starting"
	bad      mood = "bad"
)

// mood says how the gateway is at a time.
func (h Health) mood(now time.Time) mood {
	switch {
	case len(h.faults()) == 0:
		return good
	case !h.Started.IsZero() && now.Sub(h.Started) < settling:
		return starting
	default:
		return bad
	}
}

// faults names what is wrong, each once, in the words of the locale's keys.
func (h Health) faults() []string {
	var deaf, alone bool
	for _, m := range h.Modems {
		deaf = deaf || !m.Ready
		alone = alone || m.Ready && !m.Registered
	}
	var faults []string
	if deaf || len(h.Modems) == 0 {
		faults = append(faults, "modem")
	}
	if alone {
		faults = append(faults, "network")
	}
	if !h.XMPP {
		faults = append(faults, "chat")
	}
	return faults
}

// healthz answers an uptime monitor: 200 when messages can pass both ways, else 503 and why.
func (s *Server) healthz(c *fiber.Ctx) error {
	reasons := map[string]string{
		"modem": "modem: does not answer", "network": "network: not registered", "chat": "chat server: not connected",
	}
	lines := []string{"ok"}
	if faults := s.options.Health().faults(); len(faults) > 0 {
		c.Status(fiber.StatusServiceUnavailable)
		lines = nil
		for _, fault := range faults {
			lines = append(lines, reasons[fault])
		}
	}
	return c.SendString(strings.Join(lines, "\n") + "\n")
}
