-- +goose Up

-- A text that waits: a child's for whom it is for, a contact's correction for the last of them. It lives here and
-- nowhere else until then.
CREATE TABLE undecided (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    child   INTEGER NOT NULL REFERENCES person (id),
    corrects INTEGER,          -- of a correction: the message that it corrects
    text    TEXT,              -- NULL in a restored copy, which has none
    due     INTEGER NOT NULL
) STRICT;
CREATE INDEX undecided_child ON undecided (child, message);
CREATE INDEX undecided_due   ON undecided (due);
CREATE INDEX undecided_corrects ON undecided (corrects) WHERE corrects IS NOT NULL;

-- What the gateway has said to a phone in answer to something, which has a cap.
CREATE TABLE answered (
    phone TEXT    NOT NULL,
    at    INTEGER NOT NULL
) STRICT;
CREATE INDEX answered_phone ON answered (phone, at);

-- What must still be said to a phone, when it has been told much already. The same words are said once.
CREATE TABLE notice (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    phone   TEXT    NOT NULL CHECK (phone <> ''),
    text    TEXT,              -- NULL in a restored copy, which has none
    times   INTEGER NOT NULL DEFAULT 1,
    due     INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_phone ON notice (phone, id);
CREATE INDEX notice_due   ON notice (due);

-- When something between a child and a person last happened of which the next time is judged: a call, a question of
-- the gateway's, a remark that is made once a day.
CREATE TABLE lately (
    what  TEXT    NOT NULL CHECK (what <> ''),
    child INTEGER NOT NULL,
    other INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (what, child, other)
) STRICT, WITHOUT ROWID;
