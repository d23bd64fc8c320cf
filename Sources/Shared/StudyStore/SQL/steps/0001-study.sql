-- The tables of a study. What they mean stands as a COMMENT beside the functions that use them.

CREATE TABLE trabecula.cohort (
  cohort_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT cohort_names_are_unique UNIQUE
    CONSTRAINT cohort_has_a_name CHECK (name <> '')
);

CREATE TABLE trabecula.subject (
  subject_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cohort_id int NOT NULL REFERENCES trabecula.cohort,
  site_id int NOT NULL REFERENCES queue.site,
  code text NOT NULL CONSTRAINT subject_has_a_code CHECK (code <> '')
    CONSTRAINT subject_codes_are_spelt_in_one_way CHECK (code IS NFC NORMALIZED),
  CONSTRAINT subject_codes_are_unique_within_a_site UNIQUE (cohort_id, site_id, code)
);

CREATE TABLE trabecula.image_case (
  case_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id bigint NOT NULL REFERENCES trabecula.subject,
  image text NOT NULL,
  mask text NOT NULL,
  label bigint NOT NULL CONSTRAINT label_is_a_whole_number CHECK (label BETWEEN 1 AND 4294967295),
  segment text CONSTRAINT segment_is_a_short_line CHECK (octet_length(segment) BETWEEN 1 AND 256
    AND segment IS NFC NORMALIZED AND segment !~ '[\u0001-\u001F\u007F-\u009F]'),
  choice text CONSTRAINT choice_is_a_short_line CHECK (choice ~ '^[a-z0-9=. ]{1,128}$'),
  ring text CONSTRAINT ring_is_two_distances CHECK (ring ~ '^[0-9.e-]{1,32},[0-9.e-]{1,32}$'),
  outcome smallint CONSTRAINT outcome_is_binary CHECK (outcome IN (0, 1)),
  split text CONSTRAINT split_is_a_part CHECK (split IN ('training', 'test', 'external')),
  grouping text,
  extra jsonb NOT NULL DEFAULT '{}',
  image_sha256 bytea CONSTRAINT image_sha256_has_32_bytes CHECK (octet_length(image_sha256) = 32),
  mask_sha256 bytea CONSTRAINT mask_sha256_has_32_bytes CHECK (octet_length(mask_sha256) = 32),
  CONSTRAINT a_region_is_listed_once UNIQUE NULLS NOT DISTINCT (subject_id, image, mask, label, segment, choice, ring)
);

CREATE TABLE trabecula.study (
  job_id bigint PRIMARY KEY REFERENCES queue.job,
  cohort_id int NOT NULL REFERENCES trabecula.cohort,
  study text NOT NULL,
  submission bytea NOT NULL CONSTRAINT submission_is_sha256 CHECK (octet_length(submission) = 32),
  attempt int NOT NULL CONSTRAINT attempts_count_from_0 CHECK (attempt >= 0),
  keeps_pictures boolean NOT NULL DEFAULT false,
  CONSTRAINT an_attempt_is_one_job UNIQUE (submission, attempt)
);

CREATE TABLE trabecula.job_recipe (
  job_id bigint NOT NULL REFERENCES queue.job,
  source text NOT NULL,
  extractor text NOT NULL,
  parameters text NOT NULL,
  feature_sets int[] NOT NULL DEFAULT '{}',
  reuses_across_sites boolean NOT NULL DEFAULT false,
  PRIMARY KEY (job_id, source)
);

CREATE TABLE trabecula.feature_set (
  feature_set_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL CONSTRAINT feature_sets_are_unique UNIQUE,
  source text NOT NULL CONSTRAINT source_is_known CHECK (source IN ('handcrafted', 'deep')),
  extractor text NOT NULL,
  parameters text NOT NULL,
  names text[] NOT NULL,
  name_count int NOT NULL GENERATED ALWAYS AS (cardinality(names)) STORED
);

CREATE TABLE trabecula.feature_row (
  feature_key bytea PRIMARY KEY CONSTRAINT feature_key_is_sha256 CHECK (octet_length(feature_key) = 32),
  feature_set_id int NOT NULL REFERENCES trabecula.feature_set,
  image_sha256 bytea NOT NULL,
  mask_sha256 bytea NOT NULL,
  label bigint NOT NULL,
  segment text,
  ring text,
  variant text,
  feature_values float8[] NOT NULL,
  diagnostics jsonb NOT NULL DEFAULT '{}',
  extracted_at timestamptz NOT NULL DEFAULT now(),
  written_by text NOT NULL DEFAULT session_user,
  worker_id bigint
);
-- Numbers do not compress, and each attempt costs more than what checks a result.
ALTER TABLE trabecula.feature_row ALTER COLUMN feature_values SET STORAGE EXTERNAL;
CREATE INDEX feature_row_images ON trabecula.feature_row (image_sha256);

CREATE TABLE trabecula.region_picture (
  feature_key bytea PRIMARY KEY REFERENCES trabecula.feature_row ON DELETE CASCADE,
  png bytea NOT NULL CONSTRAINT picture_is_a_png CHECK (substring(png FROM 1 FOR 8) = '\x89504e470d0a1a0a')
    CONSTRAINT picture_is_small CHECK (octet_length(png) <= 49152),
  measurements jsonb NOT NULL CONSTRAINT measurements_are_few CHECK (octet_length(measurements::text) <= 4096)
);
-- What is packed does not compress.
ALTER TABLE trabecula.region_picture ALTER COLUMN png SET STORAGE EXTERNAL;

CREATE TABLE trabecula.job_case (
  job_id bigint NOT NULL REFERENCES queue.job,
  case_id bigint NOT NULL REFERENCES trabecula.image_case,
  open_tasks smallint NOT NULL CONSTRAINT no_task_of_a_case_ends_twice CHECK (open_tasks >= 0),
  outcome smallint,
  split text,
  grouping text,
  extra jsonb NOT NULL DEFAULT '{}',
  seen_image_sha256 bytea,
  seen_mask_sha256 bytea,
  state text NOT NULL DEFAULT 'pending'
    CONSTRAINT case_state_is_known CHECK (state IN ('pending', 'done', 'failed', 'excluded')),
  failed_task_id bigint REFERENCES queue.task,
  failure_code text,
  failure_text text,
  remedy text,
  PRIMARY KEY (job_id, case_id),
  CONSTRAINT a_done_case_has_no_open_task CHECK (state <> 'done' OR open_tasks = 0),
  CONSTRAINT a_lost_case_says_why CHECK ((state IN ('failed', 'excluded')) = (failure_code IS NOT NULL))
);
CREATE INDEX job_case_losses ON trabecula.job_case (job_id) WHERE failure_code IS NOT NULL;
-- For what is deleted: without them each row that goes would be looked for in the whole table.
CREATE INDEX job_case_cases ON trabecula.job_case (case_id);
CREATE INDEX job_case_failed_tasks ON trabecula.job_case (failed_task_id) WHERE failed_task_id IS NOT NULL;

CREATE TABLE trabecula.case_task (
  task_id bigint CONSTRAINT a_task_extracts_one_case PRIMARY KEY REFERENCES queue.task,
  job_id bigint NOT NULL,
  case_id bigint NOT NULL,
  FOREIGN KEY (job_id, case_id) REFERENCES trabecula.job_case
);
CREATE INDEX case_task_cases ON trabecula.case_task (job_id, case_id);

CREATE TABLE trabecula.case_feature (
  job_id bigint NOT NULL,
  case_id bigint NOT NULL,
  source text NOT NULL,
  variant text NOT NULL DEFAULT '',
  feature_key bytea NOT NULL REFERENCES trabecula.feature_row,
  PRIMARY KEY (job_id, case_id, source, variant),
  FOREIGN KEY (job_id, case_id) REFERENCES trabecula.job_case
);
CREATE INDEX case_feature_rows ON trabecula.case_feature (feature_key);

CREATE TABLE trabecula.replicate (
  job_id bigint NOT NULL REFERENCES queue.job,
  replicate int NOT NULL,
  task_id bigint NOT NULL REFERENCES queue.task,
  body bytea NOT NULL,
  PRIMARY KEY (job_id, replicate)
);
CREATE INDEX replicate_tasks ON trabecula.replicate (task_id);

CREATE TABLE trabecula.model (
  job_id bigint NOT NULL REFERENCES queue.job,
  name text NOT NULL,
  body jsonb NOT NULL,
  PRIMARY KEY (job_id, name)
);

CREATE TABLE trabecula.metric (
  metric_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id bigint NOT NULL REFERENCES queue.job,
  model text NOT NULL,
  cohort text NOT NULL,
  site text,
  name text NOT NULL,
  estimate float8,
  lower float8,
  upper float8,
  method text NOT NULL,
  n int NOT NULL
);
CREATE INDEX metric_jobs ON trabecula.metric (job_id, model);

CREATE TABLE trabecula.prediction (
  job_id bigint NOT NULL,
  case_id bigint NOT NULL,
  model text NOT NULL,
  part text NOT NULL,
  probability float8 NOT NULL,
  PRIMARY KEY (job_id, case_id, model),
  FOREIGN KEY (job_id, case_id) REFERENCES trabecula.job_case
);

CREATE TABLE trabecula.report (
  job_id bigint PRIMARY KEY REFERENCES queue.job,
  body text NOT NULL,
  superseded_at timestamptz,
  superseded_because text,
  CONSTRAINT a_superseded_report_says_why CHECK ((superseded_at IS NULL) = (superseded_because IS NULL))
);
-- A job has one. To compress it would be a third of what its aggregation costs the server.
ALTER TABLE trabecula.report ALTER COLUMN body SET STORAGE EXTERNAL;
