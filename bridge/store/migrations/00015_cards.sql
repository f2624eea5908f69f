-- Entries of phone books that were sent to children's phones over the air: by which leg of the outbox, which tells how
-- far each has come, and what it said, so that one shows which is no longer true. person is NULL for the gateway's own.

-- +goose Up

CREATE TABLE card (
    leg    INTEGER NOT NULL PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
    child  INTEGER NOT NULL REFERENCES person (id),
    person INTEGER REFERENCES person (id),
    name   TEXT    NOT NULL CHECK (name <> ''),
    number TEXT    NOT NULL CHECK (number <> '')
) STRICT;
CREATE INDEX card_child ON card (child);
