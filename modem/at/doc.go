// Package at turns the bytes of a modem's AT port into answered commands and ordered unsolicited result codes
// (3GPP TS 27.007, 27.005; ITU-T V.250).
//
// It stands on github.com/warthog618/modem/at for the command loop, and puts a line filter of its own between the port
// and that loop, because what arrives unasked must neither land in an answer, nor arrive out of order, nor swallow the
// next line. The path of a byte is
//
//	port ─ filter ─┬─ unsolicited ─ URCs()   (one bounded channel, in order)
//	               └─ answers ───── warthog's at ─ Command, SMS
//
// The filter knows which command is pending: "+CREG: 0,1" after AT+CREG? is an answer, "+CREG: 1" is not, and while no
// command is pending every line is unsolicited. It also decides when a command is over, so that "COMMAND NOT SUPPORT",
// numeric result codes or a timeout end it as surely as OK does.
//
// A Conn lives as long as one opening of the port. It never reopens anything, never guesses what a late answer was
// meant for (it finds its place again with a marker, or reports the connection as broken), and never interprets an SMS.
package at
