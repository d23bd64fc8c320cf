-- How far a running task is, where its kind says so.

COMMENT ON TABLE queue.task_progress IS
  'How far running tasks are, as their workers said last, with a heartbeat. Only kinds that report have rows; maintenance deletes '
  'those of claims that are over.';
COMMENT ON COLUMN queue.task_progress.fence IS 'Of this claim; a later one begins anew.';

CREATE OR REPLACE FUNCTION queue.report_progress(reporting bigint, task_ids bigint[], fences bigint[], percents float8[])
  RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  noted int;
BEGIN
  PERFORM require_own_worker(reporting);
  IF NOT (is_list(task_ids) AND is_list(fences) AND is_list(percents)
      AND cardinality(task_ids) = cardinality(fences) AND cardinality(task_ids) = cardinality(percents)) THEN
    PERFORM refuse_lists();
  END IF;
  INSERT INTO task_progress AS p (task_id, fence, percent)
    SELECT DISTINCT ON (l.task_id) l.task_id, l.fence, least(greatest(said.percent, 0), 100)
      FROM unnest(task_ids, fences, percents) AS said(task_id, fence, percent)
        JOIN live_task l ON l.task_id = said.task_id AND l.fence = said.fence AND l.worker_id + 0 = reporting
      WHERE said.percent <> 'NaN'
      ORDER BY l.task_id
    ON CONFLICT (task_id) DO UPDATE SET fence = excluded.fence, percent = excluded.percent, said_at = now()
      WHERE (p.fence, p.percent) IS DISTINCT FROM (excluded.fence, excluded.percent);
  GET DIAGNOSTICS noted = ROW_COUNT;
  RETURN noted;
END $$;
COMMENT ON FUNCTION queue.report_progress IS
  'A worker says how far tasks are that it holds, in percent; of claims that were taken back nothing is noted. Returns how many '
  'notes changed.';

CREATE OR REPLACE FUNCTION queue.forget_progress() RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  gone int;
BEGIN
  DELETE FROM task_progress WHERE task_id = ANY (ARRAY(SELECT p.task_id FROM task_progress p
    WHERE NOT EXISTS (SELECT FROM live_task l WHERE l.task_id = p.task_id AND l.fence = p.fence)
    ORDER BY p.task_id FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
COMMENT ON FUNCTION queue.forget_progress IS 'Deletes what was said of claims that are over.';
