-- How far claims have come in a lane while an old snapshot is held: rows that are only inserted, because no version of a row goes while
-- it is. What they mean stands as a COMMENT beside the functions that use them.

CREATE TABLE queue.lane_step (
  lane int NOT NULL,
  changes bigint NOT NULL,
  from_rank int NOT NULL,
  from_task bigint NOT NULL,
  step_id bigint GENERATED ALWAYS AS IDENTITY,
  -- Two claims may come to the same place, and neither may wait for the other.
  PRIMARY KEY (lane, changes, from_rank, from_task, step_id)
);

ALTER TABLE queue.lane ADD COLUMN has_steps boolean NOT NULL DEFAULT false;
