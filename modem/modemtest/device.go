package modemtest

// Device is a modem on the market as this package plays it: its name, and the
// habits that users of it have reported. It behaves; a Profile only recites.
type Device struct {
	Name                string // for tests
	Manufacturer, Model string // +CGMI, +CGMM
	USB                 string // vendor:product as lsusb prints it, "" where not known
	SM, ME              int    // places, as in ModemOptions
	NoFDN               bool
	MemoryFullURC       bool
	Habits              Habits
}

// Options are those of a modem of this kind.
func (d Device) Options() ModemOptions {
	return ModemOptions{
		Manufacturer: d.Manufacturer, Model: d.Model, SM: d.SM, ME: d.ME, NoFDN: d.NoFDN,
		MemoryFullURC: d.MemoryFullURC, Habits: d.Habits,
	}
}

// huaweiNoise is what their sticks repeat until AT^CURC=0.
var huaweiNoise = []string{"^RSSI:14", "^BOOT:35323129,0,0,0,26"}

// Devices gives a fresh list of all devices that this package plays, one that
// follows the standards first.
func Devices() []Device {
	return []Device{
		{Name: "plain", Manufacturer: "Knapp", Model: "Software Modem"},
		{
			Name: "Huawei E173", Manufacturer: "huawei", Model: "E173", USB: "12d1:1001", NoFDN: true, MemoryFullURC: true,
			Habits: Habits{
				Noise: huaweiNoise, Hush: "^CURC=0", MassStorage: true, Mode2IsSilent: true,
				Tries: "^CPIN", ICCID: "^ICCID", USSD: USSDPacked,
			},
		},
		{
			Name: "Huawei E3372h", Manufacturer: "huawei", Model: "E3372h", USB: "12d1:1506", MemoryFullURC: true,
			Habits: Habits{
				Noise: huaweiNoise, Hush: "^CURC=0", FreezesAfterCall: true, Mode2IsSilent: true,
				Tries: "^CPIN", ICCID: "^ICCID", USSD: USSDUCS2,
			},
		},
		{
			Name: "Quectel EC25", Manufacturer: "Quectel", Model: "EC25", USB: "2c7c:0125",
			Habits: Habits{
				Boot: []string{"RDY", "+CFUN: 1"}, Ready: []string{"+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"},
				NamedURCPort: true, ReportNamed: "SM", EmptyIsOK: true, Tries: "+QPINC", ICCID: "+QCCID",
			},
		},
		{
			Name: "ZTE K3565-Z", Manufacturer: "ZTE INCORPORATED", Model: "K3565-Z", USB: "19d2:0063",
			Habits: Habits{CommaInCDS: true, CSMPErasesSMSC: true, Mode2IsSilent: true},
		},
		{
			Name: "Meig MF103", Manufacturer: "Meig", Model: "MF103", SM: 10, ME: 23,
			Habits: Habits{Memories: [3]string{"ME", "ME", "SM"}},
		},
		{
			Name: "SIMCom SIM7600", Manufacturer: "SIMCOM INCORPORATED", Model: "SIMCOM_SIM7600E-H", USB: "1e0e:9001",
			Habits: Habits{
				Boot: []string{"RDY"}, Ready: []string{"+CPIN: READY", "SMS DONE", "PB DONE"},
				Mode2IsSilent: true, Registration: [3]int{0, 0, 1}, Tries: "+SPIC", ICCID: "+CICCID",
			},
		},
		{
			Name: "Sierra MC7455", Manufacturer: "Sierra Wireless, Incorporated", Model: "MC7455", USB: "1199:9071",
			Habits: Habits{Registration: [3]int{0, 1, 6}, ICCID: "!ICCID"},
		},
		{
			Name: "Foxconn T77W968", Manufacturer: "Foxconn", Model: "T77W968", USB: "0489:e0b4",
			Habits: Habits{DeafUntilCPMS: true, Mode2IsSilent: true},
		},
		{
			Name: "Cinterion MC75i", Manufacturer: "Cinterion", Model: "MC75i", SM: 20, ME: 25,
			Habits: Habits{
				Memories:    [3]string{"ME", "ME", "SM"},
				Storages:    [3][]string{{"ME", "SM"}, {"ME", "SM"}, {"SM"}},
				Indications: [5][]int{{0, 1, 2, 3}, {0, 1}, {0, 2, 3}, {0, 2}, {1}},
				Tries:       "none",
			},
		},
	}
}

// DeviceNamed finds one of Devices.
func DeviceNamed(name string) (Device, bool) {
	for _, d := range Devices() {
		if d.Name == name {
			return d, true
		}
	}
	return Device{}, false
}
