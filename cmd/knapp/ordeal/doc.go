// Package ordeal holds the gateway to its promises about messages (nothing is lost, nothing is doubled, status is
// true) while everything around it goes wrong.
//
// Ledger is the one checker: whoever torments the gateway (the simulation in this package's tests, or tests that kill
// the built program) tells it what people wrote and saw, and it says which promise was broken. It knows no time but
// what it is told, starts nothing, and imports nothing of the gateway that it judges.
//
// The simulation runs the whole relay in virtual time (testing/synctest): the real post office, database, modem and
// component, over pipes to a software modem and to a stand-in for the XMPP server. A seed makes the traffic and the
// faults; `make soak` goes through seeds until it is told to stop.
package ordeal
