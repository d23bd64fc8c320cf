"""Five scenarios of chaos and four of pressure, as the arena of 2026-05 has them (hardbyte/postgresql-job-queue-benchmarking).

Chaos passes where every task whose enqueueing was acknowledged is started, the contender holds none for unfinished, and that
within LIMIT seconds after the last was enqueued. Workers that end are started again. Pressure passes where the same holds within
30 s, enqueueing keeps its rate, and 95 of a hundred tasks enqueued two seconds before the end or earlier have started by then.
"""
import contextlib
import dataclasses
import json
import threading
import time

from contenders.base import Contender
from contenders.crew import wait_until
from contenders.measure import Measurements, percentile

LIMIT = 60


@dataclasses.dataclass
class Outcome:
    # None: nothing can be said, because too little was enqueued.
    passed: bool | None
    text: str

    def __str__(self) -> str:
        return {True: "", False: "**no**: ", None: "not judged: "}[self.passed] + self.text


def course(measurements: Measurements, contender: Contender, fault, rate: float, seconds: float, nap: float, limit: float,
           bursts: bool = False) -> tuple[Outcome, float]:
    """Enqueues at a rate while the fault runs beside it. Returns how it ended, and the rate of starts of that of enqueueing."""
    with measurements.database(contender) as (place, journals), \
            measurements.crew(contender, place, journals, contender.listening, nap) as crew:
        time.sleep(3)
        beside = threading.Thread(target=fault, args=(measurements, crew, seconds))
        beside.start()
        produced = []
        if bursts:
            # A tenth of the time each, at ten times the rate.
            for number in range(int(seconds / 5)):
                produced.append(measurements.producer(contender, place, journals, rate * 5, 1, number * 1_000_000))
                produced[-1][0].wait()
                time.sleep(4)
        else:
            produced.append(measurements.producer(contender, place, journals, rate, seconds))
            try:
                produced[0][0].wait(seconds * 3 + 30)
            except Exception:
                produced[0][0].kill()
        beside.join()
        end = time.time()
        expected = set()
        slow = False
        for process, report in produced:
            try:
                with open(report, encoding="utf-8") as file:
                    told = json.load(file)
                slow = slow or told["seconds"] > seconds * 1.2
                if told["sent"] < 0.5 * told["wanted"]:
                    return Outcome(None, f"enqueued {told['sent']:,} of {told['wanted']:,} only"), 0
                first = int(report.rsplit("-", 1)[1])
                expected |= set(range(first, first + told["sent"]))
            except FileNotFoundError:
                return Outcome(False, "could not enqueue"), 0
        started = lambda: {record[0] for record in crew.records()}
        left = lambda: measurements.sql(contender.left, "run")[0]
        wait_until(lambda: crew.count() >= len(expected) and left() == 0 and expected <= started(), limit, 0.5)
        seconds_after = time.time() - end
        records = crew.records()
        lost, unfinished = len(expected - {record[0] for record in records}), left()
        # Of what was enqueued two seconds before the end or earlier, what had been started by then.
        early = [record for record in records if record[1] < end - 2]
        share = sum(record[2] <= end for record in early) / max(1, len(early))
        again = len(records) - len({record[0] for record in records})
        p99 = percentile([1000 * (record[2] - record[1]) for record in records], 0.99)
        text = f"p99 {p99:,.0f} ms"
        if again:
            text += f", {again:,} again"
        if seconds_after > 2:
            text += f", {seconds_after:.0f} s after"
        if lost or unfinished:
            text = f"{lost:,} not started, {unfinished:,} unfinished after {limit:.0f} s"
        if slow:
            text += ", enqueueing fell behind"
        return Outcome(not lost and not unfinished, text), 0 if slow else share


# Chaos.

def server_restarted(measurements, crew, seconds):
    time.sleep(seconds / 3)
    measurements.server.restart_at_once()


def backends_killed(measurements, crew, seconds):
    for _ in range(3):
        time.sleep(seconds / 4)
        measurements.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'run'")


def pool_exhausted(measurements, crew, seconds):
    """Every connection that the server still has is taken, and those of the contender are ended, so that it needs new ones."""
    time.sleep(seconds / 4)
    import psycopg

    taken = []
    with measurements.server.connect() as control:
        for _ in range(2):
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    taken.append(psycopg.connect(host=measurements.server.folder, user="arena_hog", dbname="postgres"))
            control.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'run'")
        time.sleep(seconds / 3)
    for connection in taken:
        connection.close()


def all_workers_killed(measurements, crew, seconds):
    time.sleep(seconds / 2)
    for number in range(len(crew.workers)):
        crew.kill(number)


def kills_in_a_row(measurements, crew, seconds):
    for number in range(5):
        time.sleep(seconds / 6)
        crew.kill(number)


# Pressure.

def idle_in_transaction(measurements, crew, seconds):
    with measurements.server.connect("run") as holder:
        holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        holder.execute("SELECT count(*) FROM pg_class")
        time.sleep(seconds)


def active_readers(measurements, crew, seconds):
    """Three that overlap, each with a snapshot of a third of the time, so that there is always one."""
    end = time.monotonic() + seconds
    table = crew.contender.table

    def read(delay):
        time.sleep(delay)
        while time.monotonic() < end:
            with measurements.server.connect("run") as reader:
                reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
                until = min(end, time.monotonic() + seconds / 3)
                while time.monotonic() < until:
                    reader.execute(f"SELECT count(*) FROM {table}")
                    time.sleep(0.5)

    readers = [threading.Thread(target=read, args=(number * seconds / 9,)) for number in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()


def nothing(measurements, crew, seconds):
    pass


def chaos(fault):
    def scenario(measurements, contender, given):
        rate, seconds = (100, 9) if given.quick else (200, 20)
        return course(measurements, contender, fault, rate, seconds, nap=0.02, limit=LIMIT)[0]
    return scenario


def pressure(fault, factor=1, bursts=False):
    def scenario(measurements, contender, given):
        seconds = 10 if given.quick else 60
        outcome, share = course(measurements, contender, fault, given.rate * factor, seconds, nap=0, limit=30, bursts=bursts)
        if outcome.passed and share < 0.95:
            return Outcome(False, f"{share:.2f} of the rate, {outcome.text}")
        return outcome
    return scenario


CHAOS = {
    "server restarted": chaos(server_restarted),
    "backends killed": chaos(backends_killed),
    "pool exhausted": chaos(pool_exhausted),
    "all workers killed": chaos(all_workers_killed),
    "kills in a row": chaos(kills_in_a_row),
}
PRESSURE = {
    "idle in transaction": pressure(idle_in_transaction),
    "high load": pressure(nothing, factor=4),
    "active readers": pressure(active_readers),
    "bursts": pressure(nothing, bursts=True),
}
