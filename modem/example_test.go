package modem_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"knapp/modem"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

// printer is the smallest Sink: it answers the first message that it is given.
type printer struct{ came chan modem.Received }

func (p printer) Take(_ context.Context, r modem.Received) error {
	p.came <- r // a real one commits r to disk before it returns nil
	return nil
}

func (printer) Event(modem.Event) {}

// The smallest program that receives and sends. Its modem is made of software; a real one is opened by its path.
func Example() {
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	stick := network.NewModem(modemtest.ModemOptions{Number: "+4799990000"})
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	tty := filepath.Join(dir, "modem")
	if err := stick.PlugIn(tty); err != nil {
		fmt.Println(err)
		return
	}

	sink := printer{came: make(chan modem.Received, 1)}
	m := modem.New(modem.Options{
		Name: "main",
		Sink: sink,
		Open: func(context.Context) (io.ReadWriteCloser, error) {
			return os.OpenFile(tty, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- m.Run(ctx) }()

	if err := network.Phone("+4793333333").Send("+4799990000", "hei"); err != nil {
		fmt.Println(err)
	}
	in := (<-sink.came).Message.Deliver
	fmt.Println(in.From, "says", in.Text)

	parts, err := tpdu.Segment(in.From, "hei på deg", tpdu.Options{})
	if err != nil {
		fmt.Println(err)
	}
	for _, part := range parts {
		// A real commit function records that the message may leave now.
		if _, err := m.Send(ctx, part, func() error { return nil }); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("the phone shows", network.Phone("+4793333333").Inbox()[0].Text)

	stop()
	fmt.Println("ended:", <-ended)
	if err := network.Close(); err != nil {
		fmt.Println(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Println(err)
	}
	// Output:
	// +4793333333 says hei
	// the phone shows hei på deg
	// ended: <nil>
}
