-- +goose Up

-- What went between a child and a person lately: by it a loop is seen, also by a program that has just started. text is a
-- keyed hash.
CREATE TABLE passed (
    child INTEGER NOT NULL,
    other INTEGER NOT NULL,
    way   TEXT    NOT NULL CHECK (way IN ('from_child', 'to_child')),
    text  INTEGER NOT NULL,
    at    INTEGER NOT NULL
) STRICT;
CREATE INDEX passed_at   ON passed (at);
CREATE INDEX passed_pair ON passed (child, other);

-- other 0 is the gateway itself: what a child's phone asks of it is answered no more.
CREATE TABLE stopped (
    child INTEGER NOT NULL REFERENCES person (id),
    other INTEGER NOT NULL,
    why   TEXT    NOT NULL CHECK (why <> ''),
    at    INTEGER NOT NULL,
    PRIMARY KEY (child, other)
) STRICT, WITHOUT ROWID;
INSERT INTO stopped (child, other, why, at) SELECT child, other, why, at FROM stop;
DROP TABLE stop;
ALTER TABLE stopped RENAME TO stop;
