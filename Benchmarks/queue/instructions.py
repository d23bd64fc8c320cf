#!/usr/bin/env python3
"""Instructions that the server executes for a cycle (claim so many tasks, end them), counted by valgrind.

    Benchmarks/queue/instructions.py [--batches 1 10 50] [--ended N] [SCHEMA.sql ...]

Rates scatter with the disk and with neighbours; this figure does not, so it tells what a change of claim_tasks or
complete_tasks costs. One backend (`postgres --single`) runs cycles in one DO block with a COMMIT after each; the
difference of a long and a short run leaves out the start and the first call's planning. Several schema files are
compared in one run, and each with the simplest table that could serve as a queue. --ended puts so many ended tasks before
them, in the history or the plain table. Needs valgrind and PostgreSQL's server programs; run as root or as an unprivileged
user.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import tempfile

SHORT, LONG = 50, 250
HERE = os.path.dirname(os.path.abspath(__file__))
PLAN = open(os.path.join(HERE, "../../Sources/Shared/TaskQueue/TaskQueue+Submit.swift"), encoding="utf-8").read()
SHARDS, BLOCK = (int(re.search(rf"static let {name} = (\d+)", PLAN)[1]) for name in ("shardCount", "tasksInShardBlock"))

PLAIN_TABLE = """
CREATE TABLE plain_task (id bigint PRIMARY KEY, state text NOT NULL, worker int, payload jsonb NOT NULL,
  priority int NOT NULL DEFAULT 0) WITH (fillfactor = 70);
INSERT INTO plain_task SELECT n, CASE WHEN n <= %(ended)s THEN 'done' ELSE 'ready' END, NULL, '{}'
  FROM generate_series(1, %(tasks)s + %(ended)s) n;
CREATE INDEX plain_ready ON plain_task (priority, id) WHERE state = 'ready';
CREATE INDEX plain_running ON plain_task (worker) WHERE state = 'running';
"""

TASKS = f"""
INSERT INTO trabecula.cohort (name) VALUES ('bench');
INSERT INTO trabecula.job (key, name, study, cohort_id) SELECT '\\x00', 'bench', '{{}}', cohort_id FROM trabecula.cohort;
INSERT INTO trabecula.stage (job_id, kind, position, open_shards) VALUES (1, 'extract', 0, {SHARDS});
INSERT INTO trabecula.stage_shard (job_id, kind, shard, total, remaining)
  SELECT 1, 'extract', n / {BLOCK} %% {SHARDS}, count(*), count(*) FROM generate_series(0, %(tasks)s - 1) n GROUP BY 3;
WITH planned AS (
  INSERT INTO trabecula.task (job_id, kind, ordinal, shard, payload)
    SELECT 1, 'extract', n, n / {BLOCK} %% {SHARDS}, '{{}}' FROM generate_series(0, %(tasks)s - 1) n
    RETURNING task_id, shard)
INSERT INTO trabecula.live_task (task_id, job_id, kind, site_id, state, shard)
  SELECT task_id, 1, 'extract', 0, 'blocked', shard FROM planned;
WITH past AS (
  INSERT INTO trabecula.task (job_id, kind, ordinal, shard, payload)
    SELECT 1, 'extract', n, 0, '{{}}' FROM generate_series(%(tasks)s, %(tasks)s + %(ended)s - 1) n RETURNING task_id, ordinal)
INSERT INTO trabecula.task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes)
  SELECT task_id, 1, 'extract', 0, 'succeeded', ordinal, 1, 0, 0 FROM past;
SELECT trabecula.open_next_stage(1), trabecula.grant_all_sites(session_user);
SELECT trabecula.register_worker('bench', 1, 1, 'bench', NULL, 36000);
"""

CLAIM = """SELECT array_agg(task_id), array_agg(fence), array_agg(payload) INTO ids, fences, payloads
  FROM trabecula.claim_tasks(1, '{extract}', %(batch)s);"""
END = " SELECT count(*) INTO ended FROM trabecula.complete_tasks(1, ids, fences);"
PLAIN_CYCLE = """WITH taken AS (UPDATE plain_task SET state = 'running', worker = 1 WHERE id = ANY (ARRAY(
    SELECT id FROM plain_task WHERE state = 'ready' ORDER BY priority, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
    RETURNING id, payload) SELECT array_agg(id), array_agg(payload) INTO ids, payloads FROM taken;
  UPDATE plain_task SET state = 'done' WHERE state = 'running' AND worker = 1;"""


class Cluster:
    """A PostgreSQL of this run's own; the server runs only while data are loaded."""

    def __init__(self, folder):
        self.programs = max(glob.glob("/usr/lib/postgresql/*/bin"))
        self.folder, self.data = folder, os.path.join(folder, "data")
        self.account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.account:
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", self.data, "-A", "trust", "--no-locale", "-E", "UTF8")

    def run(self, program, *arguments, text="", before=()):
        command = [*self.account, *before, os.path.join(self.programs, program), *arguments]
        done = subprocess.run(command, input=text, text=True, capture_output=True, cwd=self.folder)
        said = done.stdout + done.stderr
        if done.returncode or "ERROR:" in said:
            raise SystemExit(f"{program} failed:\n{said[-3000:]}")
        return said

    def load(self, database, scripts):
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-o", options, "-l", os.path.join(self.folder, "log"), "-w", "start")
        try:
            place = ["-h", self.folder, "-v", "ON_ERROR_STOP=1", "-qX"]
            self.run("psql", *place, "-d", "postgres", text=f"CREATE DATABASE {database};")
            for script in scripts:
                self.run("psql", *place, "-1", "-d", database, text=script)
            self.run("psql", *place, "-d", database, text="VACUUM ANALYZE;")
        finally:
            self.run("pg_ctl", "-D", self.data, "-w", "stop")

    def instructions(self, database, body):
        """Instructions of one turn of `body`."""
        counted = []
        for turns in (SHORT, LONG):
            block = (
                "DO $x$ DECLARE ids bigint[]; fences bigint[]; payloads jsonb[]; ended int; BEGIN PERFORM setseed(0.5); "
                f"FOR turn IN 1..{turns} LOOP {body} COMMIT; END LOOP; END $x$;\n\n")
            said = self.run("postgres", "--single", "-j", "-D", self.data, database, text=block, before=(
                "valgrind", "--tool=callgrind", f"--callgrind-out-file={self.folder}/callgrind.out"))
            counted.append(int(re.search(r"refs:\s+([\d,]+)", said).group(1).replace(",", "")))
        return (counted[1] - counted[0]) / (LONG - SHORT)


def steps(schema):
    """The scripts of a schema file, each in a transaction of its own, as `coordinator migrate` applies them."""
    yield "CREATE SCHEMA trabecula; CREATE TABLE trabecula.schema_step (step int PRIMARY KEY, applied_at timestamptz);"
    for step in open(schema, encoding="utf-8").read().split("\n-- step ")[1:]:
        yield "-- step " + step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemas", nargs="*", metavar="SCHEMA.sql")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 10, 50])
    parser.add_argument("--ended", type=int, default=0)
    given = parser.parse_args()
    schemas = given.schemas or [os.path.join(HERE, "../../schema.sql")]
    # Every database is read by four runs for each batch. So many more that no counter comes to its end.
    size = {"tasks": 2 * (SHORT + LONG) * sum(given.batches) + 4 * SHARDS * BLOCK, "ended": given.ended}
    folder = tempfile.mkdtemp(prefix="trabecula-instructions-", dir="/tmp")
    try:
        cluster = Cluster(folder)
        cluster.load("plain", [PLAIN_TABLE % size])
        for number, schema in enumerate(schemas):
            cluster.load(f"queue{number}", [*steps(schema), TASKS % size])
        print(f"Thousands of instructions a cycle, {given.ended} ended tasks\n")
        print("| schema | batch | claim | end | both | of a plain table's |")
        print("|---|---|---|---|---|---|")
        for batch in given.batches:
            plain = cluster.instructions("plain", PLAIN_CYCLE % {"batch": batch})
            print(f"| plain table | {batch} | | | {plain / 1e3:,.0f} | 1 |")
            for number, schema in enumerate(schemas):
                both = cluster.instructions(f"queue{number}", CLAIM % {"batch": batch} + END)
                claim = cluster.instructions(f"queue{number}", CLAIM % {"batch": batch})
                print(f"| {os.path.basename(schema)} | {batch} | {claim / 1e3:,.0f} | {(both - claim) / 1e3:,.0f} | "
                      f"{both / 1e3:,.0f} | {both / plain:.2f} |")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
