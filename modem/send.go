package modem

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"knapp/modem/at"
)

// ErrDown refuses a send while the modem is not ready: nothing has left, try again after Up.
var ErrDown = errors.New("the modem is down")

// RetryClass says what may come of trying again.
type RetryClass int

// The classes of a refusal.
const (
	Soon   RetryClass = iota // it passes by itself, within seconds or minutes
	Slowly                   // it may pass, within hours
	Never                    // this message will never be taken
	Person                   // somebody must do something first
)

func (r RetryClass) String() string { return [...]string{"soon", "slowly", "never", "person"}[r] }

// SendError says what is known of a message that was not confirmed.
type SendError struct {
	Unknown bool       // true: it may have been sent, so it must not be sent again by itself; false: proven not sent
	Retry   RetryClass // for a message that was not sent
	Code    int        // of +CMS ERROR, -1 if there is none
	Err     error
}

func (e *SendError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("send: it is not known whether the message left: %v", e.Err)
	}
	return fmt.Sprintf("send: not sent: %v", e.Err)
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// SendOptions say what is special about one message.
type SendOptions struct {
	Emergency bool // it goes out in a foreign network too, whatever Options.Roaming says
	More      bool // another follows at once: the radio link is kept where the modem can (AT+CMMS)
}

// Reference is the message reference (TP-MR) that the modem gave a message (TS 27.005 §3.5.1).
type Reference struct {
	MR    byte
	Known bool // false: the modem confirmed the message and gave none, so that no status report can be matched
}

// Send is SendWith without options. Where the modem gave no reference it returns 0: whoever stores references wants
// SendWith.
func (m *Modem) Send(ctx context.Context, tpdu []byte, commit func() error) (mr byte, err error) {
	ref, err := m.SendWith(ctx, tpdu, SendOptions{}, commit)
	return ref.MR, err
}

// SendWith transmits one SMS-SUBMIT TPDU, without the SMSC field, and returns the message reference that the modem
// gave it. commit, which may be nil, is called after the modem's "> " prompt and before the first octet is written: it
// records durably that from here on the outcome may be unknown. If it fails the command is called off and nothing has
// left. Every error is a *SendError. It may be called concurrently; one message goes out at a time.
func (m *Modem) SendWith(ctx context.Context, tpdu []byte, o SendOptions, commit func() error) (Reference, error) {
	if len(tpdu) == 0 {
		return Reference{}, &SendError{Retry: Never, Code: -1, Err: errors.New("an empty TPDU")}
	}
	// Recovery waits for what is in the air: to cut it off would make it unknown.
	m.air.RLock()
	defer m.air.RUnlock()
	m.mu.Lock()
	s := m.session
	m.mu.Unlock()
	if s == nil {
		return Reference{}, &SendError{Retry: Soon, Code: -1, Err: ErrDown}
	}
	if err := m.maySend(ctx, s, o.Emergency); err != nil {
		retry := Soon
		if errors.Is(err, ErrRoaming) {
			retry = Person
		}
		return Reference{}, &SendError{Retry: retry, Code: -1, Err: err}
	}
	if o.More {
		m.keepLink(ctx, s)
	}
	// SMSC length 0: the modem uses the service centre that is set (TS 27.005 §4.1).
	pdu := "00" + strings.ToUpper(hex.EncodeToString(tpdu))
	info, left, err := s.sender().SMS(ctx, m.o.SendTimeout, fmt.Sprintf("+CMGS=%d", len(tpdu)), pdu, commit)
	if err != nil {
		e := m.judge(s, left, err)
		m.noteSend(s, e)
		return Reference{}, e
	}
	mr, ok := parseReference(info)
	if !ok && !left {
		// OK without a prompt: the modem took the command for something else.
		return Reference{}, &SendError{Retry: Soon, Code: -1, Err: errors.New("the modem did not ask for the message")}
	}
	if !ok {
		m.log.Warn("the modem confirmed a message without its reference; its status report cannot be matched")
	}
	m.noteSend(s, nil)
	return Reference{MR: mr, Known: ok}, nil
}

// linkKept is how long after a message a modem keeps its radio link at least, once it was asked to (TS 27.005 §3.5.6:
// 1 to 5 s); after that it has forgotten that it was asked.
const linkKept = time.Second

// keepLink asks the modem to keep the radio link, so that the next of several messages leaves without a new one. A
// modem that cannot is not asked again before it was opened anew.
func (m *Modem) keepLink(ctx context.Context, s *session) {
	m.mu.Lock()
	kept := s.noLink || s.profile.NoLink || m.o.Now().Sub(s.sentAt) < linkKept && s.link
	m.mu.Unlock()
	if kept {
		return
	}
	_, err := s.sender().Command(ctx, "+CMMS=1")
	m.mu.Lock()
	s.link, s.noLink = err == nil, err != nil
	m.mu.Unlock()
}

// judge makes a SendError of what ended a send. left tells whether the PDU was handed to the port.
func (m *Modem) judge(s *session, left bool, err error) *SendError {
	e := &SendError{Unknown: left, Retry: Soon, Code: -1, Err: err}
	if left {
		e.Retry = Person
	}
	var refusal *at.Error
	if !errors.As(err, &refusal) {
		return e
	}
	proven, retry := proofOf(refusal)
	if refusal.Class == at.CMS {
		e.Code = refusal.Code
	}
	if proven || !left {
		e.Unknown, e.Retry = false, retry
	}
	switch {
	case e.Code == memoryFull:
		m.mu.Lock()
		told := m.noRoom
		m.noRoom = true
		m.mu.Unlock()
		if !told {
			m.tell(StorageFull{Modem: m.o.Name})
		}
	case asksPIN(refusal) && !e.Unknown:
		e.Retry = Soon // most likely the modem has restarted, which says nothing of the message
		select {
		case s.locked <- err:
		default:
		}
	case e.Retry == Person && !e.Unknown:
		m.tellSIMProblem(personSentence(refusal), err)
	}
	return e
}

// asksPIN tells a refusal because the SIM's PIN was not entered.
func asksPIN(e *at.Error) bool {
	return e.Class == at.CMS && e.Code == 311 || e.Class == at.CME && e.Code == 11
}

// proofOf tells whether a refusal after the PDU proves that the message did not leave, and what may come of trying
// again. Codes below 256 come from the network (TS 24.011 §8.2.5.4, TS 23.040 §9.2.3.22), those from 300 on from the
// modem (TS 27.005 §3.2.5). What is not listed proves nothing.
func proofOf(e *at.Error) (proven bool, retry RetryClass) {
	if e.Class == at.CME {
		switch e.Code {
		case 10, 11, 12, 13, 15: // no SIM, PIN, PUK, SIM failure, SIM wrong
			return true, Person
		case 14, 30: // SIM busy, no network service
			return true, Soon
		case 32: // emergency calls only
			return true, Slowly
		}
		return false, Soon
	}
	if e.Class != at.CMS {
		return false, Soon
	}
	switch e.Code {
	case 17, 22, 41, 42, 47, 302, 314, 331:
		return true, Soon
	case 27, 38, 192, 194:
		return true, Slowly
	case 1, 8, 10, 21, 28, 29, 30, 50, 69, 304, 305, 341, 342, 343:
		return true, Never
	case 310, 311, 312, 313, 315, 316, 317, 318, 322, 330:
		return true, Person
	}
	switch {
	case e.Code > 0 && e.Code < 128: // any other cause with which the network rejects
		return true, Slowly
	case e.Code >= 128 && e.Code < 256: // the service centre's reasons
		return true, Never
	}
	return false, Soon
}

func personSentence(e *at.Error) string {
	if e.Class == at.CMS && e.Code == 330 {
		return "no service centre is set: set smsc to the operator's"
	}
	return "the SIM refuses to send: look at it in a phone"
}
