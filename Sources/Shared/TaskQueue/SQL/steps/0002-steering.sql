-- What operators steer and kinds report beside the life of a task. What the tables mean stands as a COMMENT beside the
-- functions that use them.

ALTER TABLE queue.attempt_failure ADD COLUMN claimed_at timestamptz;

CREATE TABLE queue.snoozed_task (
  task_id bigint PRIMARY KEY,
  job_id bigint NOT NULL,
  due_at timestamptz NOT NULL,
  because text NOT NULL CONSTRAINT a_snooze_says_why CHECK (because <> ''),
  fence bigint,
  worker_id bigint,
  times int NOT NULL DEFAULT 1,
  login name NOT NULL DEFAULT session_user,
  snoozed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE queue.task_progress (
  task_id bigint PRIMARY KEY,
  fence bigint NOT NULL,
  percent real NOT NULL CONSTRAINT progress_is_a_percentage CHECK (percent BETWEEN 0 AND 100),
  said_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE queue.retention_rule (
  what text PRIMARY KEY
    CONSTRAINT retention_is_of_what_is_known CHECK (what IN ('history', 'attempts', 'workers', 'unused results', 'jobs')),
  days int CONSTRAINT retention_is_a_day_or_more CHECK (days BETWEEN 1 AND 36500)
);
