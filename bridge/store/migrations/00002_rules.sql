-- +goose Up

-- A message may be held now, until a time or until a guardian has said yes or no. A CHECK cannot be changed in its
-- place: the column is made anew, which leaves all other tables alone.
ALTER TABLE message ADD COLUMN decided TEXT NOT NULL DEFAULT 'refuse' CHECK (decided IN ('deliver', 'refuse', 'hold', 'ask'));
UPDATE message SET decided = verdict;
ALTER TABLE message DROP COLUMN verdict;
ALTER TABLE message RENAME COLUMN decided TO verdict;

ALTER TABLE outbox ADD COLUMN decided TEXT NOT NULL DEFAULT 'refuse' CHECK (decided IN ('deliver', 'refuse', 'hold', 'ask'));
UPDATE outbox SET decided = verdict;
ALTER TABLE outbox DROP COLUMN verdict;
ALTER TABLE outbox RENAME COLUMN decided TO verdict;

-- What is held. The text lives here and nowhere else, until it is released, dropped or expired.
CREATE TABLE held (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    message   INTEGER NOT NULL UNIQUE REFERENCES message (id),
    child     INTEGER REFERENCES person (id),
    other     INTEGER REFERENCES person (id),
    direction TEXT    NOT NULL CHECK (direction IN ('from_child', 'to_child')),
    address   TEXT    CHECK (address <> ''),
    modem     TEXT    CHECK (modem <> ''),
    text      TEXT,    -- NULL in a restored copy, which has none
    until     INTEGER, -- NULL when nobody knows
    question  INTEGER, -- whose answer it waits for; NULL when it waits for a time
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX held_pair     ON held (child, other, id) WHERE question IS NULL;
CREATE INDEX held_question ON held (question) WHERE question IS NOT NULL;

-- SMS parts per day of the family's calendar (20261122). child 0 is nobody's, other 0 is the gateway's own words.
CREATE TABLE spent (
    day   INTEGER NOT NULL,
    child INTEGER NOT NULL,
    other INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    PRIMARY KEY (day, child, other)
) STRICT, WITHOUT ROWID;
-- The day that a leg was charged to, so that what never left can be given back.
ALTER TABLE outbox ADD COLUMN charged INTEGER;
