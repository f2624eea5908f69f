package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"knapp/modem"
)

// balance is what is known of the money on a SIM.
type balance struct {
	At     time.Time `json:"at"`
	Amount string    `json:"amount"` // as the operator wrote it
	Low    bool      `json:"low"`    // the owners were told
}

const (
	// balanceSoon is when the balance is asked first, so that a start is not delayed by it.
	balanceSoon = 2 * time.Minute
	// balanceAgain is when it is asked again after no answer.
	balanceAgain = time.Hour
)

// watchBalance asks for a SIM's balance now and then, and has the owners told when it is low: once, until it was
// topped up.
func (g *gateway) watchBalance(ctx context.Context, c modemConfig, m *modem.Modem) error {
	if c.balance == nil {
		return nil
	}
	wait := balanceSoon
	if last, found, err := g.lastBalance(ctx, c); err == nil && found {
		wait = min(max(balanceSoon, c.balanceEvery-time.Since(last.At)), c.balanceEvery)
	}
	for {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		wait = c.balanceEvery
		if err := g.askBalance(ctx, c, m); err != nil && ctx.Err() == nil {
			// The text may hold more than the amount: it belongs into no log.
			g.log.Warn("the balance is not known", "modem", c.Name, "err", err)
			wait = min(balanceAgain, wait)
		}
	}
}

// errNoAmount says that the operator's answer does not hold what balance_pattern looks for.
var errNoAmount = errors.New("the operator's answer does not fit balance_pattern")

func (g *gateway) askBalance(ctx context.Context, c modemConfig, m *modem.Modem) error {
	text, err := m.USSD(ctx, c.BalanceUSSD)
	if err != nil {
		return err
	}
	amount, value, err := readBalance(c, text)
	if err != nil {
		return err
	}
	last, _, err := g.lastBalance(ctx, c)
	if err != nil {
		return err
	}
	now := balance{At: time.Now(), Amount: amount, Low: value < float64(c.BalanceLow)}
	if now.Low && !last.Low {
		if err := g.relay.TakeLowBalance(ctx, c.Name, amount); err != nil {
			return err
		}
	}
	data, err := json.Marshal(now)
	if err != nil {
		return err
	}
	g.log.Info("balance", "modem", c.Name, "low", now.Low)
	return g.store.SetSetting(ctx, balanceKey(c), string(data))
}

func balanceKey(c modemConfig) string { return "balance of modem " + c.Name }

func (g *gateway) lastBalance(ctx context.Context, c modemConfig) (b balance, found bool, err error) {
	data, found, err := g.store.Setting(ctx, balanceKey(c))
	if err == nil && found {
		err = json.Unmarshal([]byte(data), &b)
	}
	return b, found, err
}

// balanceOf is what knapp status shows.
func (g *gateway) balanceOf(ctx context.Context, c modemConfig) string {
	b, found, err := g.lastBalance(ctx, c)
	if c.balance == nil || err != nil || !found {
		return ""
	}
	text := fmt.Sprintf("%s, %s ago", b.Amount, ago(b.At))
	if b.Low {
		text += ", low"
	}
	return text
}

// readBalance finds the amount in an operator's answer.
func readBalance(c modemConfig, text string) (amount string, value float64, err error) {
	found := c.balance.FindStringSubmatch(text)
	if found == nil {
		return "", 0, errNoAmount
	}
	amount = strings.Trim(found[1], " .,\u00a0")
	value, err = readAmount(amount)
	return amount, value, err
}

// readAmount reads an amount of money as people write it: 42, 42.50, 42,50, 1 234,50, 1.234,50 and 1,234.50. The last
// point or comma parts the decimals, unless three digits follow it.
func readAmount(text string) (float64, error) {
	plain := strings.NewReplacer(" ", "", "\u00a0", "", "'", "").Replace(text)
	cut := strings.LastIndexAny(plain, ".,")
	whole, decimals := plain, ""
	if cut >= 0 && len(plain)-cut-1 != 3 {
		whole, decimals = plain[:cut], plain[cut+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	value, err := strconv.ParseFloat("0"+whole+"."+decimals+"0", 64)
	if err != nil || whole+decimals == "" {
		return 0, errNoAmount
	}
	return value, nil
}
