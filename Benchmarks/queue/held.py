#!/usr/bin/env python3
"""What a snapshot that is held open costs, and through which relation: instructions of the server, counted by valgrind.

    Benchmarks/queue/held.py [--ended N] [--batch B] [--databases 0 1 2 3 4] [SCHEMA.sql]

So many tasks are claimed and ended in batches while a prepared transaction, as old as they are, keeps all dead rows, as a dump or
a report that runs for half an hour does. Then a claim and a completion are counted: in a database where nothing was held; where
it was; and, of the latter, in copies in which one relation after the other was written anew without its dead rows. See
instructions.py for how it is counted and what is needed.
"""
import argparse
import os
import shutil
import tempfile

from instructions import CLAIM, END, HERE, SPARE, TASKS, Cluster, script

# Turns that are counted: fewer than elsewhere, because a turn is longer and its costs differ more than it scatters.
FEW, MANY = 10, 50

CYCLES = """DO $x$ DECLARE ids bigint[]; fences bigint[]; payloads jsonb[]; ended int; BEGIN
  FOR turn IN 1..%(turns)s LOOP {claim}{end} COMMIT; END LOOP; END $x$;""".format(claim=CLAIM, end=END)
HOLD = """BEGIN; CREATE TABLE held_by (); PREPARE TRANSACTION 'held';"""
# Rows of a relation without the dead ones; what nobody else writes meanwhile.
ANEW = """CREATE TEMP TABLE kept AS SELECT * FROM queue.%(table)s; TRUNCATE queue.%(table)s CASCADE;
  INSERT INTO queue.%(table)s OVERRIDING SYSTEM VALUE SELECT * FROM kept; ANALYZE queue.%(table)s;"""
DEAD = """SELECT 'dead rows of ' || relname || ': ' || n_dead_tup FROM pg_stat_user_tables
  WHERE schemaname = 'queue' AND n_dead_tup > 100 ORDER BY n_dead_tup DESC;"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schema", nargs="?", default=os.path.join(HERE, "../../schema.sql"))
    parser.add_argument("--ended", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--databases", nargs="+", type=int, default=range(5), help="0 free, 1 held, 2 to 4 the copies")
    given = parser.parse_args()
    turns = given.ended // given.batch
    tasks = given.ended + 4 * (FEW + MANY) * given.batch + SPARE
    batch = {"batch": given.batch, "turns": turns}
    databases = {"free": "", "held": "", "held, counters anew": "stage_shard", "held, lanes anew": "lane", "held, live tasks anew": "live_task"}
    folder = tempfile.mkdtemp(prefix="trabecula-held-", dir="/tmp")
    try:
        cluster = Cluster(folder)
        with open(os.path.join(cluster.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write("max_prepared_transactions = 10\nmax_wal_size = '4GB'\n")
        sql = [script(given.schema), TASKS % {"tasks": tasks, "ended": 0}]
        print(f"Thousands of instructions after {given.ended:,} tasks, batches of {given.batch}\n")
        print("| database | claim | end | both | of free |\n|---|---|---|---|---|")
        free = None
        for number, (name, table) in enumerate(databases.items()):
            if number not in given.databases:
                continue
            database = f"held{number}"
            cluster.load(database, sql)
            said = cluster.psql(database, ([] if name == "free" else [HOLD]) + [CYCLES % batch, DEAD]
                                 + ([ANEW % {"table": table}] if table else []) + (["VACUUM ANALYZE"] if name == "free" else []))
            both = cluster.instructions(database, CLAIM % batch + END, short=FEW, long=MANY)
            claim = cluster.instructions(database, CLAIM % batch, short=FEW, long=MANY)
            free = free or both
            print(f"| {name} | {claim / 1e3:,.0f} | {(both - claim) / 1e3:,.0f} | {both / 1e3:,.0f} | {both / free:.2f} |", flush=True)
            if name == "held":
                print("\n".join(line.strip() for line in said.splitlines() if "dead rows of" in line), flush=True)
            if name != "free":
                cluster.psql(database, ["ROLLBACK PREPARED 'held';"])
            cluster.psql("postgres", [f"DROP DATABASE {database};"])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
