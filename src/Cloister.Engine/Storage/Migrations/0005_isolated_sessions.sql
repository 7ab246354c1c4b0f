-- The reference of a task in one word, such as r7/api, for tables that name tasks by it.
ALTER TABLE tasks ADD COLUMN task_id TEXT GENERATED ALWAYS AS ('r' || run || '/' || task) VIRTUAL;
CREATE UNIQUE INDEX tasks_by_task_id ON tasks (task_id);

-- Three tables that programs around isolated sessions have always read: columns, types, checks and defaults are theirs.
-- Their times are written as CURRENT_TIMESTAMP writes them, in UTC; their folders and files are relative to the folder of this database.

-- The session's task stands in parent_task_id: the one it works on, or worked on last.
CREATE TABLE isolated_sessions (
    session_id TEXT PRIMARY KEY,
    parent_task_id TEXT REFERENCES tasks(task_id),
    specialist_type TEXT NOT NULL,
    process_id INTEGER,
    status TEXT CHECK (status IN ('starting', 'running', 'waiting', 'completed', 'failed', 'timeout')) DEFAULT 'starting',
    workspace_path TEXT,
    communication_dir TEXT,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    started_at DATETIME,
    completed_at DATETIME,
    timeout_minutes INTEGER DEFAULT 30,
    auto_recovery_enabled BOOLEAN DEFAULT TRUE
);

-- A message's id is the sequence number of the event that it is; processed means: the agent has it in its input, a question has its answer.
CREATE TABLE isolation_communication (
    id INTEGER PRIMARY KEY,
    session_id TEXT REFERENCES isolated_sessions(session_id),
    direction TEXT CHECK (direction IN ('orchestrator_to_isolated', 'isolated_to_orchestrator')),
    message_type TEXT CHECK (message_type IN ('instruction', 'progress_update', 'completion', 'error', 'request_input')),
    content_path TEXT,
    timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
    is_processed BOOLEAN DEFAULT FALSE
);
CREATE INDEX isolation_communication_by_session ON isolation_communication (session_id);

-- One row an attempt, with its newest figures; what nobody measured is NULL.
CREATE TABLE context_usage_metrics (
    id INTEGER PRIMARY KEY,
    session_id TEXT REFERENCES isolated_sessions(session_id),
    task_id TEXT REFERENCES tasks(task_id),
    context_tokens_used INTEGER,
    context_efficiency_score REAL,
    specialist_context_utilization REAL,
    isolation_effectiveness REAL,
    measured_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX context_usage_metrics_by_task ON context_usage_metrics (task_id);
