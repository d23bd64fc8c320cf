"""absurd: tasks of one run, claimed in batches by polling."""
import asyncio
import json
import os
import subprocess
import sys

from contenders.base import Contender, Journal, Place, Setting


class Absurd(Contender):
    name, label, package = "absurd", "absurd-sdk", "absurd-sdk"
    promises = {"fence": "claim time", "history": "a row a run", "result": "its own commit", "state": "yes"}
    settings = [Setting(1, 20), Setting(4, 20)]
    listening = Setting(2, 10)
    most = 2_500
    left = "SELECT count(*) FROM absurd.t_arena WHERE state NOT IN ('completed', 'failed', 'cancelled')"
    table = "absurd.t_arena"

    def install(self, place: Place) -> None:
        # The schema comes with absurdctl, a package of its own.
        program = os.path.join(os.path.dirname(sys.executable), "absurdctl")
        for arguments in (["init"], ["create-queue", "arena"]):
            done = subprocess.run([program, *arguments, "-d", place.url], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"absurdctl {arguments[0]}: {done.stderr.strip()[-300:]}")

    def sender(self, place: Place):
        import psycopg

        connection = psycopg.connect(place.libpq, autocommit=True)
        return lambda tasks: connection.execute(
            "SELECT absurd.spawn_task('arena', 'nap', p, '{}') FROM unnest(%s::jsonb[]) p",
            [[json.dumps({"n": n, "t": t}) for n, t in tasks]])

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        asyncio.run(self.serve(place, number, journal, setting))

    async def serve(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        from absurd_sdk import AsyncAbsurd

        app = AsyncAbsurd(place.libpq, queue_name="arena")

        @app.register_task("nap")
        async def nap(params, context):
            journal.started((params["n"], params["t"]))
            if journal.nap:
                await asyncio.sleep(journal.nap)

        await app.start_worker(
            worker_id=f"arena-{number}-{os.getpid()}", concurrency=setting.batch, claim_timeout=self.lease, poll_interval=0.01)
