-- Kind aggregate: the final models and the report of a job. A failure costs the job; a retry always computes them anew.

COMMENT ON TABLE trabecula.model IS 'A fitted logistic model: features, scaling, coefficients, intercept, cut-off.';
COMMENT ON TABLE trabecula.metric IS 'Performance of a model with its 95 % confidence interval.';
COMMENT ON COLUMN trabecula.metric.cohort IS 'training, test, bootstrap, or leave-one-site-out.';
COMMENT ON COLUMN trabecula.metric.site IS 'NULL: all sites together.';
COMMENT ON COLUMN trabecula.metric.estimate IS 'NULL where it is undefined (a part with one class only).';
COMMENT ON TABLE trabecula.prediction IS 'Probability that a model gives a case, in its part of the split.';
COMMENT ON TABLE trabecula.report IS 'report.json of a finished job, byte for byte, without times.';
COMMENT ON COLUMN trabecula.report.superseded_at IS
  'When something that it was computed from was taken away; NULL: it stands. A report that is computed anew stands again.';
COMMENT ON COLUMN trabecula.report.superseded_because IS 'What was taken away, in a sentence or several, without naming anybody.';

CREATE OR REPLACE FUNCTION trabecula.supersede_reports(case_ids bigint[], because text) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  marked int;
BEGIN
  UPDATE report r SET superseded_at = coalesce(r.superseded_at, now()),
      superseded_because = concat_ws(' ', r.superseded_because, because)
    WHERE r.job_id IN (SELECT c.job_id FROM job_case c WHERE c.case_id = ANY (case_ids))
      AND position(because IN coalesce(r.superseded_because, '')) = 0;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END $$;
COMMENT ON FUNCTION trabecula.supersede_reports IS
  'Marks the reports of all jobs that have one of these cases as superseded, with a sentence that says why; returns how many '
  'it marked. A second reason is added to the first, the same one is not.';

CREATE OR REPLACE FUNCTION trabecula.check_aggregate(aggregated bigint, owner bigint, report_body text, models jsonb,
    metrics jsonb, model_names text[]) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  asked text[] := ARRAY(SELECT m.value ->> 'name'
    FROM study s, jsonb_array_elements(s.study::jsonb -> 'models') AS m(value) WHERE s.job_id = owner);
BEGIN
  IF octet_length(report_body) > 268435456 OR octet_length(models::text) > 268435456 OR octet_length(metrics::text) > 268435456
  THEN
    PERFORM refuse_result(aggregated, 'a part of it is larger than 256 MiB');
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(models) AS m(value) WHERE coalesce(m.value ->> 'name' <> ALL (asked), true))
      OR NOT model_names <@ asked THEN
    PERFORM refuse_result(aggregated, 'it has models that the study does not');
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.check_aggregate IS 'Refuses models that the study does not name, and sizes that no study comes to.';

CREATE OR REPLACE FUNCTION trabecula.complete_aggregate(completing bigint, aggregated bigint, claim bigint, report_body text,
    models jsonb, metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[])
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
DECLARE
  answer text;
  owner bigint;
BEGIN
  answer := (queue.complete_tasks(completing, ARRAY[aggregated], ARRAY[claim], 'aggregate'))[1];
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  SELECT job_id INTO owner FROM queue.task WHERE task_id = aggregated;
  PERFORM check_aggregate(aggregated, owner, report_body, models, metrics, model_names);
  INSERT INTO report (job_id, body) VALUES (owner, report_body);
  INSERT INTO model (job_id, name, body)
    SELECT owner, named.value ->> 'name', named.value FROM jsonb_array_elements(models) AS named(value);
  INSERT INTO metric (job_id, model, cohort, site, name, estimate, lower, upper, method, n)
    SELECT owner, m.model, m.cohort, m.site, m.name, m.estimate, m.lower, m.upper, m.method, m.n
      FROM jsonb_to_recordset(metrics) AS m(model text, cohort text, site text, name text, estimate float8,
        lower float8, upper float8, method text, n int);
  INSERT INTO prediction (job_id, case_id, model, part, probability)
    SELECT owner, p.case_id, p.model, p.part, p.probability
      FROM unnest(case_ids, parts, model_names, probabilities) AS p(case_id, part, model, probability);
  RETURN answer;
END $$;
COMMENT ON FUNCTION trabecula.complete_aggregate IS
  'Ends the aggregation and writes report, models, metrics and predictions in one transaction.';

CREATE OR REPLACE FUNCTION trabecula.aggregate_lacking(of_job bigint)
  RETURNS TABLE (task_id bigint, has_failed boolean, goes_with bigint)
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT t.task_id, false, t.task_id FROM queue.task t
    WHERE t.job_id = of_job AND t.kind = 'aggregate' AND NOT EXISTS (SELECT FROM report r WHERE r.job_id = of_job)
$$;
COMMENT ON FUNCTION trabecula.aggregate_lacking IS 'The aggregation of a job that has no report.';

CREATE OR REPLACE FUNCTION trabecula.aggregate_reopened(reopened bigint, again bigint[]) RETURNS void
  LANGUAGE sql SET search_path = trabecula, pg_temp AS $$
  DELETE FROM prediction WHERE job_id = reopened;
  DELETE FROM metric WHERE job_id = reopened;
  DELETE FROM model WHERE job_id = reopened;
  DELETE FROM report WHERE job_id = reopened;
$$;
COMMENT ON FUNCTION trabecula.aggregate_reopened IS 'Forgets models, metrics, predictions and report of a job.';

SELECT queue.define_kind('aggregate', place => 3, failure_costs => 'job', retry_redoes => 'always',
  lacking => 'trabecula.aggregate_lacking', on_reopened => 'trabecula.aggregate_reopened');
