"""Machines as processes: most in one, those that are to be lost each in its own, and a few that are the real worker."""
import dataclasses
import os
import random
import signal
import subprocess
import time

from machines.place import NEAR, Place, processor_seconds

# Machines of one process, at most.
GROUP = 40


@dataclasses.dataclass
class Machine:
    process: subprocess.Popen
    # How many machines it stands for, and whether it is the program itself.
    machines: int
    kind: str
    started: float
    ended: float | None = None
    # When it stopped computing, where that is before its end: it is frozen, or its notice came.
    fell: float | None = None
    # What befalls it, "" for nothing, and when: "notice", "killed", "silent".
    fate: str = ""
    due: float = 0
    fallen: bool = False
    overdue: bool = False
    seconds: float = 0
    status: int | None = None

    def poll(self) -> bool:
        """Whether it has ended; keeps what it used of the processor."""
        if self.ended is None:
            self.seconds = processor_seconds(self.process.pid) or self.seconds
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = self.status = os.waitstatus_to_exitcode(status)
                self.ended, self.seconds = time.time(), usage.ru_utime + usage.ru_stime
        return self.ended is not None


class Fleet:
    def __init__(self, place: Place, given, program: str, seconds: float):
        self.place, self.given, self.program, self.seconds = place, given, program, seconds
        self.recipe = place.recipe()
        self.members: list[Machine] = []
        self.random = random.Random(given.seed)
        self.journals = os.path.join(place.folder, f"journals-{place.database}")
        os.makedirs(self.journals)
        self.diagnostics = os.path.join(place.folder, "diagnostics.json")
        if not os.path.exists(self.diagnostics):
            place.write_diagnostics(self.diagnostics, given.cases)
        # When machines are to be started: how many in one process, their fate and its time, whether they have the real files.
        self.orders: list[tuple[float, int, str, float, bool]] = []
        self.replaced = 0
        self.started = time.time()

    def simulated(self, machines: int, fate: str = "", due: float = 0, has_near: bool = False) -> Machine:
        given, recipe = self.given, self.recipe
        journal = os.path.join(self.journals, f"{len(self.members)}.journal")
        process = subprocess.Popen(
            [self.program, self.place.pooled, journal, "--machines", str(machines), "--slots", str(given.slots), "--seconds",
             f"{self.seconds:.6f}", "--spread", str(given.spread), "--seed", str(given.seed), "--feature-set", recipe["digest"],
             "--values", str(recipe["values"]), "--diagnostics", self.diagnostics, "--extractor-need", recipe["need"], "--lease", str(given.lease), "--grace",
             str(given.grace), "--notice", str(given.notice), *([] if has_near else ["--lacking", NEAR])],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log("machines"), start_new_session=True)
        return self.joined(Machine(process, machines, "simulated", time.time(), fate=fate, due=due))

    def real(self, *kinds: str) -> Machine:
        given = self.given
        process = subprocess.Popen(
            [os.path.join(self.place.programs, "worker"), "run", "--database", self.place.pooled, "--root", self.place.folder, "-j", "2",
             "--drain", "--lease", str(given.lease), "--log-level", "warning", *(word for kind in kinds for word in ("--kind", kind))],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log("workers"), start_new_session=True)
        return self.joined(Machine(process, 1, "real", time.time()))

    def log(self, name: str):
        return open(os.path.join(self.place.folder, name + ".log"), "ab")

    def joined(self, machine: Machine) -> Machine:
        self.members.append(machine)
        return machine

    def start(self, expected: float) -> None:
        """All machines, evenly over the time of arrival; each tenth's fate comes at random between a tenth and seven tenths of the time
        expected after it."""
        given = self.given
        noticed, lost = round(given.machines * given.noticed), round(given.machines * given.lost)
        fates = ["notice"] * noticed + [("killed", "silent")[n % 2] for n in range(lost)]
        # One in a hundred has the files of the real workers, too, so that both claim from the same lanes.
        both = max(1, given.machines // 100)
        common = max(0, given.machines - len(fates) - both)
        self.started = time.time()
        arrivals = [(min(GROUP, common - first), "", False) for first in range(0, common, GROUP)]
        arrivals += [(1, fate, False) for fate in fates]
        self.random.shuffle(arrivals)
        arrivals.insert(0, (both, "", True))
        self.orders = [(self.started + given.arrival * place / len(arrivals), machines,
                        fate, self.started + given.arrival + expected * self.random.uniform(0.1, 0.7) if fate else 0, has_near)
                       for place, (machines, fate, has_near) in enumerate(arrivals)]
        for _ in range(given.real):
            self.real("extract")
        self.step()

    def step(self) -> None:
        """What is due: notices, losses, and machines that take their place."""
        now, given = time.time(), self.given
        for machine in self.members:
            if machine.poll() or not machine.fate:
                continue
            if not machine.fallen and now >= machine.due:
                machine.fallen, machine.fell = True, now
                machine.process.send_signal({"notice": signal.SIGTERM, "killed": signal.SIGKILL, "silent": signal.SIGSTOP}[machine.fate])
                self.orders.append((now + given.boot + (given.notice if machine.fate == "notice" else 0), 1, "", 0, False))
                self.replaced += 1
            elif machine.fallen and machine.fate == "notice" and now >= machine.due + given.notice:
                # The provider takes it, ready or not.
                machine.overdue = True
                machine.process.kill()
        for order in sorted(order for order in self.orders if order[0] <= now):
            self.orders.remove(order)
            self.simulated(*order[1:])

    def left(self) -> int:
        return sum(machine.ended is None and machine.fate != "silent" for machine in self.members)

    def end(self) -> None:
        for machine in self.members:
            if not machine.poll():
                machine.process.send_signal(signal.SIGKILL if machine.fallen else signal.SIGTERM)
        deadline = time.time() + 45
        while any(not machine.poll() for machine in self.members):
            if time.time() > deadline:
                for machine in self.members:
                    if machine.ended is None:
                        machine.process.kill()
            time.sleep(0.1)

    def kill(self) -> None:
        """Whatever is left of it."""
        for machine in self.members:
            if not machine.poll():
                machine.process.kill()
                machine.process.wait()

    def processor_seconds(self, kind: str) -> float:
        return sum(machine.seconds for machine in self.members if machine.kind == kind)
