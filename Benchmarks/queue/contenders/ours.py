"""The queue of this repository: its functions called from Python, its client, and its worker."""
import json
import os
import subprocess
import time

from contenders.base import Contender, Journal, Place, Setting

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))

# A job of one stage, planned, filled and started in one call.
SUBMIT = """
SELECT queue.define_kind('nap', place => 1, completes_plainly => true);
SELECT queue.grant_all_sites(session_user);
CREATE FUNCTION arena_submit(payloads jsonb[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  job bigint := (SELECT job_id FROM queue.plan_job(uuid_send(gen_random_uuid()), 'arena'));
BEGIN
  PERFORM queue.plan_stage(job, 'nap', cardinality(payloads));
  PERFORM queue.plan_tasks(job, 'nap', array_fill(NULL::int, ARRAY[cardinality(payloads)]), payloads);
  PERFORM queue.start_job(job);
END $$;
"""
REGISTER = "SELECT queue.register_worker('arena', 1, %s, 'arena', NULL, %s, 1, '{}')"
CLAIM = "SELECT task_id, fence, payload FROM queue.claim_tasks(%s, '{nap}', %s)"
LOOK = """SELECT c.task_id, c.fence, c.payload FROM queue.heartbeat(%s, '{}', 4, 300) h CROSS JOIN LATERAL queue.maintain() m
  JOIN LATERAL queue.claim_tasks(%s, '{nap}', %s) c ON true"""


class Ours(Contender):
    promises = {"fence": "yes", "history": "a row a task", "result": "same commit", "state": "yes"}
    settings = [Setting(2, 50), Setting(4, 50), Setting(4, 100)]
    most = 50_000
    left = "SELECT count(*) FROM queue.live_task"
    table = "queue.live_task"

    def version(self) -> str:
        return "this tree"

    def install(self, place: Place) -> None:
        schema = os.environ.get("ARENA_SCHEMA", os.path.join(ROOT, "schema.sql"))
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", place.libpq, "-f", schema], check=True, capture_output=True)
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", place.libpq], input=SUBMIT, text=True, check=True,
                       capture_output=True)

    def sender(self, place: Place):
        import psycopg

        connection = psycopg.connect(place.libpq, autocommit=True)

        def send(tasks):
            payloads = [json.dumps({"n": n, "t": t}) for n, t in tasks]
            connection.execute("SELECT arena_submit(%s::jsonb[])", [payloads])

        return send

    def fill(self, place: Place, count: int) -> None:
        # One job, as a cohort is.
        import psycopg

        with psycopg.connect(place.libpq) as connection:
            connection.execute("""SELECT arena_submit(ARRAY(
                SELECT jsonb_build_object('n', n, 't', 0) FROM generate_series(0, %s - 1) n))""", [count])


class Functions(Ours):
    name, label = "functions", "ours, functions (Python)"
    listening = Setting(2, 50)

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        import psycopg

        while True:
            try:
                self.loop(place, journal, setting)
            except psycopg.Error:
                time.sleep(0.1)

    def loop(self, place: Place, journal: Journal, setting: Setting) -> None:
        import psycopg

        with psycopg.connect(place.libpq, autocommit=True, prepare_threshold=1) as connection:
            connection.execute("LISTEN trabecula_ready")
            worker = connection.execute(REGISTER, [setting.batch, self.lease]).fetchone()[0]
            held = []
            while True:
                if not held:
                    held = connection.execute(LOOK, [worker, worker, setting.batch]).fetchall()
                    if not held:
                        for _ in connection.notifies(timeout=2, stop_after=1):
                            pass
                        continue
                journal.started(*((row[2]["n"], row[2]["t"]) for row in held))
                time.sleep(journal.nap)
                # Ends a batch and claims the next in one transaction and one round trip.
                with connection.pipeline(), connection.transaction():
                    connection.execute("SELECT queue.complete_plain(%s, %s::bigint[], %s::bigint[])",
                                       [worker, [row[0] for row in held], [row[1] for row in held]])
                    claim = connection.execute(CLAIM, [worker, setting.batch])
                held = claim.fetchall()


class Program(Ours):
    """A worker in Swift, built by the arena."""
    mode = ""

    def version(self) -> str:
        if not os.path.exists(self.program):
            raise FileNotFoundError("swift build -c release --static-swift-stdlib --product arena-worker")
        return super().version()

    @property
    def program(self) -> str:
        return os.path.join(ROOT, ".build/release/arena-worker")

    def command(self, place: Place, number: int, journal: str, setting: Setting) -> list[str]:
        return [self.program, self.mode, place.libpq, journal, "--batch", str(setting.batch), "--lease", str(self.lease),
                "--nap", os.environ.get("ARENA_NAP", "0")]


class Client(Program):
    name, label, mode = "client", "ours, client", "client"


class Worker(Program):
    name, label, mode = "worker", "ours, worker", "worker"
    most = 15_000
    settings = [Setting(2, 50), Setting(4, 50)]
    listening = Setting(2, 50)
