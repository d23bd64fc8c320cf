#!/usr/bin/env python3
"""A snapshot that is held at a steady rate, and a dump in the middle: what a task costs the server, beside a server that holds none.

    Benchmarks/queue/steady.py [--seconds N] [--rate N] [--batch N] [--clients N] [--window N] [SCHEMA.sql]

Two private servers (fsync on) have the same jobs of 126,000 tasks, and the same clients, which claim and end so many tasks a second by the
functions, at the same time; in one of them a transaction has held a snapshot since before the first claim. Half way pg_dump reads both. Printed are, for each window,
seconds of the processor that each server took for a thousand tasks, and their ratio; what a dump took counts in the window in which it ends. Whatever else runs on the machine slows both; the rate is
given, and told where it was not kept. Needs PostgreSQL's programs; run as root or as the user that the servers are to have.
"""
import argparse
import os
import shutil
import subprocess
import tempfile
import time

from instructions import HERE, Cluster, script

JOB = 126_000
HERTZ = os.sysconf("SC_CLK_TCK")

JOBS = """
SELECT queue.define_kind('nap', place => 1, completes_plainly => true);
DO $x$ DECLARE planned bigint; BEGIN
  FOR n IN 1..%(jobs)s LOOP
    SELECT job_id INTO planned FROM queue.plan_job(convert_to('bench ' || n, 'UTF8'), 'bench');
    PERFORM queue.plan_stage(planned, 'nap', %(tasks)s);
    PERFORM count(*) FROM queue.plan_tasks(planned, 'nap', array_fill(NULL::int, ARRAY[%(tasks)s]), array_fill('{}'::jsonb, ARRAY[%(tasks)s]));
    PERFORM queue.start_job(planned);
  END LOOP;
END $x$;
SELECT queue.grant_all_sites(session_user);
SELECT queue.register_worker('bench', n, 100, 'bench', NULL, 86400, 1, '{}') FROM generate_series(1, %(clients)s) n;
"""
# As the client does: the end of one batch and the claim of the next in one transaction.
CYCLE = """\\set me :client_id + 1
SELECT coalesce(array_agg(task_id), '{}') AS ids, coalesce(array_agg(fence), '{}') AS fences FROM queue.claim_tasks(:me, '{nap}', %(batch)s) \\gset
SELECT count(*) FROM queue.complete_plain(:me, :ids::bigint[], :fences::bigint[]);
"""
ENDED = "SELECT coalesce(sum(total - remaining), 0) FROM queue.stage_shard"
DEAD = """SELECT coalesce(string_agg(relname || ' ' || n_dead_tup, ', ' ORDER BY n_dead_tup DESC), 'none') FROM (
  SELECT relname, n_dead_tup FROM pg_stat_user_tables WHERE n_dead_tup > 0 ORDER BY n_dead_tup DESC LIMIT 5) most"""


class Server(Cluster):
    """A Cluster that runs until it is stopped."""

    def start(self):
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nmax_wal_size = '4GB'\nshared_buffers = '256MB'\n")
        self.run("pg_ctl", "-D", self.data, "-l", os.path.join(self.folder, "log"), "-w", "start")
        with open(os.path.join(self.data, "postmaster.pid"), encoding="utf-8") as file:
            self.pid = int(file.readline())

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def command(self, program, *arguments):
        return [*self.account, os.path.join(self.programs, program), "-h", self.folder, *arguments]

    def ask(self, sql):
        return subprocess.run(self.command("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", "steady", "-c", sql), check=True, text=True,
                              capture_output=True, cwd=self.folder).stdout.strip()

    def seconds(self, without):
        """Processor seconds of all its processes so far, but those that serve programs of this name; once they have ended they count, too, because the
        server adds up its children."""
        ours = set(self.ask(f"SELECT pid FROM pg_stat_activity WHERE application_name = '{without}'").split())
        total = sum(stat(self.pid)[1:])
        for process in (name for name in os.listdir("/proc") if name.isdigit() and name not in ours):
            found = stat(process)
            if found and found[0] == self.pid:
                total += found[1] + found[2]
        return total


def stat(process):
    """Parent, user and system seconds of a process, and those of its children that have ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[1]), *(int(field) / HERTZ for field in fields[11:15])
    except (FileNotFoundError, ProcessLookupError):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schema", nargs="?", default=os.path.join(HERE, "../../schema.sql"))
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--rate", type=int, default=1000, help="tasks a second (1000)")
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--window", type=int, default=60)
    given = parser.parse_args()
    folders = {name: tempfile.mkdtemp(prefix=f"trabecula-steady-{name}-", dir="/tmp") for name in ("free", "held")}
    servers, running = {}, []
    try:
        for name, folder in folders.items():
            server = servers[name] = Server(folder)
            server.start()
            server.run("createdb", "-h", folder, "steady")
            size = {"jobs": given.seconds * given.rate // JOB + 2, "tasks": JOB, "clients": given.clients}
            server.run("psql", "-h", folder, "-v", "ON_ERROR_STOP=1", "-qX", "-d", "steady", text="BEGIN;" + script(given.schema) + "COMMIT;" + JOBS % size
                       + "VACUUM ANALYZE;")
            with open(os.path.join(folder, "cycle.sql"), "w", encoding="utf-8") as file:
                file.write(CYCLE % {"batch": given.batch})
        holder = subprocess.Popen(servers["held"].command("psql", "-qX", "-d", "steady"), stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  cwd=folders["held"])
        running.append(holder)
        holder.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class;\n")
        holder.stdin.flush()
        time.sleep(1)
        for server in servers.values():
            running.append(subprocess.Popen(
                server.command("pgbench", "-n", "-M", "prepared", "-c", str(given.clients), "-j", "1", "-T", str(given.seconds + 30), "-R",
                               str(given.rate / given.batch), "-f", os.path.join(server.folder, "cycle.sql"), "steady"),
                cwd=server.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        print(f"{given.seconds} s at {given.rate} tasks a second, batches of {given.batch}, {given.clients} clients. Load at the start: {os.getloadavg()[0]:.0f}\n")
        print("| to second | tasks/s free | held | s of the server per 1,000 tasks, free | held | ratio | |\n|---|---|---|---|---|---|---|", flush=True)
        dumps, begun, dumped = [], time.time(), False
        before = {name: (time.time(), int(server.ask(ENDED)), server.seconds("pg_dump")) for name, server in servers.items()}
        first = before
        while time.time() < begun + given.seconds:
            time.sleep(given.window)
            notes = "dumped meanwhile" if any(dump.poll() is None for dump in dumps) else ""
            if not dumped and time.time() > begun + given.seconds / 2:
                dumped = True
                dumps = [subprocess.Popen(server.command("pg_dump", "-d", "steady", "-f", "/dev/null"), cwd=server.folder) for server in servers.values()]
                running.extend(dumps)
            now = {name: (time.time(), int(server.ask(ENDED)), server.seconds("pg_dump")) for name, server in servers.items()}
            show(f"{now['held'][0] - begun:,.0f}", before, now, notes)
            before = now
        show("all", first, before, "with dumps: " + ", ".join(str(dump.wait()) for dump in dumps))
        print(f"\nLoad at the end: {os.getloadavg()[0]:.0f}. Dead rows where nothing was held: {servers['free'].ask(DEAD)}; where a snapshot was: {servers['held'].ask(DEAD)}.")
    finally:
        for process in running:
            process.terminate()
        for server in servers.values():
            server.stop()
        for folder in folders.values():
            shutil.rmtree(folder)


def show(label, before, now, notes):
    rates, costs = [], []
    for name in ("free", "held"):
        tasks = max(1, now[name][1] - before[name][1])
        rates.append(tasks / (now[name][0] - before[name][0]))
        costs.append(1000 * (now[name][2] - before[name][2]) / tasks)
    print(f"| {label} | {rates[0]:,.0f} | {rates[1]:,.0f} | {costs[0]:.3f} | {costs[1]:.3f} | {costs[1] / max(costs[0], 1e-9):.2f} | {notes} |", flush=True)


if __name__ == "__main__":
    main()
