package hardware

import (
	"bufio"
	"bytes"
	_ "embed" // for the table
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Role is what a modem uses a port for. The order is the order of preference.
type Role int

// The roles. A port that the table does not know may still take AT commands; one that it knows to be for something
// else does not.
const (
	ATPrimary Role = iota
	ATSecondary
	Unknown
	NotAT
)

// String is the role in words.
func (r Role) String() string {
	switch r {
	case ATPrimary:
		return "AT commands"
	case ATSecondary:
		return "AT commands, second port"
	case NotAT:
		return "not for AT commands"
	default:
		return "purpose unknown"
	}
}

// tableData is which interface of which modem takes AT commands; every row names where it was taken from
// (the udev rules of ModemManager, the device table of asterisk-chan-dongle).
//
//go:embed usb_at_ports.jsonl
var tableData []byte

// tableRow is one kind of modem.
type tableRow struct {
	Vendor     string              `json:"vendor"`
	Product    string              `json:"product"` // "*": a rule for the whole vendor, see huaweiRole
	Name       string              `json:"name"`
	Interfaces map[string][]string `json:"interfaces"`
	Primary    string              `json:"at_primary_if"`
	Secondary  string              `json:"at_secondary_if"`
}

// modems is the table: rows by "vendor:product".
type modems map[string]tableRow

// modemTable is read once and never changed.
var modemTable = sync.OnceValues(func() (modems, error) { return parseTable(tableData) })

func parseTable(data []byte) (modems, error) {
	table := modems{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		var row tableRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("hardware: table of modems, line %d: %w", number, err)
		}
		table[row.Vendor+":"+row.Product] = row
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("hardware: table of modems: %w", err)
	}
	return table, nil
}

// role says what a port is for, and what its modem is called; the name is empty if the table does not know it.
func (m modems) role(p Port, face usbTriple) (string, Role) {
	row, known := m[p.Vendor+":"+p.Product]
	if p.Vendor == huawei {
		if role, ok := huaweiRole(face); ok {
			return row.Name, role
		}
	}
	if !known {
		return "", Unknown
	}
	uses, listed := row.Interfaces[p.Interface]
	switch {
	case row.Primary != "" && p.Interface == row.Primary:
		return row.Name, ATPrimary
	case row.Secondary != "" && p.Interface == row.Secondary || slices.Contains(uses, "at_secondary"):
		return row.Name, ATSecondary
	case listed:
		return row.Name, NotAT
	default:
		return row.Name, Unknown
	}
}

// vendor says whether the table knows modems of a vendor.
func (m modems) vendor(id string) bool {
	for key := range m {
		if strings.HasPrefix(key, id+":") {
			return true
		}
	}
	return false
}

const huawei = "12d1"

// huaweiRole reads the role of a newer Huawei port from its protocol, as the table's row 12d1:* tells. It goes before
// the product id, which Huawei has used again for other layouts (1506).
func huaweiRole(face usbTriple) (Role, bool) {
	if face.class != "ff" || !slices.Contains([]string{"01", "02", "03"}, face.sub) {
		return Unknown, false
	}
	switch face.protocol {
	case "02": // PCUI, for commands
		return ATPrimary, true
	case "01": // the port that dials takes commands too
		return ATSecondary, true
	default:
		return Unknown, false
	}
}
