-- +goose Up

-- A guardian's role is changed with notice too: what waits may be of that kind, and names the role.
CREATE TABLE pending_new (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    code   TEXT    NOT NULL CHECK (code <> ''),
    kind   TEXT    NOT NULL CHECK (kind IN ('cut', 'retention', 'role')),
    child  INTEGER REFERENCES person (id), -- NULL for what is of no one child
    person INTEGER REFERENCES person (id), -- the guardian whom it is about
    what   TEXT    CHECK (what <> ''),     -- which retention
    role   TEXT    CHECK (role <> ''),     -- which one it is to be
    days   INTEGER,
    who    INTEGER REFERENCES person (id),
    via    TEXT    NOT NULL,
    asked  INTEGER NOT NULL,
    due    INTEGER, -- it happens by itself then; NULL for never
    state  TEXT    NOT NULL CHECK (state IN ('open', 'done', 'withdrawn'))
) STRICT;
INSERT INTO pending_new (id, code, kind, child, person, what, days, who, via, asked, due, state)
    SELECT id, code, kind, child, person, what, days, who, via, asked, due, state FROM pending;
DROP TABLE pending;
ALTER TABLE pending_new RENAME TO pending;
