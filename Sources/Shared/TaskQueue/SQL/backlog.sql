-- How much there is to do now, as one number, for programs that start and stop workers.

CREATE OR REPLACE FUNCTION queue.backlog(kinds text[] DEFAULT NULL, sites text[] DEFAULT NULL, most int DEFAULT 10000)
  RETURNS bigint
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = queue, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
  spelt text[] := ARRAY(SELECT normalize(named, NFC) FROM unnest(sites) AS named);
  own int[] := login_sites();
  served int[];
  refused text;
BEGIN
  PERFORM require_sites();
  IF NOT (is_list(coalesce(kinds, '{}')) AND is_list(coalesce(sites, '{}'))) THEN
    PERFORM refuse_lists();
  END IF;
  IF most IS NULL OR most NOT BETWEEN 1 AND 1000000 THEN
    RAISE EXCEPTION 'a backlog is counted to between 1 and 1000000 a lane, not %', most
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  refused := (SELECT min(name) FROM site WHERE name = ANY (spelt) AND NOT site_id = ANY (own));
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'login % was not granted site %', session_user, quote_literal(refused)
      USING ERRCODE = 'insufficient_privilege',
        HINT = format('A coordinator runs: coordinator grant-site %s %s, in SQL: SELECT queue.grant_site(%L, %L);',
          session_user, quote_literal(refused), session_user, refused);
  END IF;
  served := CASE WHEN sites IS NOT NULL THEN ARRAY(SELECT site_id FROM site WHERE name = ANY (spelt))
    WHEN serves_all_sites() THEN 0 || own ELSE own END;
  RETURN
    -- From where claims begin to read, lest entries of claimed tasks are stepped over that an old snapshot keeps.
    (SELECT count(*) FROM lane r CROSS JOIN LATERAL (SELECT FROM live_task l
        WHERE l.lane = r.lane AND l.state = 'ready' AND l.crashes = 0 AND (-l.priority, l.task_id) >= (r.from_rank, r.from_task)
        ORDER BY -l.priority, l.task_id LIMIT most) ready
      WHERE r.from_rank < 2147483647 AND r.site_id = ANY (served) AND (kinds IS NULL OR r.kind = ANY (kinds)))
    + (SELECT count(*) FROM live_task l WHERE l.state = 'ready' AND l.crashes > 0
        AND l.site_id = ANY (served) AND (kinds IS NULL OR l.kind = ANY (kinds)))
    + (SELECT count(*) FROM (SELECT FROM live_task l WHERE l.state = 'delayed' AND l.due_at <= now()
        AND l.site_id = ANY (served) AND (kinds IS NULL OR l.kind = ANY (kinds)) LIMIT most) due)
    + (SELECT count(*) FROM (SELECT FROM live_task l WHERE l.state = 'running'
        AND l.site_id = ANY (served) AND (kinds IS NULL OR l.kind = ANY (kinds)) LIMIT most) running);
END $$;
COMMENT ON FUNCTION queue.backlog IS
  'Tasks of these kinds at these sites that are ready, due again, or running: how many slots have work now. NULL: all kinds; all '
  'sites of the login, and for a login of all sites the tasks of no site. Running ones count, because whoever starts workers by '
  'this number takes off those that it has started, and would else end with none while the last tasks run. What is blocked, '
  'held, or delayed to a time to come does not: no worker could take it. What is due but not yet ready does: workers do that. '
  'A site that is not known counts 0, because it becomes known when tasks for it are submitted. Counts to `most` a lane, and so '
  'many due and running ones, so that a million tasks cost no more than ten thousand.';
