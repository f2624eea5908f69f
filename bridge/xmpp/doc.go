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
// What is supported, how, and the tests that hold it, which run on Prosody and on ejabberd unless marked with *:
//
//	RFC 6120 §4.9  every stream error: said in words, and the         TestEveryStreamErrorIsToldAndSurvived*,
//	               gateway comes back; the office hears which blame   TestWhichStreamErrorsBlame*
//	RFC 6120 §13   TLS from the first octet, where the server can     TestCertificateOfARealServer (ejabberd),
//	               (ejabberd); a bad certificate is said in words     TestCertificateThatRanOut*
//	RFC 6120 §8    stanza errors with their types, one answer to      TestReceiptAndErrorOut, TestMalformedQuestions,
//	               every IQ get and set, none to results and errors   TestWhatIsNeverAnswered*, TestTwoGatewaysComeToRest*
//	RFC 6121 §2    rosters: see 0356                                  TestChildComesIntoARosterWithoutTyping
//	RFC 6121 §3    subscriptions, decided by the office; requests to  TestPresenceOfAChild, TestSubscriptionAnswers*,
//	               contacts, once, and a no is a no                   TestContactIsAskedOnceAndMayDecline
//	RFC 6121 §4    presence: there or not, to guardians with show     TestPresenceOfAChild, TestGuardiansSeeWhy,
//	               and status; told on connecting, on a change, to    TestGatewayIsThereAsLongAsItIsConnected
//	               a probe, and at the end
//	RFC 6121 §5    messages of type chat, normal and unknown types    TestWhatBecomesAChatAndWhatDoesNot
//	RFC 7622       people's addresses are prepared by mellium;        TestParseJID*, TestNoStanzaEndsTheStream,
//	               others are strings                                 TestThousandOddStanzasBelowTheServer*
//	XEP-0004       forms of commands                                  TestGuardianCommands, TestGuardianWithSlixmpp
//	XEP-0030       info of the gateway and of a child, items to       TestDiscoOfTheGateway,
//	               guardians; nodes for commands alone                TestQuestionsToAChildThatIsSeen
//	XEP-0045       groups: not yet
//	XEP-0050       commands of one stage and more, for whom the       TestGuardianCommands, TestCommandsThatGoWrong*,
//	               office lists any; there is no way back but cancel  TestDialoguesAreForgotten*
//	XEP-0054       a child's card: name and picture                   TestCardAndPictureOfAChild
//	XEP-0066       out-of-band links: attachments, and no text        TestContent*, TestGuardianWithSlixmpp
//	XEP-0082       the stamps of 0202 and 0203                        TestQuestionsToAChildThatIsSeen
//	XEP-0085       chat states: taken quietly                         TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0092       version                                            TestQuestionsToAChildThatIsSeen
//	XEP-0114       the component protocol; a second gateway of the    TestWrongSecretSaysWhatToDo,
//	               same domain is noticed                             TestServerThatIsNotThereYetIsWaitedFor,
//	                                                                  TestSecondGatewayIsNoticed
//	XEP-0153       the picture's hash, in presence                    TestCardAndPictureOfAChild
//	XEP-0172       the child's name, in a subscription request        TestContactIsAskedOnceAndMayDecline
//	XEP-0184       receipts both ways                                 TestChatOutAndItsReceipt, TestReceiptAndErrorOut
//	XEP-0199       ping: answered; keep-alive; the barrier            TestKeepAliveKeepsAStreamThatAnswers,
//	                                                                  TestBarrierIsBehindEverything,
//	                                                                  TestBarrierPassesAServerThatDropsQuestions*
//	XEP-0202       time                                               TestQuestionsToAChildThatIsSeen
//	XEP-0203       delay: sent; read when a server says so            TestChatOutAndItsReceipt,
//	                                                                  TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0280       carbons, and archives (0313): ignored, since a     TestWhatBecomesAChatAndWhatDoesNot
//	               component gets none that are true
//	XEP-0308       corrections: the office hears what is corrected    TestContent*, TestGuardianWithSlixmpp
//	XEP-0333       markers: asked for, and taken                      TestMarkerOfAClient, TestMarkersAndRetractions*
//	XEP-0334       hints: receipts ask to be stored                   TestReceiptAndErrorOut
//	XEP-0356       rosters are written where the server allows it     TestChildComesIntoARosterWithoutTyping,
//	               and does it (:1 and :2), on ejabberd by its HTTP   TestPrivilegeByTheText*,
//	               API: its own :1 (23.01) and :2 (24.12) only read   TestRosterRightsOnEjabberd
//	XEP-0359       origin-id both ways                                TestChatIn, TestChatOutAndItsReceipt
//	XEP-0363       uploads are other people's: see 0066               TestGuardianWithConverse
//	XEP-0380       encryption (0384, 0373, 0364, 0027): refused       TestEncryptedIsRefused
//	XEP-0385       media references: attachments                      TestContent*
//	XEP-0393       formatting is left as typed, but for fences        TestContent*
//	XEP-0424       retractions: the office hears of them              TestMarkersAndRetractions*,
//	                                                                  TestRetractionThatFailsIsAnswered*
//	XEP-0428       fallbacks of replies and files are cut out;        TestContent*,
//	               bodies that stand for reactions and retractions    TestWhatBecomesAChatAndWhatDoesNot
//	               are no chat
//	XEP-0444       reactions: taken quietly                           TestWhatBecomesAChatAndWhatDoesNot
//	XEP-0447       stateless file sharing: attachments                TestContent*
//	XEP-0461       replies: the office hears what is answered         TestContent*
//
// What strangers see is compared octet by octet in TestStrangersGetTheSameOctets*, by kind of question in
// TestStrangersCannotTellWhoIsThere, by a client of another make in TestStrangerWithSlixmpp, and in time in
// TestStrangersLearnNothingFromTime; on the built program with its database, below the server, in cmd/knapp's
// strangers_test.go. Whole days of clients of other makes are TestGuardianWithSlixmpp and
// TestGuardianWithConverse. How much one sender may ask is bounded (TestWhoSendsTooMuchIsToldOnce*,
// TestTwentyDevices).
package xmpp
