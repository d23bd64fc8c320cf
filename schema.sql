-- Trabecula: the database, from an empty one to the life of a task. This file is the table of contents:
--
--   createdb trabecula && psql -d trabecula -f schema.sql      -- installs everything, from any folder
--
-- Tables change by numbered steps, which are never edited once released. All else is code, in files by subject, replaced
-- whole when its text changes: functions, views, triggers, comments, rights. `coordinator migrate` does both, in one
-- transaction, and carries the same files. Every object has a COMMENT: \d+, \dv+ and \df+ in psql are the manual.
--
--   a task's life:   blocked → ready → running → succeeded | failed | cancelled
--                       (delayed: a retry waits for its time;  held: its job or site is paused)
--
-- Schema queue knows jobs, kinds, sites, needs and workers; schema trabecula knows studies. What to do stands in queue.task
-- and never changes. How it stands is a row of queue.live_task, which exists only until the task ends; then it moves to
-- queue.task_history, so that the cost of a claim does not grow with what was done.
\set ON_ERROR_STOP 1
BEGIN;

-- Roles, and the schema of the queue.
\ir Sources/Shared/TaskQueue/SQL/roles.sql
SET LOCAL ROLE trabecula_owner;

-- Tables.
\ir Sources/Shared/TaskQueue/SQL/steps/0001-queue.sql
\ir Sources/Shared/StudyStore/SQL/steps/0001-study.sql

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
\ir Sources/Shared/TaskQueue/SQL/sites.sql
\ir Sources/Shared/TaskQueue/SQL/kinds.sql
\ir Sources/Shared/TaskQueue/SQL/jobs.sql
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
\ir Sources/Shared/TaskQueue/SQL/claim.sql
\ir Sources/Shared/TaskQueue/SQL/complete.sql
\ir Sources/Shared/TaskQueue/SQL/fail.sql
\ir Sources/Shared/TaskQueue/SQL/lease.sql
\ir Sources/Shared/TaskQueue/SQL/leader.sql
\ir Sources/Shared/TaskQueue/SQL/history.sql
\ir Sources/Shared/TaskQueue/SQL/acts.sql
\ir Sources/Shared/TaskQueue/SQL/retry.sql
\ir Sources/Shared/TaskQueue/SQL/triggers.sql

-- What operators of the queue watch.
\ir Sources/Shared/TaskQueue/SQL/views/queue_overview.sql
\ir Sources/Shared/TaskQueue/SQL/views/job_progress.sql
\ir Sources/Shared/TaskQueue/SQL/views/worker_overview.sql
\ir Sources/Shared/TaskQueue/SQL/views/site_overview.sql
\ir Sources/Shared/TaskQueue/SQL/views/stuck_tasks.sql
\ir Sources/Shared/TaskQueue/SQL/views/failures.sql
\ir Sources/Shared/TaskQueue/SQL/views/throughput.sql
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
\ir Sources/Shared/StudyStore/SQL/features.sql
\ir Sources/Shared/StudyTasks/extract.sql
\ir Sources/Shared/StudyTasks/bootstrap.sql
\ir Sources/Shared/StudyTasks/aggregate.sql

-- What operators of studies watch, and what they type.
\ir Sources/Shared/StudyStore/SQL/views/failure_detail.sql
\ir Sources/Shared/StudyStore/SQL/views/failures.sql
\ir Sources/Shared/StudyStore/SQL/console.sql

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
\ir Sources/Shared/StudyStore/SQL/rights.sql

COMMIT;
