package modemtest

// Typing reports whether a host is in the middle of a message's data, after the
// prompt and before 0x1A.
func (m *Modem) Typing() bool {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	for _, p := range m.ports {
		if p.typing {
			return true
		}
	}
	return false
}
