-- Named sessions that were opened for tasks to come; every other task is a session by itself.
CREATE TABLE sessions (
    name          TEXT PRIMARY KEY,
    run           INTEGER NOT NULL,
    agent         TEXT NOT NULL,
    isolation     TEXT NOT NULL,
    preserve      TEXT NOT NULL,
    communication TEXT NOT NULL,
    opened_at     TEXT NOT NULL,
    closed_at     TEXT
);
-- A run whose tasks are planned one by one, and done when somebody asks for them.
ALTER TABLE runs ADD COLUMN board INTEGER NOT NULL DEFAULT 0;
-- The folder of its session, and the task it is a part of.
ALTER TABLE tasks ADD COLUMN session_name TEXT;
ALTER TABLE tasks ADD COLUMN parent TEXT;
