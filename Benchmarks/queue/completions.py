#!/usr/bin/env python3
"""What checks of results cost: instructions of the server for claims and completions, at two commits in one run.

    Benchmarks/queue/completions.py [--before COMMIT] [--now COMMIT] [--most 1.10]

--before is the last commit whose database took a worker's word for its results; --now the working tree, unless a commit is
named. Plain tasks are claimed and ended 1, 10 and 50 at a time; an extraction has 1,197 values and their diagnostics; a task of
the bootstrap has ten replicates of three models; an aggregation a report of 150 cases. A completion counts with the claim before
it, without making the values. Exit code 1 where a cycle is dearer than --most times the one before. See instructions.py for how
it is counted and what is needed.

--rates TURNS tells times in place of instructions: plain tasks are claimed and ended by one client of a durable server, a commit after each
call, at both commits by turns of a few seconds. Medians of the turns, and of their ratios.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from instructions import CLAIM, END, HERE, LONG, SHORT, SPARE, TASKS, Cluster, script

# The last commit without checks of what a worker sends.
BEFORE = "0ac4934ee0b222c5c1bc4357bbce78997c9d03fc"
BATCHES = [1, 10, 50]
# Cycles of a turn of --rates.
CYCLES = {1: 500, 10: 250, 50: 100}
# Of a kind that has results. Three runs of each: claims; values too; completions too.
FEW, MANY = 10, 40
TURNS = 3 * (FEW + MANY)
CASES = 2_000

STUDY = """
SELECT queue.define_kind('nap', place => 1, completes_plainly => true);
SELECT queue.add_sites('{North}'), queue.grant_all_sites(session_user);
INSERT INTO trabecula.cohort (name) VALUES ('bench');
INSERT INTO trabecula.subject (cohort_id, site_id, code) SELECT 1, 1, 'P' || n FROM generate_series(1, %(tasks)s) n;
INSERT INTO trabecula.image_case (subject_id, image, mask, label)
  SELECT n, 'images/P' || n || '.nii.gz', 'masks/P' || n || '.nii.gz', 1 FROM generate_series(1, %(tasks)s) n;
INSERT INTO trabecula.feature_set (digest, source, extractor, parameters, names)
  SELECT sha256(''), 'handcrafted', 'extractor 2', repeat('{"binWidth":25,"distances":[1]}', 80),
    ARRAY(SELECT 'wavelet-LLH_glcm_Feature' || n FROM generate_series(1, 1197) n);

SELECT queue.plan_job('\\x01', 'extract');
SELECT queue.plan_stage(1, 'extract', %(tasks)s);
SELECT count(*) FROM queue.plan_tasks(1, 'extract', array_fill(1, ARRAY[%(tasks)s]), ARRAY(
  SELECT jsonb_build_object('image', 'images/P' || n || '.nii.gz', 'mask', 'masks/P' || n || '.nii.gz', 'label', 1,
    'site', 'North', 'sources', '["handcrafted"]'::jsonb) FROM generate_series(1, %(tasks)s) n));
INSERT INTO trabecula.job_case (job_id, case_id, open_tasks) SELECT 1, n, 1 FROM generate_series(1, %(tasks)s) n;
INSERT INTO trabecula.case_task (task_id, job_id, case_id) SELECT task_id, 1, ordinal + 1 FROM queue.task WHERE job_id = 1;

SELECT queue.plan_job('\\x02', 'bootstrap');
SELECT queue.plan_stage(2, 'bootstrap', %(tasks)s);
SELECT count(*) FROM queue.plan_tasks(2, 'bootstrap', array_fill(NULL::int, ARRAY[%(tasks)s]), ARRAY(
  SELECT jsonb_build_object('first', 10 * n, 'count', 10) FROM generate_series(1, %(tasks)s) n));

SELECT queue.plan_job(sha256(n::text::bytea), 'aggregate') FROM generate_series(1, %(turns)s) n;
SELECT queue.plan_stage(n + 2, 'aggregate', 1) FROM generate_series(1, %(turns)s) n;
SELECT count(*) FROM generate_series(1, %(turns)s) n, queue.plan_tasks(n + 2, 'aggregate', '{NULL}'::int[], '{"{}"}'::jsonb[]);
INSERT INTO trabecula.job_case (job_id, case_id, open_tasks, state)
  SELECT n + 2, c, 0, 'done' FROM generate_series(1, %(turns)s) n, generate_series(1, 150) c;
INSERT INTO trabecula.study (job_id, cohort_id, study%(more_columns)s)
  SELECT n, 1, '{"models":[{"name":"Rad"},{"name":"DL"},{"name":"DLR"}],"padding":"' || repeat('parameters ', 200) || '"}'
    %(more_values)s FROM generate_series(1, %(turns)s + 2) n;
SELECT queue.start_job(n) FROM generate_series(1, %(turns)s + 2) n;
-- So that no counter comes to its end, as few do where there are many tasks.
UPDATE queue.stage_shard SET total = total + 4, remaining = remaining + 4 WHERE job_id <= 2;
SELECT queue.register_worker('bench', 1, 1, 'bench', NULL, 36000, 1, '{}');
"""

# What only the database that checks has.
CHECKED = """
INSERT INTO trabecula.job_recipe (job_id, source, extractor, parameters, feature_sets)
  SELECT 1, source, extractor, parameters, ARRAY[feature_set_id] FROM trabecula.feature_set;
"""

# 9 KiB and 7 KiB, as studies of 150 cases have them; digits do not compress well, as coordinates and coefficients do not.
DECLARED = """answer text; image bytea; mask bytea; asked record; bodies bytea[]; report text;
  digits text := (SELECT string_agg(encode(sha256(n::text::bytea), 'base64'), '') FROM generate_series(1, 45) n);
  found float8[] := ARRAY(SELECT 1000 * random() FROM generate_series(1, 1197));
  note jsonb := jsonb_build_object('voxels', 6076, 'settings', repeat('{"binWidth":25,"distances":[1]}', 80),
    'centre', '[16.248436471362737, 6.559414088215931, 15.357307439104673]'::jsonb);
  replicate_body text := (SELECT jsonb_build_object('number', '@', 'models', jsonb_agg(jsonb_build_object('name', name, 'bag',
      '{"auc":0.9473684210526315,"brier":0.14612903788429332,"cases":49,"confusion":{"falseNegatives":5,"truePositives":14}}'::jsonb,
      'outOfBagProbabilities', left(digits, 2000)))) FROM unnest('{Rad,DL,DLR}'::text[]) AS name);
  report_body text := (SELECT jsonb_build_object('schema_version', 1, 'study',
      '{"job_key": "@key", "configuration_sha256": "@study"}'::jsonb, 'exclusions', '[]'::jsonb,
      'cohort', '{"cases": {"submitted": 150, "done": 150, "failed": 0, "excluded": 0}}'::jsonb, 'rows',
      (SELECT jsonb_agg(jsonb_build_object('case', n, 'probability', random(), 'model', 'Rad')) FROM generate_series(1, 4000) n),
      'models', '[{"name": "Rad"}, {"name": "DL"}, {"name": "DLR"}]'::jsonb));
  models jsonb := (SELECT jsonb_agg(jsonb_build_object('name', name, 'features',
      (SELECT jsonb_agg(jsonb_build_object('name', 'wavelet-LLH_glcm_Feature' || n, 'weight', random())) FROM generate_series(1, 12) n)))
      FROM unnest('{Rad,DL,DLR}'::text[]) AS name);
  metrics jsonb := (SELECT jsonb_agg(jsonb_build_object('model', 'Rad', 'cohort', 'test', 'site', 'North', 'name', 'auc',
      'estimate', 0.9, 'lower', 0.8, 'upper', 1, 'method', 'DeLong', 'n', 45)) FROM generate_series(1, 300));
  cases bigint[] := ARRAY(SELECT 1 + n %% 150 FROM generate_series(0, 449) n);
  parts text[] := array_fill('test'::text, ARRAY[450]);
  predictors text[] := ARRAY(SELECT ('{Rad,DL,DLR}'::text[])[1 + n / 150] FROM generate_series(0, 449) n);
  probabilities float8[] := ARRAY(SELECT random() FROM generate_series(1, 450));
"""

ONE = """SELECT array_agg(task_id), array_agg(fence), array_agg(job_id) INTO ids, fences, jobs
  FROM queue.claim_tasks(1, '{%s}', 1);"""
REFUSED = " IF answer IS DISTINCT FROM 'ok' THEN RAISE EXCEPTION 'answered %%', answer; END IF;"
MADE = {
    "extract": " image := sha256(ids[1]::text::bytea); mask := sha256(image);",
    "bootstrap": """ SELECT (payload ->> 'first')::int AS first INTO asked FROM queue.task WHERE task_id = ids[1];
      bodies := ARRAY(SELECT convert_to(replace(replicate_body, '"@"', n::text), 'UTF8')
        FROM generate_series(asked.first, asked.first + 9) n);""",
    "aggregate": """ SELECT encode(j.key, 'hex') AS key,
        encode(sha256(convert_to(octet_length(s.study) || ':' || s.study, 'UTF8')), 'hex') AS study INTO asked FROM queue.job j JOIN trabecula.study s USING (job_id) WHERE job_id = jobs[1];
      report := replace(replace(report_body, '@key', asked.key), '@study', asked.study);""",
}
ENDED = {
    "extract": """ answer := trabecula.complete_extract(1, ids[1], fences[1], %(extraction)s);""" + REFUSED,
    "bootstrap": """ answer := (trabecula.complete_bootstrap(1, ids, fences, array_fill(ids[1], ARRAY[10]),
      ARRAY(SELECT generate_series(asked.first, asked.first + 9)), bodies))[1];""" + REFUSED,
    "aggregate": """ answer := trabecula.complete_aggregate(1, ids[1], fences[1], report, models, metrics, cases, parts, predictors,
      probabilities);""" + REFUSED,
}


# An extraction, as the database has taken it: with a word for its region and one for each set, or all in lists side by side.
REGION = """jsonb_build_object('image_sha256', image, 'mask_sha256', mask, 'label', 1),
  ARRAY[jsonb_build_object('set', 1, 'values', 1197, 'diagnostics', note)], found"""
LISTS = "'{1}', %s image, mask, 1, %s '{1197}', found, ARRAY[note]"


TIMED = """DO $x$ DECLARE ids bigint[]; fences bigint[]; payloads jsonb[]; ended int; started timestamptz := clock_timestamp();
BEGIN FOR turn IN 1..%(cycles)s LOOP %(claim)s COMMIT; %(end)s COMMIT; END LOOP;
RAISE NOTICE 'seconds %%', extract(epoch FROM clock_timestamp() - started); END $x$;"""


class Schema:
    """The database as it is at a commit, with tasks of every kind ready in it."""

    def __init__(self, cluster, commit, name, kinds):
        self.cluster, self.name = cluster, name
        folder = root = os.path.join(HERE, "../..")
        if commit:
            folder = os.path.join(cluster.sources, name)
            os.mkdir(folder)
            files = subprocess.run(["git", "-C", root, "archive", commit], check=True, capture_output=True)
            subprocess.run(["tar", "-x", "-C", folder], input=files.stdout, check=True)
        self.sql = sql = script(os.path.join(folder, "schema.sql"))
        self.checks = "trabecula.job_recipe" in sql
        self.extraction = REGION if "of_region jsonb" in sql else LISTS % (
            "" if self.checks else "ARRAY[sha256(mask)],", "NULL," if "region_segment" in sql else "")
        if "plain" in kinds:
            cluster.load(f"{name}_plain", [sql, TASKS % {"tasks": 2 * (SHORT + LONG) * sum(BATCHES) + SPARE, "ended": 0}])
        size = {
            "tasks": CASES, "turns": TURNS, "more_columns": ", submission, attempt" if self.checks else "",
            "more_values": ", sha256(n::text::bytea), 0" if self.checks else ""}
        cluster.load(f"{name}_study", [sql, STUDY % size + (CHECKED if self.checks else "")])

    def plain(self, batch):
        """Instructions of a claim, and of the end of what was claimed."""
        both = self.cluster.instructions(f"{self.name}_plain", CLAIM % {"batch": batch} + END)
        claim = self.cluster.instructions(f"{self.name}_plain", CLAIM % {"batch": batch})
        return claim, both - claim

    def seconds(self, batch):
        """How long a turn takes, of a server that is running."""
        text = TIMED % {"cycles": CYCLES[batch], "claim": CLAIM % {"batch": batch}, "end": END}
        place = ["-h", self.cluster.folder, "-v", "ON_ERROR_STOP=1", "-qX", "-d", f"{self.name}_rates"]
        return float(re.search(r"seconds ([\d.]+)", self.cluster.run("psql", *place, text=text)).group(1))

    def of_kind(self, kind):
        """The same of one task of a kind."""
        words = {"extraction": self.extraction}
        claim = ONE % kind
        made = claim + MADE[kind] % words
        runs = [self.cluster.instructions(f"{self.name}_study", body, DECLARED % (), FEW, MANY)
                for body in (claim, made, made + ENDED[kind] % words)]
        return runs[0], runs[2] - runs[1]


def rates(cluster, before, now, turns):
    """Milliseconds of a cycle, before and now by turns, and their ratio."""
    tasks = (turns + 1) * sum(batch * cycles for batch, cycles in CYCLES.items()) + SPARE
    for schema in (before, now):
        cluster.load(f"{schema.name}_rates", [schema.sql, TASKS % {"tasks": tasks, "ended": 0}])
    print("| cycle | before, ms | now, ms | ratio |\n|---|---|---|---|")
    worst = 0
    with cluster.running(durable=True):
        for batch, cycles in CYCLES.items():
            # The first turn of each is not counted.
            pairs = [(before.seconds(batch), now.seconds(batch)) for _ in range(turns + 1)][1:]
            ratio = statistics.median(later / earlier for earlier, later in pairs)
            worst = max(worst, ratio)
            shown = [1e3 * statistics.median(column) / cycles for column in zip(*pairs)]
            print(f"| {batch} plain | {shown[0]:.2f} | {shown[1]:.2f} | {ratio:.2f} |", flush=True)
    return worst


def counts(before, now, given):
    """Instructions of a cycle, before and now."""
    print(f"Thousands of instructions: {given.before[:7]} and {given.now or 'the working tree'}\n")
    print("| cycle | claim | | end | | both | | ratio |\n|---|---|---|---|---|---|---|---|")
    rows = [(f"{batch} plain", lambda s, b=batch: s.plain(b)) for batch in BATCHES if "plain" in given.kinds]
    rows += [(kind, lambda s, k=kind: s.of_kind(k)) for kind in MADE if kind in given.kinds]
    worst = 0
    for name, measure in rows:
        (old_claim, old_end), (claim, end) = measure(before), measure(now)
        ratio = (claim + end) / (old_claim + old_end)
        worst = max(worst, ratio)
        print("| " + " | ".join([name, *(f"{n / 1e3:,.0f}" for n in (
            old_claim, claim, old_end, end, old_claim + old_end, claim + end)), f"{ratio:.2f}"]) + " |", flush=True)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", default=BEFORE)
    parser.add_argument("--now")
    parser.add_argument("--most", type=float, default=1.10)
    parser.add_argument("--kinds", nargs="*", default=["plain", *MADE])
    parser.add_argument("--rates", type=int, metavar="TURNS")
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="trabecula-completions-", dir="/tmp")
    try:
        cluster = Cluster(folder)
        kinds = [] if given.rates else given.kinds
        before, now = Schema(cluster, given.before, "before", kinds), Schema(cluster, given.now, "now", kinds)
        worst = rates(cluster, before, now, given.rates) if given.rates else counts(before, now, given)
    finally:
        shutil.rmtree(folder)
    if worst > given.most:
        sys.exit(f"a cycle costs {worst:.2f} times what it did; {given.most:.2f} is the limit")


if __name__ == "__main__":
    main()
