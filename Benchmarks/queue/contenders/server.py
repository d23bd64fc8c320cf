"""A private, durable PostgreSQL for a run: of this machine, or of a root folder of another Debian (debootstrap)."""
import glob
import os
import shutil
import subprocess
import tempfile
import time

# As `ServerTuning.durable` of PrivateServer; more connections for queues with pools, and statistics of functions' statements.
SETTINGS = """
listen_addresses = ''
max_connections = 200
wal_level = minimal
max_wal_senders = 0
max_wal_size = '2GB'
jit = off
shared_buffers = '256MB'
log_checkpoints = off
"""


class Server:
    def __init__(self, root: str | None):
        self.root = os.path.abspath(root) if root else ""
        self.programs = max(glob.glob(self.root + "/usr/lib/postgresql/*/bin"))[len(self.root):]
        # A short name: a socket's path has 107 letters at most.
        self.folder = tempfile.mkdtemp(prefix="arena-", dir=self.root + "/tmp")
        self.inner = self.folder[len(self.root):]
        self.user = "postgres"
        subprocess.run([*self.account("root"), "chown", "postgres", self.inner], check=True)
        self.run("initdb", "-D", self.inner + "/data", "-A", "trust", "--no-locale", "-E", "UTF8", "-U", self.user)
        with open(self.folder + "/data/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(SETTINGS + f"unix_socket_directories = '{self.inner}'\n")
        self.start()
        with self.connect() as connection:
            # No superuser, so that what is kept for these stays free for whoever looks on.
            connection.execute("CREATE ROLE arena_hog LOGIN")

    def account(self, user: str = "postgres") -> list[str]:
        if self.root:
            return ["chroot", f"--userspec={user}", self.root]
        return [] if user == "root" or os.geteuid() else ["runuser", "-u", user, "--"]

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([*self.account(), f"{self.programs}/{program}", *arguments], text=True, cwd="/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise SystemExit(f"{program} failed:\n{done.stderr[-2000:]}")

    def start(self) -> None:
        self.run("pg_ctl", "-D", self.inner + "/data", "-l", self.inner + "/log", "-w", "start")
        with open(self.folder + "/data/postmaster.pid", encoding="utf-8") as file:
            self.postmaster = int(file.readline())

    def restart_at_once(self) -> None:
        """As after a crash."""
        self.run("pg_ctl", "-D", self.inner + "/data", "-m", "immediate", "-w", "stop")
        self.start()

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.inner + "/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def connect(self, database: str = "postgres"):
        import psycopg

        for attempt in range(50):
            try:
                return psycopg.connect(host=self.folder, user=self.user, dbname=database, autocommit=True)
            except psycopg.OperationalError:
                # The pool is exhausted, or it restarts, as the scenario has it.
                time.sleep(0.2)
        raise SystemExit("the private server cannot be reached")

    def processes(self) -> list[int]:
        """The server and all it has started."""
        with open(f"/proc/{self.postmaster}/task/{self.postmaster}/children", encoding="utf-8") as file:
            return [self.postmaster, *map(int, file.read().split())]

    def seconds(self) -> float:
        """Processor time that the server has used, of sessions that have ended too."""
        ticks = 0
        for process in self.processes():
            try:
                with open(f"/proc/{process}/stat", encoding="utf-8") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except FileNotFoundError:
                continue
            # utime, stime; of the postmaster also those of children that have ended.
            ticks += sum(map(int, fields[11:15] if process == self.postmaster else fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


class Instructions:
    """Counts what the server executes in user space, by perf; None where the machine's counters cannot be used."""

    def __init__(self, server: Server):
        self.process = None
        self.server = server

    @staticmethod
    def work() -> bool:
        if not shutil.which("perf"):
            return False
        said = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
        return said.returncode == 0 and "not supported" not in said.stderr and "not counted" not in said.stderr

    def __enter__(self):
        if self.work():
            pids = ",".join(map(str, self.server.processes()))
            self.process = subprocess.Popen(["perf", "stat", "-x,", "-e", "instructions:u", "-p", pids], stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.counted = None
        if self.process:
            self.process.send_signal(2)
            self.counted = float(self.process.communicate()[1].split(",")[0])
