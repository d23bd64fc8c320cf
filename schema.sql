-- Trabecula: the database, from an empty schema to the life of a task.
--
-- This file is a list of numbered steps. `coordinator migrate` applies those that a database lacks, each in a
-- transaction of its own, and records them in trabecula.schema_step. A step is never edited once released;
-- a change is a new step at the end. Every object carries a COMMENT: \d+ and \df+ in psql are the manual.
--
--   a task's life:   blocked → ready → running → succeeded | failed | cancelled
--                       (delayed: a retry waits for its time;  held: its job or site is paused)
--
-- What to do stands in `task` and never changes. How it stands is a row of `live_task`, which exists only until
-- the task ends; then it moves to `task_history`, so that the cost of a claim does not grow with what was done.

-- step 1: sites, subjects and image cases

CREATE TABLE trabecula.site (
  site_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT site_names_are_unique UNIQUE
    CONSTRAINT site_has_a_name CHECK (name <> '')
);
COMMENT ON TABLE trabecula.site IS 'A hospital or scanner: where images lie and where a worker may be bound.';
COMMENT ON COLUMN trabecula.site.name IS 'As the manifest spells it in column Site.';

CREATE TABLE trabecula.cohort (
  cohort_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT cohort_names_are_unique UNIQUE
    CONSTRAINT cohort_has_a_name CHECK (name <> '')
);
COMMENT ON TABLE trabecula.cohort IS
  'The subjects of one manifest. Subject codes are unique within cohort and site, not across studies.';

CREATE TABLE trabecula.subject (
  subject_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cohort_id int NOT NULL REFERENCES trabecula.cohort,
  site_id int NOT NULL REFERENCES trabecula.site,
  code text NOT NULL CONSTRAINT subject_has_a_code CHECK (code <> ''),
  CONSTRAINT subject_codes_are_unique_within_a_site UNIQUE (cohort_id, site_id, code)
);
COMMENT ON TABLE trabecula.subject IS
  'A person, the unit of every split, fold and resample; may have several images.';
COMMENT ON COLUMN trabecula.subject.code IS 'Pseudonym from column ID of the manifest.';

CREATE TABLE trabecula.image_case (
  case_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id bigint NOT NULL REFERENCES trabecula.subject,
  image text NOT NULL,
  mask text NOT NULL,
  label bigint NOT NULL CONSTRAINT label_is_a_whole_number CHECK (label BETWEEN 1 AND 4294967295),
  outcome smallint CONSTRAINT outcome_is_binary CHECK (outcome IN (0, 1)),
  split text CONSTRAINT split_is_training_or_test CHECK (split IN ('training', 'test')),
  grouping text,
  extra jsonb NOT NULL DEFAULT '{}',
  image_sha256 bytea CONSTRAINT image_sha256_has_32_bytes CHECK (octet_length(image_sha256) = 32),
  mask_sha256 bytea CONSTRAINT mask_sha256_has_32_bytes CHECK (octet_length(mask_sha256) = 32),
  CONSTRAINT a_region_is_listed_once UNIQUE (subject_id, image, mask, label)
);
COMMENT ON TABLE trabecula.image_case IS
  'One region of interest to extract: an image, a mask and the label in it.';
COMMENT ON COLUMN trabecula.image_case.image IS
  'Path relative to the root that each worker is started with; nothing about one machine is stored.';
COMMENT ON COLUMN trabecula.image_case.mask IS 'Path relative to the worker''s root.';
COMMENT ON COLUMN trabecula.image_case.outcome IS '1 has the outcome, 0 has not, NULL unknown: extracted, not modelled.';
COMMENT ON COLUMN trabecula.image_case.split IS 'Fixed part from the manifest; NULL lets the study draw it.';
COMMENT ON COLUMN trabecula.image_case.grouping IS
  'Column Group: subjects that must stay in the same part (two hips of one patient under two IDs).';
COMMENT ON COLUMN trabecula.image_case.extra IS 'Further columns of the manifest, passed through to exports.';
COMMENT ON COLUMN trabecula.image_case.image_sha256 IS
  'Content of the image when it was last seen: by ingest where it can read the file, else by a worker.';
COMMENT ON COLUMN trabecula.image_case.mask_sha256 IS 'Content of the mask when it was last seen.';

-- step 2: jobs, tasks and workers

CREATE TABLE trabecula.job (
  job_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key bytea NOT NULL CONSTRAINT a_study_is_submitted_once UNIQUE,
  name text NOT NULL,
  study text NOT NULL,
  cohort_id int NOT NULL REFERENCES trabecula.cohort,
  state text NOT NULL DEFAULT 'running'
    CONSTRAINT job_state_is_known CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  failure_code text,
  failure_text text,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT an_ended_job_has_an_end CHECK ((state = 'running') = (ended_at IS NULL))
);
COMMENT ON TABLE trabecula.job IS 'A submitted study.';
COMMENT ON COLUMN trabecula.job.key IS
  'SHA-256 of the canonical study, its cases and the contents known of them: the same study is the same job.';
COMMENT ON COLUMN trabecula.job.study IS 'The study file in canonical JSON, all defaults written out.';
COMMENT ON COLUMN trabecula.job.failure_text IS 'Why the job failed, in a sentence.';

CREATE TABLE trabecula.stage (
  job_id bigint NOT NULL REFERENCES trabecula.job,
  kind text NOT NULL,
  position smallint NOT NULL,
  open_shards int NOT NULL DEFAULT 0,
  opened_at timestamptz,
  closed_at timestamptz,
  PRIMARY KEY (job_id, kind),
  CONSTRAINT stages_have_an_order UNIQUE (job_id, position)
);
COMMENT ON TABLE trabecula.stage IS
  'One kind of task of a job. A stage opens in the transaction that ends the last task of the stage before it.';
COMMENT ON COLUMN trabecula.stage.open_shards IS 'Shards with tasks left; at 0 the stage closes.';

CREATE TABLE trabecula.stage_shard (
  job_id bigint NOT NULL,
  kind text NOT NULL,
  shard smallint NOT NULL,
  total int NOT NULL,
  remaining int NOT NULL CONSTRAINT no_task_ends_twice CHECK (remaining >= 0),
  succeeded int NOT NULL DEFAULT 0,
  failed int NOT NULL DEFAULT 0,
  cancelled int NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, kind, shard),
  FOREIGN KEY (job_id, kind) REFERENCES trabecula.stage,
  CONSTRAINT every_task_is_accounted_for CHECK (remaining + succeeded + failed + cancelled = total)
) WITH (fillfactor = 50);
COMMENT ON TABLE trabecula.stage_shard IS
  'Counters of a stage, split so that completions of ten thousand workers do not queue for one row.';

CREATE TABLE trabecula.task (
  task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id bigint NOT NULL,
  kind text NOT NULL CONSTRAINT task_kind_is_known CHECK (kind IN ('extract', 'deep', 'bootstrap', 'aggregate')),
  ordinal int NOT NULL,
  shard smallint NOT NULL,
  site_id int REFERENCES trabecula.site,
  payload jsonb NOT NULL,
  CONSTRAINT a_task_is_planned_once UNIQUE (job_id, kind, ordinal),
  FOREIGN KEY (job_id, kind, shard) REFERENCES trabecula.stage_shard
);
COMMENT ON TABLE trabecula.task IS 'What to do; written once at submission and never changed.';
COMMENT ON COLUMN trabecula.task.kind IS
  'extract: features that need the image only; deep: extraction that needs the weights of a network too; bootstrap; '
  'aggregate. A job has its stages in this order.';
COMMENT ON COLUMN trabecula.task.site_id IS 'Only workers that serve this site may claim it; NULL: any worker.';
COMMENT ON COLUMN trabecula.task.payload IS 'What the worker needs to know beyond the job''s study; no absolute paths.';

CREATE TABLE trabecula.worker (
  worker_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host text NOT NULL,
  pid int NOT NULL,
  slots int NOT NULL CONSTRAINT a_worker_has_slots CHECK (slots > 0),
  version text NOT NULL,
  sites int[],
  lacks_weights_of bigint[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'active'
    CONSTRAINT worker_state_is_known CHECK (state IN ('active', 'draining', 'stopped', 'lost')),
  lease interval NOT NULL CONSTRAINT a_lease_lasts CHECK (lease > interval '0'),
  started_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL,
  ended_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE trabecula.worker IS
  'One worker process from start to end; the id is never used again. The lease of all its tasks is this row.';
COMMENT ON COLUMN trabecula.worker.sites IS 'Sites it serves; NULL: all.';
COMMENT ON COLUMN trabecula.worker.lacks_weights_of IS
  'Jobs whose deep tasks it does not claim, because the weights they were submitted with are not on its machine.';
COMMENT ON COLUMN trabecula.worker.lease_until IS
  'By the server''s clock. Once past, the worker is declared lost and its tasks go back.';
CREATE INDEX worker_leases ON trabecula.worker (lease_until) WHERE state IN ('active', 'draining');

CREATE TABLE trabecula.live_task (
  task_id bigint PRIMARY KEY REFERENCES trabecula.task,
  job_id bigint NOT NULL,
  kind text NOT NULL,
  site_id int NOT NULL,
  state text NOT NULL
    CONSTRAINT live_state_is_known CHECK (state IN ('blocked', 'ready', 'running', 'delayed', 'held')),
  priority int NOT NULL DEFAULT 0,
  failures smallint NOT NULL DEFAULT 0,
  crashes smallint NOT NULL DEFAULT 0,
  due_at timestamptz,
  worker_id bigint REFERENCES trabecula.worker,
  fence bigint,
  claimed_at timestamptz,
  CONSTRAINT running_means_claimed CHECK
    ((state = 'running') = (worker_id IS NOT NULL AND fence IS NOT NULL AND claimed_at IS NOT NULL)),
  CONSTRAINT delayed_means_due CHECK ((state = 'delayed') = (due_at IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE trabecula.live_task IS 'How an unended task stands; the row goes when the task ends.';
COMMENT ON COLUMN trabecula.live_task.site_id IS '0: any worker may claim it.';
COMMENT ON COLUMN trabecula.live_task.fence IS
  'Number of this claim, from one sequence. Only its holder can end the task; an older claim is answered "stale".';
COMMENT ON COLUMN trabecula.live_task.failures IS 'Attempts that ended with an error; limited, then the task fails.';
COMMENT ON COLUMN trabecula.live_task.crashes IS
  'Attempts that ended with the death of the worker; the third quarantines the task as poison.';
CREATE INDEX live_task_claims ON trabecula.live_task (site_id, kind, priority DESC, task_id) WHERE state = 'ready';
CREATE INDEX live_task_owners ON trabecula.live_task (worker_id) WHERE state = 'running';
CREATE INDEX live_task_due ON trabecula.live_task (due_at) WHERE state = 'delayed';
CREATE INDEX live_task_jobs ON trabecula.live_task (job_id, kind);

CREATE SEQUENCE trabecula.fence AS bigint;
COMMENT ON SEQUENCE trabecula.fence IS 'A new number at each claim of a task; never reset.';

CREATE TABLE trabecula.task_history (
  task_id bigint NOT NULL,
  job_id bigint NOT NULL,
  kind text NOT NULL,
  site_id int NOT NULL,
  outcome text NOT NULL
    CONSTRAINT outcome_is_known CHECK (outcome IN ('succeeded', 'failed', 'cancelled')),
  fence bigint,
  worker_id bigint,
  failures smallint NOT NULL,
  crashes smallint NOT NULL,
  failure_code text,
  failure_text text,
  remedy text,
  claimed_at timestamptz,
  ended_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, ended_at),
  CONSTRAINT a_failure_has_a_code CHECK ((outcome = 'failed') = (failure_code IS NOT NULL))
) PARTITION BY RANGE (ended_at);
COMMENT ON TABLE trabecula.task_history IS 'Ended tasks, one row each, appended only, a partition a day.';
CREATE TABLE trabecula.task_history_other PARTITION OF trabecula.task_history DEFAULT;
COMMENT ON TABLE trabecula.task_history_other IS 'Days that no partition was made for in time.';
CREATE INDEX task_history_jobs ON trabecula.task_history (job_id, kind) WHERE outcome <> 'succeeded';

CREATE TABLE trabecula.attempt_failure (
  task_id bigint NOT NULL REFERENCES trabecula.task,
  fence bigint NOT NULL,
  worker_id bigint NOT NULL,
  failure_code text NOT NULL,
  failure_text text NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, fence)
);
COMMENT ON TABLE trabecula.attempt_failure IS
  'Attempts that did not end their task: errors that are retried, and crashes (code worker-lost).';

-- step 3: features, replicates, models and metrics

CREATE TABLE trabecula.feature_set (
  feature_set_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL CONSTRAINT feature_sets_are_unique UNIQUE,
  source text NOT NULL,
  extractor text NOT NULL,
  parameters text NOT NULL,
  names text[] NOT NULL
);
COMMENT ON TABLE trabecula.feature_set IS
  'What was computed: canonical parameters, extractor version, and the feature names in the order of the values.';
COMMENT ON COLUMN trabecula.feature_set.digest IS 'SHA-256 of source, extractor, parameters and names.';
COMMENT ON COLUMN trabecula.feature_set.source IS 'handcrafted, or deep.';

CREATE TABLE trabecula.feature_row (
  feature_key bytea PRIMARY KEY CONSTRAINT feature_key_is_sha256 CHECK (octet_length(feature_key) = 32),
  feature_set_id int NOT NULL REFERENCES trabecula.feature_set,
  image_sha256 bytea NOT NULL,
  mask_sha256 bytea NOT NULL,
  label bigint NOT NULL,
  feature_values float8[] NOT NULL,
  diagnostics jsonb NOT NULL DEFAULT '{}',
  extracted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE trabecula.feature_row IS 'The features of one region: one array, named by its feature set.';
COMMENT ON COLUMN trabecula.feature_row.feature_key IS
  'SHA-256 of image, mask, label, canonical parameters and extractor version: equal work is done once.';
CREATE INDEX feature_row_images ON trabecula.feature_row (image_sha256);

CREATE TABLE trabecula.job_case (
  job_id bigint NOT NULL REFERENCES trabecula.job,
  case_id bigint NOT NULL REFERENCES trabecula.image_case,
  open_tasks smallint NOT NULL CONSTRAINT no_task_of_a_case_ends_twice CHECK (open_tasks >= 0),
  outcome smallint,
  split text,
  state text NOT NULL DEFAULT 'pending'
    CONSTRAINT case_state_is_known CHECK (state IN ('pending', 'done', 'failed', 'excluded')),
  failed_task_id bigint REFERENCES trabecula.task,
  failure_code text,
  failure_text text,
  remedy text,
  PRIMARY KEY (job_id, case_id),
  CONSTRAINT a_done_case_has_no_open_task CHECK (state <> 'done' OR open_tasks = 0),
  CONSTRAINT a_lost_case_says_why CHECK ((state IN ('failed', 'excluded')) = (failure_code IS NOT NULL))
);
COMMENT ON TABLE trabecula.job_case IS
  'Every case of a study and what became of it: done, failed or excluded (code, sentence, what to do).';
COMMENT ON COLUMN trabecula.job_case.open_tasks IS
  'Tasks that extract it and have not succeeded; 0 from the start where the features were there already.';
COMMENT ON COLUMN trabecula.job_case.failed_task_id IS
  'The task whose failure is told: of several that fail the first planned, whichever fails first.';
COMMENT ON COLUMN trabecula.job_case.outcome IS 'Copied at submission: a later change of the manifest is a new study.';

CREATE TABLE trabecula.case_task (
  task_id bigint CONSTRAINT a_task_extracts_one_case PRIMARY KEY REFERENCES trabecula.task,
  job_id bigint NOT NULL,
  case_id bigint NOT NULL,
  FOREIGN KEY (job_id, case_id) REFERENCES trabecula.job_case
);
COMMENT ON TABLE trabecula.case_task IS
  'The tasks that extract a case: one, or one for each source of features where the study says so.';

CREATE TABLE trabecula.case_feature (
  job_id bigint NOT NULL,
  case_id bigint NOT NULL,
  source text NOT NULL,
  feature_key bytea NOT NULL REFERENCES trabecula.feature_row,
  PRIMARY KEY (job_id, case_id, source),
  FOREIGN KEY (job_id, case_id) REFERENCES trabecula.job_case
);
COMMENT ON TABLE trabecula.case_feature IS 'Which feature rows a job uses for a case, one for each source.';

CREATE TABLE trabecula.replicate (
  job_id bigint NOT NULL REFERENCES trabecula.job,
  replicate int NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (job_id, replicate)
);
COMMENT ON TABLE trabecula.replicate IS
  'Result of one bootstrap replicate in canonical JSON. A second computation must give the same bytes.';

CREATE TABLE trabecula.model (
  job_id bigint NOT NULL REFERENCES trabecula.job,
  name text NOT NULL,
  body jsonb NOT NULL,
  PRIMARY KEY (job_id, name)
);
COMMENT ON TABLE trabecula.model IS 'A fitted logistic model: features, scaling, coefficients, intercept, cut-off.';

CREATE TABLE trabecula.metric (
  job_id bigint NOT NULL REFERENCES trabecula.job,
  model text NOT NULL,
  cohort text NOT NULL,
  site text,
  name text NOT NULL,
  estimate float8,
  lower float8,
  upper float8,
  method text NOT NULL,
  n int NOT NULL
);
COMMENT ON TABLE trabecula.metric IS 'Performance of a model with its 95 % confidence interval.';
COMMENT ON COLUMN trabecula.metric.cohort IS 'training, test, or bootstrap.';
COMMENT ON COLUMN trabecula.metric.site IS 'NULL: all sites together.';
COMMENT ON COLUMN trabecula.metric.estimate IS 'NULL where it is undefined (a part with one class only).';
CREATE INDEX metric_jobs ON trabecula.metric (job_id, model);

CREATE TABLE trabecula.prediction (
  job_id bigint NOT NULL,
  case_id bigint NOT NULL,
  model text NOT NULL,
  part text NOT NULL,
  probability float8 NOT NULL,
  PRIMARY KEY (job_id, case_id, model),
  FOREIGN KEY (job_id, case_id) REFERENCES trabecula.job_case
);
COMMENT ON TABLE trabecula.prediction IS 'Probability that a model gives a case, in its part of the split.';

CREATE TABLE trabecula.report (
  job_id bigint PRIMARY KEY REFERENCES trabecula.job,
  body text NOT NULL
);
COMMENT ON TABLE trabecula.report IS 'report.json of a finished job, byte for byte, without times.';

-- step 4: the life of a task

CREATE FUNCTION trabecula.announce(channel text) RETURNS void LANGUAGE sql
  SET search_path = trabecula, pg_temp
  AS $$ SELECT pg_notify(channel, '') $$;
COMMENT ON FUNCTION trabecula.announce IS
  'Wakes listeners (trabecula_ready: work; trabecula_done: a job ended). Once a batch, never once a row.';

CREATE FUNCTION trabecula.end_job(ending bigint, outcome text, code text, sentence text) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  UPDATE job SET state = outcome, failure_code = code, failure_text = sentence, ended_at = now()
    WHERE job_id = ending AND state = 'running';
  IF FOUND THEN
    PERFORM announce('trabecula_done');
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.end_job IS 'Ends a running job; an ended one stays as it is.';

CREATE FUNCTION trabecula.open_next_stage(advancing bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  next stage;
BEGIN
  LOOP
    SELECT * INTO next FROM stage
      WHERE job_id = advancing AND closed_at IS NULL ORDER BY position LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM end_job(advancing, 'succeeded', NULL, NULL);
      RETURN;
    END IF;
    UPDATE stage SET opened_at = now(), closed_at = CASE WHEN next.open_shards = 0 THEN now() END
      WHERE job_id = advancing AND kind = next.kind;
    IF next.open_shards > 0 THEN
      UPDATE live_task SET state = 'ready'
        WHERE job_id = advancing AND kind = next.kind AND state = 'blocked';
      PERFORM announce('trabecula_ready');
      RETURN;
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION trabecula.open_next_stage IS
  'Makes the tasks of the next stage ready; stages without tasks are passed over, and after the last the job has succeeded.';

CREATE FUNCTION trabecula.count_ended(counted_job bigint, counted_kind text, counted_shard smallint,
    succeeded_tasks int, failed_tasks int, cancelled_tasks int) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  left_in_shard int;
  left_in_stage int;
BEGIN
  UPDATE stage_shard SET
      succeeded = succeeded + succeeded_tasks, failed = failed + failed_tasks,
      cancelled = cancelled + cancelled_tasks,
      remaining = remaining - succeeded_tasks - failed_tasks - cancelled_tasks
    WHERE job_id = counted_job AND kind = counted_kind AND shard = counted_shard
    RETURNING remaining INTO left_in_shard;
  IF left_in_shard > 0 THEN
    RETURN;
  END IF;
  UPDATE stage SET open_shards = open_shards - 1,
      closed_at = CASE WHEN open_shards = 1 THEN now() END
    WHERE job_id = counted_job AND kind = counted_kind
    RETURNING open_shards INTO left_in_stage;
  IF left_in_stage = 0 AND (SELECT state FROM job WHERE job_id = counted_job) = 'running' THEN
    PERFORM open_next_stage(counted_job);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.count_ended IS
  'Counts ended tasks of one shard; the last one of a stage opens the next stage in the same transaction.';

CREATE FUNCTION trabecula.complete_tasks(completing_worker bigint, task_ids bigint[], fences bigint[])
  RETURNS TABLE (task_id bigint, verdict text)
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  ended bigint[];
  part record;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT l.task_id FROM live_task l JOIN unnest(task_ids, fences) AS named(task_id, fence)
      ON l.task_id = named.task_id AND l.fence = named.fence
      ORDER BY l.task_id FOR UPDATE OF l
  ), gone AS (
    DELETE FROM live_task l USING held WHERE l.task_id = held.task_id RETURNING l.*
  ), kept AS (
    INSERT INTO task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes, claimed_at)
      SELECT task_id, job_id, kind, site_id, 'succeeded', fence, worker_id, failures, crashes, claimed_at FROM gone
      RETURNING task_history.task_id
  )
  SELECT coalesce(array_agg(kept.task_id), '{}') INTO ended FROM kept;
  FOR part IN
    SELECT t.job_id, t.kind, t.shard, count(*)::int AS tasks FROM task t
      WHERE t.task_id = ANY (ended) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  LOOP
    PERFORM count_ended(part.job_id, part.kind, part.shard, part.tasks, 0, 0);
  END LOOP;
  RETURN QUERY
    SELECT named.task_id,
        CASE WHEN named.task_id = ANY (ended) THEN 'ok'
             WHEN EXISTS (SELECT FROM task_history h
                            WHERE h.task_id = named.task_id AND h.fence = named.fence AND h.outcome = 'succeeded')
               THEN 'already'
             ELSE 'stale' END
      FROM unnest(task_ids, fences) AS named(task_id, fence);
END $$;
COMMENT ON FUNCTION trabecula.complete_tasks IS
  'Ends claimed tasks with success. Verdicts: ok; already (this claim was completed before, its answer was lost); '
  'stale (the claim was taken back: nothing was written).';

CREATE FUNCTION trabecula.abandon_job(failing bigint, code text, sentence text) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  part record;
BEGIN
  PERFORM end_job(failing, 'failed', code, sentence);
  FOR part IN
    WITH held AS MATERIALIZED (
      SELECT l.task_id FROM live_task l WHERE l.job_id = failing ORDER BY l.task_id FOR UPDATE
    ), gone AS (
      DELETE FROM live_task l USING held WHERE l.task_id = held.task_id RETURNING l.*
    ), kept AS (
      INSERT INTO task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes, claimed_at)
        SELECT task_id, job_id, kind, site_id, 'cancelled', fence, worker_id, failures, crashes, claimed_at FROM gone
        RETURNING task_id
    )
    SELECT t.kind, t.shard, count(*)::int AS tasks FROM kept JOIN task t USING (task_id)
      GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    PERFORM count_ended(failing, part.kind, part.shard, 0, 0, part.tasks);
  END LOOP;
END $$;
COMMENT ON FUNCTION trabecula.abandon_job IS
  'Fails a job and cancels what is left of it; workers that still run its tasks get the answer "stale".';

CREATE FUNCTION trabecula.end_failed(failing bigint, code text, sentence text, advice text) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  ending live_task;
  planned task;
BEGIN
  DELETE FROM live_task WHERE task_id = failing RETURNING * INTO ending;
  SELECT * INTO planned FROM task WHERE task_id = failing;
  INSERT INTO task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes, claimed_at,
      failure_code, failure_text, remedy)
    VALUES (failing, ending.job_id, ending.kind, ending.site_id, 'failed', ending.fence, ending.worker_id,
      ending.failures, ending.crashes, ending.claimed_at, code, sentence, advice);
  UPDATE job_case c SET state = 'failed', failed_task_id = failing, failure_code = code, failure_text = sentence,
      remedy = advice
    FROM case_task t
    WHERE t.task_id = failing AND c.job_id = t.job_id AND c.case_id = t.case_id
      -- Another task of the case may have failed before: the sentence must not depend on which came first.
      AND coalesce(c.failed_task_id > failing, true);
  IF NOT EXISTS (SELECT FROM case_task WHERE task_id = failing) THEN
    PERFORM abandon_job(ending.job_id, code, sentence);
  END IF;
  PERFORM count_ended(ending.job_id, planned.kind, planned.shard, 0, 1, 0);
END $$;
COMMENT ON FUNCTION trabecula.end_failed IS
  'Ends a task for good. A failed extraction costs its case, once; any other failed task costs the job.';

CREATE FUNCTION trabecula.fail_task(failing_worker bigint, failing bigint, claim bigint, code text, sentence text,
    advice text, retryable boolean, attempts int DEFAULT 5) RETURNS text
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  current live_task;
BEGIN
  SELECT * INTO current FROM live_task WHERE task_id = failing AND fence = claim FOR UPDATE;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM task_history h WHERE h.task_id = failing AND h.fence = claim AND h.outcome = 'failed')
       OR EXISTS (SELECT FROM attempt_failure a
         WHERE a.task_id = failing AND a.fence = claim
         AND a.failure_code <> 'worker-lost') THEN
      RETURN 'already';
    END IF;
    RETURN 'stale';
  END IF;
  UPDATE live_task SET failures = failures + 1 WHERE task_id = failing;
  IF NOT retryable OR current.failures + 1 >= attempts THEN
    PERFORM end_failed(failing, code, sentence, advice);
    RETURN 'failed';
  END IF;
  INSERT INTO attempt_failure (task_id, fence, worker_id, failure_code, failure_text)
    VALUES (failing, claim, failing_worker, code, sentence);
  -- Full jitter: anywhere between now and the doubled ceiling, so that a shared cause does not bring a herd back.
  UPDATE live_task SET state = 'delayed', worker_id = NULL, fence = NULL, claimed_at = NULL,
      due_at = now() + random() * least(interval '10 minutes', interval '1 second' * power(2, current.failures))
    WHERE task_id = failing;
  RETURN 'retry';
END $$;
COMMENT ON FUNCTION trabecula.fail_task IS
  'Records a failed attempt. Verdicts: retry (delayed with full jitter), failed (for good), already, stale.';

CREATE FUNCTION trabecula.release_tasks(releasing_worker bigint, task_ids bigint[], fences bigint[]) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  released int;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT l.task_id FROM live_task l JOIN unnest(task_ids, fences) AS named(task_id, fence)
      ON l.task_id = named.task_id AND l.fence = named.fence
      ORDER BY l.task_id FOR UPDATE OF l
  )
  UPDATE live_task l SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
    FROM held WHERE l.task_id = held.task_id;
  GET DIAGNOSTICS released = ROW_COUNT;
  IF released > 0 THEN
    PERFORM announce('trabecula_ready');
  END IF;
  RETURN released;
END $$;
COMMENT ON FUNCTION trabecula.release_tasks IS 'Hands claimed tasks back unexecuted; counts neither as failure nor as crash.';

-- step 5: workers

CREATE FUNCTION trabecula.register_worker(worker_host text, worker_pid int, worker_slots int, worker_version text,
    site_names text[], lease_seconds float8) RETURNS bigint
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  registered bigint;
  unknown text;
BEGIN
  SELECT named INTO unknown FROM unnest(site_names) AS named
    WHERE NOT EXISTS (SELECT FROM site WHERE name = named) LIMIT 1;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'site % is not known', quote_literal(unknown)
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Known sites: ' || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site), 'none yet')
              || '. A site becomes known when a manifest that names it is ingested.';
  END IF;
  INSERT INTO worker (host, pid, slots, version, sites, lease, lease_until)
    VALUES (worker_host, worker_pid, worker_slots, worker_version,
      (SELECT array_agg(site_id ORDER BY site_id) FROM site WHERE name = ANY (site_names)),
      make_interval(secs => lease_seconds), now() + make_interval(secs => lease_seconds))
    RETURNING worker_id INTO registered;
  RETURN registered;
END $$;
COMMENT ON FUNCTION trabecula.register_worker IS 'Makes a worker process known; site_names NULL serves all sites.';

CREATE FUNCTION trabecula.heartbeat(beating bigint, running bigint[])
  RETURNS TABLE (state text, taken_back bigint[])
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE worker SET heartbeat_at = now(), lease_until = now() + lease
    WHERE worker_id = beating AND worker.state IN ('active', 'draining');
  RETURN QUERY
    SELECT coalesce((SELECT w.state FROM worker w WHERE w.worker_id = beating), 'lost'),
      ARRAY(SELECT named FROM unnest(running) AS named
        WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = named AND l.worker_id = beating));
END $$;
COMMENT ON FUNCTION trabecula.heartbeat IS
  'Extends the lease and answers the worker''s state and those of its running tasks that are no longer its own.';

CREATE FUNCTION trabecula.claim_tasks(claiming bigint, kinds text[], most int)
  RETURNS TABLE (task_id bigint, fence bigint, job_id bigint, kind text, payload jsonb, failures smallint,
    crashes smallint)
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  serving int[];
  lacking bigint[];
  queue record;
  taken bigint[];
  claimed bigint[] := '{}';
BEGIN
  SELECT w.sites, w.lacks_weights_of INTO serving, lacking FROM worker w WHERE w.worker_id = claiming AND w.state = 'active'
    AND w.lease_until > now();
  IF NOT FOUND THEN
    RETURN;
  END IF;
  -- Queues in the order of their best task; each is then read in its own index order, locked rows skipped.
  FOR queue IN
    SELECT s.site_id, k.kind, head.priority FROM
      (SELECT 0 AS site_id UNION ALL
        SELECT site_id FROM site WHERE serving IS NULL OR site_id = ANY (serving)) s
      CROSS JOIN unnest(kinds) AS k(kind)
      CROSS JOIN LATERAL (
        SELECT l.priority, l.task_id FROM live_task l
          WHERE l.site_id = s.site_id AND l.kind = k.kind AND l.state = 'ready'
            AND (l.kind <> 'deep' OR l.job_id <> ALL (lacking))
          ORDER BY l.priority DESC, l.task_id LIMIT 1) head
      ORDER BY head.priority DESC, head.task_id
  LOOP
    SELECT coalesce(array_agg(next.task_id), '{}') INTO taken FROM (
      SELECT l.task_id FROM live_task l
        WHERE l.site_id = queue.site_id AND l.kind = queue.kind AND l.state = 'ready'
          AND (l.kind <> 'deep' OR l.job_id <> ALL (lacking))
        ORDER BY l.priority DESC, l.task_id
        LIMIT most - cardinality(claimed) FOR UPDATE SKIP LOCKED) next;
    claimed := claimed || taken;
    EXIT WHEN cardinality(claimed) >= most;
  END LOOP;
  RETURN QUERY
    WITH owned AS (
      UPDATE live_task l SET state = 'running', worker_id = claiming, fence = nextval('trabecula.fence'),
          claimed_at = now()
        WHERE l.task_id = ANY (claimed)
        RETURNING l.task_id, l.fence, l.job_id, l.kind, l.failures, l.crashes)
    SELECT owned.task_id, owned.fence, owned.job_id, owned.kind, t.payload, owned.failures, owned.crashes
      FROM owned JOIN task t USING (task_id) ORDER BY owned.task_id;
END $$;
COMMENT ON FUNCTION trabecula.claim_tasks IS
  'Gives an active worker up to so many ready tasks of these kinds at its sites, best priority first, with a new '
  'fence each. A worker that is draining, stopped or past its lease gets none; deep tasks of jobs whose weights it '
  'lacks are left to others.';

CREATE FUNCTION trabecula.lack_weights(lacking bigint, jobs bigint[]) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  UPDATE worker SET lacks_weights_of = jobs WHERE worker_id = lacking
$$;
COMMENT ON FUNCTION trabecula.lack_weights IS
  'A worker says for which jobs it has not the weights; it looks again now and then, and says so then.';

CREATE FUNCTION trabecula.stop_worker(stopping bigint) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  released int;
BEGIN
  UPDATE live_task l SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
    WHERE l.task_id = ANY (ARRAY(SELECT task_id FROM live_task
      WHERE worker_id = stopping AND state = 'running' ORDER BY task_id FOR UPDATE));
  GET DIAGNOSTICS released = ROW_COUNT;
  UPDATE worker SET state = 'stopped', ended_at = now()
    WHERE worker_id = stopping AND state IN ('active', 'draining');
  IF released > 0 THEN
    PERFORM announce('trabecula_ready');
  END IF;
  RETURN released;
END $$;
COMMENT ON FUNCTION trabecula.stop_worker IS 'A worker says goodbye: whatever it still holds goes back.';

CREATE FUNCTION trabecula.release_others(holding bigint, keep bigint[]) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  released int;
BEGIN
  UPDATE live_task l SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
    WHERE l.task_id = ANY (ARRAY(SELECT task_id FROM live_task
      WHERE worker_id = holding AND state = 'running' AND task_id <> ALL (keep) ORDER BY task_id FOR UPDATE));
  GET DIAGNOSTICS released = ROW_COUNT;
  IF released > 0 THEN
    PERFORM announce('trabecula_ready');
  END IF;
  RETURN released;
END $$;
COMMENT ON FUNCTION trabecula.release_others IS
  'After a lost connection: hands back tasks whose claim was committed but never reached the worker.';

CREATE FUNCTION trabecula.take_back(lost_worker bigint, most_crashes int) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  held live_task;
  taken int := 0;
BEGIN
  FOR held IN SELECT * FROM live_task WHERE worker_id = lost_worker AND state = 'running'
    ORDER BY task_id FOR UPDATE
  LOOP
    taken := taken + 1;
    UPDATE live_task SET crashes = crashes + 1 WHERE task_id = held.task_id;
    IF held.crashes + 1 >= most_crashes THEN
      PERFORM end_failed(held.task_id, 'poison',
        format('The worker process died %s times while it ran this task.', held.crashes + 1),
        'Look for memory limits or a damaged file on that machine, then retry the task.');
    ELSE
      INSERT INTO attempt_failure (task_id, fence, worker_id, failure_code, failure_text)
        VALUES (held.task_id, held.fence, lost_worker, 'worker-lost', 'The worker process died or lost its lease.');
      UPDATE live_task SET state = 'ready', worker_id = NULL, fence = NULL, claimed_at = NULL
        WHERE task_id = held.task_id;
    END IF;
  END LOOP;
  RETURN taken;
END $$;
COMMENT ON FUNCTION trabecula.take_back IS
  'Returns the tasks of a lost worker to the queue; a task whose third worker dies is quarantined as poison.';

CREATE FUNCTION trabecula.expire_worker(dead_host text, dead_pid int) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  expired int;
BEGIN
  UPDATE worker SET lease_until = now() - interval '1 microsecond'
    WHERE host = dead_host AND pid = dead_pid AND state IN ('active', 'draining');
  GET DIAGNOSTICS expired = ROW_COUNT;
  RETURN expired;
END $$;
COMMENT ON FUNCTION trabecula.expire_worker IS
  'For whoever saw a worker process die: its lease ends now, and the next maintenance takes its tasks back.';

CREATE FUNCTION trabecula.make_history_partitions(first_day date, days int) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  day date;
  made int := 0;
BEGIN
  FOR day IN SELECT (first_day + n)::date FROM generate_series(0, days - 1) AS n LOOP
    IF to_regclass(format('trabecula.task_history_%s', to_char(day, 'YYYYMMDD'))) IS NULL
       AND NOT EXISTS (SELECT FROM task_history_other WHERE ended_at >= day AND ended_at < day + 1) THEN
      EXECUTE format('CREATE TABLE trabecula.task_history_%s PARTITION OF trabecula.task_history '
        'FOR VALUES FROM (%L) TO (%L)', to_char(day, 'YYYYMMDD'), day, day + 1);
      EXECUTE format('COMMENT ON TABLE trabecula.task_history_%s IS %L', to_char(day, 'YYYYMMDD'),
        'Tasks that ended on ' || day);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION trabecula.make_history_partitions IS
  'Makes the history partitions of days to come. A day that already has rows in task_history_other stays there.';

CREATE FUNCTION trabecula.maintain(most_crashes int DEFAULT 3)
  RETURNS TABLE (lost_workers int, tasks_taken_back int, tasks_promoted int)
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  expired bigint;
BEGIN
  lost_workers := 0;
  tasks_taken_back := 0;
  tasks_promoted := 0;
  -- One maintainer at a time; whoever comes second has nothing to do.
  IF NOT pg_try_advisory_xact_lock(hashtext('trabecula.maintain')) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  FOR expired IN SELECT worker_id FROM worker
    WHERE state IN ('active', 'draining') AND lease_until < now() ORDER BY worker_id FOR UPDATE SKIP LOCKED
  LOOP
    lost_workers := lost_workers + 1;
    UPDATE worker SET state = 'lost', ended_at = now() WHERE worker_id = expired;
    tasks_taken_back := tasks_taken_back + take_back(expired, most_crashes);
  END LOOP;
  UPDATE live_task SET state = 'ready', due_at = NULL
    WHERE task_id = ANY (ARRAY(SELECT task_id FROM live_task
      WHERE state = 'delayed' AND due_at <= now() ORDER BY task_id FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS tasks_promoted = ROW_COUNT;
  IF tasks_taken_back + tasks_promoted > 0 THEN
    PERFORM announce('trabecula_ready');
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION trabecula.maintain IS
  'Declares workers past their lease lost, returns their tasks, makes delayed tasks ready whose time has come. '
  'Every worker calls it with its heartbeat, so that no study waits for a person.';

-- step 6: results

CREATE FUNCTION trabecula.feature_set_of(set_digest bytea, set_source text, set_extractor text, set_parameters text,
    set_names text[]) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  known int;
BEGIN
  SELECT feature_set_id INTO known FROM feature_set WHERE digest = set_digest;
  IF NOT FOUND THEN
    INSERT INTO feature_set (digest, source, extractor, parameters, names)
      VALUES (set_digest, set_source, set_extractor, set_parameters, set_names)
      ON CONFLICT (digest) DO NOTHING;
    SELECT feature_set_id INTO known FROM feature_set WHERE digest = set_digest;
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION trabecula.feature_set_of IS 'The id of a feature set; the first caller makes it.';

CREATE FUNCTION trabecula.complete_extract(completing bigint, extracted bigint, claim bigint, set_ids int[],
    keys bytea[], image_digest bytea, mask_digest bytea, region_label bigint, value_counts int[],
    all_values float8[], notes jsonb[]) RETURNS text
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner job_case;
  first_value int := 1;
BEGIN
  SELECT verdict INTO answer FROM complete_tasks(completing, ARRAY[extracted], ARRAY[claim]);
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  UPDATE job_case c SET open_tasks = open_tasks - 1,
      state = CASE WHEN state = 'pending' AND open_tasks = 1 THEN 'done' ELSE state END
    FROM case_task t
    WHERE t.task_id = extracted AND c.job_id = t.job_id AND c.case_id = t.case_id
    RETURNING c.* INTO owner;
  UPDATE image_case SET image_sha256 = image_digest, mask_sha256 = mask_digest WHERE case_id = owner.case_id;
  FOR n IN 1 .. cardinality(set_ids) LOOP
    IF value_counts[n] > 0 THEN
      INSERT INTO feature_row (feature_key, feature_set_id, image_sha256, mask_sha256, label, feature_values, diagnostics)
        VALUES (keys[n], set_ids[n], image_digest, mask_digest, region_label,
          all_values[first_value : first_value + value_counts[n] - 1], notes[n])
        ON CONFLICT (feature_key) DO NOTHING;
      first_value := first_value + value_counts[n];
    END IF;
    INSERT INTO case_feature (job_id, case_id, source, feature_key)
      SELECT owner.job_id, owner.case_id, s.source, keys[n] FROM feature_set s WHERE s.feature_set_id = set_ids[n];
  END LOOP;
  RETURN answer;
END $$;
COMMENT ON FUNCTION trabecula.complete_extract IS
  'Ends an extraction and writes its feature rows in one transaction: set n has value_counts[n] of all_values; '
  'a count of 0 says that the row with this key is there already. The case is done with its last task.';

CREATE FUNCTION trabecula.complete_bootstrap(completing bigint, evaluated bigint, claim bigint, replicates int[],
    bodies bytea[]) RETURNS text
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner bigint;
  differing int;
BEGIN
  SELECT verdict INTO answer FROM complete_tasks(completing, ARRAY[evaluated], ARRAY[claim]);
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  SELECT job_id INTO owner FROM task WHERE task_id = evaluated;
  INSERT INTO replicate (job_id, replicate, body)
    SELECT owner, named.replicate, named.body FROM unnest(replicates, bodies) AS named(replicate, body)
    ON CONFLICT (job_id, replicate) DO NOTHING;
  SELECT min(known.replicate) INTO differing
    FROM replicate known JOIN unnest(replicates, bodies) AS named(replicate, body) USING (replicate)
    WHERE known.job_id = owner AND known.body <> named.body;
  IF differing IS NOT NULL THEN
    PERFORM abandon_job(owner, 'not-repeatable',
      format('Replicate %s was computed twice and the results differ.', differing));
  END IF;
  RETURN answer;
END $$;
COMMENT ON FUNCTION trabecula.complete_bootstrap IS
  'Ends a bootstrap task and writes its replicates. A replicate computed twice with different bytes stops the job.';

CREATE FUNCTION trabecula.complete_aggregate(completing bigint, aggregated bigint, claim bigint, report_body text,
    models jsonb, metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[])
  RETURNS text
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner bigint;
BEGIN
  SELECT verdict INTO answer FROM complete_tasks(completing, ARRAY[aggregated], ARRAY[claim]);
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  SELECT job_id INTO owner FROM task WHERE task_id = aggregated;
  INSERT INTO report (job_id, body) VALUES (owner, report_body);
  INSERT INTO model (job_id, name, body)
    SELECT owner, named.value ->> 'name', named.value FROM jsonb_array_elements(models) AS named(value);
  INSERT INTO metric (job_id, model, cohort, site, name, estimate, lower, upper, method, n)
    SELECT owner, m.model, m.cohort, m.site, m.name, m.estimate, m.lower, m.upper, m.method, m.n
      FROM jsonb_to_recordset(metrics) AS m(model text, cohort text, site text, name text, estimate float8,
        lower float8, upper float8, method text, n int);
  INSERT INTO prediction (job_id, case_id, model, part, probability)
    SELECT owner, p.case_id, p.model, p.part, p.probability
      FROM unnest(case_ids, parts, model_names, probabilities) AS p(case_id, part, model, probability);
  RETURN answer;
END $$;
COMMENT ON FUNCTION trabecula.complete_aggregate IS
  'Ends the aggregation and writes report, models, metrics and predictions in one transaction.';

-- step 7: what operators watch

CREATE VIEW trabecula.queue_overview AS
  SELECT l.kind, coalesce(s.name, 'any') AS site, l.state, count(*) AS tasks,
      min(l.claimed_at) AS oldest_claim, max(l.failures) AS most_failures, max(l.crashes) AS most_crashes
    FROM trabecula.live_task l LEFT JOIN trabecula.site s ON s.site_id = l.site_id
    GROUP BY 1, 2, 3;
COMMENT ON VIEW trabecula.queue_overview IS 'Unended tasks by kind, site and state.';

CREATE VIEW trabecula.job_progress AS
  WITH counted AS (
    SELECT job_id, kind, sum(total) AS total, sum(succeeded) AS succeeded, sum(failed) AS failed,
        sum(cancelled) AS cancelled, sum(remaining) AS remaining
      FROM trabecula.stage_shard GROUP BY job_id, kind)
  SELECT j.job_id, j.name, j.state, s.kind, coalesce(c.total, 0) AS total, coalesce(c.succeeded, 0) AS succeeded,
      coalesce(c.failed, 0) AS failed, coalesce(c.cancelled, 0) AS cancelled, coalesce(c.remaining, 0) AS remaining,
      CASE WHEN c.total > 0 THEN round(100.0 * (c.total - c.remaining) / c.total, 1) END AS percent,
      timing.per_second,
      CASE WHEN j.state = 'running' AND c.remaining > 0 AND timing.per_second > 0
        THEN make_interval(secs => c.remaining / timing.per_second) END AS eta,
      s.opened_at, s.closed_at
    FROM trabecula.stage s JOIN trabecula.job j USING (job_id) LEFT JOIN counted c USING (job_id, kind)
    CROSS JOIN LATERAL (SELECT (c.succeeded + c.failed)::float8
      / nullif(extract(epoch FROM coalesce(s.closed_at, now()) - s.opened_at)::float8, 0) AS per_second) timing
    ORDER BY j.job_id, s.position;
COMMENT ON VIEW trabecula.job_progress IS
  'Each stage of each job: how far, how fast (tasks a second since it opened), and when it should end (eta).';

CREATE VIEW trabecula.worker_overview AS
  SELECT w.worker_id, w.host, w.pid, w.state, w.slots, count(l.task_id) AS running,
      (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM trabecula.site s WHERE s.site_id = ANY (w.sites)) AS sites,
      now() - w.heartbeat_at AS since_heartbeat, w.lease_until < now() AS lease_expired, w.version, w.started_at,
      w.ended_at, w.lacks_weights_of
    FROM trabecula.worker w LEFT JOIN trabecula.live_task l ON l.worker_id = w.worker_id AND l.state = 'running'
    GROUP BY w.worker_id;
COMMENT ON VIEW trabecula.worker_overview IS 'Worker processes, what they hold and when they were last heard of.';

CREATE VIEW trabecula.failures AS
  SELECT c.job_id, j.name AS job, coalesce(t.kind, 'extract') AS kind, c.failed_task_id AS task_id,
      u.code AS subject, s.name AS site, i.image, i.mask, c.failure_code, c.failure_text, c.remedy
    FROM trabecula.job_case c JOIN trabecula.job j USING (job_id)
      JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
      JOIN trabecula.site s USING (site_id) LEFT JOIN trabecula.task t ON t.task_id = c.failed_task_id
    WHERE c.state IN ('failed', 'excluded')
  UNION ALL
  SELECT h.job_id, j.name, h.kind, h.task_id, NULL, NULL, NULL, NULL, h.failure_code, h.failure_text, h.remedy
    FROM trabecula.task_history h JOIN trabecula.job j USING (job_id)
    WHERE h.outcome = 'failed' AND h.kind NOT IN ('extract', 'deep');
COMMENT ON VIEW trabecula.failures IS 'What failed, why, and what to do, one row a case or task.';
