-- +goose Up

-- How guardians sign in to the console. second says that a second factor is asked for, also where totp, its secret, is
-- not known any more.
CREATE TABLE account (
    person   INTEGER PRIMARY KEY REFERENCES person (id),
    password TEXT    NOT NULL CHECK (password LIKE '$argon2id$%'),
    second   INTEGER NOT NULL CHECK (second IN (0, 1)),
    totp     TEXT    CHECK (totp <> ''),
    step     INTEGER, -- the last time step that was used
    created  INTEGER NOT NULL
) STRICT;

-- Codes that serve as a second factor once, as SHA-256: each has 80 random bits, so a slow hash would add nothing.
CREATE TABLE recovery (
    person INTEGER NOT NULL REFERENCES account (person),
    hash   BLOB    NOT NULL,
    PRIMARY KEY (person, hash)
) STRICT, WITHOUT ROWID;

-- Browsers in which somebody has signed in, by the SHA-256 of what they hold.
CREATE TABLE session (
    hash      BLOB    NOT NULL PRIMARY KEY,
    person    INTEGER NOT NULL REFERENCES account (person),
    created   INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    agent     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (person);

-- Links by which a guardian may choose a password.
CREATE TABLE invitation (
    hash   BLOB    NOT NULL PRIMARY KEY,
    person INTEGER NOT NULL UNIQUE REFERENCES person (id),
    who    INTEGER REFERENCES person (id),
    via    TEXT    NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
