"""The table of a cohort."""
import os
import platform
import time

from machines import journals
from machines.checks import Checks
from machines.fleet import Fleet
from machines.watch import Watch

# Of the page.
HEAD = """# A cohort of 126,000 on machines that come and go

Written by `Benchmarks/queue/cohort --write`; its `--help` says what it does. The published shape: 126,000 CTs of the NLST, segmentation included, on
more than 21,000 virtual machines in under 9 hours for 1,011.05 USD (Thiriveedhi et al. 2024, 10.21203/rs.3.rs-4351526), 0.80 cents a case.
Machines of a run speak to the real queue as `worker run` does, through pgbouncer; their tasks sleep. Counts are exact. Times are those of a machine
that is shared: server, pgbouncer, all machines and whatever else ran had its few processors together, so read processor seconds, and the load.

"""
# Of a call that answered; what is longer is a slot that was given nothing.
LONGEST_CALL = 2.0


def processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())


class Account:
    """What the hours of machines were used for, in slot seconds of simulated machines, until nothing was ready any more."""

    def __init__(self, fleet: Fleet, watch: Watch, checks: Checks, runs: list[journals.Run]):
        given = fleet.given
        self.until = watch.emptied()
        self.total = self.useful = self.wasted_lost = self.wasted_noticed = 0.0
        self.calls = self.given_nothing = self.starting = 0.0
        self.waits: list[float] = []
        self.ends = [run.answered - run.sent for run in runs if run.answered and run.sent]
        fell = {worker: machine.fell for machine, own in zip(fleet.members, checks.of_machine) if machine.fell for worker in own}
        lives = {worker: (start, end) for worker, start, end in checks.lives}
        for worker, (start, end) in lives.items():
            if worker in checks.lost:
                end = fell[worker]
            own = checks.runs_by_worker.get(worker, [])
            until = min(end, self.until)
            if until <= start:
                continue
            self.total += given.slots * (until - start)
            for run in own:
                seconds = max(0.0, min(run.computed or end, until) - run.begun)
                if run.has_ended:
                    self.useful += seconds
                elif worker in checks.lost:
                    self.wasted_lost += seconds
                else:
                    self.wasted_noticed += seconds
            _, gaps = journals.idle_before([run for run in own if run.begun < until], given.slots, start, until)
            # The first of each slot: connecting, registering, looking at files.
            self.starting += sum(gaps[:given.slots])
            for gap in gaps[given.slots:]:
                if gap < LONGEST_CALL:
                    self.calls += gap
                    self.waits.append(gap)
                else:
                    self.given_nothing += gap
        # Slots that were free when a machine ended, or at the end.
        self.rest = self.total - self.useful - self.wasted_lost - self.wasted_noticed - self.calls - self.given_nothing - self.starting

    def share(self, seconds: float) -> str:
        return f"{100 * seconds / max(self.total, 1):.2f} %"


def rows(fleet: Fleet, watch: Watch, checks: Checks, account: Account, submitted: float) -> list[tuple[str, str]]:
    given = fleet.given
    passed = watch.grown("at")
    hours = sum((machine.fell if machine.fate in ("killed", "silent") and machine.fell else machine.ended or time.time())
                - machine.started for machine in fleet.members if machine.kind == "simulated" and machine.machines == 1) / 3600
    hours += sum(end - start for worker, start, end in checks.lives if worker not in checks.single) / 3600
    thousands = given.cases / 1000
    server = watch.grown("server")
    ticks, idle = watch.grown("ticks"), watch.grown("idle")
    count = {fate: sum(machine.fallen and fate in (machine.fate, "any") for machine in fleet.members) for fate in ("notice", "killed", "silent", "any")}
    ms = [1000 * journals.percentile(account.waits, share) for share in (0.5, 0.99)]
    ends = [1000 * journals.percentile(account.ends, share) for share in (0.5, 0.99)]
    full = hours * given.scale
    return [
        ("cases, sites, values of a case", f"{given.cases:,}, {given.sites + (given.near > 0)}, {fleet.recipe['values']:,}"),
        ("machines of how many slots; real workers of two", f"{given.machines:,} of {given.slots}; {given.real}"),
        ("a task: mean s, as planned; at full size", f"{given.case_seconds / given.scale:.1f}; {given.case_seconds:g}"),
        ("machines taken with notice, killed, gone silent; new in their place",
         f"{count['notice']}, {count['killed']}, {count['silent']}; {fleet.replaced}"),
        ("submission, s; from the first machine to the end of the job, s", f"{submitted:.0f}; {passed:.0f}"),
        ("tasks a second, mean", f"{given.cases / passed:,.0f}"),
        ("**machine hours**; at full size", f"{hours:,.1f}; {full:,.0f}"),
        ("slot time until nothing was ready any more: tasks that ended", account.share(account.useful)),
        ("- **overhead of the queue**, all that is below",
         account.share(account.calls + account.given_nothing + account.starting + account.rest)),
        ("- - between tasks: end and claim, shorter than 2 s", account.share(account.calls)),
        ("- - given nothing for longer", account.share(account.given_nothing)),
        ("- - before a machine's first tasks", account.share(account.starting)),
        ("- - free when a machine ended, or when nothing was ready", account.share(account.rest)),
        ("- lost with machines, to be computed again", account.share(account.wasted_lost)),
        ("- handed back by machines with notice, the same", account.share(account.wasted_noticed)),
        ("**server, processor seconds per 1,000 cases**; its share of one processor",
         f"{server / thousands:.2f}; {100 * server / passed:.0f} %"),
        ("pgbouncer; simulated machines; real workers, the same", f"{watch.grown('pooler') / thousands:.2f}; "
         f"{fleet.processor_seconds('simulated') / thousands:.2f}; {fleet.processor_seconds('real') / thousands:.2f}"),
        ("transactions a case; rolled back; deadlocks",
         f"{watch.grown('xact_commit') / given.cases:.1f}; {watch.grown('xact_rollback'):,.0f}; {watch.grown('deadlocks'):.0f}"),
        ("bytes of log a case; of the database", f"{watch.grown('log') / given.cases:,.0f}; {watch.grown('bytes') / given.cases:,.0f}"),
        ("dead rows at the worst; of them `live_task`, `stage_shard`",
         f"{watch.most('dead'):,}; {watch.most('dead_live'):,}, {watch.most('dead_shards'):,}"),
        ("sessions of the server at the most; wait for one in pgbouncer, mean ms", f"{watch.most('sessions')}; {watch.after['wait']:.1f}"),
        ("from a task's end to the next in its slot (end and claim), p50, p99, ms", f"{ms[0]:,.0f}, {ms[1]:,.0f}"),
        ("an end alone, p50, p99, ms", f"{ends[0]:,.0f}, {ends[1]:,.0f}"),
        ("suspects that waited to run alone, at the most", f"{watch.most('suspects'):,}"),
        (f"**cost** at full size, {given.price:g} USD a machine hour ({given.price_source})",
         f"{full * given.price:,.0f} USD; a case {100 * full * given.price / given.cases:.2f} cents"),
        ("load of this machine, mean, most; processors idle", f"{sum(watch.loads) / max(1, len(watch.loads)):.1f}, "
         f"{max(watch.loads, default=0):.1f}; {100 * idle / max(ticks, 1):.0f} %"),
    ]


def printed(pairs: list[tuple[str, str]], heading: str) -> list[str]:
    return [f"| {heading} | |", "|---|---|", *(f"| {name} | {value} |" for name, value in pairs)]


def statements(watch: Watch, cases: int) -> list[str]:
    """What the server executed, the dearest first."""
    lines = ["| statement | calls a case | ms, mean | ms, longest | s per 1,000 cases |", "|---|---|---|---|---|"]
    for query, calls, mean, longest, total in watch.after["statements"][:12]:
        text = " ".join(query.split())
        text = text if len(text) <= 90 else text[:87] + "..."
        lines.append(f"| `{text.replace('|', chr(92) + '|')}` | {calls / cases:.3f} | {mean:.2f} | {longest:,.0f} | {total / cases:.3f} |")
    return lines


def verdict(checks: Checks) -> list[str]:
    return ["| promise | found | |", "|---|---|---|",
            *(f"| {check.promise} | {check.found} | {'ok' if check.passed else '**FAILED**'} |" for check in checks.list)]


def run_line(argv: list[str], version: str) -> str:
    # Where files lie says nothing of the run.
    words, kept = iter(argv), []
    for word in words:
        if word in ("--programs", "--machine-program", "--write"):
            next(words, None)
        elif word not in ("--keep", "--no-build"):
            kept.append(word)
    return (f"Run: `Benchmarks/queue/cohort {' '.join(kept)}`, {time.strftime('%-d %B %Y')}, {os.cpu_count()} virtual cores, {processor()}, "
            f"PostgreSQL {version}, fsync on.")
