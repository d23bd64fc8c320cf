"""pgqueuer 1.6: asyncpg on uvloop, batches, LISTEN."""
import asyncio
import datetime
import json

from contenders.base import Contender, Journal, Place, Setting


class PgQueuerContender(Contender):
    name = label = package = "pgqueuer"
    promises = {"fence": "no", "history": "log of a batch", "result": "its own commit", "state": "yes"}
    settings = [Setting(1, 100), Setting(4, 50), Setting(4, 100)]
    listening = Setting(2, 50)
    most = 10_000
    left = "SELECT count(*) FROM pgqueuer"
    table = "pgqueuer"

    async def connect(self, place: Place):
        import asyncpg
        from pgqueuer.db import AsyncpgDriver

        return AsyncpgDriver(await asyncpg.connect(host=place.host, user=place.user, database=place.database))

    def install(self, place: Place) -> None:
        async def make():
            from pgqueuer.queries import Queries

            await Queries(await self.connect(place)).install()

        asyncio.run(make())

    def sender(self, place: Place):
        from pgqueuer.queries import Queries

        loop = asyncio.new_event_loop()
        queries = Queries(loop.run_until_complete(self.connect(place)))

        def send(tasks):
            bodies = [json.dumps({"n": n, "t": t}).encode() for n, t in tasks]
            loop.run_until_complete(queries.enqueue(["nap"] * len(bodies), bodies, [0] * len(bodies)))

        return send

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        import uvloop

        uvloop.run(self.serve(place, journal, setting))

    async def serve(self, place: Place, journal: Journal, setting: Setting) -> None:
        from pgqueuer import PgQueuer

        queue = PgQueuer(await self.connect(place))

        @queue.entrypoint("nap")
        async def nap(job):
            body = json.loads(job.payload)
            journal.started((body["n"], body["t"]))
            if journal.nap:
                await asyncio.sleep(journal.nap)

        await queue.run(
            batch_size=setting.batch, dequeue_timeout=datetime.timedelta(seconds=1),
            heartbeat_timeout=datetime.timedelta(seconds=self.lease), shutdown_on_listener_failure=True)
