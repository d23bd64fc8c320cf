-- Kind aggregate: the final models and the report of a job. A failure costs the job; a retry always computes them anew.

COMMENT ON TABLE trabecula.model IS 'A fitted logistic model: features, scaling, coefficients, intercept, cut-off.';
COMMENT ON TABLE trabecula.metric IS 'Performance of a model with its 95 % confidence interval.';
COMMENT ON COLUMN trabecula.metric.cohort IS 'training, test, external, bootstrap, or leave-one-site-out.';
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

-- A report may have megabytes, so that reading it is most of what an aggregation costs the server: it is read once, as json, which
-- is half the work of jsonb, and its parts by themselves.

CREATE OR REPLACE FUNCTION trabecula.report_miscounts(of_job bigint, counted json, exclusions json) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN (
  WITH told AS (
    SELECT * FROM json_to_recordset(exclusions) AS x(site text, subject text, kind text, code text, sentence text, remedy text)
  ), lost AS (
    SELECT s.name AS site, u.code AS subject, c.state AS kind, c.failure_code AS code, coalesce(c.failure_text, '') AS sentence,
        coalesce(c.remedy, '') AS remedy
      FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id) JOIN queue.site s USING (site_id)
      WHERE c.job_id = of_job AND c.failure_code IS NOT NULL
  ), counted AS (
    SELECT n.*, (SELECT count(*) FROM job_case c WHERE c.job_id = of_job) AS cases, (SELECT count(*) FROM told) AS named,
        (SELECT count(*) FROM told WHERE kind = 'failed') AS named_failed
      FROM json_to_record(counted) AS n(submitted int, done int, failed int, excluded int)
  )
  SELECT NOT coalesce((SELECT (n.submitted, n.done + n.failed + n.excluded, n.failed + n.excluded, n.failed)
      = (n.cases, n.cases, n.named, n.named_failed) FROM counted n), false)
    -- These are found by whoever prepares the study, of cases whose extraction succeeded.
    OR EXISTS (SELECT FROM (TABLE told EXCEPT ALL TABLE lost) other
      WHERE code NOT IN ('other-dimensions', 'outcome-unknown', 'repeat-segmentation', 'missing-values'))
    OR EXISTS (TABLE lost EXCEPT ALL TABLE told)
  );
END $$;
COMMENT ON FUNCTION trabecula.report_miscounts IS
  'Whether a report counts other cases than its job has, or does not tell of each that failed or was excluded, and why, as the job does.';

CREATE OR REPLACE FUNCTION trabecula.report_differs(of_job bigint, told json, models jsonb) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN (
  WITH model AS MATERIALIZED (
    SELECT m.* FROM json_array_elements(told) AS e(value),
      json_to_record(e.value) AS m(name text, intercept float8, features json, metrics json, per_site json)
  )
  SELECT EXISTS (
      SELECT m.name, x.* FROM model m CROSS JOIN LATERAL (VALUES (m.metrics), (m.per_site)) AS part(list), json_to_recordset(
          coalesce(part.list, '[]')) AS x(cohort text, site text, name text, estimate float8, lower float8, upper float8, method text, n int)
      EXCEPT SELECT k.model, k.cohort, k.site, k.name, k.estimate, k.lower, k.upper, k.method, k.n FROM metric k WHERE k.job_id = of_job)
    OR EXISTS (
      SELECT m.name, m.intercept, f.names, f.coefficients
        FROM model m CROSS JOIN LATERAL (SELECT coalesce(array_agg(f.name ORDER BY f.place), '{}') AS names,
            coalesce(array_agg(f.coefficient ORDER BY f.place), '{}') AS coefficients
          FROM ROWS FROM (json_to_recordset(m.features) AS (name text, coefficient float8)) WITH ORDINALITY
            AS f(name, coefficient, place)) f
      EXCEPT SELECT m.value ->> 'name', (m.value ->> 'intercept')::float8,
          ARRAY(SELECT f.value FROM jsonb_array_elements_text(m.value -> 'featureNames') WITH ORDINALITY AS f(value, place)
            ORDER BY f.place),
          ARRAY(SELECT f.value::float8 FROM jsonb_array_elements_text(m.value -> 'coefficients') WITH ORDINALITY AS f(value, place)
            ORDER BY f.place)
        FROM jsonb_array_elements(models) AS m(value))
  );
END $$;
COMMENT ON FUNCTION trabecula.report_differs IS
  'Whether a report tells a metric, an intercept or a coefficient that is not among the metrics of its job or the models beside it.';

CREATE OR REPLACE FUNCTION trabecula.report_fault(of_job bigint, report_body text, model_names text[], models jsonb)
  RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  said record;
BEGIN
  -- A zero byte, which json lets pass and no text can hold.
  IF position('\u0000' IN report_body) > 0 THEN
    RETURN 'its report is not JSON, or not that of a study';
  END IF;
  SELECT * INTO said FROM json_to_record(report_body::json)
    AS r(schema_version json, study json, cohort json, exclusions json, models json);
  RETURN (SELECT CASE
      WHEN said.schema_version::text IS DISTINCT FROM '1' THEN 'its report is of another version'
      WHEN said.study ->> 'job_key' IS DISTINCT FROM encode(j.key, 'hex')
          OR said.study ->> 'configuration_sha256' IS DISTINCT FROM encode(digest_of(convert_to(s.study, 'UTF8')), 'hex') THEN
        'its report is of another study, or of another job'
      WHEN ARRAY(SELECT m.value ->> 'name' FROM json_array_elements(said.models) AS m(value)) <> model_names THEN
        'its report has models that the study does not, or lacks some'
      WHEN report_miscounts(of_job, said.cohort -> 'cases', said.exclusions) THEN
        'its report counts other cases than the job has, or tells other reasons'
      WHEN report_differs(of_job, said.models, models) THEN
        'its report has other numbers than the models and metrics beside it'
    END FROM queue.job j JOIN study s USING (job_id) WHERE j.job_id = of_job);
EXCEPTION WHEN data_exception THEN
  RETURN 'its report is not JSON, or not that of a study';
END $$;
COMMENT ON FUNCTION trabecula.report_fault IS
  'Why a report cannot be that of a job, which a completion is refused for: its version, what it says of study and job, its models, '
  'cases and reasons that are not the job''s, metrics and coefficients that are not those stored beside it. NULL: it can. Whether the '
  'numbers are true, and what else the report says, is the word of the login that wrote it.';

CREATE OR REPLACE FUNCTION trabecula.check_aggregate(aggregated bigint, owner bigint, asked text[], report_body text, models jsonb,
    metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[]) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
DECLARE
  fault text;
BEGIN
  -- Of jsonb no text is made: what it takes in memory bounds it as well.
  IF octet_length(report_body) > 268435456 OR pg_column_size(models) > 268435456 OR pg_column_size(metrics) > 268435456 THEN
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
    WHEN jsonb_array_length(metrics) > 1000000 THEN 'it has more than a million metrics'
    -- Not a number is above all numbers. A pattern costs 20,000 instructions a text: each is looked at once (OFFSET 0 keeps the
    -- planner from looking before DISTINCT).
    WHEN NOT (0 <= ALL (probabilities) AND 1 >= ALL (probabilities))
        OR EXISTS (SELECT FROM (SELECT DISTINCT g.part FROM unnest(parts) AS g(part) OFFSET 0) p WHERE length(p.part) > 64 OR p.part !~ '^[a-z-]+$')
        OR EXISTS (SELECT unnest(case_ids) EXCEPT SELECT c.case_id FROM job_case c WHERE c.job_id = owner AND c.state = 'done') THEN
      'a prediction is not of a case of the job that has features, or not a probability'
  END;
  IF fault IS NOT NULL THEN
    PERFORM refuse_result(aggregated, fault);
  END IF;
END $$;
COMMENT ON FUNCTION trabecula.check_aggregate IS
  'Refuses models that the study does not name, predictions that are none or of cases that the job does not have, and sizes that no '
  'study comes to. For metrics and report see metrics_are_wrong and report_fault.';

CREATE OR REPLACE FUNCTION trabecula.metrics_are_wrong(given trabecula.metric[], asked text[]) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = trabecula, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN (
  WITH mine AS MATERIALIZED (SELECT * FROM unnest(given))
  SELECT EXISTS (SELECT FROM mine m WHERE num_nulls(m.model, m.cohort, m.name, m.method, m.n) > 0
      OR m.model <> ALL (asked) OR m.n < 0 OR length(m.method) > 400
      OR m.estimate NOT BETWEEN -1e100 AND 1e100 OR m.lower NOT BETWEEN -1e100 AND 1e100 OR m.upper NOT BETWEEN -1e100 AND 1e100)
    OR EXISTS (SELECT FROM (SELECT DISTINCT cohort FROM mine OFFSET 0) m WHERE length(m.cohort) > 64 OR m.cohort !~ '^[a-z-]+$')
    OR EXISTS (SELECT FROM (SELECT DISTINCT name FROM mine OFFSET 0) m WHERE length(m.name) > 64 OR m.name !~ '^[a-z0-9_]+$')
    OR EXISTS (SELECT FROM (SELECT DISTINCT site FROM mine OFFSET 0) m WHERE m.site NOT IN (SELECT e.name FROM queue.site e))
  );
END $$;
COMMENT ON FUNCTION trabecula.metrics_are_wrong IS
  'Whether metrics are incomplete, of other models than a job has, of unknown sites, called as none is, or no numbers up to 1e100.';

CREATE OR REPLACE FUNCTION trabecula.write_metrics(aggregated bigint, owner bigint, asked text[], metrics jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = trabecula, pg_temp AS $$
DECLARE
  given trabecula.metric[];
BEGIN
  -- Nothing is written in here, so that the subtransaction takes no locks beside its parent's.
  BEGIN
    given := ARRAY(SELECT ROW(NULL, owner, m.model, m.cohort, m.site, m.name, m.estimate, m.lower, m.upper, m.method, m.n)::trabecula.metric
      FROM jsonb_to_recordset(metrics) AS m(model text, cohort text, site text, name text, estimate float8, lower float8,
        upper float8, method text, n int));
  EXCEPTION WHEN data_exception THEN
    given := NULL;
  END;
  IF given IS NULL OR metrics_are_wrong(given, asked) THEN
    PERFORM refuse_result(aggregated, 'a metric is not of the study''s models and sites, or not a number up to 1e100');
  END IF;
  INSERT INTO metric (job_id, model, cohort, site, name, estimate, lower, upper, method, n)
    SELECT owner, m.model, m.cohort, m.site, m.name, m.estimate, m.lower, m.upper, m.method, m.n FROM unnest(given) AS m;
END $$;
COMMENT ON FUNCTION trabecula.write_metrics IS
  'Checks the metrics of a job, and stores them; they are read once.';

CREATE OR REPLACE FUNCTION trabecula.complete_aggregate(completing bigint, aggregated bigint, claim bigint, report_body text,
    models jsonb, metrics jsonb, case_ids bigint[], parts text[], model_names text[], probabilities float8[])
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = trabecula, pg_temp
  SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  answer text;
  owner bigint;
  asked text[];
  fault text;
BEGIN
  answer := (queue.complete_tasks(completing, ARRAY[aggregated], ARRAY[claim], 'aggregate'))[1];
  IF answer <> 'ok' THEN
    RETURN answer;
  END IF;
  SELECT job_id INTO owner FROM queue.task WHERE task_id = aggregated;
  asked := models_of(owner);
  PERFORM check_aggregate(aggregated, owner, asked, report_body, models, metrics, case_ids, parts, model_names, probabilities);
  PERFORM write_metrics(aggregated, owner, asked, metrics);
  fault := report_fault(owner, report_body, asked, models);
  IF fault IS NOT NULL THEN
    PERFORM refuse_result(aggregated, fault);
  END IF;
  INSERT INTO report (job_id, body) VALUES (owner, report_body);
  INSERT INTO model (job_id, name, body)
    SELECT owner, named.value ->> 'name', named.value FROM jsonb_array_elements(models) AS named(value);
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
