// Package xmpp is the gateway's side of XEP-0114, the component protocol: it connects to the family's own XMPP
// server, hands what arrives there to the post office in the order in which it was read, and writes what the
// post office wants sent.
//
// It decides about nobody: who may see a child, and what becomes of a chat, it asks its Office. It keeps nothing
// that must survive a restart. Whoever may not know of a child gets the same octets for a child that exists and
// for one that was invented, and no stanza of anybody ends the stream.
package xmpp
