"""DBOS Transact: a durable queue of workflows of one step."""
import threading
import time

from contenders.base import Contender, Journal, Place, Setting


class DBOSTransact(Contender):
    name = label = package = "dbos"
    promises = {"fence": "no", "history": "a row a workflow", "result": "its own commit", "state": "yes"}
    settings = [Setting(1, 50), Setting(4, 50)]
    listening = Setting(2, 20)
    most = 1_500
    together = 1
    left = "SELECT count(*) FROM dbos.workflow_status WHERE queue_name = 'arena' AND status IN ('ENQUEUED', 'PENDING')"
    table = "dbos.workflow_status"

    def config(self, place: Place, executor: str) -> dict:
        return {"name": "arena", "system_database_url": place.url.replace("postgresql://", "postgresql+psycopg://"),
                "log_level": "ERROR", "console_log_level": "ERROR", "application_version": "1", "executor_id": executor,
                "sys_db_pool_size": 20}

    def install(self, place: Place) -> None:
        from dbos import DBOS

        DBOS(config=self.config(place, "install"))
        DBOS.launch()
        DBOS.register_queue("arena", polling_interval_sec=0.1)
        DBOS.destroy()

    def sender(self, place: Place):
        from dbos import DBOSClient

        client = DBOSClient(system_database_url=self.config(place, "")["system_database_url"])

        def send(tasks):
            for n, t in tasks:
                client.enqueue({"workflow_name": "nap", "queue_name": "arena", "app_version": "1"}, n, t)

        return send

    def fill(self, place: Place, count: int) -> None:
        # It has no way to enqueue many at once: one, and copies of its row.
        import psycopg

        self.sender(place)([(0, 0.0)])
        with psycopg.connect(place.libpq) as connection:
            number = "regexp_replace(workflow_uuid, '^.{8}', lpad(to_hex(n), 8, '0'))"
            for table in ("workflow_status", "workflow_input"):
                names = [row[0] for row in connection.execute(
                    """SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
                         AND attgenerated = '' AND attidentity = ''""", [f"dbos.{table}"])]
                values = ", ".join({"workflow_uuid": number, "created_at": "created_at + n"}.get(name, name) for name in names)
                connection.execute(f"""INSERT INTO dbos.{table} ({", ".join(names)})
                    SELECT {values} FROM dbos.{table}, generate_series(1, {count - 1}) n
                      WHERE workflow_uuid IN (SELECT workflow_uuid FROM dbos.workflow_status WHERE queue_name = 'arena'
                        ORDER BY created_at LIMIT 1)""")

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        from dbos import DBOS

        DBOS(config=self.config(place, f"worker-{number}"))

        @DBOS.workflow(name="nap")
        def nap(n, t):
            journal.started((n, t))
            if journal.nap:
                time.sleep(journal.nap)

        DBOS.launch()
        DBOS.register_queue("arena", polling_interval_sec=0.1, worker_concurrency=setting.batch, on_conflict="always_update")
        threading.Event().wait()
