-- Fair shares of jobs, and limits by key. What they mean stands as a COMMENT beside the functions that use them.

ALTER TABLE queue.lane ADD COLUMN share bigint NOT NULL DEFAULT 0;
ALTER TABLE queue.lane DROP CONSTRAINT lanes_differ;
ALTER TABLE queue.lane ADD CONSTRAINT lanes_differ UNIQUE (site_id, kind, needs, share);
-- Claims read lanes with tasks only, whatever has been.
CREATE INDEX lane_waiting ON queue.lane (kind, site_id) WHERE from_rank < 2147483647;

ALTER TABLE queue.worker ADD COLUMN under_limits boolean NOT NULL DEFAULT false;

CREATE TABLE queue.task_limit (
  limit_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope text NOT NULL CONSTRAINT scope_is_known CHECK (scope IN ('site', 'job', 'kind', 'need')),
  subject text NOT NULL,
  site_id int,
  job_id bigint,
  allowed int NOT NULL CONSTRAINT a_limit_is_small CHECK (allowed BETWEEN 0 AND 1000),
  surplus int NOT NULL DEFAULT 0 CONSTRAINT surplus_is_not_negative CHECK (surplus >= 0),
  set_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT a_key_has_one_limit UNIQUE (scope, subject),
  CONSTRAINT a_limit_of_a_site_names_it CHECK ((scope = 'site') = (site_id IS NOT NULL)),
  CONSTRAINT a_limit_of_a_job_names_it CHECK ((scope = 'job') = (job_id IS NOT NULL))
);

CREATE TABLE queue.task_slot (
  slot bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  limit_id int NOT NULL,
  task_id bigint,
  fence bigint,
  taken_at timestamptz
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
CREATE INDEX task_slot_limits ON queue.task_slot (limit_id, slot);

INSERT INTO queue.turn (what) VALUES ('limits');
