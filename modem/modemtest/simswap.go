package modemtest

import "maps"

// SwapSIM puts another SIM into the modem while it runs: its number, SMSC, IMSI,
// ICCID, PINs, phonebook, forwards and the messages on it are those of o, what
// o leaves empty is as in NewModem. Nothing of o but the SIM counts. A modem
// with power starts the new SIM, which takes Timing.SIM, and says nothing of it
// but what its Habits.Ready are.
func (m *Modem) SwapSIM(o ModemOptions) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	simDefaults(&o)
	m.hangUp()
	m.failAck()
	m.number = m.net.canonical(o.Number)
	m.opts.NoFDN = o.NoFDN
	m.opts.USSD = o.USSD
	m.forwards = maps.Clone(o.Forwards)
	m.stores["SM"] = newStore(o.SM)
	m.sim = newSIM(o)
	m.book = "SM"
	if m.powered {
		m.startSIM()
	}
}

// simDefaults is what a SIM has that names nothing else.
func simDefaults(o *ModemOptions) {
	setDefault(&o.SMSC, "+4792001000")
	setDefault(&o.IMSI, "242010000000001")
	setDefault(&o.ICCID, "8947080000000000013")
	setDefault(&o.PUK, "12345678")
	setDefault(&o.PIN2, "2222")
	setDefault(&o.SM, 20)
	setDefault(&o.PINTries, 3)
	setDefault(&o.PIN2Tries, 3)
	setDefault(&o.Phonebook, 50)
}
