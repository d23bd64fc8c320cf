"""procrastinate: psycopg, concurrency in each process, no batches."""
import asyncio

from contenders.base import Contender, Journal, Place, Setting


class Procrastinate(Contender):
    name = label = package = "procrastinate"
    promises = {"fence": "no", "history": "events of a job", "result": "its own commit", "state": "yes"}
    settings = [Setting(1, 10), Setting(4, 10)]
    listening = Setting(2, 10)
    most = 2_500
    left = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    table = "procrastinate_jobs"

    def app(self, place: Place):
        from procrastinate import App, PsycopgConnector

        return App(connector=PsycopgConnector(conninfo=place.libpq, min_size=2, max_size=10))

    def install(self, place: Place) -> None:
        async def make():
            app = self.app(place)
            async with app.open_async():
                await app.schema_manager.apply_schema_async()

        asyncio.run(make())

    def sender(self, place: Place):
        loop = asyncio.new_event_loop()
        app = self.app(place)
        nap = app.task(name="nap")(lambda n, t: None)
        loop.run_until_complete(app.open_async())
        return lambda tasks: loop.run_until_complete(nap.batch_defer_async(*({"n": n, "t": t} for n, t in tasks)))

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        asyncio.run(self.serve(place, journal, setting))

    async def serve(self, place: Place, journal: Journal, setting: Setting) -> None:
        app = self.app(place)

        @app.task(name="nap")
        async def nap(n, t):
            journal.started((n, t))
            if journal.nap:
                await asyncio.sleep(journal.nap)

        async def retry_stalled():
            # As its documentation has it in a periodic task.
            while True:
                await asyncio.sleep(self.lease)
                for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self.lease):
                    await app.job_manager.retry_job(job)

        async with app.open_async():
            beside = asyncio.create_task(retry_stalled())
            await app.run_worker_async(
                concurrency=setting.batch, fetch_job_polling_interval=1, install_signal_handlers=False,
                update_heartbeat_interval=1, stalled_worker_timeout=self.lease)
            beside.cancel()
