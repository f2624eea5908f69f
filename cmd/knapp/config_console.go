package main

import (
	"net/netip"
	"strings"
)

// proxies reads who may say from whom a request comes: addresses, or networks such as 10.0.0.0/8.
func (k *configCheck) proxies() {
	c := &k.c.Console
	for _, text := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if !strings.Contains(text, "/") {
			var one netip.Addr
			if one, err = netip.ParseAddr(text); err == nil {
				one = one.Unmap().WithZone("")
				prefix = netip.PrefixFrom(one, one.BitLen())
			}
		}
		switch {
		case err != nil:
			k.wrong("console.trusted_proxies", "%q is no address: such as 127.0.0.1 or 192.168.1.0/24", text)
		case prefix.Bits() == 0:
			k.wrong("console.trusted_proxies", "%q is everybody, who could then pretend to be anybody: name the proxy's own address", text)
		default:
			c.proxies = append(c.proxies, prefix.Masked())
		}
	}
}
