package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"knapp/bridge"
)

// The roles of a modem.
const (
	roleRelay     = "relay"
	roleProvision = "provision"
)

// modemConfig is one [[modem]].
type modemConfig struct {
	Name    string `toml:"name"`
	Port    string `toml:"port"`
	Number  string `toml:"number"`
	Role    string `toml:"role"`
	PINFile string `toml:"pin_file"`
	SMSC    string `toml:"smsc"`
	Roaming bool   `toml:"roaming"`

	SelfTest    string `toml:"self_test"`
	HangUpAfter string `toml:"hang_up_after"`
	MoveAfter   string `toml:"move_after"`

	BalanceUSSD    string `toml:"balance_ussd"`
	BalancePattern string `toml:"balance_pattern"`
	BalanceLow     int    `toml:"balance_low"`
	BalanceEvery   string `toml:"balance_every"`

	pin          string
	selfTest     time.Duration // 0: never
	hangUpAfter  time.Duration // 0: at once
	moveAfter    time.Duration
	balance      *regexp.Regexp // nil: the balance is not asked for
	balanceEvery time.Duration
}

// relays tells whether messages go through the modem.
func (m modemConfig) relays() bool { return m.Role == roleRelay }

// What is not configured. An operator counts USSD against abuse, not against money; once a day is seldom enough.
const (
	defaultMoveAfter    = 5 * time.Minute
	defaultBalanceEvery = 24 * time.Hour
	// shortestSelfTest keeps a slip of the pen from costing a message every few seconds.
	shortestSelfTest = time.Hour
	longestHangUp    = 2 * time.Minute
	shortestBalance  = time.Hour
)

func (k *configCheck) modems() {
	relays := 0
	for i := range k.c.Modems {
		k.modem(i)
		if k.c.Modems[i].relays() {
			relays++
		}
	}
	switch {
	case len(k.c.Modems) == 0:
		k.wrong("modem", "there is none: add a [[modem]] with name, port and number")
	case relays == 0:
		k.wrong("modem[0].role", "no modem relays: give one the role relay")
	}
}

func (k *configCheck) modem(i int) {
	m := &k.c.Modems[i]
	path := func(key string) string { return fmt.Sprintf("modem[%d].%s", i, key) }
	if m.Name == "" {
		k.wrong(path("name"), "is missing: any short word, such as main")
	}
	for _, other := range k.c.Modems[:i] {
		if other.Name == m.Name {
			k.wrong(path("name"), "%q is another modem's name already", m.Name)
		}
		if other.Port == m.Port && m.Port != "auto" {
			k.wrong(path("port"), "%q is another modem's port already", m.Port)
		}
	}
	if m.Port == "" {
		m.Port = "auto"
	}
	switch m.Role {
	case "":
		m.Role = roleRelay
	case roleRelay, roleProvision:
	default:
		k.wrong(path("role"), "%q is no role: relay or provision", m.Role)
	}
	if number, err := k.c.numbers.Phone(m.Number); m.Number == "" && m.Role == roleProvision {
		// Nothing is sent from it, and the SIMs in it have numbers of their own.
	} else if err != nil {
		k.wrong(path("number"), "%q is no phone number: the gateway's own, such as +4799990000", m.Number)
	} else {
		m.Number = string(number)
	}
	if m.SMSC != "" {
		if smsc, err := k.c.numbers.Phone(m.SMSC); err != nil {
			k.wrong(path("smsc"), "%q is no phone number: leave it out to use the SIM's own", m.SMSC)
		} else {
			m.SMSC = string(smsc)
		}
	}
	if m.PINFile != "" {
		m.pin = k.secret(path("pin_file"), m.PINFile)
		if m.pin != "" && (len(m.pin) < 4 || len(m.pin) > 8 || strings.Trim(m.pin, "0123456789") != "") {
			k.wrong(path("pin_file"), "%s holds no PIN: 4 to 8 digits", m.PINFile)
		}
	}
	m.selfTest = k.span(path("self_test"), m.SelfTest, 0, shortestSelfTest, 0)
	m.hangUpAfter = k.span(path("hang_up_after"), m.HangUpAfter, 0, 0, longestHangUp)
	m.moveAfter = k.span(path("move_after"), m.MoveAfter, defaultMoveAfter, time.Minute, 0)
	k.balance(m, path)
}

// span reads how long something takes; least and most are 0 where there is none.
func (k *configCheck) span(path, text string, otherwise, least, most time.Duration) time.Duration {
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || d < 0:
		k.wrong(path, "%q is no length of time: such as 90s, 5m or 24h", text)
	case d == 0 && otherwise == 0:
	case d < least:
		k.wrong(path, "%s is too short: %s at least", text, least)
	case most > 0 && d > most:
		k.wrong(path, "%s is too long: %s at most", text, most)
	}
	return d
}

// ussdCode is what may be dialled for a balance: a code, never a number to call.
var ussdCode = regexp.MustCompile(`^[*#][0-9*#]{1,30}#$`)

func (k *configCheck) balance(m *modemConfig, path func(string) string) {
	if m.BalanceUSSD == "" {
		for _, lone := range []struct {
			key string
			set bool
		}{
			{"balance_pattern", m.BalancePattern != ""}, {"balance_low", m.BalanceLow != 0}, {"balance_every", m.BalanceEvery != ""},
		} {
			if lone.set {
				k.wrong(path(lone.key), "is of no use without balance_ussd, the code that asks for the balance")
			}
		}
		return
	}
	if !ussdCode.MatchString(m.BalanceUSSD) {
		k.wrong(path("balance_ussd"), "%q is no code: such as *100#, as the operator's page says", m.BalanceUSSD)
	}
	if m.BalanceLow < 0 {
		k.wrong(path("balance_low"), "%d is less than nothing", m.BalanceLow)
	}
	m.balanceEvery = k.span(path("balance_every"), m.BalanceEvery, defaultBalanceEvery, shortestBalance, 0)
	pattern := m.BalancePattern
	if pattern == "" {
		pattern = `([0-9][0-9 .,\x{a0}]*)` // the first number
	}
	re, err := regexp.Compile(pattern)
	switch {
	case err != nil:
		k.wrong(path("balance_pattern"), "%v: a regular expression with one group around the amount, such as 'kr ([0-9,]+)'", err)
	case re.NumSubexp() != 1:
		k.wrong(path("balance_pattern"), "has %d groups: put parentheses around the amount, and (?:…) around anything else", re.NumSubexp())
	default:
		m.balance = re
	}
}

// names returns the relaying modems' names.
func (c config) names() []string {
	var names []string
	for _, m := range c.Modems {
		if m.relays() {
			names = append(names, m.Name)
		}
	}
	return names
}

// relayNumbers returns their numbers, by name.
func (c config) relayNumbers() map[string]bridge.Phone {
	numbers := map[string]bridge.Phone{}
	for _, m := range c.Modems {
		if m.relays() {
			numbers[m.Name] = bridge.Phone(m.Number)
		}
	}
	return numbers
}
