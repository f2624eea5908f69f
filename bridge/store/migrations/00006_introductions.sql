-- +goose Up

-- Whom the gateway has tried to bring into whose roster, so that nobody is tried twice. localpart is '' for the gateway
-- itself. A pair that the family no longer joins is forgotten, and begins anew when it is joined again.
CREATE TABLE introduction (
    localpart TEXT    NOT NULL,
    contact   TEXT    NOT NULL CHECK (contact <> ''),
    state     TEXT    NOT NULL CHECK (state IN ('asked', 'settled', 'declined')),
    at        INTEGER NOT NULL,
    PRIMARY KEY (localpart, contact)
) STRICT, WITHOUT ROWID;
