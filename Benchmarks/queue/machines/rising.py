"""More and more machines with tasks as short as a CT's extraction alone, until the rate rises no further; and the rest on paper."""
import dataclasses
import os
import sys
import time

from machines import journals
from machines.fleet import Fleet
from machines.place import Place
from machines.watch import machine_ticks

LEFT = "SELECT sum(remaining) FROM queue.stage_shard WHERE job_id = %s AND kind = 'extract'"


@dataclasses.dataclass
class Step:
    machines: int
    asked: float
    rate: float
    # Processors in use.
    server: float
    pooler: float
    simulated: float
    idle: float
    wait: float
    load: float


def rise(place: Place, given, fleet: Fleet) -> tuple[list[Step], dict]:
    """Doubles the machines until the rate rises by less than a tenth; also what a task and a heartbeat cost in all steps together."""
    mean = given.ct_seconds * journals.mean_length(given.spread)
    steps: list[Step] = []
    totals = {"tasks": 0.0, "server": 0.0, "log": 0.0}
    with place.server.connect(place.database) as connection:
        machines = 2
        while machines <= given.most_machines:
            fleet.simulated(machines - sum(member.machines for member in fleet.members))
            place.favour(given.favour)
            # New machines look at files and fill their slots.
            time.sleep(given.window / 2)
            before = figures(place, fleet, connection)
            time.sleep(given.window)
            after = figures(place, fleet, connection)
            grown = {name: after[name] - before[name] for name in before}
            seconds = grown["at"]
            steps.append(Step(machines, machines * given.slots / mean, -grown["left"] / seconds, grown["server"] / seconds,
                              grown["pooler"] / seconds, grown["simulated"] / seconds, grown["idle"] / max(1, grown["ticks"]),
                              grown["waited"] / max(1, grown["pooled"]), os.getloadavg()[0]))
            totals["tasks"] -= grown["left"]
            totals["server"] += grown["server"]
            totals["log"] += grown["log"]
            print(steps[-1], file=sys.stderr, flush=True)
            if after["left"] < steps[-1].rate * given.window * 3 or len(steps) > 1 and steps[-1].rate < steps[-2].rate * 1.1:
                break
            machines *= 2
    fleet.end()
    runs = journals.read(fleet.journals)
    totals["p99"] = journals.percentile([run.answered - run.sent for run in runs if run.answered and run.sent], 0.99)
    return steps, totals


def figures(place: Place, fleet: Fleet, connection) -> dict:
    from machines.place import processor_seconds

    ticks, idle = machine_ticks()
    pooled, wait = place.pooler.waits(place.database)
    return {"at": time.time(), "left": float(connection.execute(LEFT, [fleet.recipe["job"]]).fetchone()[0]), "server": place.server.seconds(),
            "pooler": place.pooler.processor_seconds(), "simulated": sum(processor_seconds(member.process.pid) for member in fleet.members),
            "ticks": ticks, "idle": idle, "pooled": pooled, "waited": pooled * wait,
            "log": connection.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::float8").fetchone()[0]}


def table(steps: list[Step], given) -> list[str]:
    return ["| machines of " + str(given.slots) + " slots | tasks a second that they could do | done | processors: server | pgbouncer | machines |"
            " all idle | wait for a session, ms | load |", "|---|---|---|---|---|---|---|---|---|",
            *(f"| {step.machines} | {step.asked:,.0f} | {step.rate:,.0f} | {step.server:.2f} | {step.pooler:.2f} | {step.simulated:.2f} | "
              f"{100 * step.idle:.0f} % | {max(0, step.wait):.1f} | {step.load:.1f} |" for step in steps)]


def beat_milliseconds(watch, seconds: float) -> float:
    """Of the server's processor time what falls to a heartbeat with maintenance, shared out by what statements took."""
    rows = watch.after["statements"]
    whole = sum(row[4] for row in rows) or 1
    told = [row for row in rows if "queue.heartbeat" in row[0] and "claim_tasks" not in row[0] or "queue.maintain(" in row[0] and "claim" not in row[0]]
    calls = max((row[1] for row in told if "queue.heartbeat" in row[0]), default=0)
    return 1000 * seconds * sum(row[4] for row in told) / whole / max(1, calls)


def paper(given, case: float, log: float, beat: float) -> list[str]:
    """What other sizes would need, by these costs: processor seconds and bytes of log of a case, milliseconds of a heartbeat."""
    mean = given.ct_seconds * journals.mean_length(given.spread)
    lines = ["| on paper | tasks a second | heartbeats a second | processors of the server | of them heartbeats | log, MB/s |", "|---|---|---|---|---|---|"]
    beats = 3 / given.full_lease
    for name, machines, seconds in [
        (f"1,000 machines, {given.full_seconds:g} s a case", 1_000, given.full_seconds),
        (f"10,000 machines, {given.full_seconds:g} s a case", 10_000, given.full_seconds),
        (f"21,000 machines, {given.full_seconds:g} s a case", 21_000, given.full_seconds),
        (f"1,000 machines, a CT's extraction alone, {mean:.2f} s", 1_000, mean),
        (f"10,000 machines, the same", 10_000, mean),
        ("10^5 tasks a second of 10,000 machines", 10_000, 10_000 * given.slots / 1e5),
    ]:
        rate = machines * given.slots / seconds
        pulse = machines * beats * beat / 1000
        lines.append(f"| {name} | {rate:,.0f} | {machines * beats:,.0f} | {rate * case + pulse:,.1f} | {pulse:.1f} | {rate * log / 1e6:,.0f} |")
    return lines
