package main

import (
	"fmt"
	"io"
	"strings"

	"knapp/hardware"
	"knapp/modem"
)

// modemCommand is about the modems themselves. It works without a configuration too: with it the keeper finds out what
// to write into one.
type modemCommand struct {
	List  modemList  `cmd:"" help:"Show the modems that are plugged in, their ports, and what is known of them."`
	Probe modemProbe `cmd:"" help:"Ask a modem what it is and how it stands; nothing is changed, nothing is sent."`
	Trace modemTrace `cmd:"" help:"Show what goes over the wire between gateway and modem, with numbers and texts hidden."`
}

type modemList struct {
	JSON bool   `name:"json" help:"Print JSON."`
	Sys  string `hidden:"" default:"/sys"`
	Dev  string `hidden:"" default:"/dev"`
}

// listedModem is a USB device that is a modem or may be one.
type listedModem struct {
	Socket     string       `json:"socket"` // the kernel's name, such as 1-1.2
	USB        string       `json:"usb"`
	Model      string       `json:"model,omitempty"`
	Modem      bool         `json:"modem"`
	AT         string       `json:"at,omitempty"`        // the port to write into the configuration
	SecondAT   string       `json:"second_at,omitempty"` // where the profile uses it
	Profile    string       `json:"profile,omitempty"`
	Why        string       `json:"why"`
	Warning    string       `json:"warning,omitempty"`
	Problem    string       `json:"problem,omitempty"`
	Configured string       `json:"configured,omitempty"` // the name of the [[modem]] that has it
	Ports      []listedPort `json:"ports,omitempty"`
}

type listedPort struct {
	Path      string `json:"path"`
	ByPath    string `json:"by_path,omitempty"`
	Interface string `json:"interface"`
	Driver    string `json:"driver,omitempty"`
	Use       string `json:"use"`
}

// Run prints what is plugged in. A configuration is read if there is one, to say which modem is whose.
func (l modemList) Run(k keeper) error {
	sticks, err := hardware.Finder{Sys: l.Sys, Dev: l.Dev}.Sticks()
	if err != nil {
		return err
	}
	c, err := loadConfig(k.configFile)
	if err != nil {
		c = config{} // what is plugged in does not depend on it
	}
	listed := []listedModem{}
	for _, s := range sticks {
		m, err := listStick(s)
		if err != nil {
			return err
		}
		m.Configured = configuredAs(c, sticks, s)
		listed = append(listed, m)
	}
	if l.JSON {
		return printJSON(k.out, listed)
	}
	return printModems(k.out, listed)
}

func listStick(s hardware.Stick) (listedModem, error) {
	choice, err := modem.Choose(modem.Identity{USB: s.USB()})
	if err != nil {
		return listedModem{}, err
	}
	m := listedModem{
		Socket: s.Device, USB: s.USB(), Model: s.Model, Modem: s.Modem, Problem: s.Problem,
		Profile: choice.Profile.Name, Why: choice.Why, Warning: choice.Profile.Warn,
	}
	if choice.Profile.Refuse != "" {
		m.Problem = choice.Profile.Refuse
	}
	first, second := s.AT()
	if first != nil {
		m.AT = first.Stable()
	}
	if second != nil && choice.Profile.TwoPorts {
		m.SecondAT = second.Stable()
	}
	for _, p := range s.Ports {
		m.Ports = append(m.Ports, listedPort{p.Path, p.ByPath, p.Interface, p.Driver, p.Role.String()})
	}
	return m, nil
}

// configuredAs is the name of the configured modem that a device serves.
func configuredAs(c config, all []hardware.Stick, s hardware.Stick) string {
	modems := 0
	for _, other := range all {
		if other.Modem {
			modems++
		}
	}
	for _, m := range c.Modems {
		if m.Port == hardware.Auto && s.Modem && modems == 1 {
			return m.Name
		}
		for _, p := range s.Ports {
			if m.Port == p.ByPath || m.Port == p.Path || samePort(m.Port, p.Path) {
				return m.Name
			}
		}
	}
	return ""
}

func printModems(out io.Writer, listed []listedModem) error {
	var b strings.Builder
	for _, m := range listed {
		fmt.Fprintf(&b, "%s at USB %s\n", strings.TrimSpace(m.USB+" "+m.Model), m.Socket)
		row := func(name, text string) {
			if text != "" {
				fmt.Fprintf(&b, "  %-11s %s\n", name, strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", 14)))
			}
		}
		switch {
		case m.Modem:
			row("profile", orDash(m.Profile)+": "+m.Why)
		case m.Problem == "":
			row("", "a serial adapter; if a modem is behind it, probe it: knapp modem probe "+m.Ports[0].Path)
		}
		row("port", m.AT)
		row("second port", m.SecondAT)
		row("used as", m.Configured)
		row("warning", m.Warning)
		row("problem", m.Problem)
		for _, p := range m.Ports {
			row("", fmt.Sprintf("%s  interface %s, %s: %s", p.Path, p.Interface, orDash(p.Driver), p.Use))
		}
	}
	if len(listed) == 0 {
		b.WriteString("nothing that is a modem, or may be one, is plugged in; \"lsusb\" shows what the machine sees\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
