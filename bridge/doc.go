// Package bridge is the family's post office: what a child's SMS becomes on its way to a guardian's chat, and
// the chat on its way back. It decides nothing that package policy decides, words nothing that package words
// words, and touches neither a modem, nor a socket, nor a database: those fill the ports that it owns.
//
// Every message is committed, with the decision about it and a row for each recipient, in one transaction
// before anybody is told that it arrived; every row is kept until somebody else is known to have it.
package bridge
