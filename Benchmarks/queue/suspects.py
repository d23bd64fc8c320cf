#!/usr/bin/env python3
"""What tasks whose worker died cost all others: slot time that is given nothing while they wait to run alone.

    Benchmarks/queue/suspects.py [--workers 50] [--slots 8] [--tasks 6000] [--losses 5] [SCHEMA.sql ...]

The queue's own functions, called in the order in which a fleet would call them; only the time is simulated, so that an hour of fifty
machines takes a minute, and neither the disk nor neighbours change the result. Tasks take 60 s on average, log-normal (0.7, as in Benchmarks/queue/cohort).
Workers die without notice, evenly over the first half; their lease ends 30 s later, and another takes their place. A worker with a free slot looks
again after 10 s. Counted until nothing is ready any more. Several schema files are compared. Needs PostgreSQL's server programs; run as root
or as an unprivileged user.
"""

import argparse
import os
import shutil
import tempfile

from instructions import HERE, Cluster, TASKS, script

RUN = """
CREATE TABLE event (at float8, what text, worker bigint, task bigint, fence bigint);
CREATE INDEX ON event (at);
CREATE TABLE machine (worker bigint PRIMARY KEY, running int NOT NULL DEFAULT 0, alone boolean NOT NULL DEFAULT false, looks boolean NOT NULL DEFAULT false);
CREATE TABLE suspect (task bigint PRIMARY KEY, since float8, began float8);
CREATE FUNCTION length(task bigint) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
  PERFORM setseed((task %% 9973) / 9973.0);
  RETURN 60 * exp(0.7 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) - 0.245);
END $$;
CREATE FUNCTION come(now_at float8) RETURNS void LANGUAGE sql AS $$
  WITH one AS (INSERT INTO machine (worker) SELECT queue.register_worker('bench', 1, %(slots)s, 'bench', NULL, 36000, 1, '{}') RETURNING worker)
  INSERT INTO event SELECT now_at, 'look', worker FROM one $$;
CREATE FUNCTION fill(one bigint, now_at float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  m machine;
  got int := 0;
  claimed record;
BEGIN
  SELECT * INTO m FROM machine WHERE worker = one;
  IF NOT FOUND OR m.alone OR m.running >= %(slots)s THEN RETURN; END IF;
  FOR claimed IN SELECT * FROM queue.claim_tasks(one, '{nap}', %(slots)s - m.running) LOOP
    got := got + 1;
    m.alone := claimed.crashes > 0;
    UPDATE suspect SET began = now_at WHERE task = claimed.task_id AND began IS NULL;
    INSERT INTO event VALUES (now_at + length(claimed.task_id), 'end', one, claimed.task_id, claimed.fence);
  END LOOP;
  IF NOT m.alone AND m.running + got < %(slots)s AND NOT m.looks THEN
    INSERT INTO event VALUES (now_at + 10, 'look', one);
    m.looks := true;
  END IF;
  UPDATE machine SET running = running + got, alone = m.alone, looks = m.looks WHERE worker = one;
END $$;
DELETE FROM queue.worker;
SELECT come(random()) FROM generate_series(1, %(workers)s);
INSERT INTO event SELECT n * 60.0 * %(tasks)s / %(workers)s / %(slots)s / 2 / %(losses)s, 'lose' FROM generate_series(1, %(losses)s) n;
"""

BLOCK = """
DO $x$
DECLARE
  e record;
  time float8 := 0;
  idle float8 := 0;
  beside float8 := 0;
  total float8 := 0;
BEGIN
  LOOP
    SELECT ctid AS place, * INTO e FROM event ORDER BY at LIMIT 1;
    EXIT WHEN NOT FOUND OR NOT EXISTS (SELECT FROM queue.live_task WHERE state = 'ready' LIMIT 1);
    SELECT idle + coalesce(sum(%(slots)s - running) FILTER (WHERE NOT alone), 0) * (e.at - time),
        beside + coalesce(sum(%(slots)s - running) FILTER (WHERE alone), 0) * (e.at - time), total + count(*) * %(slots)s * (e.at - time)
      INTO idle, beside, total FROM machine;
    time := e.at;
    DELETE FROM event WHERE ctid = e.place;
    IF e.what = 'end' THEN
      PERFORM queue.complete_plain(e.worker, ARRAY[e.task], ARRAY[e.fence]);
      UPDATE machine SET running = running - 1, alone = false WHERE worker = e.worker;
      PERFORM fill(e.worker, time);
    ELSIF e.what = 'look' THEN
      UPDATE machine SET looks = false WHERE worker = e.worker;
      PERFORM fill(e.worker, time);
    ELSIF e.what = 'lose' THEN
      SELECT min(worker) INTO e.worker FROM machine WHERE running > 1;
      CONTINUE WHEN e.worker IS NULL;
      DELETE FROM machine WHERE worker = e.worker;
      DELETE FROM event WHERE worker = e.worker;
      INSERT INTO event VALUES (time + 30, 'lost', e.worker);
    ELSE
      UPDATE queue.worker SET lease_until = now() - interval '1 second', heartbeat_at = now() WHERE worker_id = e.worker;
      PERFORM queue.maintain();
      INSERT INTO suspect (task, since) SELECT task_id, time FROM queue.live_task WHERE crashes > 0 AND state = 'ready' ON CONFLICT DO NOTHING;
      PERFORM come(time);
    END IF;
    COMMIT;
  END LOOP;
  CREATE TABLE result AS SELECT time AS seconds, idle / total AS idle, beside / total AS beside;
END $x$;
"""

ANSWER = """
SELECT concat_ws('|', round(r.seconds::numeric), round((100 * r.idle)::numeric, 2), round((100 * r.beside)::numeric, 2), s.count,
    round(s.mean::numeric), round(s.longest::numeric))
  FROM result r, (SELECT count(*), avg(began - since) AS mean, max(began - since) AS longest FROM suspect) s;
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemas", nargs="*", metavar="SCHEMA.sql")
    for name, default in {"workers": 50, "slots": 8, "tasks": 6000, "losses": 5}.items():
        parser.add_argument("--" + name, type=int, default=default)
    given = parser.parse_args()
    size = {**vars(given), "ended": 0}
    folder = tempfile.mkdtemp(prefix="trabecula-suspects-", dir="/tmp")
    try:
        cluster = Cluster(folder)
        print(f"{given.tasks:,} tasks of 60 s, {given.workers} workers of {given.slots} slots, {given.losses} of which are lost\n")
        print("| schema | seconds | slot time given nothing, % | free beside a suspect, % | suspects | waited, mean s | longest |")
        print("|---|---|---|---|---|---|---|")
        for number, schema in enumerate(given.schemas or [os.path.join(HERE, "../../schema.sql")]):
            cluster.load(f"queue{number}", [script(schema), TASKS % size, RUN % size])
            said = cluster.psql(f"queue{number}", [BLOCK % size, ANSWER], "-At")
            print(f"| {schema} | {' | '.join(said.strip().split(chr(10))[-1].split('|'))} |")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
