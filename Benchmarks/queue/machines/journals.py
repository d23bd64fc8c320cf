"""What simulated machines wrote of their tasks, each as it happened."""
import collections
import dataclasses
import glob
import math
import os
import struct

RECORD = struct.Struct("<Qqqqd")
BEGUN, COMPUTED, SENT, OK, ALREADY, STALE = range(1, 7)


@dataclasses.dataclass
class Run:
    """One claim of a task."""
    task: int
    fence: int
    worker: int
    begun: float
    computed: float | None = None
    sent: float | None = None
    answered: float | None = None
    verdict: int = 0

    @property
    def has_ended(self) -> bool:
        return self.verdict in (OK, ALREADY)


def read(folder: str) -> list[Run]:
    runs: dict[int, Run] = {}
    for path in glob.glob(os.path.join(folder, "*.journal")):
        with open(path, "rb") as file:
            content = file.read()
        # The last line of a machine that was killed may be cut.
        for event, task, fence, worker, at in RECORD.iter_unpack(content[:len(content) // RECORD.size * RECORD.size]):
            if event == BEGUN:
                runs[fence] = Run(task, fence, worker, at)
                continue
            run = runs[fence]
            if event == COMPUTED:
                run.computed = at
            elif event == SENT:
                run.sent = run.sent or at
            else:
                run.answered, run.verdict = at, event
    return list(runs.values())


def mean_length(spread: float) -> float:
    """Of task lengths with a median of 1, as TaskLengths draws them: log-normal, cut at two standard deviations."""
    def below(x: float) -> float:
        return (1 + math.erf(x / math.sqrt(2))) / 2
    whole = math.exp(spread ** 2 / 2) * (below(2 - spread) - below(-2 - spread))
    return whole + below(-2) * (math.exp(-2 * spread) + math.exp(2 * spread))


def by_worker(runs: list[Run]) -> dict[int, list[Run]]:
    found = collections.defaultdict(list)
    for run in sorted(runs, key=lambda run: run.begun):
        found[run.worker].append(run)
    return found


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def idle_before(runs: list[Run], slots: int, start: float, end: float) -> tuple[float, list[float]]:
    """Seconds in which slots of a worker computed nothing from its start to an end, and the gaps between tasks: from the end of a
    computation to the beginning of the next one that took a free slot, first freed, first filled."""
    events = sorted([(min(max(run.begun, start), end), 1) for run in runs]
                    + [(min(run.computed or end, end), -1) for run in runs])
    busy, last, used = 0, start, 0.0
    free: collections.deque[float] = collections.deque([start] * slots)
    gaps = []
    for at, change in events:
        used += busy * (at - last)
        last, busy = at, busy + change
        if change > 0 and free:
            gaps.append(at - free.popleft())
        elif change < 0:
            free.append(at)
    used += busy * (end - last)
    return slots * (end - start) - used, gaps
