-- What programs and database tell each other before they work together.

COMMENT ON SCHEMA queue IS 'A queue of tasks for workers at several sites; \dt+, \dv+ and \df+ explain it.';

COMMENT ON TABLE queue.protocol IS
  'What this database is, for programs that start: one row, which everybody may read.';
COMMENT ON COLUMN queue.protocol.schema_version IS 'Raised with each numbered step.';
COMMENT ON COLUMN queue.protocol.protocol_oldest IS
  'Programs that call the functions as an older protocol has them are told to be updated.';
COMMENT ON COLUMN queue.protocol.protocol_newest IS
  'Programs that need a newer protocol tell that the database must be migrated.';

INSERT INTO queue.protocol AS p (schema_version, protocol_oldest, protocol_newest) VALUES (6, 1, 1)
  ON CONFLICT (only_one) DO UPDATE SET schema_version = excluded.schema_version,
      protocol_oldest = excluded.protocol_oldest, protocol_newest = excluded.protocol_newest
    WHERE (p.schema_version, p.protocol_oldest, p.protocol_newest)
      <> (excluded.schema_version, excluded.protocol_oldest, excluded.protocol_newest);

-- Workers of a protocol that is no longer served end what they run, hand back the rest, and go.
UPDATE queue.worker SET state = 'draining' FROM queue.protocol p
  WHERE state = 'active' AND protocol < p.protocol_oldest;

CREATE OR REPLACE FUNCTION queue.require_protocol(spoken int) RETURNS void
  LANGUAGE plpgsql SET search_path = queue, pg_temp AS $$
DECLARE
  served protocol;
BEGIN
  SELECT * INTO served FROM protocol;
  IF spoken < served.protocol_oldest THEN
    RAISE EXCEPTION 'this program speaks protocol %, the database serves % to %', spoken, served.protocol_oldest,
        served.protocol_newest
      USING ERRCODE = 'TR001', HINT = 'Update the program.';
  ELSIF spoken > served.protocol_newest THEN
    RAISE EXCEPTION 'this program speaks protocol %, the database serves % to %', spoken, served.protocol_oldest,
        served.protocol_newest
      USING ERRCODE = 'TR001', HINT = 'Migrate the database: coordinator migrate.';
  END IF;
END $$;
COMMENT ON FUNCTION queue.require_protocol IS
  'Refuses a program whose protocol this database does not serve (SQLSTATE TR001), and says which of the two to update.';
