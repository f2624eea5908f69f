-- +goose Up

-- Keys in guardians' phones that sign in to the console. What is kept of one is public.
CREATE TABLE passkey (
    id      BLOB    NOT NULL PRIMARY KEY,
    person  INTEGER NOT NULL REFERENCES account (person),
    record  BLOB    NOT NULL,
    agent   TEXT    NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_person ON passkey (person);
