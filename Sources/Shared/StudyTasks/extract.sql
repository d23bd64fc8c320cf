-- Kind extract: the features of one case. A failure costs the case, once; a retry tries failed cases again.

COMMENT ON TABLE trabecula.case_task IS
  'The tasks that extract a case: one, or one for each source of features where the study says so.';

CREATE OR REPLACE FUNCTION trabecula.complete_extract(completing bigint, extracted bigint, claim bigint, set_ids int[],
    keys bytea[], image_digest bytea, mask_digest bytea, region_label bigint, value_counts int[],
    all_values float8[], notes jsonb[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner job_case;
  first_value int := 1;
BEGIN
  answer := (queue.complete_tasks(completing, ARRAY[extracted], ARRAY[claim], 'extract'))[1];
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

CREATE OR REPLACE FUNCTION trabecula.extract_failed(failing bigint, code text, sentence text, advice text) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  UPDATE job_case c SET state = 'failed', failed_task_id = failing, failure_code = code, failure_text = sentence,
      remedy = advice
    FROM case_task t
    WHERE t.task_id = failing AND c.job_id = t.job_id AND c.case_id = t.case_id
      -- Another task of the case may have failed before: the sentence must not depend on which came first.
      AND coalesce(c.failed_task_id > failing, true)
$$;
COMMENT ON FUNCTION trabecula.extract_failed IS 'Writes to the case of an extraction why it failed.';

CREATE OR REPLACE FUNCTION trabecula.extract_lacking(of_job bigint)
  RETURNS TABLE (task_id bigint, has_failed boolean, goes_with bigint)
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT x.task_id, c.state = 'failed', x.case_id
    FROM job_case c JOIN case_task x USING (job_id, case_id) JOIN queue.task t ON t.task_id = x.task_id
    WHERE c.job_id = of_job AND c.state IN ('failed', 'pending') AND NOT EXISTS (SELECT FROM case_feature f
      WHERE f.job_id = x.job_id AND f.case_id = x.case_id AND t.payload -> 'sources' ? f.source)
$$;
COMMENT ON FUNCTION trabecula.extract_lacking IS
  'The extractions of a job whose features are not there; those of one case go together. A case that is pending was '
  'cancelled, or is under way.';

CREATE OR REPLACE FUNCTION trabecula.extract_reopened(reopened bigint, again bigint[]) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  UPDATE job_case c SET state = 'pending', failed_task_id = NULL, failure_code = NULL, failure_text = NULL, remedy = NULL
    FROM unnest(again) AS a(task_id) JOIN case_task x USING (task_id)
    WHERE c.job_id = x.job_id AND c.case_id = x.case_id AND c.state = 'failed'
$$;
COMMENT ON FUNCTION trabecula.extract_reopened IS 'Cases whose extraction runs again are pending.';

SELECT queue.define_kind('extract', place => 1, unit => 'case', failure_costs => 'task', retry_redoes => 'failed',
  on_failed => 'trabecula.extract_failed', lacking => 'trabecula.extract_lacking',
  on_reopened => 'trabecula.extract_reopened');
