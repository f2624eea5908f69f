package modemtest

// lineSettings are what one port's host has set. Guarded by the network's lock.
type lineSettings struct {
	echo, quiet, verbose bool
	cr, lf, bs           byte // S3, S4, S5
	cmee                 int  // +CMEE, TS 27.007 §9.1
	text                 bool // +CMGF=1
	cscs                 string
	details              bool // +CSDH
}

func factoryLine() lineSettings {
	return lineSettings{echo: true, verbose: true, cr: '\r', lf: '\n', bs: '\b', cscs: "GSM"}
}

// service is what the hosts of a modem share. Guarded by the network's lock.
type service struct {
	cnmi  cnmi
	csms  int       // TS 27.005 §3.2.1
	mem   [3]string // +CPMS, TS 27.005 §3.2.2
	csmp  [4]int    // fo, vp, pid, dcs of text mode
	creg  int
	cgreg int
	cereg int
	clip  bool
	cmms  int
	cusd  int
	cops  int // <format>
	cring bool
}

// cnmi is +CNMI=<mode>,<mt>,<bm>,<ds>,<bfr> (TS 27.005 §3.4.1).
type cnmi struct{ mode, mt, bm, ds, bfr int }

func factoryService() service {
	return service{
		mem:  [3]string{"SM", "SM", "SM"},
		csmp: [4]int{17, 167, 0, 0},
	}
}

// saved is what AT&W keeps over a loss of power.
type saved struct {
	line    lineSettings
	service service
}

func (m *Modem) powerOnLine() lineSettings {
	if m.saved != nil {
		return m.saved.line
	}
	return factoryLine()
}
