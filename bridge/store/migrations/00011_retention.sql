-- For how many days something is kept, where it is not as usual: about a child, or (child 0) in the whole family.
-- What is held is among it.

-- +goose Up

CREATE TABLE retained (
    child INTEGER NOT NULL,
    what  TEXT    NOT NULL CHECK (what IN ('held', 'metadata', 'audit')),
    days  INTEGER NOT NULL CHECK (days >= 1),
    PRIMARY KEY (child, what)
) STRICT, WITHOUT ROWID;
INSERT INTO retained (child, what, days) SELECT child, what, days FROM retention;
DROP TABLE retention;
ALTER TABLE retained RENAME TO retention;
