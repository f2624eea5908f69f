-- +goose Up

-- The newest message of those of which a later one takes the place of an earlier (23.040 §9.2.3.9, PID 0x41–47): by
-- type, sender and service centre.
CREATE TABLE replaceable (
    key     TEXT    NOT NULL PRIMARY KEY CHECK (key <> ''),
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX replaceable_message ON replaceable (message);
