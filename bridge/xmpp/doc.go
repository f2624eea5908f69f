// Package xmpp is the gateway's side of XEP-0114, the component protocol: it connects to the family's own XMPP
// server, hands what arrives there to the post office in the order in which it was read, and writes what the
// post office wants sent.
//
// It decides about nobody: who may see a child, and what becomes of a chat, it asks its Office. It keeps nothing
// that must survive a restart. Whoever may not know of a child gets the same octets for a child that exists and
// for one that was invented, and no stanza of anybody ends the stream.
//
// mellium shakes hands and prepares addresses. Stanzas are cut out of the stream and parsed below its Session,
// since an element in the stream's own namespace inside anybody's message ends Session.Serve.
//
// What is supported, and the tests that hold it, which run on Prosody and on ejabberd unless marked with *:
//
//	RFC 6120 §8  stanza errors with their types, one answer to every   TestReceiptAndErrorOut, TestMalformedQuestions,
//	             IQ get and set, none to results and errors            TestWhatIsNeverAnswered*
//	RFC 6121 §3  subscriptions, decided by the office                  TestPresenceOfAChild, TestSubscriptionAnswers*
//	RFC 6121 §4  presence: available or not, told on connecting, on    TestPresenceOfAChild,
//	             a change, to a probe, and at the end                  TestGatewayIsThereAsLongAsItIsConnected
//	RFC 6121 §5  messages of type chat, normal and unknown types       TestWhatBecomesAChatAndWhatDoesNot
//	RFC 7622     people's addresses are prepared by mellium; others    TestParseJID*, TestNoStanzaEndsTheStream
//	             are strings
//	XEP-0030     info of the gateway and of a child, items to          TestDiscoOfTheGateway,
//	             guardians; no nodes                                   TestQuestionsToAChildThatIsSeen
//	XEP-0082     the stamps of 0202 and 0203                           TestQuestionsToAChildThatIsSeen
//	XEP-0085     chat states: taken quietly                            TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0092     version                                               TestQuestionsToAChildThatIsSeen
//	XEP-0114     the component protocol                                TestWrongSecretSaysWhatToDo,
//	                                                                   TestServerThatIsNotThereYetIsWaitedFor
//	XEP-0184     receipts both ways                                    TestChatOutAndItsReceipt, TestReceiptAndErrorOut
//	XEP-0199     ping: answered; keep-alive; the barrier               TestKeepAliveKeepsAStreamThatAnswers,
//	                                                                   TestBarrierIsBehindEverything
//	XEP-0202     time                                                  TestQuestionsToAChildThatIsSeen
//	XEP-0203     delay: sent; read when a server says so               TestChatOutAndItsReceipt,
//	                                                                   TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0280     carbons, and archives (0313): ignored, since a        TestWhatBecomesAChatAndWhatDoesNot
//	             component gets none that are true
//	XEP-0333     markers: taken quietly                                TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0334     hints: receipts ask to be stored                      TestReceiptAndErrorOut
//	XEP-0359     origin-id both ways                                   TestChatIn, TestChatOutAndItsReceipt
//	XEP-0380     encryption (0384, 0373, 0027): refused                TestEncryptedIsRefused
//	XEP-0424     retractions: taken quietly, nothing is retracted      TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0428     fallbacks of replies (0461) are cut out; bodies that  TestWhatBecomesAChatAndWhatDoesNot
//	             stand for reactions and retractions are no chat
//	XEP-0444     reactions: taken quietly                              TestWhatBecomesAChatAndWhatDoesNot
//
// What strangers see is compared octet by octet in TestStrangersGetTheSameOctets*, by kind of question in
// TestStrangersCannotTellWhoIsThere, and by a client of another make in TestStrangerWithSlixmpp.
package xmpp
