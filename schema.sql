-- Trabecula: the database, from an empty schema to the life of a task.
--
-- This file is a list of numbered steps. `coordinator migrate` applies those that a database lacks, each in a
-- transaction of its own, and records them in trabecula.schema_step. A step is never edited once released;
-- a change is a new step at the end. Every object carries a COMMENT: \d+ and \df+ in psql are the manual.
--
--   a task's life:   blocked → ready → running → succeeded | failed | cancelled
--                       (delayed: a retry waits for its time;  held: its job or site is paused)
--
-- Everything belongs to the role trabecula_owner, as whom nobody logs in. Workers call functions and touch no table;
-- what each role may do stands in the last step.
--
-- What to do stands in `task` and never changes. How it stands is a row of `live_task`, which exists only until
-- the task ends; then it moves to `task_history`, so that the cost of a claim does not grow with what was done.

-- step 1: roles, sites, subjects and image cases

-- Roles belong to the whole cluster, so another database may have made them, perhaps at this very moment.
DO $$
DECLARE
  duty record;
BEGIN
  FOR duty IN SELECT * FROM (VALUES
      ('trabecula_owner', 'Owns every object of Trabecula; nobody logs in as it.'),
      ('trabecula_coordinator', 'Trabecula: ingests, submits, exports, reports, grants sites, does maintenance.'),
      ('trabecula_worker', 'Trabecula: claims and ends tasks of its sites through functions; touches no table.'),
      ('trabecula_operator', 'Trabecula: reads the views of its sites; pauses, resumes, retries, cancels, drains.'),
      ('trabecula_reader', 'Trabecula: reads features and results of its sites, without codes and paths of patients.')
    ) AS duties(role, says)
  LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = duty.role);
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', duty.role);
      EXECUTE format('COMMENT ON ROLE %I IS %L', duty.role, duty.says);
      -- Operators see what sessions of others wait for, in db_health; without it those lines are empty.
      IF duty.role = 'trabecula_operator' AND pg_has_role('pg_read_all_stats', 'MEMBER WITH ADMIN OPTION') THEN
        GRANT pg_read_all_stats TO trabecula_operator;
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN
        NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role % is missing, and % may not create it', duty.role, current_user
          USING ERRCODE = 'insufficient_privilege',
            HINT = 'An administrator runs once: CREATE ROLE trabecula_owner; CREATE ROLE trabecula_coordinator; '
              'CREATE ROLE trabecula_worker; CREATE ROLE trabecula_operator; CREATE ROLE trabecula_reader; '
              || format('GRANT trabecula_owner TO %I;', current_user) || ' then migrate again.';
    END;
  END LOOP;
  IF NOT pg_has_role('trabecula_owner', 'MEMBER') THEN
    BEGIN
      EXECUTE format('GRANT trabecula_owner TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION '% is not a member of trabecula_owner and may not become one', current_user
        USING ERRCODE = 'insufficient_privilege',
          HINT = format('An administrator runs: GRANT trabecula_owner TO %I; then migrate again.', current_user);
    END;
  END IF;
END $$;
ALTER SCHEMA trabecula OWNER TO trabecula_owner;
ALTER TABLE trabecula.schema_step OWNER TO trabecula_owner;
COMMENT ON SCHEMA trabecula IS 'A queue for studies of medical images at several sites; \dt+, \dv+ and \df+ explain it.';
SET LOCAL ROLE trabecula_owner;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
GRANT USAGE ON SCHEMA trabecula TO trabecula_coordinator, trabecula_worker, trabecula_operator, trabecula_reader;

CREATE FUNCTION trabecula.guard_table(guarded regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
  EXECUTE format('CREATE POLICY owner_sees_all ON %s TO trabecula_owner USING (true) WITH CHECK (true)', guarded);
  EXECUTE format('COMMENT ON POLICY owner_sees_all ON %s IS %L', guarded,
    'The functions of the schema run as the owner; they check what their caller may.');
  EXECUTE format('CREATE POLICY coordinator_sees_all ON %s TO trabecula_coordinator USING (true) WITH CHECK (true)',
    guarded);
  EXECUTE format('COMMENT ON POLICY coordinator_sees_all ON %s IS %L', guarded,
    'Coordinators work for all sites; what they may do with a table is what they are granted.');
END $$;
COMMENT ON FUNCTION trabecula.guard_table IS
  'Puts a table under row-level security, forced on its owner too: nobody sees a row that no policy gives.';

CREATE TABLE trabecula.site (
  site_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT site_names_are_unique UNIQUE
    CONSTRAINT site_has_a_name CHECK (name <> ''),
  paused boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE trabecula.site IS 'A hospital or scanner: where images lie and where a worker may be bound.';
COMMENT ON COLUMN trabecula.site.name IS 'As the manifest spells it in column Site.';
COMMENT ON COLUMN trabecula.site.paused IS 'Its tasks are held: pause_site, resume_site.';

CREATE TABLE trabecula.site_login (
  login name NOT NULL,
  site_id int REFERENCES trabecula.site,
  CONSTRAINT a_site_is_granted_once UNIQUE NULLS NOT DISTINCT (login, site_id)
);
COMMENT ON TABLE trabecula.site_login IS
  'Which sites a login of a worker, operator or reader may see and serve: grant_site, grant_all_sites, revoke_site. '
  'A login without a row gets nothing; superusers and coordinators serve all sites without one.';
COMMENT ON COLUMN trabecula.site_login.login IS 'The role that logs in (session_user).';
COMMENT ON COLUMN trabecula.site_login.site_id IS
  'NULL: every site, those to come too, and the tasks of no site (bootstrap, aggregate), which need every site''s '
  'features.';

CREATE TABLE trabecula.audit (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  login name NOT NULL DEFAULT session_user,
  act text NOT NULL,
  object text NOT NULL,
  before jsonb,
  after jsonb
);
COMMENT ON TABLE trabecula.audit IS
  'Administrative acts, appended only: who (login) did what to which object, when, and how it stood before and after. '
  'An act that changed nothing leaves no row. Read by coordinators and by operators of all sites.';
COMMENT ON COLUMN trabecula.audit.object IS 'As ''job 3'', ''site North'', ''worker 12'', ''login north_worker''.';

CREATE FUNCTION trabecula.refuse_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'table % is appended to, never changed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'An act is undone by another act, which is recorded too.';
END $$;
COMMENT ON FUNCTION trabecula.refuse_change IS 'Refuses every UPDATE, DELETE and TRUNCATE of the audit.';
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trabecula.audit
  FOR EACH STATEMENT EXECUTE FUNCTION trabecula.refuse_change();
COMMENT ON TRIGGER audit_is_append_only ON trabecula.audit IS 'Holds for the owner as well.';

CREATE FUNCTION trabecula.record_act(act text, object text, before jsonb, after jsonb) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp
  AS $$ INSERT INTO audit (act, object, before, after) VALUES (act, object, before, after) $$;
COMMENT ON FUNCTION trabecula.record_act IS 'Appends to the audit.';

CREATE FUNCTION trabecula.serves_all_sites() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
  SELECT pg_has_role(session_user, 'trabecula_coordinator', 'MEMBER')
    OR EXISTS (SELECT FROM site_login WHERE login = session_user AND site_id IS NULL)
$$;
COMMENT ON FUNCTION trabecula.serves_all_sites IS
  'Whether this login may see and serve every site: it was granted all, or is a coordinator or a superuser.';

CREATE FUNCTION trabecula.login_sites() RETURNS int[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
  SELECT CASE WHEN serves_all_sites() THEN ARRAY(SELECT site_id FROM site ORDER BY site_id)
    ELSE ARRAY(SELECT site_id FROM site_login WHERE login = session_user ORDER BY site_id) END
$$;
COMMENT ON FUNCTION trabecula.login_sites IS 'The sites that this login may see and serve; empty where none was granted.';

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

SET LOCAL ROLE trabecula_owner;

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
  remedy text,
  paused boolean NOT NULL DEFAULT false,
  priority int NOT NULL DEFAULT 0,
  revision int NOT NULL DEFAULT 0,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT an_ended_job_has_an_end CHECK ((state = 'running') = (ended_at IS NULL))
);
COMMENT ON TABLE trabecula.job IS 'A submitted study.';
CREATE INDEX job_unfinished ON trabecula.job (job_id) WHERE state = 'running';
COMMENT ON COLUMN trabecula.job.key IS
  'SHA-256 of the canonical study, its cases and the contents known of them: the same study is the same job.';
COMMENT ON COLUMN trabecula.job.study IS 'The study file in canonical JSON, all defaults written out.';
COMMENT ON COLUMN trabecula.job.failure_text IS 'Why the job failed, in a sentence.';
COMMENT ON COLUMN trabecula.job.remedy IS 'What to do about it.';
COMMENT ON COLUMN trabecula.job.paused IS 'Its ready tasks are held, running ones go on to their end: pause_job, resume_job.';
COMMENT ON COLUMN trabecula.job.priority IS 'Higher is claimed first: set_priority.';
COMMENT ON COLUMN trabecula.job.revision IS
  'Raised each time the job is taken up again; what workers keep of it in memory holds for one revision.';

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

CREATE DOMAIN trabecula.task_count AS int CONSTRAINT no_task_ends_twice CHECK (VALUE >= 0);
COMMENT ON DOMAIN trabecula.task_count IS
  'Tasks that have not ended. A domain, because PostgreSQL reads the CHECK of a table anew for every statement.';

CREATE TABLE trabecula.stage_shard (
  job_id bigint NOT NULL,
  kind text NOT NULL,
  shard smallint NOT NULL,
  total int NOT NULL,
  remaining trabecula.task_count NOT NULL,
  failed int NOT NULL DEFAULT 0,
  cancelled int NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, kind, shard),
  FOREIGN KEY (job_id, kind) REFERENCES trabecula.stage
) WITH (fillfactor = 10);
COMMENT ON TABLE trabecula.stage_shard IS
  'Counters of a stage, split so that completions of ten thousand workers do not queue for one row. Tasks that follow '
  'each other share one, a few at a time, so that those who claim side by side seldom meet there. What is neither left, '
  'failed nor cancelled has succeeded, so that every task is accounted for and success changes one number. Few rows a '
  'page, because each update looks through its page for dead ones.';

CREATE TABLE trabecula.stage_sample (
  job_id bigint NOT NULL,
  kind text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  ended bigint NOT NULL,
  failed bigint NOT NULL,
  PRIMARY KEY (job_id, kind, taken_at),
  FOREIGN KEY (job_id, kind) REFERENCES trabecula.stage
);
COMMENT ON TABLE trabecula.stage_sample IS
  'How many tasks of an open stage had ended at a time: taken by maintenance every few seconds and kept for a day, so '
  'that rates are differences of two counters, whatever the history holds.';
COMMENT ON COLUMN trabecula.stage_sample.ended IS 'Succeeded and failed tasks.';
CREATE INDEX stage_sample_times ON trabecula.stage_sample (taken_at);

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
COMMENT ON COLUMN trabecula.task.site_id IS
  'Only workers that serve this site may claim it; NULL: those whose login was granted all sites.';
COMMENT ON COLUMN trabecula.task.payload IS 'What the worker needs to know beyond the job''s study; no absolute paths.';

CREATE TABLE trabecula.worker (
  worker_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host text NOT NULL,
  pid int NOT NULL,
  slots int NOT NULL CONSTRAINT a_worker_has_slots CHECK (slots > 0),
  version text NOT NULL,
  login name NOT NULL DEFAULT session_user,
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
COMMENT ON COLUMN trabecula.worker.login IS 'Who started it; no other login may speak for it.';
COMMENT ON COLUMN trabecula.worker.sites IS
  'Sites it serves, 0 for the tasks of no site; NULL: everything, sites to come too.';
COMMENT ON COLUMN trabecula.worker.lacks_weights_of IS
  'Jobs whose deep tasks it does not claim, because the weights they were submitted with are not on its machine.';
COMMENT ON COLUMN trabecula.worker.lease_until IS
  'By the server''s clock. Once past, the worker is declared lost and its tasks go back.';
CREATE INDEX worker_leases ON trabecula.worker (lease_until) WHERE state IN ('active', 'draining');

CREATE DOMAIN trabecula.live_state AS text
  CONSTRAINT live_state_is_known CHECK (VALUE IN ('blocked', 'ready', 'running', 'delayed', 'held'));
COMMENT ON DOMAIN trabecula.live_state IS
  'State of an unended task. A domain, because PostgreSQL reads the CHECK of a table anew for every statement.';

CREATE DOMAIN trabecula.task_priority AS int CONSTRAINT priority_can_be_negated CHECK (VALUE > -2147483647);
COMMENT ON DOMAIN trabecula.task_priority IS 'Higher is claimed first. A domain for the same reason.';

CREATE TABLE trabecula.live_task (
  task_id bigint PRIMARY KEY,
  job_id bigint NOT NULL,
  fence bigint,
  worker_id bigint,
  claimed_at timestamptz,
  due_at timestamptz,
  site_id int NOT NULL,
  priority trabecula.task_priority NOT NULL DEFAULT 0,
  shard smallint NOT NULL,
  failures smallint NOT NULL DEFAULT 0,
  crashes smallint NOT NULL DEFAULT 0,
  kind text NOT NULL,
  state trabecula.live_state NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE trabecula.live_task IS
  'How an unended task stands; the row goes when the task ends. It has no foreign keys, because each would cost every '
  'claim or submission a lookup and a row lock: rows come only from the statement that inserts their task and from '
  'claim_tasks, which replaces the row of a ready task by that of a running one and has just read the worker; neither '
  'tasks nor workers are ever deleted.';
COMMENT ON COLUMN trabecula.live_task.site_id IS '0: of no site, for workers whose login was granted all sites.';
COMMENT ON COLUMN trabecula.live_task.priority IS 'Higher is claimed first; within one priority, older tasks first.';
COMMENT ON COLUMN trabecula.live_task.shard IS 'Copied from task, so that ending a task need not look there.';
COMMENT ON COLUMN trabecula.live_task.fence IS
  'Number of this claim, from one sequence. Only its holder can end the task; an older claim is answered "stale".';
COMMENT ON COLUMN trabecula.live_task.failures IS 'Attempts that ended with an error; limited, then the task fails.';
COMMENT ON COLUMN trabecula.live_task.crashes IS
  'Attempts that ended with the death of the worker; the third quarantines the task as poison. A death in the company '
  'of other tasks counts once at most, because any of them may be guilty; from then on the task runs alone.';
-- Every index here is partial, so that a claim writes to two only (the key and live_task_owners) and an end to none.
CREATE INDEX live_task_claims ON trabecula.live_task (site_id, kind, (-priority), task_id)
  WHERE state = 'ready' AND crashes = 0;
CREATE INDEX live_task_suspects ON trabecula.live_task (state, (-priority), task_id) WHERE crashes > 0;
COMMENT ON INDEX trabecula.live_task_suspects IS 'Tasks whose worker died: few, and run alone.';
CREATE INDEX live_task_owners ON trabecula.live_task (worker_id) WHERE state = 'running';
CREATE INDEX live_task_due ON trabecula.live_task (due_at) WHERE state = 'delayed';
CREATE INDEX live_task_blocked ON trabecula.live_task (job_id, kind) WHERE state = 'blocked';

CREATE TABLE trabecula.ready_queue (
  site_id int NOT NULL,
  kind text NOT NULL,
  from_rank int NOT NULL,
  from_task bigint NOT NULL,
  changes bigint NOT NULL DEFAULT 0,
  checked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (site_id, kind)
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
COMMENT ON TABLE trabecula.ready_queue IS
  'Where claims begin to read: no ready task of this site and kind that runs in company stands before (from_rank, '
  'from_task) in the order (-priority, task_id). Without it every claim would step over the index entries of all tasks '
  'claimed before, which nobody may remove while an old snapshot is open. queues_lowered tells how it stays true.';
COMMENT ON COLUMN trabecula.ready_queue.from_rank IS '2147483647: the queue is empty, and claims pass it by.';
COMMENT ON COLUMN trabecula.ready_queue.changes IS 'Counts the transactions that made tasks of this queue ready.';
COMMENT ON COLUMN trabecula.ready_queue.checked_at IS 'When mend_queues last looked whether the row is true.';

CREATE SEQUENCE trabecula.fence AS bigint CACHE 32;
COMMENT ON SEQUENCE trabecula.fence IS
  'A new number at each claim of a task, larger than the last one of the same session only; never reset.';

CREATE DOMAIN trabecula.task_outcome AS text
  CONSTRAINT outcome_is_known CHECK (VALUE IN ('succeeded', 'failed', 'cancelled'));
COMMENT ON DOMAIN trabecula.task_outcome IS 'How a task ended.';

CREATE TABLE trabecula.task_history (
  task_id bigint NOT NULL,
  job_id bigint NOT NULL,
  kind text NOT NULL,
  site_id int NOT NULL,
  outcome trabecula.task_outcome NOT NULL,
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
COMMENT ON TABLE trabecula.task_history_other IS
  'Rows of days that no partition was made for in time; keep_history moves them.';
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

SET LOCAL ROLE trabecula_owner;

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
CREATE INDEX job_case_losses ON trabecula.job_case (job_id) WHERE failure_code IS NOT NULL;
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
COMMENT ON COLUMN trabecula.metric.cohort IS 'training, test, bootstrap, or leave-one-site-out.';
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

SET LOCAL ROLE trabecula_owner;

CREATE FUNCTION trabecula.announce(channel text) RETURNS void LANGUAGE sql
  SET search_path = trabecula, pg_temp
  AS $$ SELECT pg_notify(channel, '') $$;
COMMENT ON FUNCTION trabecula.announce IS
  'Wakes listeners (trabecula_ready: work; trabecula_done: a job ended). Once a batch, never once a row.';

CREATE FUNCTION trabecula.queues_lowered(sites int[], kinds text[], ranks int[], tasks bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF coalesce(cardinality(sites), 0) = 0 THEN
    RETURN;
  END IF;
  INSERT INTO ready_queue AS q (site_id, kind, from_rank, from_task)
    SELECT * FROM unnest(sites, kinds, ranks, tasks) AS low(site_id, kind, rank, task) ORDER BY 1, 2
    ON CONFLICT (site_id, kind) DO UPDATE SET
      from_rank = least(q.from_rank, excluded.from_rank),
      from_task = CASE WHEN q.from_rank < excluded.from_rank THEN q.from_task
                       WHEN q.from_rank > excluded.from_rank THEN excluded.from_task
                       ELSE least(q.from_task, excluded.from_task) END,
      changes = q.changes + 1;
  PERFORM announce('trabecula_ready');
END $$;
COMMENT ON FUNCTION trabecula.queues_lowered IS
  'Must be called, after the fact and in the same transaction, by whatever makes tasks ready or raises the priority of '
  'ready ones: for each site and kind the lowest rank (-priority) and the lowest task id concerned. Keeps ready_queue '
  'true and wakes idle workers, once a batch. Why no ready task is passed over: advance_queues moves a row forward only '
  'to the first task that its own snapshot shows as ready, and tasks of a claim that is not committed show as ready '
  'still, so that its rollback needs no notice; only if `changes` is what that snapshot showed, so not where tasks '
  'became ready since; and it never waits for the row: a transaction that comes here later finds the row moved and '
  'moves it back.';

CREATE FUNCTION trabecula.reread_queues() RETURNS trigger
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  UPDATE ready_queue q SET from_rank = -2147483647, from_task = 0, changes = q.changes + 1
    FROM (SELECT site_id, kind FROM ready_queue ORDER BY 1, 2 FOR UPDATE) locked
    WHERE q.site_id = locked.site_id AND q.kind = locked.kind;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION trabecula.reread_queues IS 'A priority was changed: claims read every queue from its beginning.';
CREATE TRIGGER priority_changed AFTER UPDATE OF priority ON trabecula.live_task
  FOR EACH STATEMENT EXECUTE FUNCTION trabecula.reread_queues();
COMMENT ON TRIGGER priority_changed ON trabecula.live_task IS
  'Costs claims nothing, because they name other columns. State has no such trigger: whoever makes tasks ready calls '
  'make_ready or queues_lowered.';

CREATE FUNCTION trabecula.refuse_half_a_state() RETURNS trigger
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'task % would be % without what that means', NEW.task_id, NEW.state USING ERRCODE = 'check_violation',
    HINT = 'A running task has a worker, a fence and a time of claim, a delayed one is due; no other has any of these.';
END $$;
COMMENT ON FUNCTION trabecula.refuse_half_a_state IS 'Refuses to change a live task to a state that its row contradicts.';
CREATE TRIGGER running_means_claimed_and_delayed_means_due BEFORE UPDATE ON trabecula.live_task
  FOR EACH ROW WHEN ((NEW.state = 'running')
      <> (NEW.worker_id IS NOT NULL AND NEW.fence IS NOT NULL AND NEW.claimed_at IS NOT NULL)
    OR (NEW.state = 'delayed') <> (NEW.due_at IS NOT NULL))
  EXECUTE FUNCTION trabecula.refuse_half_a_state();
COMMENT ON TRIGGER running_means_claimed_and_delayed_means_due ON trabecula.live_task IS
  'No CHECK, which PostgreSQL would read anew for every claim. Claims and plans insert rows, all of a row in one statement; '
  'whatever else becomes of a task is an UPDATE.';

CREATE FUNCTION trabecula.end_job(ending bigint, outcome text, code text, sentence text, advice text DEFAULT NULL)
  RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  UPDATE job SET state = outcome, failure_code = code, failure_text = sentence, remedy = advice, ended_at = now()
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
  job_rests boolean;
  sites int[];
  ranks int[];
  tasks bigint[];
BEGIN
  LOOP
    SELECT * INTO next FROM stage
      WHERE job_id = advancing AND closed_at IS NULL ORDER BY position LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM end_job(advancing, 'succeeded', NULL, NULL);
      RETURN;
    END IF;
    UPDATE stage SET opened_at = coalesce(opened_at, now()), closed_at = CASE WHEN next.open_shards = 0 THEN now() END
      WHERE job_id = advancing AND kind = next.kind;
    IF next.open_shards > 0 THEN
      -- Locks, so that a pause that is being declared is seen, or waits and then sees these tasks.
      SELECT paused INTO job_rests FROM job WHERE job_id = advancing FOR SHARE;
      PERFORM FROM site ORDER BY site_id FOR SHARE;
      WITH opened AS (
        UPDATE live_task SET state =
            CASE WHEN job_rests OR site_id IN (SELECT s.site_id FROM site s WHERE s.paused) THEN 'held' ELSE 'ready' END
          WHERE job_id = advancing AND kind = next.kind AND state = 'blocked'
          RETURNING site_id, priority, task_id, state
      ), low AS (
        SELECT site_id, min(-priority) AS rank, min(task_id) AS task FROM opened WHERE state = 'ready' GROUP BY 1
      )
      SELECT array_agg(low.site_id), array_agg(low.rank), array_agg(low.task) INTO sites, ranks, tasks FROM low;
      PERFORM queues_lowered(sites, array_fill(next.kind, ARRAY[coalesce(cardinality(sites), 0)]), ranks, tasks);
      INSERT INTO stage_sample (job_id, kind, ended, failed)
        SELECT job_id, kind, sum(total - remaining - cancelled), sum(failed) FROM stage_shard
          WHERE job_id = advancing AND kind = next.kind GROUP BY 1, 2
        ON CONFLICT DO NOTHING;
      RETURN;
    END IF;
  END LOOP;
END $$;
COMMENT ON FUNCTION trabecula.open_next_stage IS
  'Makes the tasks of the next stage ready, or held where job or site is paused; stages without tasks are passed over, '
  'and after the last the job has succeeded.';

CREATE FUNCTION trabecula.start_job(starting bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM stage WHERE job_id = starting AND opened_at IS NOT NULL) THEN
    RETURN;
  END IF;
  PERFORM record_act('submit', 'job ' || starting, NULL,
    (SELECT jsonb_object_agg(kind, total) FROM (SELECT kind, sum(total) AS total FROM stage_shard
      WHERE job_id = starting GROUP BY kind) planned));
  PERFORM open_next_stage(starting);
END $$;
COMMENT ON FUNCTION trabecula.start_job IS 'Opens the first stage of a job that is planned; a started job stays as it is.';

CREATE FUNCTION trabecula.make_ready(freed bigint[]) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  sites int[];
  kinds text[];
  ranks int[];
  tasks bigint[];
  made int;
BEGIN
  IF cardinality(freed) = 0 THEN
    RETURN 0;
  END IF;
  -- Locks, so that a pause that is being declared is seen, or waits and then sees these tasks.
  PERFORM FROM job WHERE job_id IN (SELECT l.job_id FROM live_task l WHERE l.task_id = ANY (freed))
    ORDER BY job_id FOR SHARE;
  PERFORM FROM site WHERE site_id IN (SELECT l.site_id FROM live_task l WHERE l.task_id = ANY (freed))
    ORDER BY site_id FOR SHARE;
  WITH given AS (
    UPDATE live_task l SET worker_id = NULL, fence = NULL, claimed_at = NULL, due_at = NULL,
        state = CASE WHEN j.paused OR l.site_id IN (SELECT s.site_id FROM site s WHERE s.paused)
          THEN 'held' ELSE 'ready' END
      FROM job j WHERE j.job_id = l.job_id AND l.task_id = ANY (freed)
      RETURNING l.site_id, l.kind, l.priority, l.task_id, l.state
  ), low AS (
    SELECT site_id, kind, min(-priority) AS rank, min(task_id) AS task FROM given WHERE state = 'ready' GROUP BY 1, 2
  )
  SELECT array_agg(low.site_id), array_agg(low.kind), array_agg(low.rank), array_agg(low.task),
      (SELECT count(*) FROM given)
    INTO sites, kinds, ranks, tasks, made FROM low;
  PERFORM queues_lowered(sites, kinds, ranks, tasks);
  RETURN made;
END $$;
COMMENT ON FUNCTION trabecula.make_ready IS
  'Gives tasks, locked by the caller, back to the queue: ready, or held where their job or site is paused. Every way '
  'back to ready but the opening of a stage goes through here.';

CREATE FUNCTION trabecula.require_own_worker(named bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM worker w WHERE w.worker_id = named AND w.login <> session_user) THEN
    RAISE EXCEPTION 'worker % was not started by login %', named, session_user
      USING ERRCODE = 'insufficient_privilege', HINT = 'A worker speaks for itself only; register one of your own.';
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.require_own_worker IS
  'Refuses a login that speaks for the worker of another. A number that no worker has owns no task, and passes.';

CREATE FUNCTION trabecula.close_shards(closing_job bigint, closing_kind text, shards int) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  left_in_stage int;
BEGIN
  UPDATE stage SET open_shards = open_shards - shards,
      closed_at = CASE WHEN open_shards = shards THEN now() END
    WHERE job_id = closing_job AND kind = closing_kind
    RETURNING open_shards INTO left_in_stage;
  IF left_in_stage = 0 AND (SELECT state FROM job WHERE job_id = closing_job) = 'running' THEN
    PERFORM open_next_stage(closing_job);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.close_shards IS
  'Takes shards without tasks left off their stage; with the last one the stage closes and the next opens.';

CREATE FUNCTION trabecula.count_ended(counted_job bigint, counted_kind text, counted_shard smallint,
    failed_tasks int, cancelled_tasks int) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  left_in_shard int;
BEGIN
  UPDATE stage_shard SET
      failed = failed + failed_tasks, cancelled = cancelled + cancelled_tasks,
      remaining = remaining - failed_tasks - cancelled_tasks
    WHERE job_id = counted_job AND kind = counted_kind AND shard = counted_shard
    RETURNING remaining INTO left_in_shard;
  IF left_in_shard = 0 THEN
    PERFORM close_shards(counted_job, counted_kind, 1);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.count_ended IS
  'Counts failed and cancelled tasks of one shard (complete_tasks counts the others); the last one of a stage opens the '
  'next stage in the same transaction.';

CREATE FUNCTION trabecula.complete_tasks(completing_worker bigint, task_ids bigint[], fences bigint[])
  RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
  SET enable_mergejoin = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  ended bigint[];
  some_closed boolean;
  closed record;
BEGIN
  -- An index scan for a list goes through it in order, as counters are sorted: one order of locks for all. A fence is the
  -- number of one claim of one task, so two lists say as much as pairs.
  WITH gone AS (
    -- "+ 0" keeps the planner from the index of owners, whose dead versions cost more than the primary key's.
    DELETE FROM live_task l
      WHERE l.task_id = ANY (task_ids) AND l.fence = ANY (fences) AND l.worker_id + 0 = completing_worker
        AND (SELECT w.login = session_user FROM worker w WHERE w.worker_id = completing_worker)
      RETURNING l.task_id, l.job_id, l.kind, l.site_id, l.shard, l.fence, l.worker_id, l.failures, l.crashes, l.claimed_at
  ), kept AS (
    INSERT INTO task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes, claimed_at)
      SELECT task_id, job_id, kind, site_id, 'succeeded', fence, worker_id, failures, crashes, claimed_at FROM gone
  ), counted AS (
    UPDATE stage_shard s SET remaining = s.remaining - part.tasks
      FROM (SELECT job_id, kind, shard, count(*)::int AS tasks FROM gone GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) part
      WHERE s.job_id = part.job_id AND s.kind = part.kind AND s.shard = part.shard
      RETURNING s.remaining
  )
  SELECT array_agg(task_id), EXISTS (SELECT FROM counted WHERE remaining = 0) INTO ended, some_closed FROM gone;
  IF some_closed THEN
    FOR closed IN
      SELECT touched.job_id, touched.kind, count(*)::int AS shards
        FROM (SELECT DISTINCT t.job_id, t.kind, t.shard FROM task t WHERE t.task_id = ANY (ended)) touched
        WHERE (SELECT s.remaining FROM stage_shard s
            WHERE s.job_id = touched.job_id AND s.kind = touched.kind AND s.shard = touched.shard) = 0
        GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
      PERFORM close_shards(closed.job_id, closed.kind, closed.shards);
    END LOOP;
  END IF;
  IF cardinality(ended) = cardinality(task_ids) THEN
    RETURN array_fill('ok'::text, ARRAY[cardinality(ended)]);
  END IF;
  PERFORM require_own_worker(completing_worker);
  RETURN ARRAY(
    SELECT CASE WHEN named.task_id = ANY (ended) THEN 'ok'
                WHEN EXISTS (SELECT FROM task_history h
                               WHERE h.task_id = named.task_id AND h.fence = named.fence AND h.outcome = 'succeeded'
                                 AND h.worker_id = completing_worker)
                  THEN 'already'
                ELSE 'stale' END
      FROM unnest(task_ids, fences) WITH ORDINALITY AS named(task_id, fence, place) ORDER BY place);
END $$;
COMMENT ON FUNCTION trabecula.complete_tasks IS
  'Ends claimed tasks with success. A verdict for each, in the order given: ok; already (this claim was completed before, '
  'its answer was lost); stale (the claim was taken back: nothing was written).';

CREATE FUNCTION trabecula.abandon_job(failing bigint, outcome text, code text, sentence text, advice text) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  part record;
  stopped int := 0;
BEGIN
  -- Tasks before their job, as a completion locks them.
  PERFORM FROM live_task l WHERE l.job_id = failing ORDER BY l.task_id FOR UPDATE;
  PERFORM end_job(failing, outcome, code, sentence, advice);
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
    PERFORM count_ended(failing, part.kind, part.shard, 0, part.tasks);
    stopped := stopped + part.tasks;
  END LOOP;
  RETURN stopped;
END $$;
COMMENT ON FUNCTION trabecula.abandon_job IS
  'Ends a job as failed or cancelled and cancels what is left of it; workers that still run its tasks hear of it with '
  'their next heartbeat and get the answer "stale". Returns how many tasks it cancelled.';

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
    PERFORM abandon_job(ending.job_id, 'failed', code, sentence, advice);
  END IF;
  PERFORM count_ended(ending.job_id, planned.kind, planned.shard, 1, 0);
END $$;
COMMENT ON FUNCTION trabecula.end_failed IS
  'Ends a task for good. A failed extraction costs its case, once; any other failed task costs the job.';

CREATE FUNCTION trabecula.fail_task(failing_worker bigint, failing bigint, claim bigint, code text, sentence text,
    advice text, retryable boolean, attempts int DEFAULT 5) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  current live_task;
BEGIN
  PERFORM require_own_worker(failing_worker);
  SELECT * INTO current FROM live_task
    WHERE task_id = failing AND fence = claim AND worker_id = failing_worker FOR UPDATE;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM task_history h WHERE h.task_id = failing AND h.fence = claim AND h.outcome = 'failed'
         AND h.worker_id = failing_worker)
       OR EXISTS (SELECT FROM attempt_failure a
         WHERE a.task_id = failing AND a.fence = claim AND a.worker_id = failing_worker
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
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_own_worker(releasing_worker);
  RETURN make_ready(ARRAY(
    SELECT l.task_id FROM live_task l JOIN unnest(task_ids, fences) AS named(task_id, fence)
      ON l.task_id = named.task_id AND l.fence = named.fence AND l.worker_id + 0 = releasing_worker
      ORDER BY l.task_id FOR UPDATE OF l));
END $$;
COMMENT ON FUNCTION trabecula.release_tasks IS 'Hands claimed tasks back unexecuted; counts neither as failure nor as crash.';

-- step 5: workers

SET LOCAL ROLE trabecula_owner;

CREATE FUNCTION trabecula.require_sites() RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF NOT serves_all_sites() AND cardinality(login_sites()) = 0 THEN
    RAISE EXCEPTION 'login % was granted no site', session_user
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: coordinator grant-site %s SITE (or --all), in SQL: '
          'SELECT trabecula.grant_site(%L, ''SITE'');', session_user, session_user);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.require_sites IS 'Refuses a login that was granted no site, and says what to run.';

CREATE FUNCTION trabecula.register_worker(worker_host text, worker_pid int, worker_slots int, worker_version text,
    site_names text[], lease_seconds float8) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  registered bigint;
  unknown text;
  served int[];
BEGIN
  PERFORM require_sites();
  SELECT named INTO unknown FROM unnest(site_names) AS named
    WHERE NOT EXISTS (SELECT FROM site WHERE name = named) LIMIT 1;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'site % is not known', quote_literal(unknown)
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Known sites: ' || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site
                WHERE site_id = ANY (login_sites())), 'none yet')
              || '. A site becomes known when a manifest that names it is ingested.';
  END IF;
  SELECT name INTO unknown FROM site
    WHERE name = ANY (site_names) AND NOT site_id = ANY (login_sites()) ORDER BY name LIMIT 1;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'login % may not serve site %', session_user, quote_literal(unknown)
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: coordinator grant-site %s %s, in SQL: SELECT trabecula.grant_site(%L, %L);',
          session_user, unknown, session_user, unknown);
  END IF;
  IF site_names IS NOT NULL THEN
    served := ARRAY(SELECT site_id FROM site WHERE name = ANY (site_names) ORDER BY site_id);
    IF serves_all_sites() THEN
      served := 0 || served;
    END IF;
  ELSIF NOT serves_all_sites() THEN
    served := login_sites();
  END IF;
  INSERT INTO worker (host, pid, slots, version, sites, lease, lease_until)
    VALUES (worker_host, worker_pid, worker_slots, worker_version, served,
      make_interval(secs => lease_seconds), now() + make_interval(secs => lease_seconds))
    RETURNING worker_id INTO registered;
  RETURN registered;
END $$;
COMMENT ON FUNCTION trabecula.register_worker IS
  'Makes a worker process known. It serves the sites it names, or with NULL all sites that its login was granted; '
  'naming another is an error. Tasks of no site go to workers whose login was granted all sites.';

CREATE FUNCTION trabecula.heartbeat(beating bigint, running bigint[], silent_seconds float8 DEFAULT 0,
    forgotten_seconds float8 DEFAULT 300)
  RETURNS TABLE (state text, taken_back bigint[], work_ahead boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
#variable_conflict use_column
DECLARE
  forgotten bigint[];
BEGIN
  PERFORM require_own_worker(beating);
  UPDATE worker SET heartbeat_at = now(), lease_until = now() + lease + make_interval(secs => silent_seconds)
    WHERE worker_id = beating AND worker.state IN ('active', 'draining');
  -- A claim that reached the server after its worker had given the connection up: nobody knows of it.
  forgotten := ARRAY(SELECT l.task_id FROM live_task l
    WHERE l.worker_id = beating AND l.state = 'running' AND l.task_id <> ALL (running)
      AND extract(epoch FROM now() - l.claimed_at) > forgotten_seconds
    ORDER BY l.task_id FOR UPDATE SKIP LOCKED);
  IF cardinality(forgotten) > 0 THEN
    PERFORM make_ready(forgotten);
  END IF;
  RETURN QUERY
    SELECT coalesce((SELECT w.state FROM worker w WHERE w.worker_id = beating), 'lost'),
      ARRAY(SELECT named FROM unnest(running) AS named
        WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = named AND l.worker_id = beating)),
      EXISTS (SELECT FROM job WHERE job.state = 'running');
END $$;
COMMENT ON FUNCTION trabecula.heartbeat IS
  'Extends the lease and answers the worker''s state, those of its running tasks that are no longer its own, and '
  'whether a job is unfinished, so that looking again soon is worth while. silent_seconds: how much longer than its lease a '
  'worker without tasks will be silent; the claim of a task ends that privilege. forgotten_seconds: tasks that it has held '
  'for longer and does not name go back, because their claim came late, over a connection that it had given up; several '
  'times what it lets a call take, so that it does not lose a claim whose answer is on its way.';

CREATE FUNCTION trabecula.advance_queues(queue_kinds text[], serving int[], level int) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  seen record;
  best int;
BEGIN
  FOR seen IN
    SELECT q.site_id, q.kind, q.changes, q.from_rank, q.from_task, first.rank, first.task_id
      FROM ready_queue q LEFT JOIN LATERAL (
        SELECT -l.priority AS rank, l.task_id FROM live_task l
          WHERE l.site_id = q.site_id AND l.kind = q.kind AND l.state = 'ready' AND l.crashes = 0
            AND (-l.priority, l.task_id) >= (greatest(q.from_rank, level),
              CASE WHEN q.from_rank >= level THEN q.from_task ELSE 0 END)
          ORDER BY -l.priority, l.task_id LIMIT 1) first ON true
      WHERE q.kind = ANY (queue_kinds) AND q.from_rank < 2147483647
        AND (serving IS NULL OR q.site_id = ANY (serving))
      ORDER BY q.site_id, q.kind
  LOOP
    best := least(best, seen.rank);
    IF level = -2147483648 AND (seen.rank IS NULL OR seen.rank > seen.from_rank OR seen.task_id > seen.from_task) THEN
      UPDATE ready_queue q SET from_rank = coalesce(seen.rank, 2147483647),
          from_task = coalesce(seen.task_id, 9223372036854775807)
        WHERE (q.site_id, q.kind) IN (
          SELECT f.site_id, f.kind FROM ready_queue f
            WHERE f.site_id = seen.site_id AND f.kind = seen.kind AND f.changes = seen.changes
              AND (f.from_rank, f.from_task) = (seen.from_rank, seen.from_task)
            FOR UPDATE SKIP LOCKED);
    END IF;
  END LOOP;
  RETURN best;
END $$;
COMMENT ON FUNCTION trabecula.advance_queues IS
  'Moves the places where claims begin to read forward to the first ready tasks as they stand now, where nothing '
  'became ready since; see queues_lowered. A row that somebody has locked is left to the next claim. Returns the best '
  'rank (-priority), from level on, of a ready task; NULL: there is none. Moves nothing when level is above the lowest.';

CREATE FUNCTION trabecula.claim_tasks(claiming bigint, kinds text[], most int)
  RETURNS TABLE (task_id bigint, fence bigint, job_id bigint, kind text, payload jsonb, failures smallint,
    crashes smallint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  may_claim boolean;
  served int[];
  weightless bigint[];
  beside_suspects boolean;
  lease_is_old boolean;
  queue_site int;
  queue_kind text;
  queue_rank int;
  queue_task bigint;
  others ready_queue[];
  place int;
  level int := -2147483648;
  missing int := most;
  before int;
  round_rank int;
  taken int;
  in_vain int := 0;
  best int;
BEGIN
  -- Locked to the end of the claim: a worker that is being declared lost, or says goodbye, would keep for ever what it
  -- claims beside that. Its process may be dead although this call of it goes on. With it comes the queue that begins
  -- first, in the order of the rounds below.
  SELECT w.state = 'active' AND w.lease_until > now(), w.sites, w.lacks_weights_of,
      EXISTS (SELECT FROM live_task l WHERE l.crashes > 0),
      w.lease_until NOT BETWEEN now() + w.lease * (2 / 3.0) AND now() + w.lease * (4 / 3.0),
      q.site_id, q.kind, q.from_rank, q.from_task
    INTO may_claim, served, weightless, beside_suspects, lease_is_old,
      queue_site, queue_kind, queue_rank, queue_task
    FROM worker w LEFT JOIN LATERAL (
      SELECT r.site_id, r.kind, r.from_rank, r.from_task FROM ready_queue r
        WHERE r.kind = ANY (kinds) AND r.from_rank < 2147483647 AND (w.sites IS NULL OR r.site_id = ANY (w.sites))
        ORDER BY r.from_rank, r.from_task LIMIT 1) q ON true
    WHERE w.worker_id = claiming AND w.login = session_user FOR SHARE OF w;
  IF may_claim IS NOT TRUE THEN
    PERFORM require_own_worker(claiming);
    RETURN;
  END IF;
  -- A task whose worker died runs alone, so that if it kills again nobody else is counted with it: a worker with
  -- nothing in hand takes one such task and no other; one that is busy gets nothing more until it is free for it.
  IF beside_suspects THEN
    IF EXISTS (SELECT FROM live_task l WHERE l.crashes > 0 AND l.state = 'running' AND l.worker_id + 0 = claiming) THEN
      RETURN;
    END IF;
    IF EXISTS (SELECT FROM live_task l WHERE l.state = 'ready' AND l.crashes > 0 AND l.kind = ANY (kinds)
        AND (l.kind <> 'deep' OR l.job_id <> ALL (weightless)) AND (served IS NULL OR l.site_id = ANY (served))) THEN
      IF EXISTS (SELECT FROM live_task l WHERE l.worker_id = claiming AND l.state = 'running') THEN
        RETURN;
      END IF;
      RETURN QUERY
        WITH freed AS (
          DELETE FROM live_task l
            WHERE l.ctid = ANY (ARRAY(
              SELECT s.ctid FROM live_task s
                WHERE s.state = 'ready' AND s.crashes > 0 AND s.kind = ANY (kinds)
                  AND (s.kind <> 'deep' OR s.job_id <> ALL (weightless))
                  AND (served IS NULL OR s.site_id = ANY (served))
                ORDER BY -s.priority, s.task_id LIMIT 1 FOR UPDATE SKIP LOCKED))
            RETURNING l.task_id, l.job_id, l.site_id, l.priority, l.shard, l.failures, l.crashes, l.kind
        )
        INSERT INTO live_task AS l (task_id, job_id, fence, worker_id, claimed_at, site_id, priority, shard, failures,
            crashes, kind, state)
          SELECT task_id, job_id, nextval('trabecula.fence'), claiming, now(), site_id, priority, shard, failures,
              crashes, kind, 'running' FROM freed
          RETURNING l.task_id, l.fence, l.job_id, l.kind, (SELECT t.payload FROM task t WHERE t.task_id = l.task_id),
            l.failures, l.crashes;
      IF FOUND THEN
        -- Ends the longer silence of an idle worker, as below: a death over a suspect must be noticed within a lease.
        UPDATE worker w SET heartbeat_at = now(), lease_until = now() + w.lease WHERE w.worker_id = claiming;
        RETURN;
      END IF;
    END IF;
  END IF;
  -- One priority a round, the best that may be ready, across all queues; nearly always the first queue fills the batch.
  LOOP
    before := missing;
    round_rank := queue_rank;
    place := 0;
    WHILE queue_rank = round_rank LOOP
      RETURN QUERY
        WITH freed AS (
          -- A locked row stays where it is until this transaction ends, so its place needs no second look-up.
          DELETE FROM live_task l
            WHERE l.ctid = ANY (ARRAY(
              SELECT s.ctid FROM live_task s
                WHERE s.site_id = queue_site AND s.kind = queue_kind AND s.state = 'ready'
                  AND (s.kind <> 'deep' OR s.job_id <> ALL (weightless))
                  AND s.crashes = 0 AND -s.priority = queue_rank AND s.task_id >= queue_task
                -- The whole order of the index, although one priority is read: else the planner sorts the queue.
                ORDER BY -s.priority, s.task_id LIMIT missing FOR UPDATE SKIP LOCKED))
            RETURNING l.task_id, l.job_id, l.site_id, l.priority, l.shard, l.failures, l.crashes, l.kind
        )
        -- Replaced, not updated: a claim that still saw the task as ready would follow an update to the running row
        -- and lock that, SKIP LOCKED or not; its worker would wait to end it, and in a circle. Nothing leads on from
        -- a deleted row.
        INSERT INTO live_task AS l (task_id, job_id, fence, worker_id, claimed_at, site_id, priority, shard, failures,
            crashes, kind, state)
          SELECT task_id, job_id, nextval('trabecula.fence'), claiming, now(), site_id, priority, shard, failures,
              crashes, kind, 'running' FROM freed
          RETURNING l.task_id, l.fence, l.job_id, l.kind, (SELECT t.payload FROM task t WHERE t.task_id = l.task_id),
            l.failures, l.crashes;
      GET DIAGNOSTICS taken = ROW_COUNT;
      missing := missing - taken;
      in_vain := in_vain + (taken = 0)::int;
      EXIT WHEN missing <= 0;
      IF place = 0 THEN
        others := ARRAY(
          SELECT ROW(r.site_id, r.kind, round_rank, CASE WHEN r.from_rank = round_rank THEN r.from_task ELSE 0 END,
              0, now())::ready_queue
            FROM ready_queue r
            WHERE r.kind = ANY (kinds) AND r.from_rank <= round_rank
              AND (r.site_id, r.kind) <> (queue_site, queue_kind) AND (served IS NULL OR r.site_id = ANY (served))
            ORDER BY r.from_task);
      END IF;
      place := place + 1;
      queue_site := others[place].site_id;
      queue_kind := others[place].kind;
      queue_rank := others[place].from_rank;
      queue_task := others[place].from_task;
    END LOOP;
    -- Once in a thousand tasks, more often where queues are tried that are empty, and always when the batch is not full,
    -- the next claims get a nearer beginning.
    EXIT WHEN missing <= 0 AND random() * 1000 > most + 100 * in_vain;
    best := advance_queues(kinds, served, level);
    EXIT WHEN missing <= 0 OR best IS NULL;
    -- A round that took nothing although there is something found every task of that priority locked by other claims.
    level := best + (missing = before AND best = round_rank)::int;
    SELECT r.site_id, r.kind, greatest(r.from_rank, level), CASE WHEN r.from_rank >= level THEN r.from_task ELSE 0 END
      INTO queue_site, queue_kind, queue_rank, queue_task
      FROM ready_queue r
      WHERE r.kind = ANY (kinds) AND r.from_rank < 2147483647 AND (served IS NULL OR r.site_id = ANY (served))
      ORDER BY 3, 4 LIMIT 1;
  END LOOP;
  -- A claim is a sign of life. Written only when it matters, not with each claim.
  IF missing < most AND lease_is_old THEN
    UPDATE worker w SET heartbeat_at = now(), lease_until = now() + w.lease WHERE w.worker_id = claiming;
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.claim_tasks IS
  'Gives an active worker up to so many ready tasks of these kinds at its sites with a new fence each: the highest '
  'priority first, across all queues; within a priority, queue by queue, the oldest of each, in no order. Tasks that '
  'another claim has locked are passed over; a claim waits for nobody and locks nothing that it does not take, so it may '
  'stand in one transaction with a completion. A worker that is draining, stopped or past its lease gets none. Reads each '
  'queue from where ready_queue says, so that the cost does not grow with what was claimed before. The settings pin the '
  'plan: one of a table that was empty, or compiled by JIT, would cost a hundred times more. Deep tasks of jobs whose '
  'weights it lacks are left to others.';

CREATE FUNCTION trabecula.lack_weights(lacking bigint, jobs bigint[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_own_worker(lacking);
  UPDATE worker SET lacks_weights_of = jobs WHERE worker_id = lacking;
END $$;
COMMENT ON FUNCTION trabecula.lack_weights IS
  'A worker says for which jobs it has not the weights; it looks again now and then, and says so then.';

CREATE FUNCTION trabecula.stop_worker(stopping bigint) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  released int;
BEGIN
  PERFORM require_own_worker(stopping);
  -- First, so that a claim that is still under way is waited for, and a later one gets nothing.
  UPDATE worker SET state = 'stopped', ended_at = now()
    WHERE worker_id = stopping AND state IN ('active', 'draining');
  released := make_ready(ARRAY(SELECT task_id FROM live_task
    WHERE worker_id = stopping AND state = 'running' ORDER BY task_id FOR UPDATE));
  RETURN released;
END $$;
COMMENT ON FUNCTION trabecula.stop_worker IS 'A worker says goodbye: whatever it still holds goes back.';

CREATE FUNCTION trabecula.release_others(holding bigint, keep bigint[]) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_own_worker(holding);
  -- A claim on the lost connection may be under way still; it holds this row, and what it takes must go back too.
  PERFORM FROM worker WHERE worker_id = holding FOR NO KEY UPDATE;
  RETURN make_ready(ARRAY(SELECT task_id FROM live_task
    WHERE worker_id = holding AND state = 'running' AND task_id <> ALL (keep) ORDER BY task_id FOR UPDATE));
END $$;
COMMENT ON FUNCTION trabecula.release_others IS
  'After a lost connection: hands back tasks whose claim was committed but never reached the worker. Waits for a claim '
  'of this worker that is under way.';

CREATE FUNCTION trabecula.take_back(lost_worker bigint, most_crashes int) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  held live_task;
  taken int := 0;
  freed bigint[] := '{}';
  was_alone boolean := (SELECT count(*) = 1 FROM live_task WHERE worker_id = lost_worker AND state = 'running');
BEGIN
  FOR held IN SELECT * FROM live_task WHERE worker_id = lost_worker AND state = 'running'
    ORDER BY task_id FOR UPDATE
  LOOP
    taken := taken + 1;
    held.crashes := CASE WHEN was_alone THEN held.crashes + 1 ELSE greatest(held.crashes, 1) END;
    UPDATE live_task SET crashes = held.crashes WHERE task_id = held.task_id;
    IF held.crashes >= most_crashes THEN
      PERFORM end_failed(held.task_id, 'poison',
        format('The worker process died %s times while it ran this task.', held.crashes),
        'Look for memory limits or a damaged file on that machine, then retry the task.');
    ELSE
      INSERT INTO attempt_failure (task_id, fence, worker_id, failure_code, failure_text)
        VALUES (held.task_id, held.fence, lost_worker, 'worker-lost', 'The worker process died or lost its lease.');
      freed := freed || held.task_id;
    END IF;
  END LOOP;
  PERFORM make_ready(freed);
  RETURN taken;
END $$;
COMMENT ON FUNCTION trabecula.take_back IS
  'Returns the tasks of a lost worker to the queue; a task whose third worker dies is quarantined as poison. Where '
  'several were held nobody knows which is guilty: each becomes a suspect, none is quarantined.';

CREATE FUNCTION trabecula.expire_worker(dead_host text, dead_pid int) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  expired int;
BEGIN
  UPDATE worker SET lease_until = now() - interval '1 microsecond'
    WHERE host = dead_host AND pid = dead_pid AND state IN ('active', 'draining');
  GET DIAGNOSTICS expired = ROW_COUNT;
  IF expired > 0 THEN
    PERFORM record_act('expire_worker', format('process %s on %s', dead_pid, dead_host), NULL,
      jsonb_build_object('workers', expired));
  END IF;
  RETURN expired;
END $$;
COMMENT ON FUNCTION trabecula.expire_worker IS
  'For whoever saw a worker process die: its lease ends now, and the next maintenance takes its tasks back.';

CREATE FUNCTION trabecula.make_history_partitions(first_day date, days int) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms' AS $$
DECLARE
  day date;
  partition text;
  made int := 0;
BEGIN
  FOR day IN SELECT (first_day + n)::date FROM generate_series(0, days - 1) AS n LOOP
    partition := 'task_history_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('trabecula.' || partition) IS NOT NULL;
    BEGIN
      -- Made beside the table and attached: CREATE … PARTITION OF would stop all readers and writers.
      EXECUTE format('CREATE TABLE trabecula.%I (LIKE trabecula.task_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS) '
        'WITH (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000)', partition);
      EXECUTE format('COMMENT ON TABLE trabecula.%I IS %L', partition, 'Tasks that ended on ' || day || ' (UTC).');
      IF EXISTS (SELECT FROM task_history_other WHERE ended_at >= day AND ended_at < day + 1) THEN
        EXECUTE format('WITH moved AS (DELETE FROM task_history_other WHERE ended_at >= %L AND ended_at < %L RETURNING *) '
          'INSERT INTO %I SELECT * FROM moved', day, day + 1, partition);
      END IF;
      PERFORM guard_table(format('trabecula.%I', partition));
      EXECUTE format('ALTER TABLE task_history ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, day, day + 1);
      made := made + 1;
    EXCEPTION WHEN lock_not_available OR check_violation THEN
      -- Somebody reads or writes the default partition; its rows are safe there until the next round.
      NULL;
    END;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION trabecula.make_history_partitions IS
  'Makes the history partitions of so many days (UTC) from the first on, and returns how many. Rows of such a day that '
  'lie in task_history_other, because nobody made its partition in time, move to it. Waits for no lock longer than a '
  'fifth of a second: what it could not do it leaves for the next round.';

CREATE FUNCTION trabecula.keep_history(days int, ahead int DEFAULT 7)
  RETURNS TABLE (partitions_made int, partitions_dropped int, partitions_needed int, partitions_busy int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms' AS $$
DECLARE
  old record;
  is_needed boolean;
BEGIN
  IF days < 1 OR ahead < 1 THEN
    RAISE EXCEPTION 'keep_history: % days back and % ahead were asked for', days, ahead
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Both must be 1 or more.';
  END IF;
  partitions_made := make_history_partitions(current_date, ahead);
  -- Days that went by without maintenance: their rows wait in the default partition.
  SELECT partitions_made + coalesce(sum(make_history_partitions(missed.day, 1)), 0) INTO partitions_made
    FROM (SELECT DISTINCT ended_at::date AS day FROM task_history_other ORDER BY 1) missed;
  partitions_dropped := 0;
  partitions_needed := 0;
  partitions_busy := 0;
  FOR old IN
    SELECT c.relname AS name, to_date(right(c.relname, 8), 'YYYYMMDD') AS day
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'trabecula.task_history'::regclass AND c.relname ~ '^task_history_[0-9]{8}$'
        AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - days
      ORDER BY 1
  LOOP
    BEGIN
      -- No job may begin, end or be taken up again between the look and the drop.
      LOCK TABLE job IN SHARE MODE;
      is_needed := EXISTS (SELECT FROM job WHERE state = 'running' AND submitted_at < old.day + 1);
      IF is_needed THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I h JOIN job j USING (job_id) WHERE j.state = %L)', old.name, 'running')
          INTO is_needed;
      END IF;
      IF is_needed THEN
        partitions_needed := partitions_needed + 1;
      ELSE
        EXECUTE format('DROP TABLE trabecula.%I', old.name);
        partitions_dropped := partitions_dropped + 1;
      END IF;
    EXCEPTION WHEN lock_not_available THEN
      partitions_busy := partitions_busy + 1;
    END;
  END LOOP;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION trabecula.keep_history IS
  'Retention: makes the partitions of today and the days ahead, and drops those that ended more than so many days ago. '
  'A partition with a task of an unfinished job is needed and stays; one that somebody reads is busy and stays until the '
  'next call. Results are not touched: history tells when and where a task ended, and which claim ended it.';

CREATE FUNCTION trabecula.mend_queues() RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
  mended int;
BEGIN
  WITH due AS MATERIALIZED (
    SELECT q.site_id, q.kind FROM ready_queue q
      WHERE q.checked_at < now() - interval '1 minute' ORDER BY 1, 2 FOR UPDATE SKIP LOCKED
  ), looked AS (
    SELECT due.*, EXISTS (SELECT FROM live_task l
        WHERE l.site_id = due.site_id AND l.kind = due.kind AND l.state = 'ready' AND l.crashes = 0
          AND (-l.priority, l.task_id) < (q.from_rank, q.from_task)) AS wrong
      FROM due JOIN ready_queue q USING (site_id, kind)
  ), told AS (
    UPDATE ready_queue q SET checked_at = now(),
        from_rank = CASE WHEN wrong THEN -2147483647 ELSE from_rank END,
        from_task = CASE WHEN wrong THEN 0 ELSE from_task END,
        changes = changes + wrong::int
      FROM looked WHERE q.site_id = looked.site_id AND q.kind = looked.kind
      RETURNING wrong
  )
  SELECT count(*) FILTER (WHERE wrong) INTO mended FROM told;
  RETURN mended;
END $$;
COMMENT ON FUNCTION trabecula.mend_queues IS
  'Looks once a minute whether a ready task stands before the place where claims begin to read, as after an UPDATE by '
  'hand, and sends claims back to the beginning. Even such a task waits little longer than a minute.';

CREATE TABLE trabecula.leader (
  only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT there_is_one_leader CHECK (only_one),
  term bigint NOT NULL,
  holder text NOT NULL,
  login name NOT NULL DEFAULT session_user,
  lease_until timestamptz NOT NULL
);
COMMENT ON TABLE trabecula.leader IS
  'Which coordinator does the maintenance. Others stand by; while nobody leads, workers do it with their heartbeats.';
COMMENT ON COLUMN trabecula.leader.term IS
  'Issued here, one more with each new leader. Every maintenance call names it; an older term does nothing.';
COMMENT ON COLUMN trabecula.leader.holder IS 'Host and process of the coordinator.';
COMMENT ON COLUMN trabecula.leader.lease_until IS 'By the server''s clock; once past, the next who asks leads.';

CREATE FUNCTION trabecula.lead(asking text, my_term bigint, lease_seconds float8) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  given bigint;
BEGIN
  INSERT INTO leader AS l (term, holder, lease_until)
    VALUES (1, asking, now() + make_interval(secs => lease_seconds))
    ON CONFLICT (only_one) DO UPDATE SET
        term = CASE WHEN l.term = my_term THEN l.term ELSE l.term + 1 END,
        holder = asking, login = session_user, lease_until = excluded.lease_until
      WHERE l.term = my_term OR l.lease_until < now()
    RETURNING term INTO given;
  IF given IS DISTINCT FROM my_term AND given IS NOT NULL THEN
    PERFORM record_act('lead', 'leader', NULL, jsonb_build_object('term', given, 'holder', asking));
  END IF;
  RETURN given;
END $$;
COMMENT ON FUNCTION trabecula.lead IS
  'Renews the leadership of a term, or takes it over where its lease is past; NULL: another leads.';

CREATE FUNCTION trabecula.resign(my_term bigint) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  UPDATE leader SET lease_until = now() - interval '1 microsecond' WHERE term = my_term AND lease_until >= now();
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION trabecula.resign IS 'Ends a leadership at once, so that the next coordinator need not wait for its lease.';

CREATE FUNCTION trabecula.may_maintain(my_term bigint) RETURNS boolean
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  ruling leader;
BEGIN
  IF my_term IS NULL THEN
    RETURN NOT EXISTS (SELECT FROM leader WHERE lease_until >= now());
  END IF;
  -- Held to the end of the transaction, so that a successor begins after this maintenance.
  SELECT * INTO ruling FROM leader FOR SHARE;
  RETURN ruling.term IS NOT DISTINCT FROM my_term;
END $$;
COMMENT ON FUNCTION trabecula.may_maintain IS
  'Whether the caller may do maintenance: the leader of this term, or with NULL anybody while nobody leads.';

CREATE FUNCTION trabecula.take_samples() RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  taken int;
BEGIN
  IF EXISTS (SELECT FROM stage_sample WHERE taken_at > now() - interval '5 seconds') THEN
    RETURN 0;
  END IF;
  DELETE FROM stage_sample WHERE taken_at < now() - interval '1 day';
  INSERT INTO stage_sample (job_id, kind, ended, failed)
    SELECT c.job_id, c.kind, sum(c.total - c.remaining - c.cancelled), sum(c.failed)
      FROM stage s JOIN stage_shard c USING (job_id, kind) JOIN job j USING (job_id)
      WHERE j.state = 'running' AND s.opened_at IS NOT NULL AND s.closed_at IS NULL
      GROUP BY 1, 2
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  RETURN taken;
END $$;
COMMENT ON FUNCTION trabecula.take_samples IS
  'Notes the counters of all open stages, at most every five seconds, and forgets notes older than a day.';

CREATE FUNCTION trabecula.maintain(leader_term bigint DEFAULT NULL)
  RETURNS TABLE (lost_workers int, tasks_taken_back int, tasks_promoted int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  expired bigint;
  most_crashes constant int := 3;
BEGIN
  lost_workers := 0;
  tasks_taken_back := 0;
  tasks_promoted := 0;
  -- One maintainer at a time; whoever comes second has nothing to do.
  IF NOT may_maintain(leader_term) OR NOT pg_try_advisory_xact_lock(hashtext('trabecula.maintain')) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  FOR expired IN SELECT worker_id FROM worker
    WHERE state IN ('active', 'draining') AND lease_until < now()
      -- While the server was away nobody could be heard: after its start a worker has one lease to speak up.
      AND (heartbeat_at > pg_postmaster_start_time() OR pg_postmaster_start_time() + lease < now())
    ORDER BY worker_id FOR UPDATE SKIP LOCKED
  LOOP
    lost_workers := lost_workers + 1;
    UPDATE worker SET state = 'lost', ended_at = now() WHERE worker_id = expired;
    tasks_taken_back := tasks_taken_back + take_back(expired, most_crashes);
  END LOOP;
  tasks_promoted := make_ready(ARRAY(SELECT task_id FROM live_task
    WHERE state = 'delayed' AND due_at <= now() ORDER BY task_id FOR UPDATE SKIP LOCKED));
  PERFORM mend_queues();
  PERFORM take_samples();
  IF to_regclass('trabecula.task_history_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 day', 'YYYYMMDD')) IS NULL THEN
    PERFORM make_history_partitions((now() AT TIME ZONE 'UTC')::date, 3);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION trabecula.maintain IS
  'Declares workers past their lease lost, returns their tasks, makes delayed tasks ready whose time has come, checks '
  'ready_queue, notes counters, and sees to it that tomorrow has a partition. The leading coordinator calls it with its '
  'term; every worker calls it with its heartbeat and NULL, which does nothing while somebody leads, so that no study '
  'waits for a person.';

CREATE FUNCTION trabecula.maintain_history(leader_term bigint, days int) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF NOT may_maintain(leader_term) THEN
    RETURN false;
  END IF;
  PERFORM keep_history(days);
  RETURN true;
END $$;
COMMENT ON FUNCTION trabecula.maintain_history IS
  'Runs keep_history for the leader of this term; answers false, having done nothing, to anybody else.';

SELECT trabecula.make_history_partitions((now() AT TIME ZONE 'UTC')::date, 3);

-- step 6: results

SET LOCAL ROLE trabecula_owner;

CREATE FUNCTION trabecula.require_reader(reader bigint, of_job bigint, kinds text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF reader IS NULL AND pg_has_role(session_user, 'trabecula_coordinator', 'MEMBER') THEN
    RETURN;
  END IF;
  PERFORM require_own_worker(reader);
  IF reader IS NULL OR NOT EXISTS (SELECT FROM live_task l WHERE l.worker_id = reader AND l.state = 'running'
      AND l.job_id = of_job AND l.kind = ANY (kinds)) THEN
    RAISE EXCEPTION 'login % runs no task that needs this of job %', session_user, of_job
      USING ERRCODE = 'insufficient_privilege',
        HINT = 'A worker reads what its running tasks need; coordinators read everything, as worker NULL.';
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.require_reader IS
  'Lets a worker read of a job while it runs a task of these kinds of that job, and coordinators (reader NULL) always.';

CREATE FUNCTION trabecula.study_of(reader bigint, of_job bigint)
  RETURNS TABLE (study text, key bytea, revision int)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_reader(reader, of_job, '{extract,deep,bootstrap,aggregate}');
  RETURN QUERY SELECT j.study, j.key, j.revision FROM job j WHERE j.job_id = of_job;
END $$;
COMMENT ON FUNCTION trabecula.study_of IS 'The study of a job, the digest of what was submitted, and its revision.';

CREATE FUNCTION trabecula.cases_of(reader bigint, of_job bigint)
  RETURNS TABLE (case_id bigint, code text, site text, "grouping" text, outcome smallint, split text, image text,
    mask text, label bigint, state text, failure_code text, failure_text text, remedy text, image_sha256 bytea,
    mask_sha256 bytea, extra text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_reader(reader, of_job, '{bootstrap,aggregate}');
  RETURN QUERY
    SELECT c.case_id, u.code, s.name, i.grouping, c.outcome, c.split, i.image, i.mask, i.label, c.state,
        c.failure_code, c.failure_text, c.remedy, i.image_sha256, i.mask_sha256, i.extra::text
      FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id) JOIN site s USING (site_id)
      WHERE c.job_id = of_job ORDER BY c.case_id;
END $$;
COMMENT ON FUNCTION trabecula.cases_of IS 'All cases of a job, with what became of each.';

CREATE FUNCTION trabecula.feature_sets_of(reader bigint, of_job bigint)
  RETURNS TABLE (feature_set_id int, source text, digest bytea, names text[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_reader(reader, of_job, '{bootstrap,aggregate}');
  RETURN QUERY
    SELECT s.feature_set_id, s.source, s.digest, s.names FROM feature_set s
      WHERE s.feature_set_id IN (SELECT r.feature_set_id FROM case_feature f JOIN feature_row r USING (feature_key)
        WHERE f.job_id = of_job)
      ORDER BY s.source, s.digest;
END $$;
COMMENT ON FUNCTION trabecula.feature_sets_of IS 'The feature sets that cases of a job have.';

CREATE FUNCTION trabecula.feature_values_of(reader bigint, of_job bigint, of_set int)
  RETURNS TABLE (case_id bigint, feature_values float8[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_reader(reader, of_job, '{bootstrap,aggregate}');
  RETURN QUERY
    SELECT f.case_id, r.feature_values FROM case_feature f JOIN feature_row r USING (feature_key)
      WHERE f.job_id = of_job AND r.feature_set_id = of_set;
END $$;
COMMENT ON FUNCTION trabecula.feature_values_of IS 'The values of one feature set for the cases of a job.';

CREATE FUNCTION trabecula.replicates_of(reader bigint, of_job bigint) RETURNS TABLE (body bytea)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_reader(reader, of_job, '{aggregate}');
  RETURN QUERY SELECT r.body FROM replicate r WHERE r.job_id = of_job ORDER BY r.replicate;
END $$;
COMMENT ON FUNCTION trabecula.replicates_of IS 'The replicates of a job in their order.';

CREATE FUNCTION trabecula.stored_rows(keys bytea[]) RETURNS TABLE (feature_key bytea, feature_set_id int)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM require_sites();
  RETURN QUERY SELECT r.feature_key, r.feature_set_id FROM feature_row r WHERE r.feature_key = ANY (keys);
END $$;
COMMENT ON FUNCTION trabecula.stored_rows IS
  'Which of these feature rows are there already. Only who holds the image and the mask can know their key.';

CREATE FUNCTION trabecula.queue_is_idle(asking bigint) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  serving int[];
BEGIN
  PERFORM require_own_worker(asking);
  SELECT w.sites INTO serving FROM worker w WHERE w.worker_id = asking;
  RETURN NOT EXISTS (SELECT FROM live_task l
      WHERE l.state IN ('ready', 'running', 'delayed') AND (serving IS NULL OR l.site_id = ANY (serving)))
    AND NOT EXISTS (SELECT FROM live_task l
      WHERE l.state = 'blocked' AND (serving IS NULL OR l.site_id = ANY (serving))
        AND l.job_id IN (SELECT o.job_id FROM live_task o WHERE o.state IN ('ready', 'running', 'delayed')));
END $$;
COMMENT ON FUNCTION trabecula.queue_is_idle IS
  'Whether no task is left that this worker could come to run: none of its sites is ready, running or delayed, nor '
  'blocked behind such a task of any site. What is held, and what waits for it, does not count.';

CREATE FUNCTION trabecula.feature_set_of(set_digest bytea, set_source text, set_extractor text, set_parameters text,
    set_names text[]) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known int;
BEGIN
  PERFORM require_sites();
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
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner job_case;
  first_value int := 1;
BEGIN
  answer := (complete_tasks(completing, ARRAY[extracted], ARRAY[claim]))[1];
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

CREATE FUNCTION trabecula.complete_bootstrap(completing bigint, task_ids bigint[], fences bigint[],
    owners bigint[], replicates int[], bodies bytea[]) RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
#variable_conflict use_column
DECLARE
  verdicts text[] := complete_tasks(completing, task_ids, fences);
  ended bigint[];
  differing record;
BEGIN
  SELECT array_agg(c.task_id) INTO ended FROM unnest(task_ids, verdicts) AS c(task_id, verdict) WHERE c.verdict = 'ok';
  IF ended IS NOT NULL THEN
    INSERT INTO replicate (job_id, replicate, body)
      SELECT t.job_id, named.replicate, named.body
        FROM unnest(owners, replicates, bodies) AS named(task_id, replicate, body) JOIN task t USING (task_id)
        WHERE named.task_id = ANY (ended) ORDER BY 1, 2
      ON CONFLICT (job_id, replicate) DO NOTHING;
    FOR differing IN
      SELECT t.job_id, min(named.replicate) AS replicate
        FROM unnest(owners, replicates, bodies) AS named(task_id, replicate, body) JOIN task t USING (task_id)
          JOIN replicate known ON known.job_id = t.job_id AND known.replicate = named.replicate
        WHERE named.task_id = ANY (ended) AND known.body <> named.body GROUP BY 1 ORDER BY 1
    LOOP
      PERFORM abandon_job(differing.job_id, 'failed', 'not-repeatable',
        format('Replicate %s was computed twice and the results differ.', differing.replicate),
        'Look for a machine with faulty memory or a worker of another version, stop it, then retry the job.');
    END LOOP;
  END IF;
  RETURN verdicts;
END $$;
COMMENT ON FUNCTION trabecula.complete_bootstrap IS
  'Ends bootstrap tasks and writes their replicates, as many tasks as a worker has finished, in one transaction: '
  'replicate n, with its body, belongs to task owners[n]. A verdict for each task; see complete_tasks. A replicate '
  'computed twice with different bytes stops its job.';

CREATE FUNCTION trabecula.complete_aggregate(completing bigint, aggregated bigint, claim bigint, report_body text,
    models jsonb, metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[])
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner bigint;
BEGIN
  answer := (complete_tasks(completing, ARRAY[aggregated], ARRAY[claim]))[1];
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

SET LOCAL ROLE trabecula_owner;

CREATE VIEW trabecula.queue_overview WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(remaining) AS remaining, sum(failed) AS failed FROM trabecula.stage_shard GROUP BY 1, 2
  ), running AS (
    SELECT job_id, kind, count(*) AS tasks, min(claimed_at) AS oldest_claim FROM trabecula.live_task
      WHERE state = 'running' GROUP BY 1, 2
  ), delayed AS (
    SELECT job_id, kind, count(*) AS tasks, min(due_at) AS next_due FROM trabecula.live_task
      WHERE state = 'delayed' GROUP BY 1, 2)
  SELECT j.job_id, j.name AS job, s.kind,
      CASE WHEN s.opened_at IS NULL THEN 'blocked' WHEN j.paused THEN 'paused' ELSE 'open' END AS stage,
      c.remaining - coalesce(r.tasks, 0) - coalesce(d.tasks, 0) AS waiting, coalesce(r.tasks, 0) AS running,
      coalesce(d.tasks, 0) AS delayed, c.failed, r.oldest_claim, d.next_due, j.priority
    FROM trabecula.job j JOIN trabecula.stage s USING (job_id) JOIN counted c USING (job_id, kind)
      LEFT JOIN running r USING (job_id, kind) LEFT JOIN delayed d USING (job_id, kind)
    WHERE j.state = 'running' AND c.remaining > 0
    ORDER BY j.priority DESC, j.job_id, s.position;
COMMENT ON VIEW trabecula.queue_overview IS
  'What is left to do, a row for each unfinished stage of each running job: waiting (ready, blocked or held), running, '
  'delayed (a retry waits for its time), failed so far. Counters, not counts: the cost does not grow with the queue. A '
  'login of some sites finds what runs elsewhere under waiting.';

CREATE VIEW trabecula.job_progress WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(total) AS total, sum(total - remaining - failed - cancelled) AS succeeded,
        sum(failed) AS failed, sum(cancelled) AS cancelled, sum(remaining) AS remaining
      FROM trabecula.stage_shard GROUP BY job_id, kind)
  SELECT j.job_id, j.name, j.state, s.kind, coalesce(c.total, 0) AS total, coalesce(c.succeeded, 0) AS succeeded,
      coalesce(c.failed, 0) AS failed, coalesce(c.cancelled, 0) AS cancelled, coalesce(c.remaining, 0) AS remaining,
      CASE WHEN c.total > 0 THEN round(100.0 * (c.total - c.remaining) / c.total, 1) END AS percent,
      rate.per_second,
      CASE WHEN j.state = 'running' AND NOT j.paused AND c.remaining > 0 AND rate.per_second > 0
        THEN make_interval(secs => c.remaining / rate.per_second) END AS eta,
      s.opened_at, s.closed_at, j.paused
    FROM trabecula.stage s JOIN trabecula.job j USING (job_id) LEFT JOIN counted c USING (job_id, kind)
    CROSS JOIN LATERAL (SELECT coalesce(
      (SELECT (c.succeeded + c.failed - p.ended)::float8 / nullif(extract(epoch FROM now() - p.taken_at)::float8, 0)
        FROM trabecula.stage_sample p
        WHERE s.closed_at IS NULL AND p.job_id = s.job_id AND p.kind = s.kind
          AND p.taken_at > now() - interval '2 minutes' ORDER BY p.taken_at LIMIT 1),
      (c.succeeded + c.failed)::float8
        / nullif(extract(epoch FROM coalesce(s.closed_at, now()) - s.opened_at)::float8, 0)) AS per_second) rate
    ORDER BY j.job_id, s.position;
COMMENT ON VIEW trabecula.job_progress IS
  'Each stage of each job: how far, how fast (tasks a second, over the last two minutes while it is open, over its '
  'whole time once closed), and how long it should still take (eta).';

CREATE VIEW trabecula.worker_overview WITH (security_invoker = true) AS
  SELECT w.worker_id, w.host, w.pid, w.state, w.slots, count(l.task_id) AS running,
      CASE WHEN w.sites IS NULL THEN 'all' ELSE
        (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM trabecula.site s WHERE s.site_id = ANY (w.sites))
      END AS sites,
      now() - w.heartbeat_at AS since_heartbeat, w.lease_until < now() AS lease_expired, w.login, w.version,
      w.started_at, w.ended_at, w.lacks_weights_of
    FROM trabecula.worker w LEFT JOIN trabecula.live_task l ON l.worker_id = w.worker_id AND l.state = 'running'
    GROUP BY w.worker_id;
COMMENT ON VIEW trabecula.worker_overview IS
  'Worker processes, what they hold, when they were last heard of, and the login that started them.';

CREATE VIEW trabecula.site_overview WITH (security_invoker = true) AS
  WITH known AS (
    SELECT site_id, name, paused FROM trabecula.site UNION ALL SELECT 0, '(no site)', false
  ), running AS (
    SELECT site_id, count(*) AS tasks FROM trabecula.live_task WHERE state = 'running' GROUP BY 1)
  SELECT k.name AS site, k.paused, w.workers, w.slots, coalesce(r.tasks, 0) AS running, ready.tasks AS ready
    FROM known k LEFT JOIN running r USING (site_id)
    CROSS JOIN LATERAL (SELECT count(*) AS workers, coalesce(sum(slots), 0) AS slots FROM trabecula.worker
      WHERE state = 'active' AND lease_until > now() AND (sites IS NULL OR k.site_id = ANY (sites))) w
    CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM (SELECT FROM trabecula.live_task l
      WHERE l.site_id = k.site_id AND l.state = 'ready' LIMIT 10000) first) ready
    ORDER BY k.site_id;
COMMENT ON VIEW trabecula.site_overview IS
  'Each site: paused or not, workers that serve it with their slots, tasks running and ready (counted to 10,000). '
  'Tasks of no site (bootstrap, aggregate) stand under (no site).';

CREATE VIEW trabecula.stuck_tasks WITH (security_invoker = true) AS
  -- How long tasks of the kinds that run took. A thousand neighbours by number of the lowest of them, which may be a straggler
  -- or tried again, and a thousand of the highest, which was claimed last, tell enough, whenever they ended. Found by key in
  -- each partition, so that the cost does not grow with what has ended.
  WITH median AS MATERIALIZED (
    SELECT r.job_id, r.kind, m.seconds
      FROM (SELECT job_id, kind, min(task_id) AS lowest, max(task_id) AS highest FROM trabecula.live_task
        WHERE state = 'running' GROUP BY 1, 2) r
      CROSS JOIN LATERAL (SELECT greatest(percentile_cont(0.5) WITHIN GROUP (ORDER BY
          extract(epoch FROM h.ended_at - h.claimed_at)::float8), 1) AS seconds
        FROM (SELECT * FROM trabecula.task_history WHERE task_id BETWEEN r.lowest - 500 AND r.lowest + 500
          -- Without those of the lowest, lest they count twice.
          UNION ALL SELECT * FROM trabecula.task_history
            WHERE task_id BETWEEN greatest(r.highest - 500, r.lowest + 501) AND r.highest + 500) h
        WHERE h.job_id = r.job_id AND h.kind = r.kind AND h.outcome = 'succeeded' HAVING count(*) >= 10) m)
  SELECT 'job paused' AS why, j.job_id, NULL AS kind, NULL AS site, sum(c.remaining) AS tasks, NULL::bigint AS task_id,
      NULL::timestamptz AS since, format('SELECT trabecula.resume_job(%s);', j.job_id) AS what_to_do
    FROM trabecula.job j JOIN trabecula.stage_shard c USING (job_id)
    WHERE j.paused AND j.state = 'running' GROUP BY j.job_id HAVING sum(c.remaining) > 0
  UNION ALL
  SELECT 'site paused', NULL, NULL, s.name, NULL, held.task_id, NULL,
      format('SELECT trabecula.resume_site(%L);', s.name)
    FROM trabecula.site s CROSS JOIN LATERAL (SELECT l.task_id FROM trabecula.live_task l
      WHERE l.site_id = s.site_id AND l.state = 'held' LIMIT 1) held
    WHERE s.paused
  UNION ALL
  SELECT 'no worker serves the site', ready.job_id, k.kind, s.name, NULL, ready.task_id, NULL,
      CASE WHEN s.site_id = 0 THEN 'Start a worker whose login was granted all sites.'
        ELSE format('Start one beside the images: worker run --site %s', s.name) END
    FROM (SELECT site_id, name FROM trabecula.site UNION ALL SELECT 0, '(no site)') s
      CROSS JOIN (VALUES ('extract'), ('deep'), ('bootstrap'), ('aggregate')) AS k(kind)
      CROSS JOIN LATERAL (SELECT l.task_id, l.job_id FROM trabecula.live_task l
        WHERE l.site_id = s.site_id AND l.kind = k.kind AND l.state = 'ready' LIMIT 1) ready
    WHERE NOT EXISTS (SELECT FROM trabecula.worker w WHERE w.state = 'active' AND w.lease_until > now()
      AND (w.sites IS NULL OR s.site_id = ANY (w.sites)))
  UNION ALL
  SELECT 'delayed until ' || to_char(min(l.due_at), 'YYYY-MM-DD HH24:MI:SS'), l.job_id, l.kind, s.name, count(*),
      min(l.task_id), NULL, 'Nothing: each is tried again when its time has come; attempt_failure says why it failed.'
    FROM trabecula.live_task l LEFT JOIN trabecula.site s USING (site_id)
    WHERE l.state = 'delayed' GROUP BY l.job_id, l.kind, s.name
  UNION ALL
  SELECT format('runs %s times as long as the median of %s s',
        round((extract(epoch FROM now() - l.claimed_at) / m.seconds)::numeric), round(m.seconds::numeric, 1)),
      l.job_id, l.kind, s.name, 1, l.task_id, l.claimed_at,
      format('Look at process %s on %s, or: SELECT trabecula.drain_worker(%s);', w.pid, w.host, w.worker_id)
    FROM median m JOIN trabecula.live_task l USING (job_id, kind) JOIN trabecula.worker w USING (worker_id)
      LEFT JOIN trabecula.site s ON s.site_id = l.site_id
    WHERE l.state = 'running' AND extract(epoch FROM now() - l.claimed_at) > 10 * m.seconds
  UNION ALL
  SELECT 'its worker is silent for ' || date_trunc('second', now() - w.heartbeat_at), l.job_id, l.kind, s.name, 1,
      l.task_id, w.heartbeat_at,
      CASE WHEN w.lease_until < now() THEN 'Its lease is over: the next maintenance gives the task back.'
        ELSE format('Its lease ends in %s; then the task goes back by itself.',
          date_trunc('second', w.lease_until - now())) END
    FROM trabecula.live_task l LEFT JOIN trabecula.site s USING (site_id)
      JOIN trabecula.worker w ON w.worker_id = l.worker_id
    WHERE l.state = 'running' AND w.lease_until < now() + w.lease / 3;
COMMENT ON VIEW trabecula.stuck_tasks IS
  'Tasks that wait for something, why, and what to do: paused jobs and sites, sites that no worker serves, retries that '
  'wait for their time, tasks that run ten times longer than the median of their kind (of tasks of the job, with numbers '
  'near those that run, that have succeeded; ten at least), tasks of silent workers. One row a reason where it holds for '
  'many (task_id is then one of them); no row: nothing is stuck.';

CREATE VIEW trabecula.failure_detail WITH (security_invoker = true) AS
  SELECT c.job_id, j.name AS job, coalesce(t.kind, 'extract') AS kind, c.failed_task_id AS task_id, c.case_id,
      u.code AS subject, s.name AS site, i.image, i.mask, i.label, c.failure_code, c.failure_text, c.remedy
    FROM trabecula.job_case c JOIN trabecula.job j USING (job_id)
      JOIN trabecula.image_case i USING (case_id) JOIN trabecula.subject u USING (subject_id)
      JOIN trabecula.site s USING (site_id) LEFT JOIN trabecula.task t ON t.task_id = c.failed_task_id
    WHERE c.failure_code IS NOT NULL
  UNION ALL
  SELECT j.job_id, j.name, 'job', NULL, NULL, NULL, NULL, NULL, NULL, NULL, j.failure_code, j.failure_text, j.remedy
    FROM trabecula.job j WHERE j.state = 'failed';
COMMENT ON VIEW trabecula.failure_detail IS
  'Each case that failed, with its files, why, and what to do; and each job that failed as a whole (kind job).';

CREATE VIEW trabecula.failures WITH (security_invoker = true) AS
  SELECT c.job_id, j.name AS job, coalesce(t.kind, 'extract') AS kind, c.failure_code, count(*) AS cases,
      min(c.failed_task_id) AS example_task, (array_agg(c.failure_text ORDER BY c.case_id))[1] AS example,
      (array_agg(c.remedy ORDER BY c.case_id))[1] AS remedy
    FROM trabecula.job_case c JOIN trabecula.job j USING (job_id) LEFT JOIN trabecula.task t ON t.task_id = c.failed_task_id
    WHERE c.failure_code IS NOT NULL GROUP BY c.job_id, j.name, coalesce(t.kind, 'extract'), c.failure_code
  UNION ALL
  SELECT j.job_id, j.name, 'job', j.failure_code, 1, NULL, j.failure_text, j.remedy
    FROM trabecula.job j WHERE j.state = 'failed';
COMMENT ON VIEW trabecula.failures IS
  'What failed, grouped by cause: how many cases, one example in words, what to do. failure_detail has every case; '
  'retry_failed(job) tries them again.';

CREATE VIEW trabecula.throughput WITH (security_invoker = true) AS
  WITH counted AS (
    SELECT job_id, kind, sum(total - remaining - cancelled) AS ended, sum(failed) AS failed
      FROM trabecula.stage_shard GROUP BY 1, 2)
  SELECT span.length AS within, c.kind, sum(c.ended - first.ended) AS tasks, sum(c.failed - first.failed) AS failed,
      round((sum(c.ended - first.ended) / greatest(extract(epoch FROM now() - min(first.taken_at)), 1))::numeric, 2)
        AS per_second
    FROM (VALUES (interval '1 minute'), (interval '10 minutes'), (interval '1 hour')) AS span(length)
      CROSS JOIN LATERAL (SELECT DISTINCT ON (job_id, kind) job_id, kind, taken_at, ended, failed
        FROM trabecula.stage_sample WHERE taken_at > now() - span.length ORDER BY job_id, kind, taken_at) first
      JOIN counted c USING (job_id, kind)
    GROUP BY 1, 2 ORDER BY 1, 2;
COMMENT ON VIEW trabecula.throughput IS
  'Tasks that ended within the last minute, ten minutes and hour, by kind: differences of counters that maintenance '
  'notes every few seconds.';

CREATE VIEW trabecula.db_health WITH (security_invoker = true) AS
  SELECT 'oldest snapshot' AS what, coalesce(max(now() - a.xact_start)::text, 'none') AS value,
      'A transaction left open keeps dead rows: SELECT * FROM pg_stat_activity WHERE backend_xmin IS NOT NULL;' AS about
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid()
  UNION ALL
  SELECT 'dead rows of ' || t.relname, t.n_dead_tup || ' beside ' || t.n_live_tup || ' live',
      'Vacuumed ' || coalesce(date_trunc('second', now() - greatest(t.last_autovacuum, t.last_vacuum))::text || ' ago',
        'never') || '.'
    FROM pg_stat_user_tables t
    WHERE t.schemaname = 'trabecula' AND t.relname IN ('live_task', 'worker', 'stage_shard', 'stage')
  UNION ALL
  SELECT 'locks waiting', count(*)::text, 'Sessions that wait for another: pg_blocking_pids(pid) names whom.'
    FROM pg_locks WHERE NOT granted
  UNION ALL
  SELECT 'leader', coalesce((SELECT CASE WHEN l.lease_until > now() THEN l.holder || ', term ' || l.term END
      FROM trabecula.leader l), 'none'),
    'The coordinator that does the maintenance; with none, workers do it.'
  UNION ALL
  SELECT 'size', pg_size_pretty(pg_database_size(current_database())), 'The whole database on disk.'
  UNION ALL
  SELECT 'sessions', count(*) || ' of ' || current_setting('max_connections'), 'Of all databases of this server.'
    FROM pg_stat_activity WHERE backend_type = 'client backend';
COMMENT ON VIEW trabecula.db_health IS
  'What slows a queue in PostgreSQL: snapshots held open, dead rows, waiting locks; also who leads, and the size.';

-- step 8: what operators do
--
-- Each function is one act: it says in one line what it did, does nothing when called again, and is recorded in audit.
-- Acts follow each other under one lock; within an act, live tasks are locked in their order, then their job.

SET LOCAL ROLE trabecula_owner;

CREATE FUNCTION trabecula.begin_act(needs_all_sites boolean) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF needs_all_sites AND NOT serves_all_sites() THEN
    RAISE EXCEPTION 'login % may not do this: it concerns all sites', session_user
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: SELECT trabecula.grant_all_sites(%L);', session_user);
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('trabecula.act'));
END $$;
COMMENT ON FUNCTION trabecula.begin_act IS
  'Begins an administrative act: one at a time, and what concerns all sites only by logins that were granted all.';

CREATE FUNCTION trabecula.require_site(named text) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  found_id int;
BEGIN
  SELECT site_id INTO found_id FROM site WHERE name = named AND site_id = ANY (login_sites());
  IF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no site %', session_user, quote_literal(named)
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'Its sites: ' || coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM site
          WHERE site_id = ANY (login_sites())), 'none') || '.';
  END IF;
  RETURN found_id;
END $$;
COMMENT ON FUNCTION trabecula.require_site IS 'The id of a site that the login may act on; anything else is an error.';

CREATE FUNCTION trabecula.require_job(named bigint) RETURNS trabecula.job
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job;
BEGIN
  SELECT * INTO known FROM job WHERE job_id = named;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no job %', named
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM trabecula.job_progress; lists them.';
  END IF;
  RETURN known;
END $$;
COMMENT ON FUNCTION trabecula.require_job IS 'A job by its number; an unknown one is an error.';

CREATE FUNCTION trabecula.counted(number bigint, singular text, plural text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = trabecula, pg_temp
  AS $$ SELECT number || ' ' || CASE WHEN number = 1 THEN singular ELSE plural END $$;
COMMENT ON FUNCTION trabecula.counted IS 'A number with its noun: 1 task, 2 tasks.';

CREATE FUNCTION trabecula.require_login(named name) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = named) THEN
    RAISE EXCEPTION 'there is no login %', named
      USING ERRCODE = 'undefined_object',
        HINT = format('An administrator runs: CREATE ROLE %I LOGIN IN ROLE trabecula_worker; and gives it a password or '
          'a certificate.', named);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.require_login IS 'Refuses a login that the cluster does not have, and says how to make it.';

CREATE FUNCTION trabecula.sites_of(named name) RETURNS text[]
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT ARRAY(SELECT coalesce(s.name, 'all sites') FROM site_login g LEFT JOIN site s USING (site_id)
    WHERE g.login = named ORDER BY s.name NULLS FIRST)
$$;
COMMENT ON FUNCTION trabecula.sites_of IS 'Names of the sites that a login was granted; "all sites" for all.';

CREATE FUNCTION trabecula.sites_sentence(named name) RETURNS text
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT format('Login %s may see and serve %s.', named,
      coalesce(nullif(array_to_string(sites_of(named), ', '), ''), 'no site'))
    || CASE WHEN NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = named) OR EXISTS (SELECT FROM
          unnest('{trabecula_worker,trabecula_operator,trabecula_reader,trabecula_coordinator}'::name[]) AS duty
          WHERE pg_has_role(named, duty, 'MEMBER')) THEN ''
        ELSE format(' It has no duty yet: GRANT trabecula_worker TO %I; (or trabecula_operator, trabecula_reader).',
          named) END
$$;
COMMENT ON FUNCTION trabecula.sites_sentence IS 'What a login may see and serve, in a sentence.';

CREATE FUNCTION trabecula.grant_site(granted_login name, VARIADIC site_names text[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  before text[];
  after text[];
BEGIN
  PERFORM begin_act(true);
  PERFORM require_login(granted_login);
  before := sites_of(granted_login);
  INSERT INTO site_login (login, site_id) SELECT granted_login, require_site(named) FROM unnest(site_names) AS named
    ON CONFLICT DO NOTHING;
  after := sites_of(granted_login);
  IF after IS DISTINCT FROM before THEN
    PERFORM record_act('grant_site', 'login ' || granted_login, to_jsonb(before), to_jsonb(after));
  END IF;
  RETURN sites_sentence(granted_login);
END $$;
COMMENT ON FUNCTION trabecula.grant_site IS
  'Lets a login see and serve these sites: SELECT trabecula.grant_site(''north_worker'', ''North'');';

CREATE FUNCTION trabecula.grant_all_sites(granted_login name) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  before text[];
BEGIN
  PERFORM begin_act(true);
  PERFORM require_login(granted_login);
  before := sites_of(granted_login);
  INSERT INTO site_login (login, site_id) VALUES (granted_login, NULL) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    PERFORM record_act('grant_all_sites', 'login ' || granted_login, to_jsonb(before),
      to_jsonb(sites_of(granted_login)));
  END IF;
  RETURN sites_sentence(granted_login);
END $$;
COMMENT ON FUNCTION trabecula.grant_all_sites IS
  'Lets a login see and serve every site, those to come too, and the tasks of no site (bootstrap, aggregate).';

CREATE FUNCTION trabecula.revoke_site(revoked_login name, VARIADIC site_names text[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  before text[];
  gone int[];
  leaving record;
BEGIN
  PERFORM begin_act(true);
  before := sites_of(revoked_login);
  IF cardinality(site_names) = 0 THEN
    gone := ARRAY(SELECT site_id FROM site);
    DELETE FROM site_login WHERE login = revoked_login;
  ELSE
    gone := ARRAY(SELECT require_site(named) FROM unnest(site_names) AS named);
    DELETE FROM site_login WHERE login = revoked_login AND site_id = ANY (gone);
  END IF;
  IF sites_of(revoked_login) IS DISTINCT FROM before THEN
    PERFORM record_act('revoke_site', 'login ' || revoked_login, to_jsonb(before), to_jsonb(sites_of(revoked_login)));
  END IF;
  -- Its workers that served more than is left stop at once; what they hold goes back.
  FOR leaving IN
    SELECT w.worker_id FROM worker w WHERE w.login = revoked_login AND w.state IN ('active', 'draining')
      AND (w.sites && gone OR w.sites IS NULL OR 0 = ANY (w.sites))
      AND NOT EXISTS (SELECT FROM site_login WHERE login = revoked_login AND site_id IS NULL)
  LOOP
    UPDATE worker SET state = 'stopped', ended_at = now() WHERE worker_id = leaving.worker_id;
    PERFORM make_ready(ARRAY(SELECT task_id FROM live_task
      WHERE worker_id = leaving.worker_id AND state = 'running' ORDER BY task_id FOR UPDATE));
  END LOOP;
  RETURN sites_sentence(revoked_login);
END $$;
COMMENT ON FUNCTION trabecula.revoke_site IS
  'Takes sites from a login. Its workers that served them stop, and their tasks go back.';

CREATE FUNCTION trabecula.revoke_all_sites(revoked_login name) RETURNS text
  LANGUAGE sql SECURITY DEFINER SET search_path = trabecula, pg_temp
  AS $$ SELECT revoke_site(revoked_login, VARIADIC '{}') $$;
COMMENT ON FUNCTION trabecula.revoke_all_sites IS
  'Takes every site from a login, and what it was granted for all. Its workers stop, and their tasks go back.';

CREATE FUNCTION trabecula.pause_job(paused_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job;
  held int;
BEGIN
  PERFORM begin_act(true);
  known := require_job(paused_job);
  IF known.state <> 'running' THEN
    RETURN format('Job %s has ended (%s); nothing to pause.', paused_job, known.state);
  ELSIF known.paused THEN
    RETURN format('Job %s is paused already.', paused_job);
  END IF;
  UPDATE job SET paused = true WHERE job_id = paused_job;
  UPDATE live_task SET state = 'held' WHERE job_id = paused_job AND state = 'ready';
  GET DIAGNOSTICS held = ROW_COUNT;
  PERFORM record_act('pause_job', 'job ' || paused_job, '{"paused": false}', '{"paused": true}');
  RETURN format('Job %s is paused: %s held; what runs goes on to its end.', paused_job,
    counted(held, 'ready task is', 'ready tasks are'));
END $$;
COMMENT ON FUNCTION trabecula.pause_job IS 'Holds the tasks of a job until resume_job; running ones go on to their end.';

CREATE FUNCTION trabecula.resume_job(resumed_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM begin_act(true);
  IF NOT (require_job(resumed_job)).paused THEN
    RETURN format('Job %s is not paused.', resumed_job);
  END IF;
  UPDATE job SET paused = false WHERE job_id = resumed_job;
  PERFORM make_ready(ARRAY(SELECT task_id FROM live_task WHERE job_id = resumed_job AND state = 'held'
    ORDER BY task_id FOR UPDATE));
  PERFORM record_act('resume_job', 'job ' || resumed_job, '{"paused": true}', '{"paused": false}');
  RETURN format('Job %s is resumed: %s ready.', resumed_job, counted((SELECT count(*) FROM live_task
    WHERE job_id = resumed_job AND state = 'ready'), 'task is', 'tasks are'));
END $$;
COMMENT ON FUNCTION trabecula.resume_job IS 'Gives the held tasks of a job back to the queue, but for those of paused sites.';

CREATE FUNCTION trabecula.pause_site(paused_site text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  paused_id int;
  held int;
BEGIN
  PERFORM begin_act(false);
  paused_id := require_site(paused_site);
  UPDATE site SET paused = true WHERE site_id = paused_id AND NOT paused;
  IF NOT FOUND THEN
    RETURN format('Site %s is paused already.', paused_site);
  END IF;
  UPDATE live_task SET state = 'held' WHERE site_id = paused_id AND state = 'ready';
  GET DIAGNOSTICS held = ROW_COUNT;
  PERFORM record_act('pause_site', 'site ' || paused_site, '{"paused": false}', '{"paused": true}');
  RETURN format('Site %s is paused: %s held; what runs goes on to its end.', paused_site,
    counted(held, 'ready task is', 'ready tasks are'));
END $$;
COMMENT ON FUNCTION trabecula.pause_site IS 'Holds the tasks of a site, of all jobs, until resume_site.';

CREATE FUNCTION trabecula.resume_site(resumed_site text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  resumed_id int;
BEGIN
  PERFORM begin_act(false);
  resumed_id := require_site(resumed_site);
  UPDATE site SET paused = false WHERE site_id = resumed_id AND paused;
  IF NOT FOUND THEN
    RETURN format('Site %s is not paused.', resumed_site);
  END IF;
  PERFORM make_ready(ARRAY(SELECT task_id FROM live_task WHERE site_id = resumed_id AND state = 'held'
    ORDER BY task_id FOR UPDATE));
  PERFORM record_act('resume_site', 'site ' || resumed_site, '{"paused": true}', '{"paused": false}');
  RETURN format('Site %s is resumed: %s ready.', resumed_site, counted((SELECT count(*) FROM live_task
    WHERE site_id = resumed_id AND state = 'ready'), 'task is', 'tasks are'));
END $$;
COMMENT ON FUNCTION trabecula.resume_site IS
  'Gives the held tasks of a site back to the queue, but for those of paused jobs.';

CREATE FUNCTION trabecula.cancel_job(cancelled_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job;
  stopped int;
BEGIN
  PERFORM begin_act(true);
  known := require_job(cancelled_job);
  IF known.state = 'cancelled' THEN
    RETURN format('Job %s is cancelled already.', cancelled_job);
  ELSIF known.state <> 'running' THEN
    RETURN format('Job %s has ended (%s); nothing to cancel.', cancelled_job, known.state);
  END IF;
  stopped := abandon_job(cancelled_job, 'cancelled', 'cancelled', 'An operator cancelled the job.',
    format('SELECT trabecula.retry_failed(%s); takes it up again.', cancelled_job));
  PERFORM record_act('cancel_job', 'job ' || cancelled_job, '{"state": "running"}',
    jsonb_build_object('state', 'cancelled', 'tasks', stopped));
  RETURN format('Job %s is cancelled: %s; running ones stop with the next heartbeat of their worker.', cancelled_job,
    counted(stopped, 'task will not end', 'tasks will not end'));
END $$;
COMMENT ON FUNCTION trabecula.cancel_job IS
  'Ends a job and everything left of it. Features stay: retry_failed takes the job up where it was.';

CREATE FUNCTION trabecula.set_priority(changed_job bigint, new_priority int) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job;
BEGIN
  PERFORM begin_act(true);
  known := require_job(changed_job);
  IF known.priority = new_priority THEN
    RETURN format('Job %s has priority %s already.', changed_job, new_priority);
  END IF;
  UPDATE live_task SET priority = new_priority WHERE task_id = ANY (ARRAY(
    SELECT task_id FROM live_task WHERE job_id = changed_job ORDER BY task_id FOR UPDATE));
  UPDATE job SET priority = new_priority WHERE job_id = changed_job;
  PERFORM record_act('set_priority', 'job ' || changed_job, jsonb_build_object('priority', known.priority),
    jsonb_build_object('priority', new_priority));
  RETURN format('Job %s has priority %s now; it was %s.', changed_job, new_priority, known.priority);
END $$;
COMMENT ON FUNCTION trabecula.set_priority IS 'Tasks of jobs with a higher priority are claimed first; new jobs have 0.';

CREATE FUNCTION trabecula.drain_worker(drained bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known worker;
BEGIN
  PERFORM begin_act(false);
  SELECT * INTO known FROM worker WHERE worker_id = drained
    AND (serves_all_sites() OR sites <@ login_sites()) FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no worker %', session_user, drained
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM trabecula.worker_overview; lists them.';
  ELSIF known.state = 'draining' THEN
    RETURN format('Worker %s drains already.', drained);
  ELSIF known.state <> 'active' THEN
    RETURN format('Worker %s has ended (%s).', drained, known.state);
  END IF;
  UPDATE worker SET state = 'draining' WHERE worker_id = drained;
  PERFORM record_act('drain_worker', 'worker ' || drained, '{"state": "active"}', '{"state": "draining"}');
  -- An idle worker looks for work when it is woken, and hears of it then.
  PERFORM announce('trabecula_ready');
  RETURN format('Worker %s drains: it claims nothing more, ends what it runs (%s) and exits.', drained,
    counted((SELECT count(*) FROM live_task WHERE worker_id = drained AND state = 'running'), 'task', 'tasks'));
END $$;
COMMENT ON FUNCTION trabecula.drain_worker IS
  'Lets a worker end what it runs and exit. An idle one hears of it at once, or behind a pooler with its next look for '
  'work; a busy one with its next heartbeat.';

CREATE FUNCTION trabecula.missing_extractions(of_job bigint, case_states text[])
  RETURNS TABLE (task_id bigint, case_id bigint, site_id int, case_state text)
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT x.task_id, x.case_id, t.site_id, c.state
      FROM job_case c JOIN case_task x USING (job_id, case_id) JOIN task t ON t.task_id = x.task_id
      WHERE c.job_id = of_job AND c.state = ANY (case_states) AND NOT EXISTS (SELECT FROM case_feature f
        WHERE f.job_id = x.job_id AND f.case_id = x.case_id AND t.payload -> 'sources' ? f.source);
END $$;
COMMENT ON FUNCTION trabecula.missing_extractions IS
  'The extractions of a job that have not succeeded, of cases in these states (failed, pending): their features are not '
  'there. History would tell, too, but is not kept for ever. All in one query: asked for each, a million take minutes.';

CREATE FUNCTION trabecula.reopen_job(reopened bigint, extractions bigint[]) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job;
  redo boolean;
BEGIN
  PERFORM FROM live_task l WHERE l.job_id = reopened ORDER BY l.task_id FOR UPDATE;
  SELECT * INTO known FROM job WHERE job_id = reopened FOR NO KEY UPDATE;
  UPDATE job_case c SET state = 'pending', failed_task_id = NULL, failure_code = NULL, failure_text = NULL, remedy = NULL
    FROM unnest(extractions) AS again(task_id) JOIN case_task x USING (task_id)
    WHERE c.job_id = x.job_id AND c.case_id = x.case_id AND c.state = 'failed';
  -- One case more or less changes every replicate; and of replicates that differ nobody knows the right one.
  redo := cardinality(extractions) > 0 OR known.failure_code = 'not-repeatable';
  IF redo THEN
    DELETE FROM replicate WHERE job_id = reopened;
    UPDATE live_task SET state = 'blocked', failures = 0, crashes = 0, worker_id = NULL, fence = NULL,
        claimed_at = NULL, due_at = NULL
      WHERE job_id = reopened AND kind NOT IN ('extract', 'deep');
  END IF;
  DELETE FROM prediction WHERE job_id = reopened;
  DELETE FROM metric WHERE job_id = reopened;
  DELETE FROM model WHERE job_id = reopened;
  DELETE FROM report WHERE job_id = reopened;
  DELETE FROM stage_sample WHERE job_id = reopened;
  INSERT INTO live_task (task_id, job_id, kind, shard, site_id, state, priority)
    SELECT t.task_id, t.job_id, t.kind, t.shard, coalesce(t.site_id, 0), 'blocked', known.priority
      FROM task t LEFT JOIN unnest(extractions) AS again(task_id) USING (task_id)
      WHERE t.job_id = reopened AND NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = t.task_id)
        AND (again.task_id IS NOT NULL OR t.kind = 'aggregate'
          OR t.kind = 'bootstrap' AND NOT EXISTS (SELECT FROM replicate r
            WHERE r.job_id = reopened AND r.replicate = (t.payload ->> 'first')::int
              -- Outer resamples are numbered in steps of 2^16; see table replicate.
              * CASE WHEN t.payload ? 'inner' THEN 65536 ELSE 1 END))
      ORDER BY t.task_id;
  UPDATE stage_shard c SET remaining = n.live, failed = n.failed, cancelled = 0
    FROM (SELECT t.kind, t.shard, count(l.task_id) AS live,
        count(*) FILTER (WHERE l.task_id IS NULL AND m.task_id IS NOT NULL) AS failed
      FROM task t LEFT JOIN live_task l ON l.task_id = t.task_id
        LEFT JOIN missing_extractions(reopened, '{failed}') m ON m.task_id = t.task_id
      WHERE t.job_id = reopened GROUP BY 1, 2) n
    WHERE c.job_id = reopened AND c.kind = n.kind AND c.shard = n.shard;
  UPDATE stage s SET open_shards = n.shards, closed_at = CASE WHEN n.shards = 0 THEN s.closed_at END,
      opened_at = CASE WHEN n.shards = 0 OR s.closed_at IS NULL AND NOT (redo AND s.kind NOT IN ('extract', 'deep'))
        THEN s.opened_at END
    FROM (SELECT o.kind, count(c.shard) FILTER (WHERE c.remaining > 0) AS shards
      FROM stage o LEFT JOIN stage_shard c USING (job_id, kind) WHERE o.job_id = reopened GROUP BY 1) n
    WHERE s.job_id = reopened AND s.kind = n.kind;
  UPDATE job SET state = 'running', failure_code = NULL, failure_text = NULL, remedy = NULL, ended_at = NULL,
      revision = revision + 1
    WHERE job_id = reopened;
  PERFORM open_next_stage(reopened);
END $$;
COMMENT ON FUNCTION trabecula.reopen_job IS
  'Takes a job up again with these extractions, which had failed or been cancelled: what was computed from the cases as '
  'they stood (replicates, models, metrics, predictions, report) is deleted and will be computed anew; claims on it are '
  'taken back. Without extractions, only what is missing is run.';

CREATE FUNCTION trabecula.retry(retried_job bigint, chosen bigint[]) RETURNS text
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  known job := require_job(retried_job);
  has_ended boolean := known.state IN ('failed', 'cancelled');
  all_sites boolean := serves_all_sites();
  takes_all boolean := has_ended AND all_sites;
  case_states text[] := CASE WHEN takes_all THEN '{failed,pending}' ELSE '{failed}' END;
  own_sites int[] := login_sites();
  extractions bigint[];
  failed_cases int;
  cancelled_cases int;
  parts text[] := '{}';
BEGIN
  SELECT coalesce(array_agg(m.task_id), '{}'), count(DISTINCT m.case_id) FILTER (WHERE m.case_state = 'failed'),
      count(DISTINCT m.case_id) FILTER (WHERE m.case_state = 'pending')
    INTO extractions, failed_cases, cancelled_cases
    FROM missing_extractions(retried_job, case_states) m
    WHERE (all_sites OR m.site_id = ANY (own_sites)) AND (chosen IS NULL OR m.case_state = 'pending'
      OR m.case_id IN (SELECT n.case_id FROM case_task n WHERE n.task_id = ANY (chosen)));
  IF failed_cases = 0 AND NOT takes_all THEN
    RETURN format('Job %s: nothing to retry.', retried_job);
  END IF;
  PERFORM begin_act(has_ended);
  PERFORM reopen_job(retried_job, extractions);
  PERFORM record_act('retry', 'job ' || retried_job,
    jsonb_build_object('state', known.state, 'failure', known.failure_code),
    jsonb_build_object('state', 'running', 'failed', failed_cases, 'cancelled', cancelled_cases));
  IF failed_cases > 0 THEN
    parts := parts || counted(failed_cases, 'failed case', 'failed cases');
  END IF;
  IF cancelled_cases > 0 THEN
    parts := parts || counted(cancelled_cases, 'cancelled case', 'cancelled cases');
  END IF;
  RETURN format('Job %s: %s again%s.', retried_job,
    CASE WHEN parts = '{}' THEN 'what is missing of its models runs' ELSE array_to_string(parts, ' and ')
      || CASE WHEN failed_cases + cancelled_cases = 1 THEN ' is ready' ELSE ' are ready' END END,
    CASE WHEN parts = '{}' THEN '' ELSE '; models and report will be computed anew' END
      || CASE WHEN known.paused THEN '; the job is paused' ELSE '' END);
END $$;
COMMENT ON FUNCTION trabecula.retry IS
  'Takes a job up again with its failed cases (of these tasks; NULL: all) and, where it had been cancelled or failed as a '
  'whole, with everything that is missing. Logins of some sites retry cases of these only.';

CREATE FUNCTION trabecula.retry_failed(retried_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM begin_act(false);
  RETURN retry(retried_job, NULL);
END $$;
COMMENT ON FUNCTION trabecula.retry_failed IS
  'Tries all failed cases of a job again, ended or not; takes a failed or cancelled job up where it was. Models and '
  'report are then computed anew.';

CREATE FUNCTION trabecula.retry_task(retried_task bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  planned task;
  now_in text;
BEGIN
  PERFORM begin_act(false);
  SELECT t.* INTO planned FROM task t WHERE t.task_id = retried_task
    AND (serves_all_sites() OR t.site_id = ANY (login_sites()));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'login % has no task %', session_user, retried_task
      USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM trabecula.failure_detail; lists what failed.';
  END IF;
  SELECT l.state INTO now_in FROM live_task l WHERE l.task_id = retried_task;
  IF FOUND THEN
    RETURN format('Task %s has not ended (%s); nothing to retry.', retried_task, now_in);
  ELSIF EXISTS (SELECT FROM case_task WHERE task_id = retried_task)
      AND NOT EXISTS (SELECT FROM missing_extractions(planned.job_id, '{failed,pending}') m
        WHERE m.task_id = retried_task) THEN
    RETURN format('Task %s has succeeded; nothing to retry.', retried_task);
  END IF;
  RETURN retry(planned.job_id, ARRAY[retried_task]);
END $$;
COMMENT ON FUNCTION trabecula.retry_task IS
  'Tries one failed task again, as retry_failed does for all of a job.';

-- step 9: who may do what
--
-- Nothing is granted to PUBLIC. Workers have functions only. The other roles read tables and views through row-level
-- security: coordinators every row, operators and readers those of the sites their login was granted. A reader gets no
-- column that names a patient or a file (subject.code, paths, manifest columns, task payloads, the report's page of
-- exclusions); what it gets is what an analysis needs: features, outcomes, splits, models, metrics, predictions by case
-- number.

SET LOCAL ROLE trabecula_owner;

DO $$
DECLARE
  own_sites constant text := 'site_id = ANY ((SELECT trabecula.login_sites())::int[])';
  all_sites constant text := '(SELECT trabecula.serves_all_sites())';
  rule record;
BEGIN
  PERFORM trabecula.guard_table(c.oid) FROM pg_class c
    WHERE c.relnamespace = 'trabecula'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity;
  FOR rule IN SELECT * FROM (VALUES
      ('schema_step', 'true', 'Everybody may know the version.'),
      ('site', own_sites, 'The sites of the login.'),
      ('site_login', all_sites || ' OR login = session_user', 'Its own grants; with all sites, those of others.'),
      ('audit', all_sites, 'Acts concern all sites.'),
      ('cohort', 'true', 'A name of a manifest.'),
      ('subject', own_sites, 'Subjects of the login''s sites.'),
      ('image_case', 'subject_id IN (SELECT subject_id FROM trabecula.subject)', 'Cases of these subjects.'),
      ('job', 'true', 'A study spans sites, and holds no patient.'),
      ('stage', 'true', 'Counters.'),
      ('stage_shard', 'true', 'Counters.'),
      ('stage_sample', 'true', 'Counters.'),
      ('task', 'site_id IS NULL OR ' || own_sites, 'Tasks of the login''s sites, and of none.'),
      ('worker', all_sites || ' OR sites IS NULL OR sites && (0 || (SELECT trabecula.login_sites())::int[])',
        'Workers that serve its sites, or tasks of no site.'),
      ('live_task', 'site_id = 0 OR ' || own_sites, 'Tasks of the login''s sites, and of none.'),
      ('ready_queue', 'site_id = 0 OR ' || own_sites, 'Queues of the login''s sites, and of none.'),
      ('task_history', 'site_id = 0 OR ' || own_sites, 'Tasks of the login''s sites, and of none.'),
      ('attempt_failure', 'task_id IN (SELECT task_id FROM trabecula.task)', 'Attempts at tasks it sees.'),
      ('feature_set', 'true', 'Parameters and names.'),
      ('feature_row', 'feature_key IN (SELECT feature_key FROM trabecula.case_feature)', 'Rows of cases it sees.'),
      ('job_case', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
      ('case_task', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
      ('case_feature', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
      ('prediction', 'case_id IN (SELECT case_id FROM trabecula.image_case)', 'Cases of its sites.'),
      ('replicate', all_sites, 'Computed from every site.'),
      ('model', all_sites, 'Computed from every site.'),
      ('metric', all_sites || ' OR site IN (SELECT name FROM trabecula.site)', 'Its sites'' own; the whole with all.'),
      ('report', all_sites, 'Computed from every site.'),
      ('leader', 'true', 'Who does maintenance.')
    ) AS rules(guarded, condition, says)
  LOOP
    EXECUTE format('CREATE POLICY watchers_see_their_sites ON trabecula.%I FOR SELECT '
      'TO trabecula_operator, trabecula_reader USING (%s)', rule.guarded, rule.condition);
    EXECUTE format('COMMENT ON POLICY watchers_see_their_sites ON trabecula.%I IS %L', rule.guarded, rule.says);
  END LOOP;
END $$;

GRANT SELECT ON ALL TABLES IN SCHEMA trabecula TO trabecula_coordinator, trabecula_operator;
GRANT INSERT ON trabecula.site, trabecula.cohort, trabecula.subject, trabecula.image_case, trabecula.job, trabecula.stage,
  trabecula.stage_shard, trabecula.task, trabecula.live_task, trabecula.job_case, trabecula.case_task, trabecula.case_feature,
  trabecula.feature_row
  TO trabecula_coordinator;
GRANT UPDATE ON trabecula.image_case TO trabecula_coordinator;

GRANT SELECT ON trabecula.site, trabecula.cohort, trabecula.job, trabecula.stage, trabecula.stage_shard,
  trabecula.stage_sample, trabecula.worker, trabecula.live_task, trabecula.task_history, trabecula.feature_set,
  trabecula.feature_row, trabecula.job_case, trabecula.case_task, trabecula.case_feature, trabecula.model, trabecula.metric,
  trabecula.prediction, trabecula.replicate, trabecula.leader, trabecula.queue_overview, trabecula.job_progress,
  trabecula.worker_overview, trabecula.site_overview, trabecula.stuck_tasks, trabecula.failures, trabecula.throughput,
  trabecula.db_health TO trabecula_reader;
GRANT SELECT (subject_id, cohort_id, site_id) ON trabecula.subject TO trabecula_reader;
GRANT SELECT (case_id, subject_id, label, outcome, split) ON trabecula.image_case TO trabecula_reader;
GRANT SELECT (task_id, job_id, kind, ordinal, shard, site_id) ON trabecula.task TO trabecula_reader;

GRANT EXECUTE ON FUNCTION trabecula.register_worker, trabecula.heartbeat, trabecula.claim_tasks,
  trabecula.complete_tasks, trabecula.complete_extract, trabecula.complete_bootstrap, trabecula.complete_aggregate,
  trabecula.fail_task, trabecula.release_tasks, trabecula.release_others, trabecula.stop_worker,
  trabecula.lack_weights, trabecula.queue_is_idle, trabecula.stored_rows TO trabecula_worker;
GRANT EXECUTE ON FUNCTION trabecula.study_of, trabecula.cases_of, trabecula.feature_sets_of,
  trabecula.feature_values_of, trabecula.replicates_of, trabecula.feature_set_of, trabecula.maintain
  TO trabecula_worker, trabecula_coordinator;
GRANT EXECUTE ON FUNCTION trabecula.start_job, trabecula.lead, trabecula.resign, trabecula.maintain_history,
  trabecula.expire_worker, trabecula.grant_site, trabecula.grant_all_sites, trabecula.revoke_site, trabecula.revoke_all_sites
  TO trabecula_coordinator;
GRANT EXECUTE ON FUNCTION trabecula.pause_job, trabecula.resume_job, trabecula.pause_site, trabecula.resume_site,
  trabecula.cancel_job, trabecula.set_priority, trabecula.drain_worker, trabecula.retry_failed, trabecula.retry_task
  TO trabecula_operator, trabecula_coordinator;
GRANT EXECUTE ON FUNCTION trabecula.serves_all_sites, trabecula.login_sites
  TO trabecula_operator, trabecula_reader, trabecula_coordinator;
