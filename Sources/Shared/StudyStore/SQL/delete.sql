-- A job that is deleted with what only it uses, what goes by itself when nothing needs it, and what is kept elsewhere.

CREATE OR REPLACE FUNCTION trabecula.delete_job_rows(deleted_job bigint, known queue.job) RETURNS text
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp SET jit = off SET enable_seqscan = off AS $$
DECLARE
  of_cohort int := (SELECT s.cohort_id FROM study s WHERE s.job_id = deleted_job);
  cases bigint[] := ARRAY(SELECT c.case_id FROM job_case c WHERE c.job_id = deleted_job);
  keys bytea[] := ARRAY(SELECT DISTINCT f.feature_key FROM case_feature f WHERE f.job_id = deleted_job);
  subjects bigint[];
  gone_cases int;
  rows int;
BEGIN
  PERFORM queue.delete_rows(deleted_job, 'report', 'prediction', 'metric', 'model', 'replicate', 'case_feature', 'case_task',
    'job_case', 'job_recipe', 'study');
  PERFORM queue.delete_job_rows(deleted_job);
  rows := delete_unused_rows(keys);
  WITH gone AS (
    DELETE FROM image_case i USING unnest(cases) AS used(case_id) WHERE i.case_id = used.case_id
      AND NOT EXISTS (SELECT FROM job_case c WHERE c.case_id = i.case_id)
      RETURNING i.subject_id
  )
  SELECT array_agg(DISTINCT subject_id), count(*) INTO subjects, gone_cases FROM gone;
  DELETE FROM subject u WHERE u.subject_id = ANY (subjects)
    AND NOT EXISTS (SELECT FROM image_case i WHERE i.subject_id = u.subject_id);
  DELETE FROM cohort h WHERE h.cohort_id = of_cohort AND NOT EXISTS (SELECT FROM subject u WHERE u.cohort_id = of_cohort)
    AND NOT EXISTS (SELECT FROM study s WHERE s.cohort_id = of_cohort);
  PERFORM queue.record_act('delete_job', 'job ' || deleted_job, jsonb_build_object('state', known.state,
    'ended', known.ended_at, 'cases', cardinality(cases), 'feature_rows', rows), NULL);
  RETURN format('Job %s is deleted, with %s and %s that no other job uses.', deleted_job,
    queue.counted(gone_cases, 'case', 'cases'), queue.counted(rows, 'feature row', 'feature rows'));
END $$;
COMMENT ON FUNCTION trabecula.delete_job_rows IS
  'Deletes everything of a job that has ended and what no other job uses. The caller has locked the job and its cohort. The settings pin the plans '
  'by which foreign keys are looked for: whatever the statistics say, each row by an index.';

CREATE OR REPLACE FUNCTION trabecula.delete_job(deleted_job bigint) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  -- A submission may be about to use the cases.
  PERFORM begin_act_on(ARRAY(SELECT s.cohort_id FROM study s WHERE s.job_id = deleted_job), true);
  RETURN delete_job_rows(deleted_job, queue.require_ended_job(deleted_job));
END $$;
COMMENT ON FUNCTION trabecula.delete_job IS
  'Deletes a job that has ended: its report, models, tasks, history, and those of its cases, subjects and feature rows that no '
  'other job uses. SELECT trabecula.delete_job(1); The audit keeps that it was there.';

CREATE OR REPLACE FUNCTION trabecula.note_archive(archived_job bigint, file_digest bytea, copied_revision int) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  known queue.job;
BEGIN
  PERFORM queue.begin_act(true);
  known := queue.require_ended_job(archived_job);
  IF octet_length(file_digest) IS DISTINCT FROM 32 THEN
    RAISE EXCEPTION 'a digest of an archive has 32 bytes' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF known.revision <> copied_revision
      OR EXISTS (SELECT FROM report r WHERE r.job_id = archived_job AND r.superseded_at IS NOT NULL) THEN
    RAISE EXCEPTION 'job % has changed while it was copied', archived_job
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Nothing was kept: archive it again.';
  END IF;
  PERFORM queue.record_act('archive_job', 'job ' || archived_job, jsonb_build_object('state', known.state),
    jsonb_build_object('sha256', encode(file_digest, 'hex')));
END $$;
COMMENT ON FUNCTION trabecula.note_archive IS
  'Writes to the audit that all of a job was copied into a file with this SHA-256: coordinator archive calls it before the file '
  'appears, with the revision that it copied. By who was granted all sites.';

CREATE OR REPLACE FUNCTION trabecula.forget(worker_days int, feature_days int, job_days int DEFAULT NULL,
    most int DEFAULT 1000)
  RETURNS TABLE (workers_forgotten int, feature_rows_forgotten int, jobs_forgotten int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  old bigint;
BEGIN
  IF worker_days < 1 OR feature_days < 1 OR job_days < 1 OR most < 1 THEN
    RAISE EXCEPTION 'forget: % and % days, % for jobs, % rows were asked for', worker_days, feature_days, job_days, most
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Each must be 1 or more; NULL days for jobs keep them.';
  END IF;
  workers_forgotten := coalesce(queue.forget_workers(worker_days, most), 0);
  feature_rows_forgotten := delete_unused_rows(ARRAY(SELECT r.feature_key FROM feature_row r
    WHERE r.extracted_at < now() - make_interval(days => feature_days)
      AND NOT EXISTS (SELECT FROM case_feature f WHERE f.feature_key = r.feature_key)
    LIMIT most FOR UPDATE SKIP LOCKED));
  jobs_forgotten := 0;
  -- One at a time: it may be large.
  old := (SELECT j.job_id FROM queue.job j WHERE j.ended_at < now() - make_interval(days => job_days)
    ORDER BY j.ended_at LIMIT 1);
  IF old IS NOT NULL THEN
    PERFORM delete_job(old);
    jobs_forgotten := 1;
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION trabecula.forget IS
  'Retention: deletes workers that ended more than worker_days ago, feature rows older than feature_days that no job uses, so '
  'many of each at most, and the oldest job that ended more than job_days ago, as delete_job does. What a job has stays with it; '
  'jobs stay where job_days is NULL.';

CREATE OR REPLACE FUNCTION trabecula.maintain_retention(leader_term bigint, worker_days int, feature_days int, job_days int)
  RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  IF NOT queue.may_maintain(leader_term) THEN
    RETURN 0;
  END IF;
  RETURN (SELECT f.workers_forgotten + f.feature_rows_forgotten + f.jobs_forgotten
    FROM forget(queue.kept_days('workers', worker_days), queue.kept_days('unused results', feature_days),
      queue.kept_days('jobs', job_days)) f);
END $$;
COMMENT ON FUNCTION trabecula.maintain_retention IS
  'Runs forget for the leader of this term and returns how many workers, rows and jobs went; 0, having done nothing, to anybody '
  'else. The days given hold where no rule of retention says otherwise (queue.set_retention).';
