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

CREATE OR REPLACE FUNCTION trabecula.supersede_reports(of_jobs bigint[], because text) RETURNS int
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  marked int;
BEGIN
  UPDATE report r SET superseded_at = coalesce(r.superseded_at, now()),
      superseded_because = concat_ws(' ', r.superseded_because, because)
    WHERE r.job_id = ANY (of_jobs) AND position(because IN coalesce(r.superseded_because, '')) = 0;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END $$;
COMMENT ON FUNCTION trabecula.supersede_reports IS
  'Marks the reports of these jobs as superseded, with a sentence that says why; returns how many it marked. A second reason is added to the first, the same one is not.';

CREATE OR REPLACE FUNCTION trabecula.report_miscounts(of_job bigint, said jsonb) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  WITH told AS (
    SELECT * FROM jsonb_to_recordset(said -> 'exclusions') AS x(site text, subject text, kind text, code text, sentence text, remedy text)
  ), lost AS (
    SELECT s.name AS site, u.code AS subject, c.state AS kind, c.failure_code AS code, coalesce(c.failure_text, '') AS sentence,
        coalesce(c.remedy, '') AS remedy
      FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id) JOIN queue.site s USING (site_id)
      WHERE c.job_id = of_job AND c.failure_code IS NOT NULL
  ), counted AS (
    SELECT n.*, (SELECT count(*) FROM job_case c WHERE c.job_id = of_job) AS cases, (SELECT count(*) FROM told) AS named,
        (SELECT count(*) FROM told WHERE kind = 'failed') AS named_failed
      FROM jsonb_to_record(said #> '{cohort,cases}') AS n(submitted int, done int, failed int, excluded int)
  )
  SELECT NOT coalesce((SELECT (n.submitted, n.done + n.failed + n.excluded, n.failed + n.excluded, n.failed)
      = (n.cases, n.cases, n.named, n.named_failed) FROM counted n), false)
    -- These are found by whoever prepares the study, of cases whose extraction succeeded.
    OR EXISTS (SELECT FROM (TABLE told EXCEPT ALL TABLE lost) other
      WHERE code NOT IN ('other-dimensions', 'outcome-unknown', 'repeat-segmentation', 'missing-values'))
    OR EXISTS (TABLE lost EXCEPT ALL TABLE told)
$$;
COMMENT ON FUNCTION trabecula.report_miscounts IS
  'Whether a report counts other cases than its job has, or does not tell of each that failed or was excluded, and why, as the job does.';

CREATE OR REPLACE FUNCTION trabecula.report_differs(said jsonb, models jsonb, metrics jsonb) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = trabecula, pg_temp AS $$
  SELECT EXISTS (
      SELECT m.value ->> 'name', x.* FROM jsonb_array_elements(said -> 'models') AS m(value), jsonb_to_recordset(
          coalesce(m.value -> 'metrics', '[]') || coalesce(m.value -> 'per_site', '[]'))
        AS x(cohort text, site text, name text, estimate float8, lower float8, upper float8, method text, n int)
      EXCEPT SELECT * FROM jsonb_to_recordset(metrics) AS x(model text, cohort text, site text, name text, estimate float8,
        lower float8, upper float8, method text, n int))
    OR EXISTS (
      SELECT m.value ->> 'name', (m.value ->> 'intercept')::float8,
          ARRAY(SELECT f.value ->> 'name' FROM jsonb_array_elements(m.value -> 'features') WITH ORDINALITY AS f(value, place)
            ORDER BY f.place),
          ARRAY(SELECT (f.value ->> 'coefficient')::float8
            FROM jsonb_array_elements(m.value -> 'features') WITH ORDINALITY AS f(value, place) ORDER BY f.place)
        FROM jsonb_array_elements(said -> 'models') AS m(value)
      EXCEPT SELECT m.value ->> 'name', (m.value ->> 'intercept')::float8,
          ARRAY(SELECT f.value FROM jsonb_array_elements_text(m.value -> 'featureNames') WITH ORDINALITY AS f(value, place)
            ORDER BY f.place),
          ARRAY(SELECT f.value::float8 FROM jsonb_array_elements_text(m.value -> 'coefficients') WITH ORDINALITY AS f(value, place)
            ORDER BY f.place)
        FROM jsonb_array_elements(models) AS m(value))
$$;
COMMENT ON FUNCTION trabecula.report_differs IS
  'Whether a report tells a metric, an intercept or a coefficient that is not among the models and metrics stored beside it.';

CREATE OR REPLACE FUNCTION trabecula.report_fault(of_job bigint, report_body text, model_names text[], models jsonb, metrics jsonb)
  RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  said jsonb;
BEGIN
  said := report_body::jsonb;
  RETURN (SELECT CASE
      WHEN said -> 'schema_version' IS DISTINCT FROM '1' THEN 'its report is of another version'
      WHEN said #>> '{study,job_key}' IS DISTINCT FROM encode(j.key, 'hex')
          OR said #>> '{study,configuration_sha256}' IS DISTINCT FROM encode(digest_of(convert_to(s.study, 'UTF8')), 'hex') THEN
        'its report is of another study, or of another job'
      WHEN ARRAY(SELECT m.value ->> 'name' FROM jsonb_array_elements(said -> 'models') AS m(value)) <> model_names THEN
        'its report has models that the study does not, or lacks some'
      WHEN report_miscounts(of_job, said) THEN 'its report counts other cases than the job has, or tells other reasons'
      WHEN report_differs(said, models, metrics) THEN 'its report has other numbers than the models and metrics beside it'
    END FROM queue.job j JOIN study s USING (job_id) WHERE j.job_id = of_job);
EXCEPTION WHEN data_exception THEN
  RETURN 'its report is not JSON, or not that of a study';
END $$;
COMMENT ON FUNCTION trabecula.report_fault IS
  'Why a report cannot be that of a job, which a completion is refused for: its version, what it says of study and job, its models, '
  'cases and reasons that are not the job''s, metrics and coefficients that are not those beside it. NULL: it can. Whether the '
  'numbers are true, and what else the report says, is the word of the login that wrote it.';

CREATE OR REPLACE FUNCTION trabecula.check_aggregate(aggregated bigint, owner bigint, report_body text, models jsonb,
    metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[]) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  asked text[] := models_of(owner);
  fault text;
BEGIN
  IF octet_length(report_body) > 268435456 OR octet_length(models::text) > 268435456 OR octet_length(metrics::text) > 268435456
  THEN
    PERFORM refuse_result(aggregated, 'a part of it is larger than 256 MiB');
  END IF;
  fault := CASE
    WHEN jsonb_typeof(models) IS DISTINCT FROM 'array' OR jsonb_typeof(metrics) IS DISTINCT FROM 'array'
        OR NOT (queue.is_list(case_ids) AND queue.is_list(parts) AND queue.is_list(model_names) AND queue.is_list(probabilities))
        OR (cardinality(parts), cardinality(model_names), cardinality(probabilities))
          <> (cardinality(case_ids), cardinality(case_ids), cardinality(case_ids)) THEN
      'its lists do not fit each other'
    WHEN ARRAY(SELECT m.value ->> 'name' FROM jsonb_array_elements(models) AS m(value)) <> asked OR NOT model_names <@ asked THEN
      'it has models that the study does not, or lacks some'
    WHEN jsonb_array_length(metrics) > 1000000 OR EXISTS (SELECT FROM jsonb_to_recordset(metrics) AS m(model text, cohort text,
          site text, name text, estimate jsonb, lower jsonb, upper jsonb, method text, n int)
        WHERE coalesce(m.model <> ALL (asked), true) OR coalesce(m.n < 0, true)
          OR coalesce(m.cohort !~ '^[a-z-]{1,64}$' OR m.name !~ '^[a-z0-9_]{1,64}$' OR length(m.method) > 400, true)
          OR m.site NOT IN (SELECT e.name FROM queue.site e)
          OR EXISTS (SELECT FROM (VALUES (m.estimate), (m.lower), (m.upper)) AS given(number)
            WHERE jsonb_typeof(given.number) NOT IN ('null', 'number') OR jsonb_typeof(given.number) = 'number'
              AND given.number::numeric NOT BETWEEN -1e100 AND 1e100)) THEN
      'a metric is not of the study''s models and sites, or not a number up to 1e100'
    WHEN EXISTS (SELECT FROM unnest(case_ids, parts, probabilities) AS p(case_id, part, probability)
        WHERE p.probability NOT BETWEEN 0 AND 1 OR p.part !~ '^[a-z-]{1,64}$' OR NOT EXISTS (SELECT FROM job_case c
          WHERE c.job_id = owner AND c.case_id = p.case_id AND c.state = 'done')) THEN
      'a prediction is not of a case of the job that has features, or not a probability'
    ELSE report_fault(owner, report_body, asked, models, metrics)
  END;
  IF fault IS NOT NULL THEN
    PERFORM refuse_result(aggregated, fault);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.check_aggregate IS
  'Refuses a report of another study, or with other numbers than stand beside it, models that the study does not name, metrics and predictions that are none, predictions of '
  'cases that the job does not have, and sizes that no study comes to.';

CREATE OR REPLACE FUNCTION trabecula.complete_aggregate(completing bigint, aggregated bigint, claim bigint, report_body text,
    models jsonb, metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[])
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp SET jit = off AS $$
DECLARE
  answer text;
  owner bigint;
BEGIN
  answer := (queue.complete_tasks(completing, ARRAY[aggregated], ARRAY[claim], 'aggregate'))[1];
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  SELECT job_id INTO owner FROM queue.task WHERE task_id = aggregated;
  PERFORM check_aggregate(aggregated, owner, report_body, models, metrics, case_ids, parts, model_names, probabilities);
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
  LANGUAGE sql SET search_path = trabecula, pg_temp
  AS $$ SELECT queue.delete_rows(reopened, 'prediction', 'metric', 'model', 'report') $$;
COMMENT ON FUNCTION trabecula.aggregate_reopened IS 'Forgets models, metrics, predictions and report of a job.';

SELECT queue.define_kind('aggregate', place => 3, failure_costs => 'job', retry_redoes => 'always',
  lacking => 'trabecula.aggregate_lacking', on_reopened => 'trabecula.aggregate_reopened');
