"""What a contender is: how it is installed, fed, worked and counted."""
import dataclasses
import os
import struct
import time

# Of a task that was started: its number, when it was enqueued, when it was started (seconds since 1970).
RECORD = struct.Struct("<qdd")


@dataclasses.dataclass(frozen=True)
class Place:
    """A database of the private server."""
    host: str
    user: str
    database: str

    @property
    def libpq(self) -> str:
        return f"host={self.host} user={self.user} dbname={self.database}"

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@localhost/{self.database}?host={self.host}"


@dataclasses.dataclass(frozen=True)
class Setting:
    """Worker processes, and tasks that each has at a time (a batch, or its concurrency)."""
    processes: int
    batch: int


# A worker that could not write its journal ends with it: EX_IOERR.
CANNOT_WRITE = 74


class Journal:
    """What a worker started, written at once, so that it is known even of one that is killed."""

    def __init__(self, path: str):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # Seconds that a task takes, or a batch where tasks come in batches.
        self.nap = float(os.environ.get("ARENA_NAP", "0"))

    def started(self, *tasks: tuple[int, float]) -> None:
        now = time.time()
        line = b"".join(RECORD.pack(number, enqueued, now) for number, enqueued in tasks)
        try:
            written = os.write(self.file, line)
        except OSError as error:
            written, reason = 0, str(error)
        else:
            reason = f"{written} of {len(line)} bytes"
        if written < len(line):
            # Whatever the queue's own loop does with errors: a task without its line would count as lost.
            os.write(2, f"the journal cannot be written ({reason}), so that the run says nothing\n".encode())
            os._exit(CANNOT_WRITE)


class Contender:
    # For the command line, for the table, and of the package that is measured.
    name = label = package = ""
    # What is asked of those who run tasks: see arena's heading of each.
    promises = {"fence": "", "history": "", "result": "", "state": ""}
    # Candidates for the highest rate, of which the best is taken, and that of idle workers for the latency.
    settings = [Setting(4, 50)]
    listening = Setting(2, 50)
    # Tasks that are enqueued for each second of a measurement; more than it can do.
    most = 20_000
    # Tasks of one call of a producer, at most.
    together = 100
    # Shortest time after which it notices that a worker has died, seconds.
    lease = 5

    def absent(self) -> str | None:
        """Why it cannot run here; None: it can."""
        try:
            self.version()
        except Exception as reason:
            return str(reason)
        return None

    def version(self) -> str:
        from importlib.metadata import version

        return version(self.package) if self.package else "SQL"

    def install(self, place: Place) -> None:
        raise NotImplementedError

    def sender(self, place: Place):
        """A function that enqueues [(number, time)] as producers do, at once and durably."""
        raise NotImplementedError

    def fill(self, place: Place, count: int) -> None:
        """Enqueues so many, by the fastest way that is documented."""
        send = self.sender(place)
        for first in range(0, count, 10_000):
            send([(n, 0.0) for n in range(first, min(count, first + 10_000))])

    def command(self, place: Place, number: int, journal: str, setting: Setting) -> list[str] | None:
        """A program that works; None: `work` in a process of Python."""
        return None

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        """Works until the process is ended."""
        raise NotImplementedError

    # Counts the tasks that it holds for unfinished, and where readers look.
    left = "SELECT 0"
    table = "pg_class"
