-- Who did, read or changed what, by which way. It has no column for a text of a message.

-- +goose Up

-- who is NULL for the keeper and for the gateway itself, which via tells apart.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    INTEGER REFERENCES person (id),
    via    TEXT    NOT NULL CHECK (via <> ''),
    what   TEXT    NOT NULL CHECK (what <> ''),
    child  INTEGER REFERENCES person (id),
    other  INTEGER REFERENCES person (id),
    detail TEXT    CHECK (detail <> '')
) STRICT;
CREATE INDEX audit_child ON audit (child, id) WHERE child IS NOT NULL;
CREATE INDEX audit_at    ON audit (at);

-- One question about one address: whatever else comes from there only counts it up. child is the one that was
-- written to or that asks; an SMS from a stranger belongs to none.
CREATE TABLE question (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    code     TEXT    NOT NULL CHECK (code <> ''),
    kind     TEXT    NOT NULL CHECK (kind IN ('sms', 'chat', 'ask')),
    address  TEXT    NOT NULL CHECK (address <> ''),
    child    INTEGER REFERENCES person (id) CHECK (kind = 'sms' OR child IS NOT NULL),
    name     TEXT    CHECK (name <> ''), -- as the child calls whom it asks for
    opened   INTEGER NOT NULL,
    latest   INTEGER NOT NULL,
    count    INTEGER NOT NULL CHECK (count >= 1),
    length   INTEGER NOT NULL CHECK (length >= 0), -- of the latest message, in characters
    state    TEXT    NOT NULL CHECK (state IN ('open', 'allowed', 'once', 'blocked', 'moved', 'expired')),
    told     INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),    -- its guardians were asked about it by name
    waited   INTEGER NOT NULL DEFAULT 0 CHECK (waited IN (0, 1)),  -- the child was told that nobody answered
    answered INTEGER,
    who      INTEGER REFERENCES person (id),
    via      TEXT,
    contact  INTEGER REFERENCES person (id), -- whom the answer let in
    previous TEXT CHECK (previous <> '')     -- what undo brings back: the number that was changed
) STRICT;
CREATE UNIQUE INDEX question_open ON question (address, kind, coalesce(child, 0)) WHERE state = 'open';
CREATE INDEX question_code ON question (code);

-- What a stranger wrote to an address of the gateway's domain that nobody has looked up yet. It is written for real
-- and for invented addresses alike, and sorted a moment later: the answer to a stranger takes no longer for either.
CREATE TABLE knock (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    message   INTEGER NOT NULL,
    sender    TEXT    NOT NULL CHECK (sender <> ''),
    localpart TEXT    NOT NULL,
    resource  TEXT    NOT NULL,
    stanza    TEXT    NOT NULL,
    receipt   INTEGER NOT NULL CHECK (receipt IN (0, 1)),
    text      TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

-- Addresses that nobody is asked about any more. child 0 is the whole family.
CREATE TABLE block (
    address TEXT    NOT NULL CHECK (address <> ''),
    child   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    who     INTEGER REFERENCES person (id),
    PRIMARY KEY (address, child)
) STRICT, WITHOUT ROWID;

-- Changes that take somebody else's yes, or time.
CREATE TABLE pending (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    code   TEXT    NOT NULL CHECK (code <> ''),
    kind   TEXT    NOT NULL CHECK (kind IN ('cut', 'retention')),
    child  INTEGER REFERENCES person (id),
    person INTEGER REFERENCES person (id), -- the guardian who is cut off
    what   TEXT    CHECK (what <> ''),     -- which retention
    days   INTEGER,
    who    INTEGER REFERENCES person (id),
    via    TEXT    NOT NULL,
    asked  INTEGER NOT NULL,
    due    INTEGER, -- it happens by itself then; NULL for never
    state  TEXT    NOT NULL CHECK (state IN ('open', 'done', 'withdrawn'))
) STRICT;

-- Guardians whose phone is gone: they may do nothing until then.
CREATE TABLE suspension (
    person INTEGER NOT NULL PRIMARY KEY REFERENCES person (id),
    who    INTEGER REFERENCES person (id),
    at     INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest messages of strangers are kept, the rest is not.
CREATE INDEX message_stranger ON message (id) WHERE address IS NOT NULL;

-- For how many days something about a child is kept, where it is not as usual.
CREATE TABLE retention (
    child INTEGER NOT NULL REFERENCES person (id),
    what  TEXT    NOT NULL CHECK (what IN ('metadata', 'audit')),
    days  INTEGER NOT NULL CHECK (days >= 1),
    PRIMARY KEY (child, what)
) STRICT, WITHOUT ROWID;
