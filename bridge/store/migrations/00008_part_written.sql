-- +goose Up

-- What the service centre says of when it had a part (SCTS), where that can be read: parts of one text have it within
-- minutes of each other, however late they come.
ALTER TABLE part ADD COLUMN written INTEGER;
