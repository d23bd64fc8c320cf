"""Measurements: what a contender does in a time, and what that costs the server."""
import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from contenders.base import Contender, Place, Setting
from contenders.crew import RUN, Crew, wait_until
from contenders.server import Instructions, Server

# Row versions that updates and deletions have killed so far, those that still lie about, and where the log stands.
SAMPLE = """SELECT coalesce(sum(n_tup_upd + n_tup_del), 0)::float8, coalesce(sum(n_dead_tup), 0)::bigint,
    (pg_current_wal_insert_lsn() - '0/0')::float8, pg_database_size(current_database()) / 1048576
  FROM pg_stat_user_tables"""


@dataclasses.dataclass
class Figure:
    rate: float = 0
    log: float = 0
    dead: float = 0
    cost: float = 0
    left_dead: int = 0
    last: float = 0
    kept: float = 0
    p50: float = 0
    p99: float = 0

    def __str__(self) -> str:
        return ", ".join(f"{field.name} {getattr(self, field.name):,.2f}" for field in dataclasses.fields(self)
                         if getattr(self, field.name))


@dataclasses.dataclass
class Soak:
    rate: float
    first: float
    last: float
    dead: tuple[int, int]
    megabytes: tuple[float, float]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Measurements:
    def __init__(self, server: Server, folder: str, given):
        self.server, self.folder, self.given = server, folder, given
        # Of each contender the database with so many tasks in it that was made last.
        self.filled: dict[str, int] = {}

    def place(self, database: str) -> Place:
        return Place(self.server.folder, self.server.user, database)

    def sql(self, text: str, database: str = "postgres"):
        with self.server.connect(database) as connection:
            cursor = connection.execute(text)
            return cursor.fetchone() if cursor.description else None

    def install(self, contender: Contender) -> None:
        # In a process of its own: libraries keep connections, and a template must have none.
        self.sql(f"CREATE DATABASE {contender.name}_empty")
        self.apart(contender, "install", f"{contender.name}_empty")

    def apart(self, contender: Contender, task: str, database: str, *more: str) -> None:
        place = self.place(database)
        done = subprocess.run([sys.executable, RUN, task, contender.name, place.host, place.user, database, *more],
                              capture_output=True, text=True, timeout=3600)
        if done.returncode:
            raise RuntimeError(f"{task}: {done.stderr.strip()[-300:]}")

    @contextlib.contextmanager
    def database(self, contender: Contender, tasks: int = 0):
        """A copy of the contender's database in which so many tasks wait; and a folder for its journals."""
        source = f"{contender.name}_empty"
        if tasks:
            source = f"{contender.name}_full"
            if self.filled.get(contender.name) != tasks:
                self.sql(f"DROP DATABASE IF EXISTS {source} WITH (FORCE)")
                self.sql(f"CREATE DATABASE {source} TEMPLATE {contender.name}_empty")
                self.apart(contender, "fill", source, str(tasks))
                self.sql("VACUUM ANALYZE", source)
                self.filled[contender.name] = tasks
        self.sql("DROP DATABASE IF EXISTS run WITH (FORCE)")
        # Templates of others than the last are dropped: they may be large.
        for other in [name for name in self.filled if name != contender.name and self.filled[name] > 2_000_000]:
            self.sql(f"DROP DATABASE {other}_full WITH (FORCE)")
            del self.filled[other]
        self.sql(f"CREATE DATABASE run TEMPLATE {source} STRATEGY file_copy")
        self.sql("CHECKPOINT")
        journals = tempfile.mkdtemp(dir=self.folder)
        try:
            yield self.place("run"), journals
        finally:
            self.sql("DROP DATABASE IF EXISTS run WITH (FORCE)")
            shutil.rmtree(journals, ignore_errors=True)

    @contextlib.contextmanager
    def crew(self, contender: Contender, place: Place, journals: str, setting: Setting, nap: float = 0):
        crew = Crew(contender, place, journals, setting, nap)
        try:
            yield crew
        finally:
            crew.end()

    def producer(self, contender: Contender, place: Place, journals: str, rate: float, seconds: float, first: int = 0):
        report = os.path.join(journals, f"report-{first}")
        process = subprocess.Popen([sys.executable, RUN, "produce", contender.name, place.host, place.user, place.database,
                                    str(rate), str(seconds), str(first), report], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        return process, report

    def peak(self, contender: Contender, setting: Setting, seconds: float, depth: int = 0, held: bool = False) -> Figure:
        tasks = depth or int(contender.most * (max(seconds, self.given.seconds) + 2))
        with self.database(contender, tasks) as (place, journals), contextlib.ExitStack() as stack:
            if held:
                holder = stack.enter_context(self.server.connect("run"))
                holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                holder.execute("SELECT count(*) FROM pg_class")
            watch = stack.enter_context(self.server.connect("run"))
            crew = stack.enter_context(self.crew(contender, place, journals, setting))
            if not wait_until(lambda: crew.count() > 0, 60, 0.02):
                raise RuntimeError("no task was started within a minute")
            time.sleep(min(1, seconds / 4))
            with Instructions(self.server) as instructions:
                first, before, used, start = crew.count(), watch.execute(SAMPLE).fetchone(), self.server.seconds(), time.time()
                wait_until(lambda: crew.count() >= tasks, seconds, 0.05)
                end, done = time.time(), crew.count() - first
                after, cost = watch.execute(SAMPLE).fetchone(), (self.server.seconds() - used) * 1e6
            if instructions.counted:
                cost = instructions.counted / 1e3
            times = sorted(record[2] for record in crew.records())
            fifth = (end - start) / 5
            early = sum(start <= at < start + fifth for at in times)
            late = sum(end - fifth <= at < end for at in times)
            return Figure(rate=done / (end - start), log=(after[2] - before[2]) / max(1, done), dead=(after[0] - before[0]) / max(1, done),
                          cost=cost / max(1, done), left_dead=after[1], last=late / max(1, early))

    def latency(self, contender: Contender, rate: float, seconds: float) -> Figure:
        with self.database(contender) as (place, journals), self.crew(contender, place, journals, contender.listening) as crew:
            # Workers connect, and come to rest.
            time.sleep(3)
            process, report = self.producer(contender, place, journals, rate, seconds)
            process.wait()
            with open(report, encoding="utf-8") as file:
                told = json.load(file)
            wait_until(lambda: crew.count() >= told["sent"], 10)
            records = crew.records()
            # Without the first tenth, in which plans are made.
            enqueued = [record[1] for record in records]
            begin = min(enqueued, default=0) + (max(enqueued, default=0) - min(enqueued, default=0)) / 10
            waits = [1000 * (at - enqueued) for _, enqueued, at in records if enqueued >= begin]
            # What has not been started by now waits for so long at least.
            waits += [10_000] * (told["sent"] - len({record[0] for record in records}))
            return Figure(rate=told["sent"] / told["seconds"], p50=percentile(waits, 0.5), p99=percentile(waits, 0.99))

    def soak(self, contender: Contender, rate: float, seconds: float) -> Soak:
        with self.database(contender) as (place, journals), self.crew(contender, place, journals, contender.listening) as crew:
            time.sleep(2)
            process, report = self.producer(contender, place, journals, rate, seconds)
            start = time.time()
            samples = []
            while process.poll() is None:
                samples.append((time.time() - start, self.sql(SAMPLE, "run")))
                time.sleep(min(10, seconds / 20))
            wait_until(lambda: self.sql(contender.left, "run")[0] == 0, 30)
            records = crew.records()
            begin = min(record[1] for record in records)
            waits = [(enqueued - begin, 1000 * (at - enqueued)) for _, enqueued, at in records]
            tenth = max(1, len(samples) // 10)
            dead = [max(sample[1][1] for sample in part) for part in (samples[:tenth], samples[-tenth:])]
            sizes = [max(sample[1][3] for sample in part) for part in (samples[:tenth], samples[-tenth:])]
            return Soak(rate=len(records) / seconds,
                        first=percentile([wait for at, wait in waits if at < seconds / 10], 0.99),
                        last=percentile([wait for at, wait in waits if at > seconds * 0.9], 0.99),
                        dead=tuple(dead), megabytes=tuple(sizes))
