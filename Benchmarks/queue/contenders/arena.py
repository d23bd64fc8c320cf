"""The course of a run: which part with whom, and what is printed."""
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
import time

from contenders import ALL
from contenders.base import Contender, Setting
from contenders.faults import CHAOS, PRESSURE
from contenders.measure import Measurements
from contenders.server import Instructions, Server

REFERENCES = ["client", "functions"]


class Arena:
    def __init__(self, given):
        self.given = given
        unknown = set(given.contenders or []) - set(ALL)
        if unknown:
            raise SystemExit(f"no such contender: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
        self.lines: list[str] = []
        self.absent: list[tuple[str, str]] = []

    def say(self, line: str = "") -> None:
        self.lines.append(line)
        print(line, flush=True)

    def note(self, line: str) -> None:
        print(f"{time.strftime('%T')} {line}", file=sys.stderr, flush=True)

    def run(self) -> None:
        # Stopped by a signal it ends as by an error; a shell's background jobs would ignore the interrupt.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(1))
        self.server = Server(self.given.root)
        self.folder = tempfile.mkdtemp(prefix="arena-journals-")
        os.chmod(self.folder, 0o755)
        self.loads = [os.getloadavg()[0]]
        try:
            self.measurements = Measurements(self.server, self.folder, self.given)
            with self.server.connect() as connection:
                self.version = connection.execute("SELECT split_part(current_setting('server_version'), ' ', 1)").fetchone()[0]
            self.contenders = self.install()
            for part in self.given.parts:
                getattr(self, part)()
                self.loads.append(os.getloadavg()[0])
        finally:
            # A run that is stopped leaves nothing behind but the page of what it has measured.
            self.server.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.close()
            if self.given.write or self.given.add:
                self.write()

    def install(self) -> list[Contender]:
        """A database of each to be copied from; who cannot be installed is left out."""
        present = []
        for name in self.given.contenders or (["client"] if self.given.parts == ["snapshot"] else list(ALL)):
            contender = ALL[name]
            reason = contender.absent()
            if reason is None:
                try:
                    self.measurements.install(contender)
                except Exception as error:
                    reason = f"{type(error).__name__}: {error}".strip().replace("\n", " ")[:300]
            if reason is None:
                present.append(contender)
            else:
                self.absent.append((contender.label, reason))
                self.note(f"{contender.label} is left out: {reason}")
        return present

    # Parts.

    def peak(self) -> None:
        """Best settings first, by a short turn of each; then rounds."""
        self.best: dict[str, Setting] = {}
        for contender in self.contenders:
            rates = {}
            for setting in contender.settings if len(contender.settings) > 1 else []:
                rates[setting] = self.measurements.peak(contender, setting, seconds=2).rate
                self.note(f"{contender.label} {setting.processes} x {setting.batch}: {rates[setting]:,.0f}")
            self.best[contender.name] = max(rates, key=rates.get) if rates else contender.settings[0]
        rounds = self.rounds(lambda c: self.measurements.peak(c, self.best[c.name], self.given.seconds))
        unit = "thousands of instructions a task" if Instructions.work() else "µs of the server's processor a task"
        self.say("\n## Peak\n")
        self.say("| contender | version | processes x tasks | tasks/s | ours (client) / it | ours (functions) / it | log, bytes a task "
                 f"| row versions killed a task | {unit} | fence | history | result | state of a task |")
        self.say("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
        for contender in self.contenders:
            turns = [turn[contender.name] for turn in rounds if contender.name in turn]
            if not turns:
                continue
            setting, p = self.best[contender.name], contender.promises
            middle = lambda field: statistics.median(getattr(turn, field) for turn in turns)
            self.say(f"| {contender.label} | {contender.version()} | {setting.processes} x {setting.batch} | {middle('rate'):,.0f} | "
                     + " | ".join(self.ratio(rounds, name, contender.name, "rate") for name in REFERENCES)
                     + f" | {middle('log'):,.0f} | {middle('dead'):.1f} | {middle('cost'):,.0f} | "
                     + " | ".join(p[key] for key in ("fence", "history", "result", "state")) + " |")

    def depth(self) -> None:
        rounds = self.rounds(lambda c: self.measurements.peak(c, self.setting(c), self.given.seconds, depth=self.given.depth))
        self.table(f"Depth: {self.given.depth:,} tasks wait", rounds, "rate", "tasks/s", ",.0f")

    def held(self) -> None:
        """Each free and under a snapshot that was taken before all tasks were claimed, one after the other."""
        def both(contender):
            seconds = self.given.held
            free = self.measurements.peak(contender, self.setting(contender), seconds, depth=int(contender.most * seconds))
            kept = self.measurements.peak(contender, self.setting(contender), seconds, depth=int(contender.most * seconds), held=True)
            kept.kept = kept.rate / free.rate if free.rate else 0
            return kept
        rounds = self.rounds(both, 1 if self.given.quick else 2)
        self.say(f"\n## A snapshot held for {self.given.held:.0f} s, at the highest rate\n")
        self.say("| contender | tasks/s | of its free rate | last fifth of the first | ours (client) / it | dead rows left |\n|---|---|---|---|---|---|")
        for contender in self.contenders:
            turns = [turn[contender.name] for turn in rounds if contender.name in turn]
            if turns:
                middle = lambda field: statistics.median(getattr(turn, field) for turn in turns)
                self.say(f"| {contender.label} | {middle('rate'):,.0f} | {middle('kept'):.2f} | {middle('last'):.2f} | "
                         f"{self.ratio(rounds, 'client', contender.name, 'rate')} | {middle('left_dead'):,.0f} |")

    def latency(self) -> None:
        rounds = self.rounds(lambda c: self.measurements.latency(c, self.given.rate, max(5, self.given.seconds)))
        self.say(f"\n## From enqueue to start at {self.given.rate:.0f} tasks a second, idle workers\n")
        self.say("| contender | processes x tasks | tasks/s | p50, ms | p99, ms | p99, ours (client) / it |\n|---|---|---|---|---|---|")
        for contender in self.contenders:
            turns = [turn[contender.name] for turn in rounds if contender.name in turn]
            if turns:
                middle = lambda field: statistics.median(getattr(turn, field) for turn in turns)
                setting = contender.listening
                self.say(f"| {contender.label} | {setting.processes} x {setting.batch} | {middle('rate'):,.0f} | {middle('p50'):,.1f} | "
                         f"{middle('p99'):,.1f} | {self.ratio(rounds, 'client', contender.name, 'p99')} |")

    def chaos(self) -> None:
        self.scenarios("Chaos: five scenarios", CHAOS)

    def pressure(self) -> None:
        self.scenarios("Pressure: four scenarios", PRESSURE)

    def soak(self) -> None:
        self.say(f"\n## A soak of {self.given.soak:.0f} s at {self.given.rate:.0f} tasks a second\n")
        self.say("| contender | tasks/s | p99 of the first tenth, ms | p99 of the last tenth, ms | dead rows, first, last tenth | MB, first, last tenth |")
        self.say("|---|---|---|---|---|---|")
        for contender in self.contenders:
            figure = self.attempt(contender, lambda c: self.measurements.soak(c, self.given.rate, self.given.soak))
            if figure:
                self.say(f"| {contender.label} | {figure.rate:,.0f} | {figure.first:,.1f} | {figure.last:,.1f} | "
                         f"{figure.dead[0]:,} {figure.dead[1]:,} | {figure.megabytes[0]:,.0f} {figure.megabytes[1]:,.0f} |")

    def snapshot(self) -> None:
        from contenders.snapshot import snapshot

        for contender in self.contenders:
            for line in snapshot(self.measurements, contender, self.given.rate, self.given.held, self.note):
                self.say(line)

    # How parts are told.

    def setting(self, contender: Contender) -> Setting:
        return getattr(self, "best", {}).get(contender.name, contender.settings[0])

    def attempt(self, contender: Contender, measure):
        try:
            return measure(contender)
        except Exception as error:
            self.note(f"{contender.label}: {type(error).__name__}: {error}")
            self.absent.append((contender.label, f"in one measurement: {type(error).__name__}: {str(error)[:200]}"))
            return None

    def rounds(self, measure, count: int | None = None) -> list[dict]:
        found = []
        for number in range(count or self.given.rounds):
            turn = {}
            # Every other round backwards, so that nobody always comes after the same.
            for contender in self.contenders[::1 if number % 2 == 0 else -1]:
                figure = self.attempt(contender, measure)
                if figure is not None:
                    turn[contender.name] = figure
                    self.note(f"round {number + 1} {contender.label}: {figure}")
            found.append(turn)
        return found

    def ratio(self, rounds: list[dict], one: str, other: str, field: str) -> str:
        ratios = [getattr(turn[one], field) / getattr(turn[other], field) for turn in rounds
                  if one in turn and other in turn and getattr(turn[other], field)]
        return f"{statistics.median(ratios):.2f}" if ratios else ""

    def table(self, title: str, rounds: list[dict], field: str, unit: str, form: str) -> None:
        self.say(f"\n## {title}\n")
        self.say(f"| contender | {unit} | ours (client) / it | ours (functions) / it |\n|---|---|---|---|")
        for contender in self.contenders:
            values = [getattr(turn[contender.name], field) for turn in rounds if contender.name in turn]
            if values:
                self.say(f"| {contender.label} | {format(statistics.median(values), form)} | "
                         + " | ".join(self.ratio(rounds, name, contender.name, field) for name in REFERENCES) + " |")

    def scenarios(self, title: str, scenarios: dict) -> None:
        self.say(f"\n## {title}\n")
        self.say("| contender | " + " | ".join(scenarios) + " | passed |")
        self.say("|" + "---|" * (len(scenarios) + 2))
        for contender in self.contenders:
            cells, passed, judged = [], 0, 0
            for name, scenario in scenarios.items():
                outcome = self.attempt(contender, lambda c: scenario(self.measurements, c, self.given))
                self.note(f"{contender.label}, {name}: {outcome}")
                cells.append(str(outcome or "could not be run"))
                passed += bool(outcome and outcome.passed)
                judged += bool(outcome is None or outcome.passed is not None)
            self.say(f"| {contender.label} | " + " | ".join(cells) + f" | {passed} of {judged} |")

    def close(self) -> None:
        if self.absent:
            self.say("\n## Left out, or not measured\n")
            for label, reason in self.absent:
                self.say(f"- {label}: {reason}")

    def write(self) -> None:
        given = self.given
        arguments = " ".join(word for word in sys.argv[1:] if word != "--no-build")
        run = f"""
# Run: `Benchmarks/queue/arena {arguments}`

{time.strftime("%-d %B %Y")}, {os.cpu_count()} virtual cores, {processor()}; load (1 min) before the first and after each part: \
{", ".join(f"{load:.1f}" for load in self.loads)}. PostgreSQL {self.version}, fsync on. {given.rounds} rounds of {given.seconds:g} s.
"""
        with open(given.write or given.add, "w" if given.write else "a", encoding="utf-8") as file:
            file.write((HEAD if given.write else "") + run + "\n".join(self.lines) + "\n")


# Of the page.
HEAD = """# The queue in the arena

Written by `Benchmarks/queue/arena --write`; what each part does and what passes stands in `Benchmarks/queue/contenders`. Contenders
take turns on one durable PostgreSQL, each with a fresh copy of its own database; figures are medians of the rounds, ratios medians
of the rounds' ratios. **Only the ratios count**: the machine is shared, its disk and neighbours change from minute to minute, and a
load far above the number of cores says that everything here, servers and workers, had a small part of them. All programs have the same
part. Figures of others elsewhere are higher, ratios may differ where there are more cores than workers.

From enqueue to start is counted from the call that enqueues, so with its commit. Log, row versions and processor time of `peak` are those of
claims and ends, without enqueueing. A rate counts tasks as they start in a worker, by a journal that each worker writes; chaos compares these journals with what was
enqueued, and asks the contender's own tables what it holds for unfinished. Peers are used as their documentation says, with the
best of a few settings; those that do not batch are compared as they are. dbos has no way to enqueue many at once, and is filled by copies
of one row. pgmq and PgQue are their statements on rows, not their packages.
"""


def processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
