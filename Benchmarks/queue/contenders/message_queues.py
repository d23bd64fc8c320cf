"""pgmq's and PgQue's semantics as SQL: what they do to rows, without their packaging."""
import json
import time

from contenders.base import Contender, Journal, Place, Setting

# pgmq 1.x: a visibility time, and a second table for what is done, behind functions that build their statements at each call.
PGMQ = """
CREATE TABLE q (msg_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, read_ct int NOT NULL DEFAULT 0,
  enqueued_at timestamptz NOT NULL DEFAULT now(), vt timestamptz NOT NULL, message jsonb);
CREATE TABLE a (LIKE q, archived_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (msg_id));
CREATE INDEX ON q (vt);
CREATE INDEX ON a (archived_at);
CREATE FUNCTION send_batch(queue text, messages jsonb[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO %I (vt, message) SELECT clock_timestamp(), unnest($1)', queue) USING messages;
END $$;
CREATE FUNCTION read(queue text, hidden_seconds int, most int) RETURNS TABLE (msg_id bigint, message jsonb) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('WITH next AS (
      SELECT msg_id FROM %1$I WHERE vt <= clock_timestamp() ORDER BY msg_id LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE %1$I m SET vt = clock_timestamp() + make_interval(secs => $2), read_ct = read_ct + 1
      FROM next WHERE m.msg_id = next.msg_id RETURNING m.msg_id, m.message', queue) USING most, hidden_seconds;
END $$;
CREATE FUNCTION archive(queue text, ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('WITH gone AS (DELETE FROM %1$I WHERE msg_id = ANY ($1) RETURNING *)
    INSERT INTO %2$I SELECT gone.*, now() FROM gone', queue, 'a') USING ids;
END $$;
"""

# PgQ's lineage: events are appended to one of three tables, a ticker writes down snapshots, a batch is what lies between two of
# them, and a consumer's place is one row. A table is emptied when its turn comes and everything in it has been read.
PGQUE = """
CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(), body jsonb);
CREATE TABLE event_0 (LIKE event INCLUDING ALL);
CREATE TABLE event_1 (LIKE event INCLUDING ALL);
CREATE TABLE event_2 (LIKE event INCLUDING ALL);
CREATE INDEX ON event_0 (xid);
CREATE INDEX ON event_1 (xid);
CREATE INDEX ON event_2 (xid);
CREATE TABLE tick (tick bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, snapshot pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
  at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE place (consumer text PRIMARY KEY, tick bigint NOT NULL) WITH (fillfactor = 10);
CREATE TABLE turn (only_one bool PRIMARY KEY DEFAULT true, current int NOT NULL, since bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO tick DEFAULT VALUES;
INSERT INTO place SELECT 'arena', max(tick) FROM tick;
INSERT INTO turn SELECT true, 0, max(tick) FROM tick;
CREATE FUNCTION send_batch(messages jsonb[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO event_%s (body) SELECT unnest($1)', (SELECT current FROM turn)) USING messages;
END $$;
CREATE FUNCTION next_batch(OUT upto bigint, OUT messages jsonb[]) LANGUAGE plpgsql AS $$
DECLARE
  old pg_snapshot;
  new pg_snapshot;
BEGIN
  SELECT t.snapshot, n.tick, n.snapshot INTO old, upto, new
    FROM place p JOIN tick t USING (tick)
      LEFT JOIN LATERAL (SELECT * FROM tick k WHERE k.tick > p.tick ORDER BY k.tick LIMIT 1) n ON true
    WHERE p.consumer = 'arena' FOR UPDATE OF p;
  IF upto IS NULL THEN RETURN; END IF;
  SELECT array_agg(body ORDER BY id) INTO messages FROM (
    SELECT * FROM event_0 WHERE xid >= pg_snapshot_xmin(old) AND xid < pg_snapshot_xmax(new)
    UNION ALL SELECT * FROM event_1 WHERE xid >= pg_snapshot_xmin(old) AND xid < pg_snapshot_xmax(new)
    UNION ALL SELECT * FROM event_2 WHERE xid >= pg_snapshot_xmin(old) AND xid < pg_snapshot_xmax(new)) e
    WHERE pg_visible_in_snapshot(xid, new) AND NOT pg_visible_in_snapshot(xid, old);
END $$;
-- Every two seconds here, so that a measurement sees it; the third table ahead is the one to be emptied.
CREATE FUNCTION rotate() RETURNS void LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
  t turn;
BEGIN
  SELECT * INTO t FROM turn WHERE at < clock_timestamp() - interval '2 seconds' FOR UPDATE;
  IF FOUND AND (SELECT p.tick FROM place p) > t.since THEN
    EXECUTE format('TRUNCATE event_%s', (t.current + 1) % 3);
    UPDATE turn SET current = (t.current + 1) % 3, since = (SELECT max(tick) FROM tick), at = clock_timestamp();
  END IF;
EXCEPTION WHEN lock_not_available THEN NULL;
END $$;
"""


class PgMQ(Contender):
    name, label = "pgmq", "pgmq's semantics (SQL)"
    promises = {"fence": "no", "history": "archive", "result": "caller's transaction", "state": "no"}
    most = 30_000
    left = "SELECT count(*) FROM q"
    table = "q"

    def install(self, place: Place) -> None:
        self.script(place, PGMQ)

    def script(self, place: Place, text: str) -> None:
        import psycopg

        with psycopg.connect(place.libpq) as connection:
            connection.execute(text)

    def sender(self, place: Place):
        import psycopg

        connection = psycopg.connect(place.libpq, autocommit=True)
        return lambda tasks: connection.execute(
            "SELECT send_batch('q', %s::jsonb[])", [[json.dumps({"n": n, "t": t}) for n, t in tasks]])

    def work(self, place: Place, number: int, journal: Journal, setting: Setting) -> None:
        import psycopg

        while True:
            try:
                with psycopg.connect(place.libpq, autocommit=True, prepare_threshold=1) as connection:
                    self.loop(connection, journal, setting)
            except psycopg.Error:
                time.sleep(0.1)

    def loop(self, connection, journal: Journal, setting: Setting) -> None:
        while True:
            held = connection.execute("SELECT * FROM read('q', %s, %s)", [self.lease, setting.batch]).fetchall()
            if not held:
                # As read_with_poll does, more often than its 100 ms.
                time.sleep(0.01)
                continue
            journal.started(*((row[1]["n"], row[1]["t"]) for row in held))
            time.sleep(journal.nap)
            connection.execute("SELECT archive('q', %s::bigint[])", [[row[0] for row in held]])


class PgQue(PgMQ):
    name, label = "pgque", "PgQue's semantics (SQL)"
    promises = {"fence": "no", "history": "no", "result": "caller's transaction, a batch", "state": "no"}
    # A consumer has one batch at a time.
    settings = [Setting(1, 1)]
    listening = Setting(1, 1)
    most = 60_000
    left = """SELECT count(*) FROM (SELECT xid FROM event_0 UNION ALL SELECT xid FROM event_1 UNION ALL SELECT xid FROM event_2) e
      WHERE NOT pg_visible_in_snapshot(xid, (SELECT t.snapshot FROM place p JOIN tick t USING (tick)))"""
    table = "event_0"

    def install(self, place: Place) -> None:
        self.script(place, PGQUE)

    def sender(self, place: Place):
        import psycopg

        connection = psycopg.connect(place.libpq, autocommit=True)
        return lambda tasks: connection.execute(
            "SELECT send_batch(%s::jsonb[])", [[json.dumps({"n": n, "t": t}) for n, t in tasks]])

    def fill(self, place: Place, count: int) -> None:
        import psycopg

        # A tick for every five hundred events, as its ticker would have written.
        with psycopg.connect(place.libpq, autocommit=True) as connection:
            for first in range(0, count, 500):
                connection.execute("""SELECT send_batch(ARRAY(SELECT jsonb_build_object('n', n, 't', 0)
                    FROM generate_series(%s::int, %s::int) n))""", [first, min(count, first + 500) - 1])
                connection.execute("INSERT INTO tick DEFAULT VALUES")

    def loop(self, connection, journal: Journal, setting: Setting) -> None:
        ticked = 0.0
        while True:
            # Its ticker, ten times a second, in the same session: whoever consumes sees to it.
            if time.monotonic() > ticked + 0.1:
                ticked = time.monotonic()
                connection.execute("INSERT INTO tick DEFAULT VALUES")
                connection.execute("SELECT rotate()")
            upto, messages = connection.execute("SELECT * FROM next_batch()").fetchone()
            if upto is None:
                time.sleep(0.005)
                continue
            if messages:
                journal.started(*((message["n"], message["t"]) for message in messages))
                time.sleep(journal.nap)
            connection.execute("UPDATE place SET tick = %s", [upto])
