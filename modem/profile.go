package modem

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Profile is what is known of a kind of modem beyond what it says of itself when asked. The zero value is what an
// unknown modem gets: nothing is assumed, everything is asked.
type Profile struct {
	// Name is that of the profile's file, such as "quectel-lte"; empty for an unknown modem.
	Name string `toml:"-"`
	// Title is the name for a person, "Quectel EC25, EG25 and their kin".
	Title string `toml:"title"`
	// Like names another profile whose facts hold here too, unless they are given again.
	Like string `toml:"like"`
	// Source is where the facts come from.
	Source []string `toml:"source"`

	// How a modem is recognised: by its USB id, and by what it answers to AT+CGMI (one of these, in lower case, as a part of it) and
	// AT+CGMM (patterns as of path.Match, in any case).
	USB          []USBPorts `toml:"usb"`
	Manufacturer []string   `toml:"manufacturer"`
	Models       []string   `toml:"models"`

	// Refuse says why the modem cannot be used at all, and what to do; empty if it can.
	Refuse string `toml:"refuse"`
	// Warn is what its owner should know; empty if there is nothing.
	Warn string `toml:"warn"`

	// TwoPorts says that the modem answers AT on two ports at once, so that one can send while the other reads.
	TwoPorts bool `toml:"two_ports"`
	// Start is set once the modem has said what it is.
	Start []Setting `toml:"start"`
	// Direct says that the modem is proven to hand messages over unstored (AT+CNMI with mt=2), to wait for AT+CNMA
	// under AT+CSMS=1, and to have the network repeat what was not acknowledged.
	Direct bool `toml:"direct"`
	// Reports is how status reports are asked for, <ds> of AT+CNMI: 1 handed over, 2 stored; 0: 1 where it is offered.
	Reports int `toml:"reports"`
	// Storages are those that are swept; empty: SM, ME and SR as far as the modem has them.
	Storages []string `toml:"storages"`
	// Home is the storage for incoming messages; empty: the one that is set.
	Home string `toml:"home"`
	// CycleStorages says that the modem stops receiving until AT+CPMS is set to something else and back.
	CycleStorages bool `toml:"cycle_storages"`
	// CSMP says whether AT+CSMP may be written: some modems then forget the service centre.
	CSMP bool `toml:"csmp"`
	// NoLink says that AT+CMMS must not be used to keep the link open between two messages.
	NoLink bool `toml:"no_link"`
	// Tries is the command that tells how often the SIM's PIN may still be entered; empty: all known ones are tried.
	Tries string `toml:"tries"`
	// USSD is how the text of AT+CUSD=1,"…" is coded; empty: as it is.
	USSD USSDCoding `toml:"ussd"`
	// Reset says whether AT+CFUN=1,1 brings the same modem back.
	Reset ResetSafety `toml:"reset"`
	// Slow is how long single commands may take, by their name ("+COPS"), where that is longer than the default.
	Slow map[string]Duration `toml:"slow"`
}

// USBPorts is a USB id and which of its interfaces take AT commands. The numbers have two hex digits; they are empty
// where the modem has no such port, or where it is another one in another firmware.
type USBPorts struct {
	ID     string `toml:"id"` // "2c7c:0125", or "2c7c:*" for whatever else a vendor makes
	AT     string `toml:"at"`
	Second string `toml:"second"`
}

// Setting is a command that is sent while the modem is brought up, and may be refused.
type Setting struct {
	Set    string `toml:"set"`    // without AT
	Ask    string `toml:"ask"`    // if given, Set is sent only where the answer to this
	Unless string `toml:"unless"` // does not hold this: some modems write their flash at every setting
}

// USSDCoding is how a modem wants the text of a USSD request (TS 27.007 §7.15).
type USSDCoding string

// The codings. Answers are read as they come: the same modem mixes them.
const (
	USSDPlain  USSDCoding = ""       // characters
	USSDPacked USSDCoding = "packed" // hex of packed GSM-7 (TS 23.038 §6.1.2.3)
	USSDUCS2   USSDCoding = "ucs2"   // hex of UCS-2
)

// ResetSafety says what is known of AT+CFUN=1,1.
type ResetSafety string

// What can be known of it.
const (
	ResetUnknown ResetSafety = ""      // nobody has said
	ResetSafe    ResetSafety = "safe"  // the modem comes back as it was
	ResetNever   ResetSafety = "never" // it may come back as a disk, or not at all
)

// Duration is a time.Duration that is written "3m" in a profile.
type Duration time.Duration

// UnmarshalText reads "90s".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

//go:embed profiles/*.toml
var profileFiles embed.FS

// builtin is read once and never changed.
var builtin = sync.OnceValues(func() ([]Profile, error) { return readProfiles(profileFiles) })

// Profiles returns the built-in profiles, by name. An error is a fault of this package.
func Profiles() ([]Profile, error) {
	all, err := builtin()
	return slices.Clone(all), err
}

// readProfiles reads every profile of a file system, those that others are like first.
func readProfiles(fsys fs.FS) ([]Profile, error) {
	names, err := fs.Glob(fsys, "profiles/*.toml")
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	var all []Profile
	for _, name := range names {
		p, err := readProfile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read profile %s: %w", path.Base(name), err)
		}
		all = append(all, p)
	}
	return all, nil
}

func readProfile(fsys fs.FS, name string) (Profile, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Profile{}, err
	}
	var head struct {
		Like string `toml:"like"`
	}
	if err := toml.Unmarshal(data, &head); err != nil {
		return Profile{}, err
	}
	var p Profile
	if head.Like != "" {
		if head.Like == strings.TrimSuffix(path.Base(name), ".toml") {
			return Profile{}, errors.New("it is like itself")
		}
		if p, err = readProfile(fsys, "profiles/"+head.Like+".toml"); err != nil {
			return Profile{}, fmt.Errorf("like %s: %w", head.Like, err)
		}
		// Who it is and what is said to its owner is each profile's own.
		p.USB, p.Manufacturer, p.Models, p.Title, p.Warn, p.Refuse, p.Source = nil, nil, nil, "", "", "", nil
	}
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&p); err != nil {
		return Profile{}, err
	}
	p.Name = strings.TrimSuffix(path.Base(name), ".toml")
	return p, nil
}

// Identity is what a modem is known by. What is not known is empty.
type Identity struct {
	USB          string // "2c7c:0125"
	Manufacturer string // AT+CGMI
	Model        string // AT+CGMM
}

// Choice is a profile and why it was chosen.
type Choice struct {
	Profile Profile
	Why     string // half a sentence for a person
}

// how well a profile fits, least first
const (
	fitsNot = iota
	fitsVendor
	fitsManufacturer
	fitsUSB
	fitsModel // and longer patterns fit better
)

// Choose finds the built-in profile of a modem: by what it says of itself, else by its USB id, which makers use again
// for other modems. One that none fits gets the zero Profile.
func Choose(id Identity) (Choice, error) {
	all, err := builtin()
	if err != nil {
		return Choice{}, err
	}
	return choose(all, id), nil
}

func choose(all []Profile, id Identity) Choice {
	best, most := Profile{}, fitsNot
	for _, p := range all {
		if fit := p.fits(id); fit > most {
			best, most = p, fit
		}
	}
	says := strings.TrimSpace(fmt.Sprintf("%.40q %.40q", id.Manufacturer, id.Model))
	switch {
	case most >= fitsModel:
		return Choice{best, "the modem says it is " + says}
	case most == fitsManufacturer:
		return Choice{best, "the modem says it is " + says + ", and nothing else is known of this model"}
	case most == fitsUSB:
		return Choice{best, "its USB id is " + id.USB}
	case most == fitsVendor:
		return Choice{best, "the vendor of its USB id " + id.USB + ", and nothing else is known of it"}
	}
	if id.Manufacturer+id.Model == "" {
		return Choice{Why: "nothing is known of USB id " + cmp.Or(id.USB, "(none)") + ": everything is asked"}
	}
	return Choice{Why: "nothing is known of " + says + ": everything is asked"}
}

// fits tells how well a profile fits a modem.
func (p Profile) fits(id Identity) int {
	fit := fitsNot
	for _, u := range p.USB {
		vendor, rest, _ := strings.Cut(u.ID, ":")
		switch {
		case id.USB == "":
		case u.ID == id.USB:
			fit = max(fit, fitsUSB)
		case rest == "*" && strings.HasPrefix(id.USB, vendor+":"):
			fit = max(fit, fitsVendor)
		}
	}
	maker, model := strings.ToLower(id.Manufacturer), strings.ToLower(id.Model)
	named := slices.ContainsFunc(p.Manufacturer, func(m string) bool { return strings.Contains(maker, m) })
	if named && len(p.Models) == 0 {
		fit = max(fit, fitsManufacturer)
	}
	if len(p.Manufacturer) > 0 && !named {
		return fit
	}
	for _, pattern := range p.Models {
		if ok, err := path.Match(strings.ToLower(pattern), model); err == nil && ok {
			fit = max(fit, fitsModel+literals(pattern))
		}
	}
	return fit
}

// literals counts the characters of a pattern that stand for themselves.
func literals(pattern string) int {
	n, inside := 0, false
	for _, c := range pattern {
		switch {
		case c == '[' || c == ']':
			inside = c == '['
		case !inside && c != '*' && c != '?':
			n++
		}
	}
	return n
}

// within is how long a command may take: the profile's time for it, if that is longer than the usual one.
func (p Profile) within(cmd string, usual time.Duration) time.Duration {
	name := cmd
	if i := strings.IndexAny(cmd, "=?"); i > 0 {
		name = cmd[:i]
	}
	return max(usual, time.Duration(p.Slow[name]))
}
