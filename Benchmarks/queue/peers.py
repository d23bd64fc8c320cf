"""Tasks a second that a Python queue claims and completes: peers.py procrastinate|pgqueuer SOCKET_FOLDER USER SECONDS

Enqueues more empty tasks than it can do in the time, runs one worker process with four tasks at a time (pgqueuer:
batches of ten), and prints the rate. The database `peer` must be empty. Both are used as their documentation says.
"""
import asyncio
import sys
import time


async def procrastinate(host: str, user: str, seconds: float) -> float:
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=f"host={host} user={user} dbname=peer", min_size=4, max_size=8))
    done = 0

    @app.task(name="nothing")
    async def nothing(n: int) -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({"n": n} for n in range(int(2000 * seconds))))
        start = time.monotonic()
        try:
            await asyncio.wait_for(
                app.run_worker_async(concurrency=4, wait=False, install_signal_handlers=False), seconds)
        except (asyncio.TimeoutError, asyncio.CancelledError):
            pass
        return done / (time.monotonic() - start)


async def pgqueuer(host: str, user: str, seconds: float) -> float:
    import asyncpg
    from pgqueuer import PgQueuer
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    connection = await asyncpg.connect(host=host, user=user, database="peer")
    driver = AsyncpgDriver(connection)
    queries = Queries(driver)
    await queries.install()
    count = int(12000 * seconds)
    for first in range(0, count, 10000):
        size = min(10000, count - first)
        await queries.enqueue(["nothing"] * size, [None] * size, [0] * size)
    queue = PgQueuer(driver)
    done = 0

    @queue.entrypoint("nothing")
    async def nothing(job) -> None:
        nonlocal done
        done += 1

    start = time.monotonic()

    async def stop() -> None:
        await asyncio.sleep(seconds)
        queue.shutdown.set()

    stopper = asyncio.create_task(stop())
    await queue.run(batch_size=10)
    elapsed = time.monotonic() - start
    await stopper
    await connection.close()
    return done / elapsed


if __name__ == "__main__":
    measure = {"procrastinate": procrastinate, "pgqueuer": pgqueuer}[sys.argv[1]]
    print(asyncio.run(measure(sys.argv[2], sys.argv[3], float(sys.argv[4]))))
