-- +goose Up

-- A child's emergencies, and drills of them. Open while taken_at is NULL.
CREATE TABLE alarm (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    child    INTEGER NOT NULL REFERENCES person (id),
    message  INTEGER NOT NULL,
    text     TEXT,             -- NULL once it is over
    at       INTEGER NOT NULL,
    drill    INTEGER NOT NULL CHECK (drill IN (0, 1)),
    rounds   INTEGER NOT NULL DEFAULT 0,
    due      INTEGER,
    read     INTEGER NOT NULL DEFAULT 0 CHECK (read IN (0, 1)),
    taken    INTEGER REFERENCES person (id),
    taken_at INTEGER,
    via      TEXT    CHECK (via <> '')
) STRICT;
CREATE INDEX alarm_open ON alarm (child) WHERE taken_at IS NULL;
CREATE INDEX alarm_due  ON alarm (due) WHERE due IS NOT NULL;

-- A child's texts that no guardian is known to have read.
CREATE TABLE unseen (
    message  INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    child    INTEGER NOT NULL REFERENCES person (id),
    guardian INTEGER REFERENCES person (id), -- NULL: all of them, and one is enough
    text     TEXT,             -- NULL once it was sent on
    at       INTEGER NOT NULL,
    due      INTEGER,          -- NULL: only its fate is waited for
    doubt    INTEGER NOT NULL CHECK (doubt IN (0, 1)),
    sent     INTEGER NOT NULL DEFAULT 0 CHECK (sent IN (0, 1))
) STRICT;
CREATE INDEX unseen_due ON unseen (due) WHERE due IS NOT NULL;

-- When the test of a child's alarm was last asked for.
CREATE TABLE drill_asked (
    child INTEGER PRIMARY KEY REFERENCES person (id),
    at    INTEGER NOT NULL
) STRICT;

-- Whose clients say that a text was displayed (XEP-0333).
CREATE TABLE marks (
    person INTEGER PRIMARY KEY REFERENCES person (id)
) STRICT;
