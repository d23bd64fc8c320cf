-- Kinds of task. The queue knows of a kind what its row says, and nothing of what its tasks compute.

COMMENT ON TABLE queue.kind IS
  'Kinds of task: the order of their stages, what a failure costs, what a retry does again. A kind with results of its own '
  'also has a function that ends its tasks and writes them (it calls complete_tasks), and those that are named here, which '
  'are called in the transaction of what they are about. Written by define_kind.';
COMMENT ON COLUMN queue.kind.place IS 'The stages of a job follow each other in the order of these numbers.';
COMMENT ON COLUMN queue.kind.unit IS 'What people call the thing that a task of this kind is about, for sentences to them.';
COMMENT ON COLUMN queue.kind.failure_costs IS
  'task: the job goes on without it; job: the job has failed and what is left of it is cancelled.';
COMMENT ON COLUMN queue.kind.retry_redoes IS
  'failed: tasks that failed or were cancelled; changed: every task where an earlier stage has changed, else those without '
  'a result; always: every task.';
COMMENT ON COLUMN queue.kind.completes_plainly IS 'Its tasks leave no result: a worker ends them by complete_plain.';
COMMENT ON COLUMN queue.kind.on_failed IS
  'Name of a function (task bigint, code text, sentence text, remedy text): told of a task that failed for good.';
COMMENT ON COLUMN queue.kind.lacking IS
  'Name of a function (job bigint) that returns a row (task_id bigint, has_failed boolean, goes_with bigint) for each task '
  'without a result. Tasks with one number in goes_with are tried again together. NULL: the history tells, for as long as '
  'it is kept.';
COMMENT ON COLUMN queue.kind.on_reopened IS
  'Name of a function (job bigint, tasks bigint[]): told which tasks will run again, so that it forgets what came of them.';

CREATE OR REPLACE FUNCTION queue.define_kind(kind text, place int, unit text DEFAULT 'task',
    failure_costs text DEFAULT 'task', retry_redoes text DEFAULT 'failed', completes_plainly boolean DEFAULT false,
    on_failed text DEFAULT NULL, lacking text DEFAULT NULL, on_reopened text DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  missing text;
BEGIN
  SELECT signature INTO missing FROM (VALUES (on_failed || '(bigint, text, text, text)'), (lacking || '(bigint)'),
      (on_reopened || '(bigint, bigint[])')) AS named(signature)
    WHERE signature IS NOT NULL AND to_regprocedure(signature) IS NULL LIMIT 1;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'kind % names function %, which there is not', kind, missing
      USING ERRCODE = 'undefined_function', HINT = 'Create it before define_kind is called, and name its schema.';
  END IF;
  INSERT INTO kind AS k VALUES (kind, place, unit, failure_costs, retry_redoes, completes_plainly, on_failed, lacking,
      on_reopened)
    ON CONFLICT ON CONSTRAINT kind_pkey DO UPDATE SET place = excluded.place, unit = excluded.unit,
      failure_costs = excluded.failure_costs, retry_redoes = excluded.retry_redoes,
      completes_plainly = excluded.completes_plainly, on_failed = excluded.on_failed, lacking = excluded.lacking,
      on_reopened = excluded.on_reopened
    WHERE k IS DISTINCT FROM excluded;
END $$;
COMMENT ON FUNCTION queue.define_kind IS
  'Writes the row of a kind of task, as table kind explains its columns. For the SQL file of a kind, which runs again with '
  'each change.';

CREATE OR REPLACE FUNCTION queue.lacking(of_job bigint, of_kind text)
  RETURNS TABLE (task_id bigint, has_failed boolean, goes_with bigint)
  LANGUAGE plpgsql STABLE SET search_path = queue, pg_temp AS $$
#variable_conflict use_column
DECLARE
  own text := (SELECT k.lacking FROM kind k WHERE k.kind = of_kind);
BEGIN
  IF own IS NOT NULL THEN
    RETURN QUERY EXECUTE format('SELECT task_id, has_failed, goes_with FROM %s($1)', own) USING of_job;
  ELSE
    RETURN QUERY
      SELECT t.task_id, coalesce(h.outcome = 'failed', false), t.task_id
        FROM task t LEFT JOIN (SELECT DISTINCT ON (e.task_id) e.task_id, e.outcome FROM task_history e
          WHERE e.job_id = of_job AND e.kind = of_kind ORDER BY e.task_id, e.ended_at DESC) h USING (task_id)
        WHERE t.job_id = of_job AND t.kind = of_kind AND h.outcome IS DISTINCT FROM 'succeeded';
  END IF;
END $$;
COMMENT ON FUNCTION queue.lacking IS
  'The tasks of a kind that have no result, as the kind says; some may be under way. Asked for all at once: one by one, a '
  'million take minutes.';
