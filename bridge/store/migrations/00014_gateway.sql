-- +goose Up

-- The last test message to each guardian, by each way. state is how far it is known to have come, also when the log
-- does not have it any more.
CREATE TABLE trial (
    person  INTEGER NOT NULL REFERENCES person (id),
    sms     INTEGER NOT NULL CHECK (sms IN (0, 1)), -- else a chat
    message INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    state   TEXT    NOT NULL,
    proven  INTEGER, -- when one was last known to have arrived
    PRIMARY KEY (person, sms)
) STRICT, WITHOUT ROWID;

-- What a child and its guardian have agreed on about what is kept: terms is what was so then.
CREATE TABLE agreement (
    child INTEGER NOT NULL PRIMARY KEY REFERENCES person (id),
    who   INTEGER REFERENCES person (id), -- NULL: the keeper
    at    INTEGER NOT NULL,
    terms TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
