-- Times are microseconds since 1970 in UTC. What may be missing is NULL, never 0 and never "".

-- +goose Up

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The directory. An id is never given twice: the log names persons by it.
CREATE TABLE person (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL CHECK (kind IN ('guardian', 'contact', 'child')),
    name        TEXT    NOT NULL CHECK (name <> ''),
    folded      TEXT    NOT NULL CHECK (folded <> ''),
    jid         TEXT    CHECK (jid <> ''),
    phone       TEXT    CHECK (phone <> ''),
    role        TEXT    CHECK (role IN ('owner', 'guardian', 'helper', 'viewer')),
    localpart   TEXT    CHECK (localpart <> ''),
    language    TEXT    CHECK (language <> ''),
    preferred   INTEGER REFERENCES person (id),
    created     INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;
CREATE UNIQUE INDEX person_folded    ON person (folded)    WHERE archived_at IS NULL;
CREATE UNIQUE INDEX person_jid       ON person (jid)       WHERE archived_at IS NULL AND jid IS NOT NULL;
CREATE UNIQUE INDEX person_phone     ON person (phone)     WHERE archived_at IS NULL AND phone IS NOT NULL;
CREATE UNIQUE INDEX person_localpart ON person (localpart) WHERE archived_at IS NULL AND localpart IS NOT NULL;

CREATE TABLE guardianship (
    child    INTEGER NOT NULL REFERENCES person (id),
    guardian INTEGER NOT NULL REFERENCES person (id) CHECK (guardian <> child),
    position INTEGER NOT NULL, -- the document's order
    PRIMARY KEY (child, guardian)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- shown as the answer to "why?"
    child      INTEGER NOT NULL REFERENCES person (id),
    contact    INTEGER NOT NULL REFERENCES person (id) CHECK (contact <> child),
    key        INTEGER CHECK (key BETWEEN 1 AND 9),
    to_child   INTEGER NOT NULL CHECK (to_child IN (0, 1)),
    from_child INTEGER NOT NULL CHECK (from_child IN (0, 1)),
    timetable  TEXT    NOT NULL CHECK (timetable <> ''),
    emergency  INTEGER NOT NULL CHECK (emergency IN (0, 1)),
    UNIQUE (child, contact),
    UNIQUE (child, key)
) STRICT;

-- child is 0 for the gateway's own address.
CREATE TABLE subscription (
    child   INTEGER NOT NULL,
    contact TEXT    NOT NULL CHECK (contact <> ''),
    PRIMARY KEY (child, contact)
) STRICT, WITHOUT ROWID;

-- The log: who, when, how long and why. It has no column for a text.
CREATE TABLE message (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    written   INTEGER,
    direction TEXT    NOT NULL CHECK (direction IN ('from_child', 'to_child')),
    child     INTEGER REFERENCES person (id),
    other     INTEGER REFERENCES person (id),
    address   TEXT    CHECK (address <> ''),
    modem     TEXT    CHECK (modem <> ''),
    length    INTEGER NOT NULL CHECK (length >= 0),
    parts     INTEGER NOT NULL CHECK (parts >= 0),
    emergency INTEGER NOT NULL CHECK (emergency IN (0, 1)),
    verdict   TEXT    NOT NULL CHECK (verdict IN ('deliver', 'refuse')),
    reason    TEXT    NOT NULL CHECK (reason <> ''),
    rule      INTEGER,
    stanza    TEXT    CHECK (stanza <> ''),
    receipt   INTEGER NOT NULL CHECK (receipt IN (0, 1)),
    resource  TEXT    CHECK (resource <> '')
) STRICT;
-- Serves one child's log and its last exchange: both walk back from the newest.
CREATE INDEX message_child ON message (child) WHERE child IS NOT NULL;

-- One message to one recipient by one way. A row never leaves without a verdict.
CREATE TABLE outbox (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    message   INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    way       TEXT    NOT NULL CHECK (way IN ('sms', 'xmpp')),
    address   TEXT    NOT NULL CHECK (address <> ''),
    modem     TEXT    CHECK ((way = 'sms') = (modem IS NOT NULL) AND modem <> ''),
    emergency INTEGER NOT NULL CHECK (emergency IN (0, 1)),
    verdict   TEXT    NOT NULL CHECK (verdict IN ('deliver', 'refuse')),
    reason    TEXT    NOT NULL CHECK (reason <> ''),
    rule      INTEGER,
    state     TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'delivered', 'failed', 'unknown')),
    sending   INTEGER NOT NULL DEFAULT 0 CHECK (sending IN (0, 1)), -- a segment of it is in the air
    due       INTEGER NOT NULL, -- 0 for at once, whatever the clock says
    attempts  INTEGER NOT NULL DEFAULT 0,
    created   INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    why       TEXT    CHECK (why <> '')
) STRICT;
CREATE INDEX outbox_message ON outbox (message);
-- These three hold only what waits, in the order in which it leaves, however long the log is.
CREATE INDEX outbox_sms  ON outbox (modem, sending, emergency DESC, id, due) WHERE way = 'sms' AND state = 'queued';
CREATE INDEX outbox_xmpp ON outbox (emergency DESC, id, due) WHERE way = 'xmpp' AND state = 'queued';
CREATE INDEX outbox_due  ON outbox (way, modem, sending, due) WHERE state = 'queued' AND due > 0;
-- The gateway's own texts, which have a cap.
CREATE INDEX outbox_own  ON outbox (address, created) WHERE way = 'sms' AND reason = 'gateway';

CREATE TABLE stanza (
    leg       INTEGER PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
    kind      TEXT    NOT NULL CHECK (kind IN ('chat', 'receipt', 'error')),
    sender    TEXT    NOT NULL, -- a localpart; '' is the gateway
    recipient TEXT    NOT NULL CHECK (recipient <> ''),
    stanza_id TEXT    NOT NULL CHECK (stanza_id <> ''),
    body      TEXT,             -- NULL once it was dropped
    delay     INTEGER,
    refers    TEXT,
    condition TEXT,
    text      TEXT,             -- dropped with body
    language  TEXT,
    sent_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX stanza_by_id ON stanza (stanza_id);
CREATE INDEX stanza_text ON stanza (sent_at) WHERE sent_at IS NOT NULL AND body IS NOT NULL;

CREATE TABLE segment (
    leg        INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    n          INTEGER NOT NULL CHECK (n >= 1),
    tpdu       BLOB,            -- NULL once it was dropped
    state      TEXT    NOT NULL
               CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'unconfirmed')),
    ref        INTEGER CHECK (ref BETWEEN 0 AND 255),
    sending_at INTEGER,
    sent_at    INTEGER,
    attempts   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (leg, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX segment_sending ON segment (state) WHERE state = 'sending';
CREATE INDEX segment_ref ON segment (ref, sent_at) WHERE ref IS NOT NULL;

-- What was seen already, as keyed hashes: the PDU of a text is its text.
CREATE TABLE seen_pdu (
    hash BLOB    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE seen_stanza (
    hash    BLOB    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    message INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Parts that wait for the rest. A reference comes round: each time it does is a round of its own.
CREATE TABLE part (
    modem  TEXT    NOT NULL,
    sender TEXT    NOT NULL,
    ref    INTEGER NOT NULL,
    wide   INTEGER NOT NULL CHECK (wide IN (0, 1)),
    total  INTEGER NOT NULL,
    round  INTEGER NOT NULL,
    seq    INTEGER NOT NULL CHECK (seq BETWEEN 1 AND total),
    pdu    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (modem, sender, ref, wide, total, round, seq)
) STRICT, WITHOUT ROWID;

-- What nobody could read, kept for a guardian.
CREATE TABLE raw (
    id      INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    modem   TEXT    NOT NULL,
    pdu     TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

-- Status reports that may have overtaken the commit of their segment.
CREATE TABLE report (
    id        INTEGER PRIMARY KEY,
    modem     TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    ref       INTEGER NOT NULL,
    scts      INTEGER,
    at        INTEGER NOT NULL,
    fate      INTEGER NOT NULL,
    code      INTEGER NOT NULL
) STRICT;
CREATE INDEX report_ref ON report (modem, ref);

-- The last concatenation reference used towards a number.
CREATE TABLE reference (
    number TEXT    NOT NULL PRIMARY KEY,
    last   INTEGER NOT NULL CHECK (last BETWEEN 0 AND 255)
) STRICT, WITHOUT ROWID;
