-- The history: a partition a day, made ahead and dropped when it is old.

CREATE OR REPLACE FUNCTION queue.make_history_partitions(first_day date, days int) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms' AS $$
DECLARE
  day date;
  partition text;
  made int := 0;
BEGIN
  FOR day IN SELECT (first_day + n)::date FROM generate_series(0, days - 1) AS n LOOP
    partition := 'task_history_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('queue.' || partition) IS NOT NULL;
    BEGIN
      -- Made beside the table and attached: CREATE … PARTITION OF would stop all readers and writers.
      EXECUTE format('CREATE TABLE queue.%I (LIKE queue.task_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS) '
        'WITH (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000)', partition);
      EXECUTE format('COMMENT ON TABLE queue.%I IS %L', partition, 'Tasks that ended on ' || day || ' (UTC).');
      IF EXISTS (SELECT FROM task_history_other WHERE ended_at >= day AND ended_at < day + 1) THEN
        EXECUTE format('WITH moved AS (DELETE FROM task_history_other WHERE ended_at >= %L AND ended_at < %L RETURNING *) '
          'INSERT INTO %I SELECT * FROM moved', day, day + 1, partition);
      END IF;
      PERFORM guard_table(format('queue.%I', partition));
      EXECUTE format('ALTER TABLE task_history ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, day, day + 1);
      made := made + 1;
    EXCEPTION WHEN lock_not_available OR check_violation THEN
      -- Somebody reads or writes the default partition; its rows are safe there until the next round.
      NULL;
    END;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION queue.make_history_partitions IS
  'Makes the history partitions of so many days (UTC) from the first on, and returns how many. Rows of such a day that '
  'lie in task_history_other, because nobody made its partition in time, move to it. Waits for no lock longer than a '
  'fifth of a second: what it could not do it leaves for the next round.';

CREATE OR REPLACE FUNCTION queue.keep_history(days int, ahead int DEFAULT 7)
  RETURNS TABLE (partitions_made int, partitions_dropped int, partitions_needed int, partitions_busy int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms' AS $$
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
      WHERE i.inhparent = 'queue.task_history'::regclass AND c.relname ~ '^task_history_[0-9]{8}$'
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
        EXECUTE format('DROP TABLE queue.%I', old.name);
        partitions_dropped := partitions_dropped + 1;
      END IF;
    EXCEPTION WHEN lock_not_available THEN
      partitions_busy := partitions_busy + 1;
    END;
  END LOOP;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION queue.keep_history IS
  'Retention: makes the partitions of today and the days ahead, and drops those that ended more than so many days ago. '
  'A partition with a task of an unfinished job is needed and stays; one that somebody reads is busy and stays until the '
  'next call. Results are not touched: history tells when and where a task ended, and which claim ended it.';

SELECT queue.make_history_partitions((now() AT TIME ZONE 'UTC')::date, 3);
