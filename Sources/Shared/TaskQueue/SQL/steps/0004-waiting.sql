-- Limits by key: whether a lane is under one is read with the lane, and where to look for a free slot, and who is told of
-- one, is known. What it means stands as a COMMENT beside the functions that use it.

ALTER TABLE queue.lane ADD COLUMN limit_keys text[] NOT NULL DEFAULT '{}';
UPDATE queue.lane SET limit_keys = ARRAY['site ' || site_id, 'kind ' || kind] || ARRAY(SELECT 'need ' || need FROM unnest(needs) AS need)
  || CASE WHEN share < 0 THEN ARRAY['job ' || -share] END;

ALTER TABLE queue.task_limit ADD COLUMN key text NOT NULL GENERATED ALWAYS AS (
  scope || ' ' || CASE scope WHEN 'site' THEN site_id::text WHEN 'job' THEN job_id::text ELSE subject END) STORED;
ALTER TABLE queue.task_limit ADD CONSTRAINT keys_of_limits_differ UNIQUE (key);
ALTER TABLE queue.task_limit ADD COLUMN first_slot bigint NOT NULL DEFAULT 0;
ALTER TABLE queue.task_limit ADD COLUMN last_slot bigint NOT NULL DEFAULT 0;
UPDATE queue.task_limit m SET first_slot = range.lowest, last_slot = range.highest
  FROM (SELECT limit_id, min(slot) AS lowest, max(slot) AS highest FROM queue.task_slot GROUP BY 1) range
  WHERE range.limit_id = m.limit_id;

ALTER TABLE queue.worker ADD COLUMN limit_keys text[];
ALTER TABLE queue.worker ADD COLUMN limited_jobs bigint[];
UPDATE queue.worker SET limit_keys = (SELECT array_agg(m.key) FROM queue.task_limit m),
    limited_jobs = (SELECT array_agg(m.job_id) FROM queue.task_limit m WHERE m.scope = 'job')
  WHERE state IN ('active', 'draining');

CREATE TABLE queue.turned_away (
  limit_id int PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT '-infinity',
  workers bigint[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
INSERT INTO queue.turned_away (limit_id) SELECT limit_id FROM queue.task_limit;
