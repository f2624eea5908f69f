package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// heartbeatConfig is where the gateway says that it lives. Nobody is told by a gateway that has died: something off the
// box must notice that it has gone quiet.
type heartbeatConfig struct {
	URL   string `toml:"url"`   // asked for as long as messages can pass both ways
	Every string `toml:"every"` // how often

	every time.Duration
}

// alarmConfig is what the keeper can set about texts that nobody reads.
type alarmConfig struct {
	FallbackAfter string `toml:"fallback_after"`

	fallback time.Duration
}

const (
	fallbackDefault = 10 * time.Minute
	heartbeatEvery  = 5 * time.Minute
)

func (k *configCheck) alarm() {
	a := &k.c.Alarm
	a.fallback = k.duration("alarm.fallback_after", a.FallbackAfter, fallbackDefault, time.Minute, time.Hour)
	h := &k.c.Heartbeat
	h.every = k.duration("heartbeat.every", h.Every, heartbeatEvery, time.Minute, 24*time.Hour)
	if h.URL == "" {
		return
	}
	if u, err := url.Parse(h.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		k.wrong("heartbeat.url", "%q is no address of a page: what your uptime monitor gave you, such as https://hc-ping.com/…", h.URL)
	} else if h.every == 0 {
		k.wrong("heartbeat.every", "off would never ask for the address: a time such as 5m, or leave heartbeat.url out")
	}
}

// duration reads a time as it is written in the configuration. "off" is 0.
func (k *configCheck) duration(path, written string, otherwise, least, most time.Duration) time.Duration {
	switch written {
	case "":
		return otherwise
	case "off":
		return 0
	}
	d, err := time.ParseDuration(written)
	if err != nil || d < least || d > most {
		k.wrong(path, "%q is not between %s and %s: a time such as 10m, or off", written, least, most)
	}
	return d
}

// well tells whether messages can pass both ways now.
func (g *gateway) well() bool {
	h := g.health()
	for _, m := range h.Modems {
		if !m.Ready || !m.Registered {
			return false
		}
	}
	return h.XMPP && len(h.Modems) > 0
}

// asking is how long a page may take to answer.
const asking = 20 * time.Second

// beat asks for the configured address as long as all is well. That nobody asks is what the monitor notices.
func (g *gateway) beat(ctx context.Context) error {
	if g.c.Heartbeat.URL == "" {
		return nil
	}
	client := &http.Client{Timeout: asking}
	tick := time.NewTicker(g.c.Heartbeat.every)
	defer tick.Stop()
	failing := false
	for {
		if g.well() {
			err := askFor(ctx, client, g.c.Heartbeat.URL)
			if (err != nil) != failing && ctx.Err() == nil {
				failing = err != nil
				g.log.Warn("heartbeat", "arrives", !failing, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// askFor asks for a page and wants it answered with 2xx. The address is a secret of its kind: it stands in no error.
func askFor(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}
