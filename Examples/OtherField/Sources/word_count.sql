-- Kind word-count: how many words a text has. A failure costs the task; a retry tries failed ones again.

CREATE TABLE IF NOT EXISTS words.word_count (
  task_id bigint PRIMARY KEY REFERENCES queue.task,
  words int NOT NULL CONSTRAINT words_are_counted CHECK (words >= 0)
);
COMMENT ON TABLE words.word_count IS 'Words of the text of each task.';

CREATE OR REPLACE FUNCTION words.complete_word_count(completing bigint, task_ids bigint[], fences bigint[], counts int[])
  RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = words, pg_temp AS $$
DECLARE
  verdicts text[] := queue.complete_tasks(completing, task_ids, fences, 'word-count');
BEGIN
  INSERT INTO word_count (task_id, words)
    SELECT task_id, counted FROM unnest(task_ids, counts, verdicts) AS ended(task_id, counted, verdict)
      WHERE verdict = 'ok';
  RETURN verdicts;
END $$;
COMMENT ON FUNCTION words.complete_word_count IS 'Ends tasks and writes their counts, in one transaction.';

SELECT queue.define_kind('word-count', place => 1);

GRANT USAGE ON SCHEMA words TO trabecula_worker;
GRANT EXECUTE ON FUNCTION words.complete_word_count TO trabecula_worker;
