// Package modemtest is a GSM modem made of software and the operator behind
// it: a network that routes, stores and forwards (3GPP TS 23.040), button
// phones on it, and modems that speak AT (ITU-T V.250, 3GPP TS 27.005 and
// 27.007) over any connection or over a pty.
//
// It owns what a real modem, SIM and operator own, and nothing of the gateway.
// It answers as the standards say and as real modems do, not as a client would
// like; what goes wrong in the field is a Fault that can be switched on. It
// never opens a socket and never reads the gateway's packages: its TPDUs are
// made and read by warthog618/sms, so that it can be the witness against our
// own codec.
//
// Devices are modems with their makers' habits, which behave; a Profile recites
// what one was heard to answer, and Replay makes one of a traced session. Chaos
// arms a mixture of all faults that a seed determines. Listening is the truth
// about a modem, against which its driver is judged.
//
// One lock, the network's, guards the air, every phone and every modem on it.
// No input or output happens under it. Each port has one goroutine that reads
// and executes commands and one that writes.
package modemtest
