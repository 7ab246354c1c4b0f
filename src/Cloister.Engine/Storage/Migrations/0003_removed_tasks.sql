-- A task that a person has forgotten: lists leave it out, its journal and its costs stay.
ALTER TABLE tasks ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
