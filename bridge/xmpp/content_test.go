package xmpp

import (
	"reflect"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

func TestContent(t *testing.T) {
	const link = "https://upload.localhost/a1/IMG%201.JPG?x=1#k"
	oob := `<x xmlns='jabber:x:oob'><url>` + link + `</url></x>`
	picture := []bridge.Attachment{{URL: link, Type: "image/jpeg"}}
	const sfs = `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'>` +
		`<media-type>video/MP4</media-type><name>a.bin</name></file><sources>` +
		`<url-data xmlns='http://jabber.org/protocol/url-data' target='https://u.localhost/a.bin'/></sources></file-sharing>`
	video := []bridge.Attachment{{URL: "https://u.localhost/a.bin", Type: "video/mp4"}}
	const sims = `<reference xmlns='urn:xmpp:reference:0' type='data' uri='https://u.localhost/a.bin'><media-sharing xmlns='urn:xmpp:sims:1'>` +
		`<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>video/mp4</media-type></file>` +
		`<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='https://u.localhost/a.bin'/></sources></media-sharing></reference>`
	const quoting = `<reply xmlns='urn:xmpp:reply:0' id='q1' to='emma@sms.localhost'/>`
	tests := []struct {
		name, inside string
		want         bridge.Chat // the fields that come from what is inside
	}{
		{"a picture", `<body>` + link + `</body>` + oob, bridge.Chat{Attachments: picture}},
		{"a picture with white space", `<body> ` + link + "\n" + `</body>` + oob, bridge.Chat{Attachments: picture}},
		{"a picture with words", `<body>se her</body>` + oob, bridge.Chat{Body: "se her", Attachments: picture}},
		{"a link that somebody typed", `<body>` + link + `</body>`, bridge.Chat{Body: link}},
		{
			"two pictures", `<body>https://a/1.png https://a/2.webp</body><x xmlns='jabber:x:oob'><url>https://a/1.png</url></x><x xmlns='jabber:x:oob'><url>https://a/2.webp</url></x>`,
			bridge.Chat{Attachments: []bridge.Attachment{{URL: "https://a/1.png", Type: "image/png"}, {URL: "https://a/2.webp", Type: "image/webp"}}},
		},
		{"an encrypted upload", `<body>aesgcm://u.localhost/b.m4a#0011
data:image/jpeg;base64,AAAA</body>`, bridge.Chat{Attachments: []bridge.Attachment{{URL: "aesgcm://u.localhost/b.m4a#0011", Type: "audio/mp4"}}}},
		{"an unknown kind", `<body>https://a/x</body><x xmlns='jabber:x:oob'><url>https://a/x</url></x>`, bridge.Chat{Attachments: []bridge.Attachment{{URL: "https://a/x"}}}},
		{"stateless file sharing", `<body>https://u.localhost/a.bin</body>` + sfs, bridge.Chat{Attachments: video}},
		{"the same three times", `<body>https://u.localhost/a.bin</body>` + sims + sfs + `<x xmlns='jabber:x:oob'><url>https://u.localhost/a.bin</url></x>`, bridge.Chat{Attachments: video}},
		{"a fallback for a file", `<body>Video: see your client</body>` + sfs + `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback>`, bridge.Chat{Attachments: video}},
		{"a fallback for a file, with a caption", `<body>hei https://u.localhost/a.bin</body>` + sfs + `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='4' end='29'/></fallback>`, bridge.Chat{Body: "hei ", Attachments: video}},
		{"a media reference", `<body>se</body>` + sims, bridge.Chat{Body: "se", Attachments: video}},
		{"a correction", `<body>kl. 5</body><replace xmlns='urn:xmpp:message-correct:0' id='old'/>`, bridge.Chat{Body: "kl. 5", Replaces: "old"}},
		{"a reply", quoting + "<body>&gt; hæ?\n&gt; 😀\nja</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='10'/></fallback>", bridge.Chat{Body: "ja", ReplyTo: "q1"}},
		{"a reply of an old client", quoting + "<body>&gt; hæ?\nja</body><fallback xmlns='urn:xmpp:feature-fallback:0' for='urn:xmpp:reply:0'><body start='0' end='6'/></fallback>", bridge.Chat{Body: "ja", ReplyTo: "q1"}},
		{"a reply in two pieces", quoting + "<body>&gt; a\nja\n&gt; b\nnei</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/><body start='7' end='11'/></fallback>", bridge.Chat{Body: "ja\nnei", ReplyTo: "q1"}},
		{"a range that does not fit", quoting + "<body>ja</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='99'/></fallback>", bridge.Chat{Body: "ja", ReplyTo: "q1"}},
		{"a quotation that somebody typed", "<body>&gt; a\nb</body>", bridge.Chat{Body: "> a\nb"}},
		{"formatting", "<body>*fet* _skrå_ `kode`</body>", bridge.Chat{Body: "*fet* _skrå_ `kode`"}},
		{"a fence", "<body>se:\n```\na\n b\n```\nok</body>", bridge.Chat{Body: "se:\na\n b\nok"}},
		{"a fence with a word", "<body>```go\na\n```</body>", bridge.Chat{Body: "go\na"}},
		{"a fence that does not end", "<body>```\na</body>", bridge.Chat{Body: "```\na"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			office := newRecorder()
			xml := `<message type='chat' from='mum@localhost/x' to='emma@sms.localhost' id='1'>` + tt.inside + `</message>`
			if got := answers(t, office, xml); len(got) > 0 {
				t.Errorf("answered by %v", got)
			}
			if len(office.chats) != 1 {
				t.Fatalf("the office got %v", office.chats)
			}
			got := office.chats[0]
			got = bridge.Chat{Body: got.Body, Replaces: got.Replaces, ReplyTo: got.ReplyTo, Attachments: got.Attachments}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("the office got %+v, not %+v", got, tt.want)
			}
		})
	}
}

func TestMarkersAndRetractions(t *testing.T) {
	tests := []struct{ name, inside, marker, retracted string }{
		{"displayed", `<displayed xmlns='urn:xmpp:chat-markers:0' id='o1'/>`, "mum@localhost emma o1 displayed", ""},
		{"acknowledged", `<acknowledged xmlns='urn:xmpp:chat-markers:0' id='o1'/>`, "mum@localhost emma o1 displayed", ""},
		{"received", `<received xmlns='urn:xmpp:chat-markers:0' id='o1'/>`, "mum@localhost emma o1", ""},
		{"markable", `<markable xmlns='urn:xmpp:chat-markers:0'/>`, "", ""},
		{"displayed what?", `<displayed xmlns='urn:xmpp:chat-markers:0'/>`, "", ""},
		{"retract", `<retract xmlns='urn:xmpp:message-retract:1' id='m1'/><body>was taken back</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>`, "", "mum@localhost emma m1"},
		{"retract as it was", `<apply-to xmlns='urn:xmpp:fasten:0' id='m1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to><fallback xmlns='urn:xmpp:fallback:0'/><body>was taken back</body>`, "", "mum@localhost emma m1"},
	}
	for _, tt := range tests {
		office := newRecorder()
		xml := `<message type='chat' from='mum@localhost/x' to='emma@sms.localhost' id='1'>` + tt.inside + `</message>`
		if got := answers(t, office, xml); len(got) > 0 {
			t.Errorf("%s: answered by %v", tt.name, got)
		}
		if len(office.chats) > 0 {
			t.Errorf("%s became a chat: %+v", tt.name, office.chats)
		}
		if got := append(office.markers, ""); got[0] != tt.marker {
			t.Errorf("%s: marker %q", tt.name, got[0])
		}
		if got := append(office.retracted, ""); got[0] != tt.retracted {
			t.Errorf("%s: retracted %q", tt.name, got[0])
		}
	}
}

// A retraction that could not be kept is no secret: its sender believes that the child will not read the text.
func TestRetractionThatFailsIsAnswered(t *testing.T) {
	office := newRecorder()
	office.fails = errDisk
	got := answers(t, office, `<message from='mum@localhost/x' to='emma@sms.localhost' id='1'><retract xmlns='urn:xmpp:message-retract:1' id='m1'/></message>`)
	if len(got) != 1 {
		t.Fatalf("answered by %v", got)
	}
}

// What leaves asks for a receipt and for a marker, so that a guardian's client says what became of it.
func TestMarkerOfAClient(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		m := login(t, s, "mum")
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: string(mum), ID: "mk1", Body: "hei", Delay: time.Time{}})
		got := m.await("the chat", func(st stanza) bool { return st.id == "mk1" })
		if got.child(nsMarkers, "markable") == nil {
			t.Errorf("it cannot be marked: %s", shape(got))
		}
		m.send(`<message type='chat' to='` + got.from + `' id='d1'><displayed xmlns='urn:xmpp:chat-markers:0' id='mk1'/></message>`)
		office.await(t, "the marker", func() bool { return len(office.markers) == 1 })
	})
}
