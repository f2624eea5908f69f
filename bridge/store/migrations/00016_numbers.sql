-- +goose Up

-- The contact has the number of this modem for its own towards the child.
ALTER TABLE rule ADD COLUMN modem TEXT CHECK (modem <> '');
