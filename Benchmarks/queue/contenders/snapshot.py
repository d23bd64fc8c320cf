"""A snapshot that is held at a steady rate, with a dump in the middle: what is left of the highest rate, and what lies about."""
import json
import subprocess
import time

from contenders.base import Contender
from contenders.crew import wait_until
from contenders.measure import SAMPLE, Measurements, percentile

# Relations of the queue with dead rows, the most first.
DEAD = """SELECT coalesce(string_agg(relname || ' ' || n_dead_tup, ', ' ORDER BY n_dead_tup DESC), 'none') FROM (
    SELECT relname, n_dead_tup FROM pg_stat_user_tables WHERE n_dead_tup > 0 ORDER BY n_dead_tup DESC LIMIT 6) most"""


def drain(measurements: Measurements, contender: Contender, crew, tasks: int, first: int) -> float:
    """Tasks a second of a burst, from the first start to the last."""
    send = contender.sender(crew.place)
    for start in range(0, tasks, 10_000):
        send([(first + n, time.time()) for n in range(start, min(tasks, start + 10_000))])
    if not wait_until(lambda: measurements.sql(contender.left, "run")[0] == 0, 600, 0.2):
        return 0
    times = [record[2] for record in crew.records() if first <= record[0] < first + tasks]
    return len(times) / (max(times) - min(times)) if len(times) > 1 else 0


def snapshot(measurements: Measurements, contender: Contender, rate: float, seconds: float, note) -> list[str]:
    burst = int(contender.most * 2)
    server = measurements.server
    with measurements.database(contender) as (place, journals), \
            measurements.crew(contender, place, journals, contender.settings[-1]) as crew:
        time.sleep(2)
        # Once to warm up.
        drain(measurements, contender, crew, burst, 10**12)
        free = drain(measurements, contender, crew, burst, 2 * 10**12)
        note(f"free: {free:,.0f} tasks/s")
        with server.connect("run") as holder:
            holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            holder.execute("SELECT count(*) FROM pg_class")
            process, report = measurements.producer(contender, place, journals, rate, seconds)
            start, dump, samples = time.time(), None, []
            while process.poll() is None:
                if dump is None and time.time() > start + seconds / 2:
                    dump = subprocess.Popen([*server.account(), f"{server.programs}/pg_dump", "-h", server.inner, "-U", server.user, "-d",
                                             "run", "-f", "/dev/null"], stdin=subprocess.DEVNULL, cwd="/")
                samples.append((time.time(), crew.count(), server.seconds(), measurements.sql(SAMPLE, "run")))
                time.sleep(max(1, seconds / 60))
            dumped = dump.wait() if dump else -1
            with open(report, encoding="utf-8") as file:
                told = json.load(file)
            wait_until(lambda: measurements.sql(contender.left, "run")[0] == 0, 60)
            held = drain(measurements, contender, crew, burst, 3 * 10**12)
            dead = measurements.sql(DEAD, "run")[0]
        steady = [record for record in crew.records() if record[0] < 10**12]
        tenth = max(2, len(samples) // 10)
        cost = [1e6 * (part[-1][2] - part[0][2]) / max(1, part[-1][1] - part[0][1]) for part in (samples[:tenth], samples[-tenth:])]
        waits = [[1000 * (at - enqueued) for _, enqueued, at in steady if low <= (enqueued - start) / seconds < high]
                 for low, high in ((0, 0.1), (0.5, 0.6), (0.9, 1))]
        return [
            f"\n## {contender.label}: a snapshot held for {seconds:,.0f} s at {rate:,.0f} tasks a second, pg_dump in the middle\n",
            "| | |\n|---|---|",
            f"| enqueued, started | {told['sent']:,}, {len(steady):,} |",
            f"| tasks a second of a burst of {burst:,}: before, at the end of the held time, ratio | {free:,.0f}, {held:,.0f}, {held / free:.2f} |",
            f"| µs of the server's processor a task, enqueueing included: first, last tenth | {cost[0]:,.0f}, {cost[1]:,.0f} |",
            "| p99 from enqueue to start, ms: first tenth, from the middle on while dumped, last tenth | "
            + ", ".join(f"{percentile(part, 0.99):,.0f}" for part in waits) + " |",
            f"| pg_dump | {'done' if dumped == 0 else f'exit code {dumped}'} |",
            f"| dead rows at the end | {dead} |",
            f"| database, MB: at the start, at the end | {samples[0][3][3]:,.0f}, {samples[-1][3][3]:,.0f} |"]
