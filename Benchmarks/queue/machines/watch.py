"""What is seen of the server while a cohort runs."""
import os
import threading
import time

from machines.place import Place

SAMPLE = """SELECT (SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE schemaname = 'queue')::bigint AS dead,
  (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'queue.live_task'::regclass) AS dead_live,
  (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'queue.stage_shard'::regclass) AS dead_shards,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS sessions,
  (SELECT count(*) FROM queue.live_task WHERE state = 'running') AS running,
  (SELECT count(*) FROM queue.live_task WHERE state = 'ready' AND crashes > 0) AS suspects,
  EXISTS (SELECT FROM queue.live_task WHERE state = 'ready' AND crashes = 0 AND kind = 'extract') AS waits,
  (SELECT closed_at IS NOT NULL FROM queue.stage WHERE job_id = %s AND kind = 'extract') AS extracted"""
TOTALS = """SELECT d.xact_commit, d.xact_rollback, d.deadlocks, (pg_current_wal_insert_lsn() - '0/0')::float8 AS log,
  pg_database_size(current_database()) AS bytes FROM pg_stat_database d WHERE datname = current_database()"""
STATEMENTS = """SELECT query, calls, mean_exec_time, max_exec_time, total_exec_time FROM pg_stat_statements
  JOIN pg_database ON oid = dbid WHERE datname = current_database() ORDER BY total_exec_time DESC"""


def machine_ticks() -> tuple[float, float]:
    """Ticks of all processors of this machine, and those that were idle."""
    with open("/proc/stat", encoding="utf-8") as file:
        fields = [float(word) for word in file.readline().split()[1:9]]
    return sum(fields), fields[3] + fields[4]


class Watch:
    """Samples in a thread of its own, over a direct connection; the benchmark's own statements are counted with the server's load."""

    def __init__(self, place: Place, job: int, interval: float, levels: int):
        self.place, self.job, self.interval, self.levels = place, job, interval, levels
        self.samples: list[dict] = []
        self.loads: list[float] = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.before = self.figures()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        self.after = self.figures()

    def figures(self) -> dict:
        with self.place.server.connect(self.place.database) as connection:
            if not hasattr(self, "before"):
                connection.execute("SELECT pg_stat_statements_reset()")
            cursor = connection.execute(TOTALS)
            told = dict(zip([column.name for column in cursor.description], cursor.fetchone()))
            told["statements"] = connection.execute(STATEMENTS).fetchall()
        told["server"], told["pooler"] = self.place.server.seconds(), self.place.pooler.processor_seconds()
        told["at"], (told["ticks"], told["idle"]) = time.time(), machine_ticks()
        told["pooled"], told["wait"] = self.place.pooler.waits(self.place.database)
        return told

    def run(self) -> None:
        with self.place.server.connect(self.place.database) as connection:
            while not self.ending.wait(self.interval):
                self.place.favour(self.levels)
                cursor = connection.execute(SAMPLE, [self.job])
                sample = dict(zip([column.name for column in cursor.description], cursor.fetchone()))
                sample["at"] = time.time()
                self.samples.append(sample)
                self.loads.append(os.getloadavg()[0])

    @property
    def is_extracted(self) -> bool:
        return bool(self.samples) and self.samples[-1]["extracted"]

    def grown(self, name: str) -> float:
        return self.after[name] - self.before[name]

    def most(self, name: str) -> int:
        return max((sample[name] or 0 for sample in self.samples), default=0)

    def emptied(self) -> float:
        """When nothing was ready any more for good, but suspects: from then on slots are idle because the cohort is done."""
        last = max((sample["at"] for sample in self.samples if sample["waits"]), default=self.before["at"])
        return min(last, self.after["at"])
