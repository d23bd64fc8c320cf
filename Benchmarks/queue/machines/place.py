"""Where a cohort runs: a private server, pgbouncer before it, a coordinator, and the study that is submitted."""
import csv
import json
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from contenders.server import Server

TICK = os.sysconf("SC_CLK_TCK")
LOGIN = "fleet"
# The site whose files are real: few machines have them.
NEAR = "Near"

STUDY = """study: cohort
outcome: any
seed: 1
manifest: manifest.csv
extraction: mr-1197
models: []
bootstrap: {replicates: 0}
"""
# As Documentation/queue.md has it.
POOLER = """[databases]
* = host={server} port=5432
[pgbouncer]
listen_port = 6432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users.txt
admin_users = postgres
pool_mode = transaction
default_pool_size = 20
max_db_connections = 60
max_client_conn = 12000
log_connections = 0
log_disconnections = 0
"""
# Counts what opens and closes stages; belongs to the benchmark alone.
OPENINGS = """CREATE TABLE public.stage_change (kind text, opened_at timestamptz, closed_at timestamptz);
CREATE FUNCTION public.note_stage_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.stage_change VALUES (NEW.kind, NEW.opened_at, NEW.closed_at);
  RETURN NULL;
END $$;
CREATE TRIGGER note_stage_change AFTER UPDATE ON queue.stage FOR EACH ROW
  WHEN ((OLD.opened_at, OLD.closed_at) IS DISTINCT FROM (NEW.opened_at, NEW.closed_at))
  EXECUTE FUNCTION public.note_stage_change();"""


def processor_seconds(process: int, children: bool = False) -> float:
    """User and system seconds of a process that lives; with those of its children that have ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[11:15] if children else fields[11:13])) / TICK


def favour(processes: list[int], levels: int) -> None:
    """Gives a process so many levels of niceness before its neighbours', where each session has a share of a processor (autogroup): server
    and pooler have machines of their own elsewhere, and a session that waits for a processor with a lock in hand keeps all others waiting."""
    for process in processes if levels else []:
        try:
            with open(f"/proc/{process}/autogroup", "w", encoding="utf-8") as file:
                file.write(str(-levels))
        except OSError:
            # It has ended, or there is no such thing here.
            pass


class CohortServer(Server):
    """With statistics of statements, and as much memory as a server of that size would have."""

    def __init__(self):
        super().__init__(None)
        with open(self.folder + "/data/postgresql.conf", "a", encoding="utf-8") as file:
            file.write("shared_preload_libraries = 'pg_stat_statements'\nshared_buffers = '1GB'\nmax_wal_size = '4GB'\n"
                       "max_locks_per_transaction = 256\n")
        self.restart_at_once()
        with self.connect() as connection:
            connection.execute(f"CREATE ROLE {LOGIN} LOGIN")


class Pooler:
    def __init__(self, server: Server):
        self.folder = tempfile.mkdtemp(prefix="pool-", dir="/tmp")
        with open(self.folder + "/pgbouncer.ini", "w", encoding="utf-8") as file:
            file.write(POOLER.format(server=server.folder, folder=self.folder))
        with open(self.folder + "/users.txt", "w", encoding="utf-8") as file:
            file.write(f'"{LOGIN}" ""\n"postgres" ""\n')
        subprocess.run(["chmod", "-R", "a+rwX", self.folder], check=True)
        # As many files as clients.
        command = f"ulimit -n 20000; exec pgbouncer -q {self.folder}/pgbouncer.ini"
        self.process = subprocess.Popen([*server.account(), "sh", "-c", command], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        while not os.path.exists(self.folder + "/.s.PGSQL.6432"):
            if self.process.poll() is not None:
                raise SystemExit("pgbouncer (Debian package) did not start")
            time.sleep(0.05)

    def processes(self) -> list[int]:
        """Of runuser, which waits, and of pgbouncer below it."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="utf-8") as file:
            return [self.process.pid, *map(int, file.read().split())]

    def target(self, database: str) -> str:
        return f"host={self.folder} port=6432 user={LOGIN} dbname={database}"

    def processor_seconds(self) -> float:
        return sum(processor_seconds(pid) for pid in self.processes())

    def waits(self, database: str) -> tuple[int, float]:
        """Transactions so far, and milliseconds that one waited for a session on average."""
        import psycopg

        with psycopg.connect(host=self.folder, port=6432, user="postgres", dbname="pgbouncer", autocommit=True,
                             prepare_threshold=None, cursor_factory=psycopg.ClientCursor) as console:
            cursor = console.execute("SHOW STATS")
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                told = dict(zip(names, row))
                if told["database"] == database:
                    count = int(told["total_xact_count"])
                    return count, int(told["total_wait_time"]) / max(1, count) / 1000
        return 0, 0

    def stop(self) -> None:
        for pid in self.processes()[1:] or [self.process.pid]:
            os.kill(pid, signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.folder)


class Place:
    """A database with a cohort in it, on such a server, behind such a pooler."""

    def __init__(self, server: CohortServer, pooler: Pooler, programs: str, database: str, folder: str):
        self.server, self.pooler, self.programs, self.database, self.folder = server, pooler, programs, database, folder
        self.direct = f"host={server.folder} user={server.user} dbname={database}"
        self.pooled = pooler.target(database)
        self.coordinator = None
        self.favoured: set[int] = set()
        with server.connect() as connection:
            connection.execute(f"CREATE DATABASE {database}")
        self.run("coordinator", "migrate", "--database", self.direct)
        with server.connect(database) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            connection.execute(OPENINGS)
            connection.execute(f"GRANT trabecula_worker TO {LOGIN}")
            connection.execute("SELECT queue.grant_all_sites(%s)", [LOGIN])

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([os.path.join(self.programs, program), *arguments], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{program} {arguments[0]} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")

    def submit(self, cases: int, sites: int, near: int, seed: int) -> float:
        """Writes a study with so many cases, the last ones at the site with real files, and submits it; seconds that took."""
        with open(os.path.join(self.folder, "study.yaml"), "w", encoding="utf-8") as file:
            file.write(STUDY.replace("seed: 1", f"seed: {seed}"))
        with open(os.path.join(self.folder, "manifest.csv"), "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["ID", "Site", "Image", "Mask", "Outcome"])
            for n in range(cases):
                site = NEAR if n >= cases - near else f"Site{n % sites:02}"
                rows.writerow([f"P{n:06}", site, f"{site}/P{n:06}.nii", f"{site}/mask.nii", n % 2])
        # Whoever submits sees no image.
        os.makedirs(os.path.join(self.folder, "none"), exist_ok=True)
        start = time.monotonic()
        self.run("coordinator", "submit", os.path.join(self.folder, "study.yaml"), "--root", os.path.join(self.folder, "none"),
                 "--database", self.direct)
        return time.monotonic() - start

    def favour(self, levels: int) -> None:
        """Those sessions of the server, too, that are new since the last call."""
        fresh = {*self.server.processes(), *self.pooler.processes()} - self.favoured
        favour(list(fresh), levels)
        self.favoured |= fresh

    def lead(self) -> None:
        """A coordinator does the maintenance, as it should where a fleet works."""
        self.coordinator = subprocess.Popen(
            [os.path.join(self.programs, "coordinator"), "serve", "--database", self.direct, "--log-level", "error"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)

    def stop(self) -> None:
        if self.coordinator:
            self.coordinator.terminate()
            self.coordinator.wait()
            self.coordinator = None

    def write_diagnostics(self, path: str, cases: int) -> None:
        """What an extraction says of a region beside its values, as a machine is to say it: of the last real image."""
        folder = os.path.join(self.folder, NEAR)
        found = os.path.join(self.folder, "found.json")
        self.run("worker", "extract", os.path.join(folder, f"P{cases - 1:06}.nii"), os.path.join(folder, "mask.nii"), "--param", "mr-1197",
                 "-f", "json", "-o", found)
        with open(found, encoding="utf-8") as file:
            told = json.load(file)
        told = told[0] if isinstance(told, list) else told
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"voxels": 1728, "warnings": [], **{name: value for name, value in told.items() if name.startswith("diagnostics_")}}, file)

    def recipe(self) -> dict:
        """What a machine is told of the job: its needs, its feature set."""
        with self.server.connect(self.database) as connection:
            job, needs = connection.execute("SELECT job_id, requires FROM queue.job ORDER BY job_id DESC LIMIT 1").fetchone()
            digest, count = connection.execute(
                """SELECT s.digest, s.name_count FROM trabecula.job_recipe r JOIN trabecula.feature_set s
                     ON s.feature_set_id = ANY (r.feature_sets) WHERE r.job_id = %s ORDER BY s.name_count DESC LIMIT 1""", [job]).fetchone()
        return {"job": job, "need": needs[0], "digest": bytes(digest).hex(), "values": count}


def write_volume(path: str, side: int, values: bytes, code: int, bits: int) -> None:
    """A NIfTI-1 cube."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, side, side, side, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 0, 0, 0, 0)
    struct.pack_into("<f2f", header, 108, 352, 1, 0)
    struct.pack_into("<2h", header, 252, 0, 1)
    for row in range(3):
        struct.pack_into("<4f", header, 280 + 16 * row, *(1 if i == row else 0 for i in range(4)))
    header[344:348] = b"n+1\0"
    with open(path, "wb") as file:
        file.write(header + values)


def write_near_files(folder: str, cases: int, near: int) -> None:
    """Images of noise for the last cases, each another, and one mask."""
    import random

    side, near = 24, max(1, near)
    os.makedirs(os.path.join(folder, NEAR), exist_ok=True)
    for n in range(cases - near, cases):
        noise = random.Random(n).randbytes(side ** 3)
        values = struct.pack(f"<{side ** 3}h", *(byte - 128 for byte in noise))
        write_volume(os.path.join(folder, NEAR, f"P{n:06}.nii"), side, values, 4, 16)
    inside = bytes(1 if all(6 <= axis < 18 for axis in (n % side, n // side % side, n // side ** 2)) else 0 for n in range(side ** 3))
    write_volume(os.path.join(folder, NEAR, "mask.nii"), side, inside, 2, 8)
