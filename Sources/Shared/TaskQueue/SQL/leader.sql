-- Maintenance, and who does it.

COMMENT ON TABLE queue.leader IS
  'Which coordinator does the maintenance. Others stand by; while nobody leads, workers do it with their heartbeats.';
COMMENT ON COLUMN queue.leader.term IS
  'Issued here, one more with each new leader. Every maintenance call names it; an older term does nothing.';
COMMENT ON COLUMN queue.leader.holder IS 'Host and process of the coordinator.';
COMMENT ON COLUMN queue.leader.renewed_at IS 'Ahead of now: the clock was set back since, and the lease says nothing.';
COMMENT ON COLUMN queue.leader.lease_until IS 'By the server''s clock; once past, the next who asks leads.';

CREATE OR REPLACE FUNCTION queue.lead(asking text, my_term bigint, lease_seconds float8) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  given bigint;
BEGIN
  INSERT INTO leader AS l (term, holder, lease_until)
    VALUES (1, asking, now() + make_interval(secs => lease_seconds))
    ON CONFLICT (only_one) DO UPDATE SET
        term = CASE WHEN l.term = my_term THEN l.term ELSE l.term + 1 END,
        holder = asking, login = session_user, renewed_at = now(), lease_until = excluded.lease_until
      WHERE l.term = my_term OR l.lease_until < now() OR lies_ahead(l.renewed_at)
    RETURNING term INTO given;
  IF given IS DISTINCT FROM my_term AND given IS NOT NULL THEN
    PERFORM record_act('lead', 'leader', NULL, jsonb_build_object('term', given, 'holder', asking));
  END IF;
  RETURN given;
END $$;
COMMENT ON FUNCTION queue.lead IS
  'Renews the leadership of a term, or takes it over where its lease is past; NULL: another leads.';

CREATE OR REPLACE FUNCTION queue.resign(my_term bigint) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  UPDATE leader SET lease_until = now() - interval '1 microsecond' WHERE term = my_term AND lease_until >= now();
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION queue.resign IS 'Ends a leadership at once, so that the next coordinator need not wait for its lease.';

CREATE OR REPLACE FUNCTION queue.may_maintain(my_term bigint) RETURNS boolean
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  ruling leader;
BEGIN
  IF my_term IS NULL THEN
    RETURN NOT EXISTS (SELECT FROM leader WHERE lease_until >= now() AND NOT lies_ahead(renewed_at));
  END IF;
  IF NOT pg_has_role(session_user, 'trabecula_coordinator', 'MEMBER') THEN
    RETURN false;
  END IF;
  -- Held to the end of the transaction, so that a successor begins after this maintenance.
  SELECT * INTO ruling FROM leader FOR SHARE;
  RETURN ruling.term IS NOT DISTINCT FROM my_term;
END $$;
COMMENT ON FUNCTION queue.may_maintain IS
  'Whether the caller may do maintenance: a coordinator that leads in this term, or with NULL anybody while nobody leads.';

CREATE OR REPLACE FUNCTION queue.take_samples() RETURNS int
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
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
COMMENT ON FUNCTION queue.take_samples IS
  'Notes the counters of all open stages, at most every five seconds, and forgets notes older than a day.';

CREATE OR REPLACE FUNCTION queue.maintain(leader_term bigint DEFAULT NULL)
  RETURNS TABLE (lost_workers int, tasks_taken_back int, tasks_promoted int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
DECLARE
  expired bigint;
  most_crashes constant int := 3;
BEGIN
  lost_workers := 0;
  tasks_taken_back := 0;
  tasks_promoted := 0;
  -- One maintainer at a time; whoever comes second has nothing to do.
  IF NOT may_maintain(leader_term) OR NOT try_turn('maintain') THEN
    RETURN NEXT;
    RETURN;
  END IF;
  -- First, because what follows may wait for such a session.
  IF take_samples() > 0 THEN
    PERFORM end_stalling_sessions(), forget_progress();
  END IF;
  FOR expired IN SELECT worker_id FROM worker
    WHERE state IN ('active', 'draining') AND lease_until < now()
      -- While the server was away nobody could be heard: after its start a worker has one lease to speak up.
      AND (heartbeat_at > pg_postmaster_start_time() OR pg_postmaster_start_time() + lease < now()
        OR lies_ahead(pg_postmaster_start_time()))
    ORDER BY worker_id FOR UPDATE SKIP LOCKED
  LOOP
    lost_workers := lost_workers + 1;
    UPDATE worker SET state = 'lost', ended_at = now() WHERE worker_id = expired;
    tasks_taken_back := tasks_taken_back + take_back(expired, most_crashes);
  END LOOP;
  tasks_promoted := make_ready(ARRAY(SELECT task_id FROM live_task
    WHERE state = 'delayed' AND due_at <= now() ORDER BY task_id FOR UPDATE SKIP LOCKED));
  PERFORM hold_ready_tasks(50000), move_to_own_lanes(50000);
  PERFORM mend_instants();
  PERFORM mend_lanes();
  IF to_regclass('queue.task_history_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 day', 'YYYYMMDD')) IS NULL THEN
    PERFORM make_history_partitions((now() AT TIME ZONE 'UTC')::date, 3);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION queue.maintain IS
  'Declares workers past their lease lost, returns their tasks, makes delayed tasks ready whose time has come, holds those of '
  'jobs in which too much has failed, mends what a clock that was set back has left, checks lanes, notes counters, ends sessions '
  'that keep others waiting, and sees to it that tomorrow has a partition. The leading coordinator calls it with its '
  'term; every worker calls it with its heartbeat and NULL, which does nothing while somebody leads, so that no job '
  'waits for a person.';

CREATE OR REPLACE FUNCTION queue.maintain_history(leader_term bigint, days int) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = queue, pg_temp AS $$
BEGIN
  IF NOT may_maintain(leader_term) THEN
    RETURN false;
  END IF;
  PERFORM keep_history(kept_days('history', days)), forget_snoozes();
  RETURN forget_attempts(kept_days('attempts', days), 10000) IS NOT NULL;
END $$;
COMMENT ON FUNCTION queue.maintain_history IS
  'Runs keep_history for the leader of this term, and deletes failed attempts as old, and snoozes that are over; answers false, having '
  'done nothing, to anybody else. days: where no rule of retention says otherwise.';
