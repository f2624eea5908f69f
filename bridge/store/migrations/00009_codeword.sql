-- A phone that is nobody's, from which somebody wrote with the family's code word: what it writes reaches the guardians
-- for a while, and they may answer. The texts are in the outbox alone.

-- +goose Up

CREATE TABLE borrowed (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    code    TEXT    NOT NULL CHECK (code <> ''),    -- by which guardians answer
    address TEXT    NOT NULL CHECK (address <> ''),
    modem   TEXT    CHECK (modem <> ''),
    began   INTEGER NOT NULL,
    said    INTEGER NOT NULL,                       -- when the word was last said
    texts   INTEGER NOT NULL CHECK (texts >= 0),
    alarms  INTEGER NOT NULL CHECK (alarms >= 0)
) STRICT;
