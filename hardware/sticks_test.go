package hardware

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openers open both ports of a Socket over the tree and name the node they opened and the device's ids.
func (tr tree) openers(port string) (first, second func() (string, string, error)) {
	socket := Finder{Sys: tr.sys, Dev: tr.dev, Open: func(path string, _ int) (io.ReadWriteCloser, error) {
		if _, err := os.Stat(path); err != nil {
			return nil, openError(path, err)
		}
		return opened{path: path}, nil
	}}.Socket(port)
	name := func(open func(context.Context) (io.ReadWriteCloser, error)) func() (string, string, error) {
		return func() (string, string, error) {
			rw, err := open(context.Background())
			if err != nil {
				return "", "", err
			}
			id := ""
			if usb, ok := rw.(interface{ USB() string }); ok {
				id = usb.USB()
			}
			return filepath.Base(pathOf(rw)), id, nil
		}
	}
	return name(socket.Open), name(socket.OpenSecond)
}

func TestSecondPortIsTheSameModems(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.1", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB4", "ttyUSB5", "ttyUSB6", "ttyUSB7")
	first, second := tr.openers(filepath.Join(tr.dev, "serial/by-path/platform-fd500000.pcie-usb-0:1.2:1.2-port0"))
	if _, _, err := second(); !errors.Is(err, ErrNoSecond) {
		t.Errorf("before the first was opened: %v", err)
	}
	if got, id, err := first(); got != "ttyUSB6" || id != "2c7c:0125" || err != nil {
		t.Fatalf("first: %s %s %v", got, id, err)
	}
	if got, id, err := second(); got != "ttyUSB7" || id != "2c7c:0125" || err != nil {
		t.Errorf("second: %s %s %v, want the one in the same socket", got, id, err)
	}
	// It comes back under other numbers.
	tr.unplug("1-1.2")
	if _, _, err := second(); !errors.Is(err, ErrNoSecond) {
		t.Errorf("while it is away: %v", err)
	}
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB9", "ttyUSB8", "ttyUSB11", "ttyUSB10")
	if got, _, err := first(); got != "ttyUSB11" || err != nil {
		t.Errorf("first, again: %s %v", got, err)
	}
	if got, _, err := second(); got != "ttyUSB10" || err != nil {
		t.Errorf("second, again: %s %v", got, err)
	}
}

func TestNoSecondPort(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.2", "1e0e", "9011", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3", "ttyUSB4", "ttyUSB5")
	first, second := tr.openers(Auto)
	if got, _, err := first(); got != "ttyUSB4" || err != nil {
		t.Fatalf("%s %v", got, err)
	}
	if got, _, err := second(); !errors.Is(err, ErrNoSecond) {
		t.Errorf("the port for dialling was taken for one for commands: %s %v", got, err)
	}
}

func TestSticks(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	tr.tty(tr.face(tr.device("1-1.3", "0403", "6001", "FTDI Adapter"), "00", "ff/ff/ff", "ftdi_sio"), "ttyUSB4")
	tr.face(tr.device("1-1.4", "12d1", "14dc", "HUAWEI Mobile"), "00", "02/06/00", "cdc_ether")
	tr.modem("1-1.1", "abcd", "0001", "ttyUSB5", "ttyUSB6")
	sticks, err := Finder{Sys: tr.sys, Dev: tr.dev}.Sticks()
	if err != nil || len(sticks) != 4 {
		t.Fatalf("%+v, %v", sticks, err)
	}
	unknown, quectel, adapter, hiLink := sticks[0], sticks[1], sticks[2], sticks[3]
	if !unknown.Modem || !strings.Contains(unknown.Problem, "one of its ports takes AT commands") {
		t.Errorf("unknown modem: %+v", unknown)
	}
	first, second := quectel.AT()
	if !quectel.Modem || quectel.Problem != "" || quectel.USB() != "2c7c:0125" || first == nil || first.Interface != "02" ||
		second == nil || second.Interface != "03" {
		t.Errorf("EC25: %+v, AT on %v and %v", quectel, first, second)
	}
	if adapter.Modem || adapter.Problem != "" || len(adapter.Ports) != 1 {
		t.Errorf("serial adapter: %+v", adapter)
	}
	if hiLink.Modem || !strings.Contains(hiLink.Problem, "HiLink stick without AT port") {
		t.Errorf("HiLink: %+v", hiLink)
	}
	if first, second := hiLink.AT(); first != nil || second != nil {
		t.Errorf("a HiLink stick has AT ports: %v %v", first, second)
	}
}
