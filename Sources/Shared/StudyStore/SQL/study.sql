-- Studies, their subjects and cases, and what became of each case.

COMMENT ON SCHEMA trabecula IS
  'Studies of medical images at several sites, on the queue of schema queue; \dt+, \dv+ and \df+ explain it.';

COMMENT ON TABLE trabecula.cohort IS
  'The subjects of one manifest. Subject codes are unique within cohort and site, not across studies.';
COMMENT ON TABLE trabecula.subject IS
  'A person, the unit of every split, fold and resample; may have several images.';
COMMENT ON COLUMN trabecula.subject.code IS 'Pseudonym from column ID of the manifest.';
COMMENT ON TABLE trabecula.image_case IS
  'One region of interest to extract: an image, a mask and the label, or the segment, in it.';
COMMENT ON COLUMN trabecula.image_case.image IS
  'Path relative to the root that each worker is started with; nothing about one machine is stored.';
COMMENT ON COLUMN trabecula.image_case.mask IS 'Path relative to the worker''s root.';
COMMENT ON COLUMN trabecula.image_case.segment IS
  'Column Segment: name or number of the region in a mask that names its regions; NULL: the voxels of the label.';
COMMENT ON COLUMN trabecula.image_case.choice IS
  'Columns Series, Echo and TimePoint: which part of the image is meant, as series=1.2.840 echo=2 time=1; NULL: it is one.';
COMMENT ON COLUMN trabecula.image_case.ring IS
  'The ring around the region that is meant in its place: from so many mm to so many, as 0,5. NULL: the region itself.';
COMMENT ON COLUMN trabecula.image_case.outcome IS '1 has the outcome, 0 has not, NULL unknown: extracted, not modelled.';
COMMENT ON COLUMN trabecula.image_case.split IS 'Fixed part from the manifest; NULL lets the study draw it.';
COMMENT ON COLUMN trabecula.image_case.grouping IS
  'Column Group: subjects that must stay in the same part (two hips of one patient under two IDs).';
COMMENT ON COLUMN trabecula.image_case.extra IS 'Further columns of the manifest, passed through to exports.';
COMMENT ON COLUMN trabecula.image_case.image_sha256 IS
  'Content of the image when a worker last read it; until one has, as whoever submitted first saw it.';
COMMENT ON COLUMN trabecula.image_case.mask_sha256 IS 'Content of the mask, likewise.';

COMMENT ON TABLE trabecula.study IS 'What was submitted as a job of the queue.';
COMMENT ON COLUMN trabecula.study.study IS 'The study file in canonical JSON, all defaults written out.';

COMMENT ON COLUMN trabecula.study.submission IS
  'SHA-256 of study, cohort and rows of the manifest, whatever files the submitter can read: all attempts at a study have one.';
COMMENT ON COLUMN trabecula.study.keeps_pictures IS
  'Whether pictures of its regions are stored: pictures of the study file, else whether there is one site, or one machine.';
COMMENT ON COLUMN trabecula.study.attempt IS 'Counts from 0: a study whose files changed, or that is submitted --again, is one more.';

COMMENT ON TABLE trabecula.job_case IS
  'Every case of a study and what became of it: done, failed or excluded (code, sentence, what to do).';
COMMENT ON COLUMN trabecula.job_case.open_tasks IS
  'Tasks that extract it and have not succeeded; 0 from the start where the features were there already.';
COMMENT ON COLUMN trabecula.job_case.failed_task_id IS
  'The task whose failure is told: of several that fail the first planned, whichever fails first.';
COMMENT ON COLUMN trabecula.job_case.seen_image_sha256 IS
  'Content of the image as whoever submitted saw it; NULL: could not read it, or left the look to the workers.';
COMMENT ON COLUMN trabecula.job_case.seen_mask_sha256 IS 'Content of the mask, likewise.';
COMMENT ON COLUMN trabecula.job_case.outcome IS 'Copied at submission: a later change of the manifest is a new study.';
COMMENT ON COLUMN trabecula.job_case.split IS 'Copied at submission, likewise.';
COMMENT ON COLUMN trabecula.job_case.grouping IS 'Copied at submission, likewise.';
COMMENT ON COLUMN trabecula.job_case.extra IS 'Copied at submission, likewise.';

CREATE OR REPLACE FUNCTION trabecula.study_of(reader bigint, of_job bigint)
  RETURNS TABLE (study text, key bytea, revision int)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_reader(reader, of_job, '{extract,bootstrap,aggregate}');
  RETURN QUERY SELECT s.study, j.key, j.revision FROM study s JOIN queue.job j USING (job_id) WHERE j.job_id = of_job;
END $$;
COMMENT ON FUNCTION trabecula.study_of IS 'The study of a job, the digest of what was submitted, and its revision.';

CREATE OR REPLACE FUNCTION trabecula.cases_of(reader bigint, of_job bigint)
  RETURNS TABLE (case_id bigint, code text, site text, "grouping" text, outcome smallint, split text, image text,
    mask text, label bigint, segment text, ring text, choice text, state text, failure_code text, failure_text text, remedy text, image_sha256 bytea,
    mask_sha256 bytea, facts text, extra text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = trabecula, pg_temp AS $$
BEGIN
  PERFORM queue.require_reader(reader, of_job, '{bootstrap,aggregate}');
  RETURN QUERY
    SELECT c.case_id, u.code, s.name, c.grouping, c.outcome, c.split, i.image, i.mask, i.label, i.segment, i.ring, i.choice, c.state,
        c.failure_code, c.failure_text, c.remedy, used.image_sha256, used.mask_sha256, used.facts::text, c.extra::text
      FROM job_case c JOIN image_case i USING (case_id) JOIN subject u USING (subject_id) JOIN queue.site s USING (site_id)
        LEFT JOIN LATERAL (SELECT r.image_sha256, r.mask_sha256, (SELECT jsonb_object_agg(fact, r.diagnostics -> name)
              FROM unnest('{Orientation,Spacing,Size,Modality,Manufacturer,Model,FieldStrength,TubeVoltage,Sequence,'
                'ConvolutionKernel,SliceThickness}'::text[]) AS fact, concat('diagnostics_Image-original_', fact) AS name
              WHERE r.diagnostics ? name) AS facts
            FROM case_feature f JOIN feature_row r USING (feature_key)
          WHERE f.job_id = c.job_id AND f.case_id = c.case_id AND f.variant = '' AND c.state = 'done'
          -- Diagnostics of hand-crafted features say more.
          ORDER BY f.source DESC LIMIT 1) used ON true
      WHERE c.job_id = of_job ORDER BY c.case_id;
END $$;
COMMENT ON FUNCTION trabecula.cases_of IS
  'All cases of a job, with what became of each. Digests are those of the files that its features are of, whatever a submitter saw: '
  'a report depends on the study and its data alone.';
