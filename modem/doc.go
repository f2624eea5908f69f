// Package modem is a GSM modem as a Go value: it opens and brings up a modem, receives short messages and status
// reports from it, sends through it, and opens it again when it was lost (3GPP TS 27.005, 27.007).
//
// Its promise is about loss: a message is taken off the modem (AT+CMGD) only after Sink.Take has returned nil, and a
// message to be sent leaves only after the caller's commit function has returned nil; of every send the caller learns
// whether it was sent, was proven not to be sent, or that this is unknown.
//
// One goroutine, that of Modem.Run, owns everything that is received: unsolicited codes are handled in order, one
// message at a time. Send may be called from any goroutine. Where the modem has a second AT port and Options.Second
// opens it, messages leave there, and reading never waits for one that is on the air.
//
// # Profiles
//
// Modems differ. What is known of a kind, and from where, stands in profiles/*.toml; a modem gets its profile by its
// USB id and by what it says of itself (Choose), and one of which nothing is known is asked for everything. Probe says
// what a modem is and how it stands, and changes nothing.
//
// # What can be lost on the way in
//
// A message that the modem stores is never lost here: it lies on SIM or modem until Sink.Take has returned nil. That is
// every message but the following, which a modem prints without storing it:
//
//   - A class 0 message (TS 23.038 §4), which the modem acknowledges to the network as it prints it. It is lost if
//     nobody reads the port at that moment, or if the program dies before Take has returned nil. If Take fails it is
//     written into the modem's storage (AT+CMGW) and found there by the next sweep, of this program or the next; where
//     the modem does not allow that, or its storage is full, it waits in memory, and goes with the program.
//   - A status report with <ds> 1 of AT+CNMI. The same holds for it, but it cannot be written back. What is lost with
//     it is only the knowledge that a message was delivered.
//   - With a profile that says Direct, any message. Then the modem is told so (AT+CNMA) only after Take has returned
//     nil, and what was not acknowledged is repeated as the operator pleases.
//
// Of what waits in memory the oldest goes when there are more than a thousand; each loss is logged.
//
// A modem that does not listen is found by what should come from it or through it, and brought back step by step: asked
// again, opened again, its radio switched off and on, restarted, reset on its bus. Each step is told as a Recovery, comes
// once a round, and rounds rest for longer and longer. With a SIM that is not its own (SIMs) a modem stays in
// provisioning mode: radio off, nothing read, sent or deleted. A SIM that is exchanged under a modem which gives no sign
// of it, not even a lost network, is found within a minute, and before anything on it is deleted; what came until then
// may have been read. Of itself the package sends a message only as a
// self-test, to its own number and only if asked to.
//
// The package never decides what a message means, never joins parts, never keeps anything on disk, never sends
// anything twice, and never enters a PUK or a PIN that has failed.
package modem
