// Package bridge is the family's post office: what a child's SMS becomes on its way to a guardian's chat, and
// the chat on its way back. It decides nothing that package policy decides, words nothing that package words
// words, and touches neither a modem, nor a socket, nor a database: those fill the ports that it owns.
//
// Every message is committed, with the decision about it and a row for each recipient, in one transaction
// before anybody is told that it arrived; every row is kept until somebody else is known to have it.
//
// # The room
//
// In the order in which it is best read. A subject's test has its name.
//
// What there is:
//
//	message.go id.go             a message, its legs, how far each has come
//	person.go directory.go       who there is, and what the relay looks up in the family
//	roles.go                     who may do what: one table
//	ports.go                     the doors: database, modem, chat server, codec. Beside it one file a subject:
//	ports_accounts.go ports_alarm.go ports_approvals.go ports_audit.go ports_cards.go ports_codeword.go
//	ports_conversation.go ports_gateway.go ports_introductions.go ports_log.go ports_loops.go ports_passkeys.go
//	ports_presence.go ports_replaces.go ports_retention.go ports_rules.go ports_several.go ports_topup.go ports_vigil.go
//	relay.go                     the relay itself, its steps, and what it starts with
//
// From a phone:
//
//	inbound.go                   an SMS, whoever it is from
//	parts.go replaces.go         longer ones; those that take the place of another
//	address.go                   whom a child's text is for
//	child_words.go child_help.go lifelines.go   what else a child's text can be: a command, a call for help, a number to ring
//	conversation.go              whom a child is talking with, and what waits for its word about that
//	child_answers.go child_mute.go child_alarm.go asks.go   what is done with what it asks
//	phonecontact.go              who has nothing but a phone
//	codeword.go                  a borrowed phone
//	ourwords.go                  our words beside a text, in its reader's language
//
// To a phone:
//
//	outbound.go                  a chat to a child
//	corrections.go remarks.go    what becomes of a chat that is unsaid or corrected; what its writer is told
//	plain.go label.go shape.go late.go   what a button phone can show, under whose name, in how many parts, how late
//	transmit.go reports.go       the modem's queue, and what the network says of it
//	courier.go presence.go roster.go introductions.go   the same for the chat server; what contacts see of a child there
//
// What decides:
//
//	decide.go verdict.go         the one place that asks package policy, and the answer put into words
//	urgent.go budget.go loops.go storm.go   HASTER, what is spent, what goes round and round
//	hold.go                      what waits for its time or for an answer
//	approvals.go questions.go answers.go undo.go settle.go   strangers and wishes: asked, answered, undone, overtaken by events
//
// In an emergency:
//
//	alarm.go alarm_take.go drill.go   the rounds, who ends them, the monthly proof
//	seen.go                      what nobody has read goes on to mobiles
//	lastresort.go notstored.go   when nothing can be stored
//
// What is said unasked:
//
//	notices.go several.go events.go vigil.go news.go   to writers, to the other guardians, about the gateway, to the console
//
// The family, and who changes it:
//
//	family.go family_codeword.go family_limits.go family_retention.go family_time.go   the document, checked
//	household.go                 the document applied, and what of the queue that ends
//	beginning.go newguardian.go guardianship.go role_change.go waiting.go entry.go   guardians: the first, one more, one less, and the way in
//	children.go people.go arrange.go contacts.go   children and contacts, and the lines of their lists
//	keys.go cards.go ownnumber.go topup.go   speed dial, cards over the air, numbers of their own, prepaid SIMs
//	timetable.go timetable_named.go freedays.go weekplan.go stayopen.go   the week, and what no change of it may close
//	meaning.go phrases.go simulate.go foresee.go   what a week means, and what would become of a message
//	hurry.go spending.go codeword_set.go line_said.go   what one tap does; the limits; the code word; a line as it is told
//	retention.go agreement.go oversight.go look.go wire.go   what is kept, who looked, and that the child is told
//
// A guardian's own words, and the menus (XEP-0050) that do the same:
//
//	spoken.go spoken_obey.go spoken_money.go spoken_tell.go   understood, done, answered
//	commands.go menu.go          as forms
//	status.go upkeep.go trial.go   how the gateway is, and what an owner has it do to itself
package bridge
