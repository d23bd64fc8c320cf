-- The tables of the queue. What they mean stands as a COMMENT beside the functions that use them.

-- Sites, and the logins that serve them.

CREATE TABLE queue.site (
  site_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT site_names_are_unique UNIQUE
    CONSTRAINT site_has_a_name CHECK (name <> '')
    CONSTRAINT site_names_are_spelt_in_one_way CHECK (name IS NFC NORMALIZED),
  paused boolean NOT NULL DEFAULT false
);

CREATE TABLE queue.site_login (
  grant_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login name NOT NULL,
  role_oid oid NOT NULL,
  site_id int REFERENCES queue.site,
  CONSTRAINT a_site_is_granted_once UNIQUE NULLS NOT DISTINCT (login, site_id)
);

CREATE TABLE queue.audit (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  login name NOT NULL DEFAULT session_user,
  act text NOT NULL,
  object text NOT NULL,
  before jsonb,
  after jsonb
);

CREATE TABLE queue.turn (
  what text PRIMARY KEY
);

CREATE TABLE queue.protocol (
  only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT there_is_one_protocol CHECK (only_one),
  schema_version int NOT NULL,
  protocol_oldest int NOT NULL,
  protocol_newest int NOT NULL,
  CONSTRAINT oldest_is_not_newer_than_newest CHECK (protocol_oldest <= protocol_newest)
);

-- What there is to do.

CREATE TABLE queue.kind (
  kind text PRIMARY KEY CONSTRAINT kind_has_a_name CHECK (kind <> ''),
  place smallint NOT NULL,
  unit text NOT NULL,
  failure_costs text NOT NULL CONSTRAINT cost_is_known CHECK (failure_costs IN ('task', 'job')),
  retry_redoes text NOT NULL CONSTRAINT redoing_is_known CHECK (retry_redoes IN ('failed', 'changed', 'always')),
  completes_plainly boolean NOT NULL,
  on_failed text,
  lacking text,
  on_reopened text
);

CREATE TABLE queue.job (
  job_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key bytea NOT NULL CONSTRAINT a_job_is_submitted_once UNIQUE,
  name text NOT NULL,
  requires text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'running'
    CONSTRAINT job_state_is_known CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
  failure_code text,
  failure_text text,
  remedy text,
  distrusts text REFERENCES queue.kind,
  paused boolean NOT NULL DEFAULT false,
  failure_budget int CONSTRAINT a_budget_counts_failures CHECK (failure_budget >= 0),
  over_budget text REFERENCES queue.kind,
  over_budget_since timestamptz,
  priority int NOT NULL DEFAULT 0,
  revision int NOT NULL DEFAULT 0,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT an_ended_job_has_an_end CHECK ((state = 'running') = (ended_at IS NULL)),
  CONSTRAINT a_job_over_budget_runs_and_says_since_when
    CHECK (over_budget IS NULL AND over_budget_since IS NULL OR over_budget_since IS NOT NULL AND state = 'running')
);
CREATE INDEX job_unfinished ON queue.job (job_id) WHERE state = 'running';
CREATE INDEX job_over_budget ON queue.job (job_id) WHERE over_budget IS NOT NULL;

CREATE TABLE queue.stage (
  job_id bigint NOT NULL REFERENCES queue.job,
  kind text NOT NULL REFERENCES queue.kind,
  position smallint NOT NULL,
  open_shards int NOT NULL DEFAULT 0,
  forgiven int NOT NULL DEFAULT 0,
  opened_at timestamptz,
  closed_at timestamptz,
  PRIMARY KEY (job_id, kind),
  CONSTRAINT stages_have_an_order UNIQUE (job_id, position)
);

-- A domain, because PostgreSQL reads the CHECK of a table anew for every statement.
CREATE DOMAIN queue.task_count AS int CONSTRAINT no_task_ends_twice CHECK (VALUE >= 0);

CREATE TABLE queue.stage_shard (
  job_id bigint NOT NULL,
  kind text NOT NULL,
  shard smallint NOT NULL,
  total int NOT NULL,
  remaining queue.task_count NOT NULL,
  failed int NOT NULL DEFAULT 0,
  cancelled int NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, kind, shard),
  FOREIGN KEY (job_id, kind) REFERENCES queue.stage
) WITH (fillfactor = 10);

CREATE TABLE queue.stage_sample (
  job_id bigint NOT NULL,
  kind text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  ended bigint NOT NULL,
  failed bigint NOT NULL,
  PRIMARY KEY (job_id, kind, taken_at),
  FOREIGN KEY (job_id, kind) REFERENCES queue.stage
);
CREATE INDEX stage_sample_times ON queue.stage_sample (taken_at);

CREATE TABLE queue.lane (
  lane int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id int NOT NULL,
  kind text NOT NULL REFERENCES queue.kind,
  needs text[] NOT NULL,
  from_rank int NOT NULL DEFAULT 2147483647,
  from_task bigint NOT NULL DEFAULT 9223372036854775807,
  changes bigint NOT NULL DEFAULT 0,
  checked_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT lanes_differ UNIQUE (site_id, kind, needs)
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

CREATE TABLE queue.task (
  task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id bigint NOT NULL,
  kind text NOT NULL,
  ordinal int NOT NULL,
  shard smallint NOT NULL,
  site_id int,
  lane int NOT NULL,
  payload jsonb NOT NULL,
  CONSTRAINT a_task_is_planned_once UNIQUE (job_id, kind, ordinal),
  -- Not its counter: whoever deletes a job would look for each of 2,048 among all of its tasks. start_job counts.
  FOREIGN KEY (job_id, kind) REFERENCES queue.stage
);

CREATE TABLE queue.skipped_task (
  task_id bigint PRIMARY KEY REFERENCES queue.task,
  job_id bigint NOT NULL REFERENCES queue.job
);
CREATE INDEX skipped_task_jobs ON queue.skipped_task (job_id);

-- Who does it, and how it stands.

CREATE TABLE queue.worker (
  worker_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host text NOT NULL,
  pid int NOT NULL,
  slots int NOT NULL CONSTRAINT a_worker_has_slots CHECK (slots > 0),
  version text NOT NULL,
  protocol int NOT NULL,
  login name NOT NULL DEFAULT session_user,
  sites int[],
  runs text[],
  offers text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'active'
    CONSTRAINT worker_state_is_known CHECK (state IN ('active', 'draining', 'stopped', 'lost')),
  lease interval NOT NULL CONSTRAINT a_lease_lasts CHECK (lease > interval '0'),
  silence interval NOT NULL DEFAULT interval '0' CONSTRAINT silence_is_not_negative CHECK (silence >= interval '0'),
  started_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL,
  ended_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX worker_leases ON queue.worker (lease_until) WHERE state IN ('active', 'draining');

-- Domains for the same reason.
CREATE DOMAIN queue.live_state AS text
  CONSTRAINT live_state_is_known CHECK (VALUE IN ('blocked', 'ready', 'running', 'delayed', 'held'));
CREATE DOMAIN queue.task_priority AS int CONSTRAINT priority_can_be_negated CHECK (VALUE > -2147483647);

CREATE TABLE queue.live_task (
  task_id bigint PRIMARY KEY,
  job_id bigint NOT NULL,
  fence bigint,
  worker_id bigint,
  claimed_at timestamptz,
  due_at timestamptz,
  lane int NOT NULL,
  site_id int NOT NULL,
  priority queue.task_priority NOT NULL DEFAULT 0,
  shard smallint NOT NULL,
  failures smallint NOT NULL DEFAULT 0,
  crashes smallint NOT NULL DEFAULT 0,
  kind text NOT NULL,
  state queue.live_state NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000, autovacuum_vacuum_cost_delay = 0);
-- Every index here is partial, so that a claim writes to two only (the key and live_task_owners) and an end to none.
CREATE INDEX live_task_claims ON queue.live_task (lane, (-priority), task_id) WHERE state = 'ready' AND crashes = 0;
CREATE INDEX live_task_suspects ON queue.live_task (state, (-priority), task_id) WHERE crashes > 0;
CREATE INDEX live_task_owners ON queue.live_task (worker_id) WHERE state = 'running';
CREATE INDEX live_task_due ON queue.live_task (due_at) WHERE state = 'delayed';
CREATE INDEX live_task_blocked ON queue.live_task (job_id, kind) WHERE state = 'blocked';

CREATE SEQUENCE queue.fence AS bigint CACHE 32;

-- How it ended.

CREATE DOMAIN queue.task_outcome AS text
  CONSTRAINT outcome_is_known CHECK (VALUE IN ('succeeded', 'failed', 'cancelled'));

CREATE TABLE queue.task_history (
  task_id bigint NOT NULL,
  job_id bigint NOT NULL,
  kind text NOT NULL,
  site_id int NOT NULL,
  outcome queue.task_outcome NOT NULL,
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
CREATE TABLE queue.task_history_other PARTITION OF queue.task_history DEFAULT;
CREATE INDEX task_history_jobs ON queue.task_history (job_id, kind) WHERE outcome <> 'succeeded';

CREATE TABLE queue.attempt_failure (
  task_id bigint NOT NULL REFERENCES queue.task,
  fence bigint NOT NULL,
  worker_id bigint NOT NULL,
  failure_code text NOT NULL,
  failure_text text NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, fence)
);

CREATE TABLE queue.leader (
  only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT there_is_one_leader CHECK (only_one),
  term bigint NOT NULL,
  holder text NOT NULL,
  login name NOT NULL DEFAULT session_user,
  renewed_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL
);
