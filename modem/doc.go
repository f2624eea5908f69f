// Package modem is a GSM modem as a Go value: it opens and brings up a modem, receives short messages and status
// reports from it, sends through it, and opens it again when it was lost (3GPP TS 27.005, 27.007).
//
// Its promise is about loss: a message is taken off the modem (AT+CMGD) only after Sink.Take has returned nil, and a
// message to be sent leaves only after the caller's commit function has returned nil; of every send the caller learns
// whether it was sent, was proven not to be sent, or that this is unknown.
//
// One goroutine, that of Modem.Run, owns everything that is received: unsolicited codes are handled in order, one
// message at a time. Send may be called from any goroutine.
//
// The package never decides what a message means, never joins parts, never keeps anything on disk, never sends
// anything twice, and never enters a PUK or a PIN that has failed.
package modem
