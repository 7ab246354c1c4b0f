-- The journal (events) and the numbers are the truth. Every other table holds rows made from the journal in the same transaction, for
-- people and programs that ask; they can be dropped and made again.
-- Times are UTC in ISO 8601, money is US dollars, words are those of the command line's JSON.

CREATE TABLE instance (
    id         TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE numbers (
    sequence TEXT NOT NULL PRIMARY KEY,
    last     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at       TEXT NOT NULL,
    type     TEXT NOT NULL,
    body     TEXT NOT NULL,
    crc      INTEGER NOT NULL,
    UNIQUE (run, position)
);

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is only appended to');
END;

CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is only appended to');
END;

CREATE TABLE runs (
    run                INTEGER PRIMARY KEY,
    name               TEXT NOT NULL,
    position           INTEGER NOT NULL,
    phase              TEXT NOT NULL,
    outcome            TEXT,
    removed            INTEGER NOT NULL,
    project            TEXT NOT NULL,
    base_branch        TEXT,
    base_commit        TEXT,
    integration_branch TEXT NOT NULL,
    landed_commit      TEXT,
    rehearsed          INTEGER NOT NULL,
    idempotency_key    TEXT UNIQUE,
    budget_usd         REAL,
    fence              INTEGER NOT NULL,
    accepted_at        TEXT NOT NULL,
    finished_at        TEXT
);

CREATE TABLE tasks (
    run                INTEGER NOT NULL,
    task               TEXT NOT NULL,
    ordinal            INTEGER NOT NULL DEFAULT 0,
    title              TEXT NOT NULL,
    state              TEXT NOT NULL,
    reason             TEXT,
    detail             TEXT,
    summary            TEXT,
    result             TEXT,
    agent              TEXT,
    model              TEXT,
    attempt            INTEGER NOT NULL,
    session            TEXT,
    workspace          TEXT,
    branch             TEXT,
    "commit"           TEXT,
    question           TEXT,
    copy_of            TEXT,
    retries_used       INTEGER NOT NULL,
    paused             INTEGER NOT NULL,
    not_before         TEXT,
    cost_usd           REAL NOT NULL,
    budget_usd         REAL,
    input_tokens       INTEGER NOT NULL,
    cache_read_tokens  INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    context_percent    REAL,
    queued_at          TEXT NOT NULL,
    started_at         TEXT,
    ended_at           TEXT,
    PRIMARY KEY (run, task)
);
CREATE INDEX tasks_by_state ON tasks (state);

CREATE TABLE attempts (
    run                INTEGER NOT NULL,
    task               TEXT NOT NULL,
    attempt            INTEGER NOT NULL,
    session            TEXT NOT NULL,
    resumed            INTEGER NOT NULL,
    agent              TEXT NOT NULL,
    model              TEXT,
    backend_version    TEXT,
    fence              INTEGER NOT NULL,
    claimed_at         TEXT NOT NULL,
    started_at         TEXT,
    active_at          TEXT,
    ended_at           TEXT,
    deadline           TEXT NOT NULL,
    "offset"           INTEGER NOT NULL,
    verdict            TEXT,
    reason             TEXT,
    message            TEXT,
    work_commit        TEXT,
    work_ref           TEXT,
    turns              INTEGER NOT NULL,
    compactions        INTEGER NOT NULL,
    cost_usd           REAL NOT NULL,
    budget_usd         REAL,
    input_tokens       INTEGER NOT NULL,
    cache_read_tokens  INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    context_tokens     INTEGER NOT NULL,
    context_window     INTEGER NOT NULL,
    PRIMARY KEY (run, task, attempt)
);
CREATE INDEX attempts_by_session ON attempts (session);

CREATE TABLE questions (
    question    INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL,
    task        TEXT NOT NULL,
    attempt     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    text        TEXT NOT NULL,
    options     TEXT NOT NULL,
    tool        TEXT,
    tool_input  TEXT,
    asked_at    TEXT NOT NULL,
    decision    TEXT,
    answer      TEXT,
    answered_by TEXT,
    answered_at TEXT,
    delivered   INTEGER NOT NULL
);
CREATE INDEX questions_by_task ON questions (run, task);

-- Only the open ones: what was announced and is not known to have happened.
CREATE TABLE intents (
    run    INTEGER NOT NULL,
    key    TEXT NOT NULL,
    kind   TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run, key)
);

-- Result files an agent wants kept; nothing keeps any yet.
CREATE TABLE artifacts (
    run     INTEGER NOT NULL,
    task    TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    name    TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    kept_at TEXT NOT NULL,
    PRIMARY KEY (run, task, attempt, name)
);
