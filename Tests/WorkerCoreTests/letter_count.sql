-- Kind letter-count, as a program of another field would define it: how many letters a text has.

CREATE SCHEMA letters;

CREATE TABLE letters.letter_count (
  task_id bigint PRIMARY KEY REFERENCES queue.task,
  letters int NOT NULL
);

CREATE FUNCTION letters.complete_letter_count(completing bigint, task_ids bigint[], fences bigint[], counts int[])
  RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = letters, pg_temp AS $$
DECLARE
  verdicts text[] := queue.complete_tasks(completing, task_ids, fences, 'letter-count');
BEGIN
  INSERT INTO letter_count (task_id, letters)
    SELECT ended.task_id, ended.counted FROM unnest(task_ids, counts, verdicts) AS ended(task_id, counted, verdict)
      WHERE ended.verdict = 'ok';
  RETURN verdicts;
END $$;

SELECT queue.define_kind('letter-count', place => 1, unit => 'text');
