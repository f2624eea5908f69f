package modemtest

// Cure is what ends a deafness.
type Cure int

// The cures. Each also works where a lesser one does.
const (
	// ByRadio is AT+CFUN=4 and then 1.
	ByRadio Cure = iota + 1
	// ByRestart is AT+CFUN=1,1.
	ByRestart
	// ByPower is to take the power away, as a reset on the USB bus does.
	ByPower
)

// DeafUntil makes the modem registered but deaf both ways: it answers, and says
// that it has network, but no message arrives, and one that is sent ends in
// +CMS ERROR: 331, until it is cured. To take its power away always cures it.
func (m *Modem) DeafUntil(cure Cure) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.deafness = cure
}

// cured ends a deafness by what was just done. Called with the network's lock
// held.
func (m *Modem) cured(by Cure) {
	if m.deafness <= by {
		m.deafness = 0
	}
}

// SwitchRadioOff is what some firmware does by itself: the radio is off as if
// by AT+CFUN=4, and nobody is told.
func (m *Modem) SwitchRadioOff() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.fun = 4
}
