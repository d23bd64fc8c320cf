"""Tasks a second that a Python queue claims and completes.

    peers.py procrastinate|pgqueuer SOCKET_FOLDER USER SECONDS PROCESSES BATCH

Enqueues more empty tasks than it can do in the time, brings the planner's statistics up to date (without them pgqueuer
sorts its table for every batch, 50 times slower), runs so many worker processes, and prints the rate of all together.
procrastinate runs four tasks at a time in each process and knows no batches; pgqueuer fetches batches. The database
`peer` must be empty. Both are used as their documentation says. PGPORT is honoured.
"""
import asyncio
import multiprocessing
import sys
import time


async def analyse(host: str, user: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(host=host, user=user, database="peer")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def procrastinate_app(host: str, user: str):
    from procrastinate import App, PsycopgConnector

    return App(connector=PsycopgConnector(conninfo=f"host={host} user={user} dbname=peer", min_size=4, max_size=8))


async def enqueue_procrastinate(host: str, user: str, count: int) -> None:
    app = procrastinate_app(host, user)
    nothing = app.task(name="nothing")(lambda n: None)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({"n": n} for n in range(count)))


async def work_procrastinate(host: str, user: str, seconds: float, batch: int) -> float:
    app = procrastinate_app(host, user)
    done = 0

    @app.task(name="nothing")
    async def nothing(n: int) -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        start = time.monotonic()
        try:
            await asyncio.wait_for(
                app.run_worker_async(concurrency=4, wait=False, install_signal_handlers=False), seconds)
        except (asyncio.TimeoutError, asyncio.CancelledError):
            pass
        return done / (time.monotonic() - start)


async def enqueue_pgqueuer(host: str, user: str, count: int) -> None:
    import asyncpg
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    connection = await asyncpg.connect(host=host, user=user, database="peer")
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    for first in range(0, count, 10000):
        size = min(10000, count - first)
        await queries.enqueue(["nothing"] * size, [None] * size, [0] * size)
    await connection.close()


async def work_pgqueuer(host: str, user: str, seconds: float, batch: int) -> float:
    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgDriver

    connection = await asyncpg.connect(host=host, user=user, database="peer")
    queue = PgQueuer(AsyncpgDriver(connection))
    done = 0

    @queue.entrypoint("nothing")
    async def nothing(job) -> None:
        nonlocal done
        done += 1

    async def stop() -> None:
        await asyncio.sleep(seconds)
        queue.shutdown.set()

    start = time.monotonic()
    stopper = asyncio.create_task(stop())
    await queue.run(batch_size=batch)
    elapsed = time.monotonic() - start
    await stopper
    await connection.close()
    return done / elapsed


PEERS = {
    "procrastinate": (enqueue_procrastinate, work_procrastinate, 2000),
    "pgqueuer": (enqueue_pgqueuer, work_pgqueuer, 15000),
}


def work(arguments: tuple) -> float:
    name, host, user, seconds, batch = arguments
    return asyncio.run(PEERS[name][1](host, user, seconds, batch))


def main() -> None:
    name, host, user = sys.argv[1:4]
    seconds, processes, batch = float(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6])
    enqueue, _, tasks_a_second = PEERS[name]
    asyncio.run(enqueue(host, user, int(tasks_a_second * seconds * processes)))
    asyncio.run(analyse(host, user))
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        print(sum(pool.map(work, [(name, host, user, seconds, batch)] * processes, chunksize=1)))


if __name__ == "__main__":
    main()
