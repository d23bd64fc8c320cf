"""awa-pg: the Rust engine behind its Python package."""
import asyncio
import dataclasses
import time

from contenders.base import Contender, Journal, Place, Setting


@dataclasses.dataclass
class Nap:
    n: int
    t: float


class Awa(Contender):
    name, label, package = "awa", "awa-pg", "awa-pg"
    promises = {"fence": "run lease", "history": "24 h", "result": "its own commit", "state": "yes"}
    settings = [Setting(1, 64), Setting(1, 256), Setting(2, 128)]
    listening = Setting(2, 64)
    most = 12_000
    left = "SELECT count(*) FROM awa.jobs WHERE state NOT IN ('completed', 'failed', 'cancelled')"
    table = "awa.jobs"

    def install(self, place: Place) -> None:
        import awa

        async def migrate():
            await awa.migrate(place.url)
            # What a new database would get with its first worker: the engine that appends, without which COPY is refused.
            await awa.AsyncClient(place.url).install_queue_storage(schema="awa")

        asyncio.run(migrate())

    def sender(self, place: Place):
        import awa

        loop = asyncio.new_event_loop()
        client = awa.AsyncClient(place.url)

        async def enqueue(tasks):
            if len(tasks) == 1:
                await client.insert(Nap(*tasks[0]), queue="arena")
            else:
                await client.enqueue_many_copy([Nap(*task) for task in tasks], queue="arena")

        return lambda tasks: loop.run_until_complete(enqueue(tasks))

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        asyncio.run(self.serve(place, journal, setting))

    async def serve(self, place: Place, journal: Journal, setting: Setting) -> None:
        import awa

        client = awa.AsyncClient(place.url, max_connections=10)

        @client.task(Nap, queue="arena")
        async def nap(job):
            journal.started((job.args.n, job.args.t))
            if journal.nap:
                await asyncio.sleep(journal.nap)

        await client.start(
            [{"name": "arena", "max_workers": setting.batch, "claimers": 2, "claim_batch_size": 128}],
            poll_interval_ms=50, heartbeat_interval_ms=1000, heartbeat_rescue_interval_ms=1000,
            heartbeat_staleness_ms=self.lease * 1000, leader_election_interval_ms=1000)
        while True:
            await asyncio.sleep(3600)
