-- +goose Up

-- Until when a prepaid SIM must be topped up, by the modem that it is in, and how far the owners were warned of that day.
CREATE TABLE topup (
    modem  TEXT    NOT NULL PRIMARY KEY CHECK (modem <> ''),
    day    TEXT    NOT NULL CHECK (day <> ''), -- the last day on which it works: 2027-03-01
    who    INTEGER REFERENCES person (id),
    at     INTEGER NOT NULL,
    warned INTEGER NOT NULL DEFAULT 0 CHECK (warned BETWEEN 0 AND 3) -- two weeks before, three days before, after
) STRICT, WITHOUT ROWID;
