"""Whether a cohort was done as the queue promises: by its tables, and by what machines wrote themselves."""
import collections
import dataclasses

from machines import journals
from machines.fleet import Fleet
from machines.place import Place


@dataclasses.dataclass
class Check:
    promise: str
    found: str
    passed: bool


class Checks:
    def __init__(self, place: Place, fleet: Fleet, cases: int, runs: list[journals.Run], exact: bool = True):
        self.place, self.fleet, self.cases, self.runs = place, fleet, cases, runs
        self.job = fleet.recipe["job"]
        self.list: list[Check] = []
        with place.server.connect(place.database) as self.connection:
            registered = collections.defaultdict(list)
            for pid, worker, at in self.connection.execute("SELECT pid, worker_id, extract(epoch FROM started_at)::float8 FROM queue.worker"):
                registered[pid].append((worker, at))
            # Numbers of processes come again.
            self.of_machine = [{worker for worker, at in registered[machine.process.pid] if machine.started <= at <= (machine.ended or at)}
                               for machine in fleet.members]
            self.lives = self.connection.execute("""SELECT worker_id, extract(epoch FROM started_at)::float8,
                extract(epoch FROM coalesce(ended_at, now()))::float8 FROM queue.worker WHERE version = 'cohort'""").fetchall()
            # Of machines that are processes of their own.
            self.single = {worker for machine, own in zip(fleet.members, self.of_machine) if machine.machines == 1 for worker in own}
            self.runs_by_worker = journals.by_worker(runs)
            self.lost = self.workers("killed", "silent")
            self.noticed = self.workers("notice")
            self.results()
            self.attempts()
            self.executions()
            self.stages()

    def workers(self, *fates: str) -> set[int]:
        return {worker for machine, own in zip(self.fleet.members, self.of_machine) if machine.fallen and machine.fate in fates for worker in own}

    def one(self, statement: str):
        return self.connection.execute(statement.replace("JOB", str(self.job))).fetchone()

    def says(self, promise: str, found: str, passed: bool) -> None:
        self.list.append(Check(promise, found, bool(passed)))

    def results(self) -> None:
        state, live = self.one("SELECT state, (SELECT count(*) FROM queue.live_task) FROM queue.job WHERE job_id = JOB")
        self.says("the job has succeeded, and nothing is left", f"{state}, {live} left", state == "succeeded" and live == 0)
        rows, tasks, good = self.one("""SELECT count(*), count(DISTINCT task_id), count(*) FILTER (WHERE outcome = 'succeeded')
            FROM queue.task_history WHERE job_id = JOB AND kind = 'extract'""")
        self.says("each case has one ended task", f"{rows:,} rows of {tasks:,} tasks, {good:,} succeeded", rows == tasks == good == self.cases)
        rows, cases, keys = self.one("""SELECT count(*), count(DISTINCT case_id), count(DISTINCT feature_key)
            FROM trabecula.case_feature JOIN trabecula.feature_row USING (feature_key) WHERE job_id = JOB""")
        self.says("each case has one row of features", f"{rows:,} of {cases:,} cases, {keys:,} rows", rows == cases == keys == self.cases)
        own = [run for run in self.runs if run.has_ended]
        others = self.one("""SELECT count(*) FROM queue.task_history h JOIN queue.worker w USING (worker_id)
            WHERE job_id = JOB AND kind = 'extract' AND w.version <> 'cohort'""")[0]
        # A machine that was lost between the commit and its answer wrote no end.
        unheard = {run.fence for run in self.runs if run.sent and not run.answered and run.worker in self.lost | self.noticed}
        ended = {fence for fence, in self.connection.execute(
            "SELECT h.fence FROM queue.task_history h JOIN queue.worker w USING (worker_id) WHERE w.version = 'cohort' AND kind = 'extract'")}
        known = {run.fence for run in own}
        self.says("machines and history name the same claims",
                  f"{len(own):,} by machines, {len(ended - known)} of them unheard, {others:,} by the real worker",
                  len(known) == len(own) == len({run.task for run in own}) and known <= ended and ended - known <= unheard
                  and len(ended) + others == self.cases)
        if self.fleet.given.real:
            self.says("the real worker had its share", f"{others:,} cases", others > 0)

    def attempts(self) -> None:
        failures, crashed, worst, poison = self.one("""SELECT count(*) FILTER (WHERE failures > 0), count(*) FILTER (WHERE crashes > 0),
            coalesce(max(crashes), 0), count(*) FILTER (WHERE failure_code = 'poison') FROM queue.task_history WHERE job_id = JOB""")
        self.says("a notice spends no attempt", f"{failures} tasks with a failure", failures == 0)
        noted = self.connection.execute("SELECT task_id, worker_id, failure_code FROM queue.attempt_failure").fetchall()
        codes = collections.Counter(code for _, _, code in noted)
        strangers = {worker for _, worker, _ in noted} - self.lost
        self.says("lost without notice: a crash, of lost machines alone",
                  f"{crashed} tasks, {dict(codes)}, {len(strangers)} other workers", set(codes) <= {"worker-lost"} and not strangers
                  and crashed == len({task for task, _, _ in noted}))
        self.says("nothing became poison", f"{poison}; {worst} crashes at most", poison == 0)
        held = self.one("SELECT count(*) FILTER (WHERE state = 'lost'), count(*) FILTER (WHERE state IN ('active', 'draining')) FROM queue.worker")
        expected = sum(machine.fallen and machine.fate in ("killed", "silent") for machine in self.fleet.members)
        self.says("declared lost: the lost machines", f"{held[0]} of {expected}, {len(self.other_lost())} others",
                  held[0] <= expected and not self.other_lost())
        overdue = sum(machine.overdue for machine in self.fleet.members)
        count = sum(machine.fallen and machine.fate == "notice" for machine in self.fleet.members)
        self.says("within its notice a machine has ended", f"{count - overdue} of {count}", overdue == 0)

    def other_lost(self) -> set[int]:
        return {worker for worker, in self.connection.execute("SELECT worker_id FROM queue.worker WHERE state = 'lost'")} - self.lost

    def executions(self) -> None:
        runs = collections.defaultdict(list)
        for run in sorted(self.runs, key=lambda run: run.fence):
            runs[run.task].append(run)
        self.again_lost = self.again_noticed = 0
        unexplained = computed_twice = 0
        for several in runs.values():
            for run in several:
                if run.has_ended:
                    continue
                self.again_lost += run.worker in self.lost
                self.again_noticed += run.worker in self.noticed
                unexplained += run.worker not in self.lost | self.noticed
            computed_twice += sum(run.computed is not None for run in several if run.worker not in self.lost) > 1
        self.says("no task ran twice but those of machines that were taken",
                  f"{self.again_lost} runs lost, {self.again_noticed} handed back, {unexplained} others", unexplained == 0)
        self.says("none was computed twice but those of lost machines", f"{computed_twice}", computed_twice == 0)
        stale = sum(run.verdict == journals.STALE for run in self.runs)
        self.says("no answer was refused", f"{stale} stale", stale == 0)

    def stages(self) -> None:
        changes = self.connection.execute("""SELECT kind, count(DISTINCT opened_at), count(DISTINCT closed_at) FROM public.stage_change
            GROUP BY 1 ORDER BY min(opened_at)""").fetchall()
        early = self.one("""SELECT count(*) FROM queue.task_history h JOIN queue.stage s USING (job_id, kind)
            WHERE job_id = JOB AND (h.claimed_at < s.opened_at OR h.ended_at > s.closed_at)""")[0]
        self.says("stages opened and closed once, in order",
                  ", ".join(f"{kind} {opened}/{closed}" for kind, opened, closed in changes) + f", {early} tasks out of turn",
                  len(changes) > 0 and all(opened == closed == 1 for _, opened, closed in changes) and early == 0)
        stuck = self.one("SELECT count(*) FROM queue.stuck_tasks")[0]
        self.says("nothing is stuck", f"{stuck}", stuck == 0)
