#!/usr/bin/env python3
"""Instructions that the server executes for a cycle (claim so many tasks, end them), counted by valgrind.

    Benchmarks/queue/instructions.py [--batches 1 10 50] [--ended N] [--limit N] [SCHEMA.sql ...]

Rates scatter with the disk and with neighbours; this figure does not, so it tells what a change of claim_tasks or
complete_tasks costs. One backend (`postgres --single`) runs cycles in one DO block with a COMMIT after each; the
difference of a long and a short run leaves out the start and the first call's planning. Several schema files are
compared in one run, and each with the simplest table that could serve as a queue. --ended puts so many ended tasks before
them, in the history or the plain table. --limit also counts cycles under a limit of so many tasks of the kind (queue.set_limit), of which
half run elsewhere, and cycles of what is under no limit while one of another kind is set. Needs valgrind and PostgreSQL's server programs; run as root or as an unprivileged
user.
"""

import argparse
import contextlib
import glob
import os
import re
import shutil
import subprocess
import tempfile

SHORT, LONG = 50, 250
HERE = os.path.dirname(os.path.abspath(__file__))
# More tasks than counters times tasks of each, so that none comes to its end in a run; see queue.shard_of.
SPARE = 4 * 2048 * 4

PLAIN_TABLE = """
CREATE TABLE plain_task (id bigint PRIMARY KEY, state text NOT NULL, worker int, payload jsonb NOT NULL,
  priority int NOT NULL DEFAULT 0) WITH (fillfactor = 70);
INSERT INTO plain_task SELECT n, CASE WHEN n <= %(ended)s THEN 'done' ELSE 'ready' END, NULL, '{}'
  FROM generate_series(1, %(tasks)s + %(ended)s) n;
CREATE INDEX plain_ready ON plain_task (priority, id) WHERE state = 'ready';
CREATE INDEX plain_running ON plain_task (worker) WHERE state = 'running';
"""

TASKS = """
SELECT queue.define_kind('nap', place => 1, completes_plainly => true);
SELECT queue.plan_stage(job_id, 'nap', %(tasks)s), queue.lane_of('nap', 0, '{}') FROM queue.plan_job('\\x00', 'bench');
WITH planned AS (
  INSERT INTO queue.task (job_id, kind, ordinal, shard, lane, payload)
    SELECT 1, 'nap', n, queue.shard_of(n), 1, '{}' FROM generate_series(0, %(tasks)s - 1) n
    RETURNING task_id, shard)
INSERT INTO queue.live_task (task_id, job_id, kind, site_id, lane, state, shard)
  SELECT task_id, 1, 'nap', 0, 1, 'blocked', shard FROM planned;
WITH past AS (
  INSERT INTO queue.task (job_id, kind, ordinal, shard, lane, payload)
    SELECT 1, 'nap', -n, 0, 1, '{}' FROM generate_series(1, %(ended)s) n RETURNING task_id, ordinal)
INSERT INTO queue.task_history (task_id, job_id, kind, site_id, outcome, fence, worker_id, failures, crashes)
  SELECT task_id, 1, 'nap', 0, 'succeeded', ordinal, 1, 0, 0 FROM past;
SELECT queue.start_job(1), queue.grant_all_sites(session_user);
SELECT queue.register_worker('bench', 1, 1, 'bench', NULL, 36000, 1, '{}');
"""

LIMIT = """
SELECT count(*) FROM queue.claim_tasks((SELECT queue.register_worker('other', 2, 1, 'bench', NULL, 36000, 1, '{}')), '{nap}', %(limit)s / 2);
SELECT queue.set_limit('kind', 'nap', %(limit)s);
"""

BESIDE = """
SELECT queue.define_kind('other', place => 1, completes_plainly => true);
SELECT queue.set_limit('kind', 'other', %(limit)s);
"""

CLAIM = """SELECT array_agg(task_id), array_agg(fence), array_agg(payload) INTO ids, fences, payloads
  FROM queue.claim_tasks(1, '{nap}', %(batch)s);"""
END = " SELECT count(*) INTO ended FROM queue.complete_plain(1, ids, fences);"
PLAIN_CYCLE = """WITH taken AS (UPDATE plain_task SET state = 'running', worker = 1 WHERE id = ANY (ARRAY(
    SELECT id FROM plain_task WHERE state = 'ready' ORDER BY priority, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
    RETURNING id, payload) SELECT array_agg(id), array_agg(payload) INTO ids, payloads FROM taken;
  UPDATE plain_task SET state = 'done' WHERE state = 'running' AND worker = 1;"""


class Cluster:
    """A PostgreSQL of this run's own; the server runs only while data are loaded."""

    def __init__(self, folder):
        self.programs = max(glob.glob("/usr/lib/postgresql/*/bin"))
        self.folder, self.data, self.sources = folder, os.path.join(folder, "data"), os.path.join(folder, "sources")
        os.mkdir(self.sources)
        self.account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.account:
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", self.data, "-A", "trust", "--no-locale", "-E", "UTF8")

    def run(self, program, *arguments, text="", before=()):
        command = [*self.account, *before, os.path.join(self.programs, program), *arguments]
        done = subprocess.run(command, input=text, text=True, capture_output=True, cwd=self.folder)
        said = done.stdout + done.stderr
        if done.returncode or "ERROR:" in said:
            errors = "\n".join(line for line in said.splitlines() if "ERROR:" in line)
            raise SystemExit(f"{program} failed:\n{errors or said[-3000:]}")
        return said

    def load(self, database, scripts):
        """A new database, in which each script is one transaction."""
        self.psql("postgres", [f"CREATE DATABASE {database};"])
        self.psql(database, scripts, "-1")
        self.psql(database, ["VACUUM ANALYZE;"])

    def psql(self, database, scripts, *options):
        """Runs scripts in a server that is started for them; returns what they said."""
        with self.running():
            place = ["-h", self.folder, "-v", "ON_ERROR_STOP=1", "-qX", "-d", database, *options]
            return "".join(self.run("psql", *place, text=script) for script in scripts)

    @contextlib.contextmanager
    def running(self, durable=False):
        """A server that listens on a socket in the folder."""
        server = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync={'on' if durable else 'off'}"
        self.run("pg_ctl", "-D", self.data, "-o", server, "-l", os.path.join(self.folder, "log"), "-w", "start")
        try:
            yield
        finally:
            self.run("pg_ctl", "-D", self.data, "-w", "stop")

    def instructions(self, database, body, declared="", short=SHORT, long=LONG):
        """Instructions of one turn of `body`, which may use what is `declared`."""
        counted = []
        declared = " ".join(declared.split())
        for turns in (short, long):
            block = (
                "DO $x$ DECLARE ids bigint[]; fences bigint[]; payloads jsonb[]; jobs bigint[]; ended int; "
                f"{declared} BEGIN PERFORM setseed(0.5); FOR turn IN 1..{turns} LOOP {body} COMMIT; END LOOP; END $x$;\n\n")
            said = self.run("postgres", "--single", "-j", "-D", self.data, database, text=block, before=(
                "valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"))
            counted.append(int(re.search(r"refs:\s+([\d,]+)", said).group(1).replace(",", "")))
        return (counted[1] - counted[0]) / (long - short)


def script(schema):
    """The files that a schema.sql lists, with a transaction around them as psql runs it."""
    folder = os.path.dirname(os.path.abspath(schema))
    listed = re.sub(r"^(BEGIN|COMMIT);$", "", open(schema, encoding="utf-8").read(), flags=re.M)
    return re.sub(r"^\\ir (\S+)$", lambda line: open(os.path.join(folder, line[1]), encoding="utf-8").read(), listed, flags=re.M)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemas", nargs="*", metavar="SCHEMA.sql")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 10, 50])
    parser.add_argument("--ended", type=int, default=0)
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    if given.limit is not None and given.limit < 2 * max(given.batches):
        parser.error("--limit must be twice the largest batch or more, lest claims come back with less")
    schemas = given.schemas or [os.path.join(HERE, "../../schema.sql")]
    # Every database is read by four runs for each batch. So many more that no counter comes to its end.
    size = {"tasks": 2 * (SHORT + LONG) * sum(given.batches) + SPARE, "ended": given.ended}
    folder = tempfile.mkdtemp(prefix="trabecula-instructions-", dir="/tmp")
    try:
        cluster = Cluster(folder)
        cluster.load("plain", [PLAIN_TABLE % size])
        for number, schema in enumerate(schemas):
            cluster.load(f"queue{number}", [script(schema), TASKS % size])
            if given.limit:
                for name, limits in {"limited": LIMIT, "beside": BESIDE}.items():
                    cluster.load(f"{name}{number}", [script(schema), TASKS % size, limits % {"limit": given.limit}])
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
                if given.limit:
                    for name, what in {"limited": f"under a limit of {given.limit}", "beside": "beside a limit"}.items():
                        limited = cluster.instructions(f"{name}{number}", CLAIM % {"batch": batch} + END)
                        print(f"| the same, {what} | {batch} | | | {limited / 1e3:,.0f} | {limited / plain:.2f} |")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
