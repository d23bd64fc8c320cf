-- Busy workers pass by tasks whose worker died; one of them is promised to such a task. What it means stands as a COMMENT beside
-- the function that uses it.

ALTER TABLE queue.live_task ADD COLUMN promised_to bigint;
ALTER TABLE queue.live_task ADD COLUMN promised_at timestamptz;
