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

-- The time of the family: a child's week, days without school (of all when child is NULL), and hours with a name. Days
-- are a bit for each, Sunday the first; times are minutes after midnight; dates are as 20261122.
CREATE TABLE holiday (
    id     INTEGER PRIMARY KEY,
    name   TEXT    NOT NULL CHECK (name <> ''),
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL CHECK (last >= first),
    child  INTEGER REFERENCES person (id)
) STRICT;
CREATE TABLE timetable (
    id   INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE CHECK (name <> '')
) STRICT;
CREATE TABLE timetable_window (
    id        INTEGER PRIMARY KEY,
    timetable INTEGER NOT NULL REFERENCES timetable (id) ON DELETE CASCADE,
    days      INTEGER NOT NULL CHECK (days BETWEEN 1 AND 127),
    begins    INTEGER NOT NULL CHECK (begins BETWEEN 0 AND 1439),
    ends      INTEGER NOT NULL CHECK (ends BETWEEN 0 AND 1440)
) STRICT;
CREATE TABLE week (
    id     INTEGER PRIMARY KEY,
    child  INTEGER NOT NULL REFERENCES person (id),
    mode   TEXT    NOT NULL CHECK (mode IN ('home', 'school', 'sleep', 'holidays')),
    days   INTEGER NOT NULL CHECK (days BETWEEN 1 AND 127),
    begins INTEGER NOT NULL CHECK (begins BETWEEN 0 AND 1439),
    ends   INTEGER NOT NULL CHECK (ends BETWEEN 0 AND 1440)
) STRICT;

-- SMS parts that may be spent; 0 is no limit. child 0 is the whole gateway, and only it has a storm: the texts that one
-- person may send one child within ten minutes, 0 for as many as the program says.
CREATE TABLE limits (
    child   INTEGER NOT NULL PRIMARY KEY,
    day     INTEGER NOT NULL,
    month   INTEGER NOT NULL,
    contact INTEGER NOT NULL,
    reserve INTEGER NOT NULL,
    storm   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Who has been warned that a budget comes to its end: child as in limits, period a day (20261122) or a month (202611).
CREATE TABLE warned (
    child  INTEGER NOT NULL,
    period INTEGER NOT NULL,
    PRIMARY KEY (child, period)
) STRICT, WITHOUT ROWID;

-- What somebody did in a hurry. other 0 is everybody.
CREATE TABLE mute (
    child    INTEGER NOT NULL REFERENCES person (id),
    other    INTEGER NOT NULL,
    by_child INTEGER NOT NULL CHECK (by_child IN (0, 1)),
    until    INTEGER, -- NULL: until it is taken back
    PRIMARY KEY (child, other, by_child)
) STRICT, WITHOUT ROWID;
CREATE TABLE opened (
    child INTEGER NOT NULL REFERENCES person (id),
    other INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (child, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE stop (
    child INTEGER NOT NULL REFERENCES person (id),
    other INTEGER NOT NULL REFERENCES person (id),
    why   TEXT    NOT NULL CHECK (why <> ''),
    at    INTEGER NOT NULL,
    PRIMARY KEY (child, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE lost (
    child INTEGER NOT NULL PRIMARY KEY REFERENCES person (id),
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An owner has said twice that this number may cost more, or is no ordinary one.
ALTER TABLE person ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1));
-- A rule for a while: gone from then on.
ALTER TABLE rule ADD COLUMN until INTEGER;
