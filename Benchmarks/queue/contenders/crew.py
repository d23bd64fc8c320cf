"""The workers of a contender: processes that are started again when they end, as any service manager would."""
import os
import subprocess
import sys
import threading
import time

from contenders.base import CANNOT_WRITE, RECORD, Contender, Place, Setting

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")


class Crew:
    def __init__(self, contender: Contender, place: Place, folder: str, setting: Setting, nap: float = 0):
        self.contender, self.place, self.folder, self.setting = contender, place, folder, setting
        self.environment = {**os.environ, "ARENA_NAP": str(nap)}
        self.exits = 0
        self.journal_failed = False
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.started = 0
        self.workers = [self.start(number) for number in range(setting.processes)]
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()

    def start(self, number: int) -> subprocess.Popen:
        self.started += 1
        journal = os.path.join(self.folder, f"journal-{self.started}")
        place = self.place
        os.environ["ARENA_NAP"] = self.environment["ARENA_NAP"]
        command = self.contender.command(place, number, journal, self.setting) or [
            sys.executable, RUN, "work", self.contender.name, place.host, place.user, place.database, str(number), journal,
            str(self.setting.processes), str(self.setting.batch)]
        log = open(os.path.join(self.folder, "workers.log"), "ab")
        return subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def keep(self) -> None:
        while not self.ended.wait(0.5):
            with self.lock:
                for number, worker in enumerate(self.workers):
                    if worker.poll() is not None:
                        self.exits += 1
                        self.journal_failed |= worker.returncode == CANNOT_WRITE
                        self.workers[number] = self.start(number)

    def kill(self, number: int) -> None:
        """Without notice; it is started again within half a second."""
        with self.lock:
            self.workers[number % len(self.workers)].kill()

    def end(self) -> None:
        self.ended.set()
        self.keeper.join()
        for worker in self.workers:
            worker.kill()
        for worker in self.workers:
            worker.wait()
        if self.journal_failed:
            raise SystemExit(f"{self.contender.label}: a worker could not write its journal, so that the run says nothing; see "
                             f"{os.path.join(self.folder, 'workers.log')}, and make room")

    def records(self) -> list[tuple[int, float, float]]:
        found = []
        for name in os.listdir(self.folder):
            if name.startswith("journal-"):
                with open(os.path.join(self.folder, name), "rb") as file:
                    data = file.read()
                found += RECORD.iter_unpack(data[:len(data) // RECORD.size * RECORD.size])
        return found

    def count(self) -> int:
        return sum(os.path.getsize(os.path.join(self.folder, name)) for name in os.listdir(self.folder)
                   if name.startswith("journal-")) // RECORD.size


def wait_until(condition, limit: float, step: float = 0.1) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(step)
    return condition()
