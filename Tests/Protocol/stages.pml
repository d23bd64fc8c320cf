/* A stage opens once, in the transaction that ends the last task before it, and nobody waits in a circle.
 *
 * Statements of PostgreSQL at READ COMMITTED, as in lanes.pml. Steps are the statements of end_tasks, close_shards,
 * open_next_stages and abandon_job, down to each row that is locked.
 *
 * Assumed: three jobs of two stages. The first stage of the middle one has two tasks, under one counter or under two (SHARDS),
 * those of the others have one. Two workers end, in one call each, a task of the middle job and one of another, while an
 * operator may cancel the middle one. A transaction may be undone once, and is then tried again.
 */
#define JOBS 3
#define TASKS 4 /* of first stages, by number; those of the middle job are 1 and 2 */
#define MIDDLE 1
#ifndef SHARDS
#define SHARDS 1 /* counters of a first stage */
#endif

#define task_row(t) (t)
#define next_row(j) (TASKS + j) /* the live row of the task in the second stage */
#define shard_row(j, s) (TASKS + JOBS + 2 * j + s)
#define stage_row(j) (TASKS + 3 * JOBS + j)
#define second_stage_row(j) (TASKS + 4 * JOBS + j)
#define job_row(j) (TASKS + 5 * JOBS + j)
#define lane_row (TASKS + 6 * JOBS)
#define ROWS (TASKS + 6 * JOBS + 1)
#define NOBODY 0
#define CANCELLER 3
#define job_of(t) (((t) + 1) / 2)
#define shard_of(t) ((SHARDS == 2 && (t) == 2) -> 1 : 0)
#define shards(j) ((j) == MIDDLE -> SHARDS : 1)

byte owner[ROWS];
byte sharers[JOBS]; /* of a job's row: FOR SHARE */

/* What is committed. */
bool live[TASKS];
bool is_blocked[JOBS]; /* the task of the second stage */
bool is_ready[JOBS];
byte left[JOBS * 2]; /* of each counter */
byte open_shards[JOBS];
bool cancelled;
byte opened[JOBS]; /* how often its second stage was opened */
byte undone;

inline lock(row) { atomic { owner[row] == NOBODY || owner[row] == me; owner[row] = me } }

inline release_all() {
  byte r;
  for (r : 0 .. ROWS - 1) {
    if
    :: owner[r] == me -> owner[r] = NOBODY
    :: else
    fi
  }
  r = 0;
  for (j : 0 .. JOBS - 1) { sharers[j] = sharers[j] - shares[j]; shares[j] = 0 }
}

/* Locks the row of a task, and sees whether it is still there. */
inline take(t) {
  lock(task_row(t));
  if
  :: live[t] -> gone[t] = true
  :: else -> skip
  fi
}

/* The counter of a task that was taken: its newest value is known once its row is locked. */
inline count(t) {
  if
  :: gone[t] ->
#ifndef COUNT_WHAT_IS_SEEN
     lock(shard_row(job_of(t), shard_of(t)));
#endif
     less[2 * job_of(t) + shard_of(t)]++
  :: else
  fi
}

/* close_shards asks for the state of the job; its own transaction may have ended it. */
#define may_open(j) (!(j == MIDDLE && (cancelled || me == CANCELLER)))

inline close(j) {
  closing = 0;
#ifdef COUNT_WHAT_IS_SEEN
  d_step { /* whether another task of the stage is live, by what is committed */
    for (t : 0 .. TASKS - 1) {
      if
      :: job_of(t) == j && gone[t] -> closing = shards(j)
      :: else
      fi
    }
    for (t : 0 .. TASKS - 1) {
      if
      :: job_of(t) == j && live[t] && !gone[t] -> closing = 0
      :: else
      fi
    }
    t = 0
  }
#else
  d_step {
    for (s : 0 .. SHARDS - 1) {
      if
      :: less[2 * j + s] > 0 && left[2 * j + s] == less[2 * j + s] -> closing++
      :: else
      fi
    }
    s = 0
  }
#endif
  if
  :: closing > 0 ->
     lock(stage_row(j));
     shut[j] = closing;
#ifdef COUNT_WHAT_IS_SEEN
     if
     :: may_open(j) -> opening[j] = true
#else
     if
     :: open_shards[j] == closing && may_open(j) -> opening[j] = true
#endif
     :: else
     fi
  :: else
  fi
}

inline open(j) {
  if
  :: opening[j] ->
     lock(second_stage_row(j));
     atomic { owner[job_row(j)] == NOBODY || owner[job_row(j)] == me; sharers[j]++; shares[j] = 1 } /* FOR SHARE */
     lock(next_row(j));
     lock(lane_row)
  :: else
  fi
}

inline commit() {
  d_step {
    for (t : 0 .. TASKS - 1) {
      if
      :: gone[t] -> assert(live[t]); live[t] = false
      :: else
      fi;
      gone[t] = false
    }
    t = 0;
    for (j : 0 .. JOBS - 1) {
      for (s : 0 .. SHARDS - 1) {
        assert(left[2 * j + s] >= less[2 * j + s]);
        left[2 * j + s] = left[2 * j + s] - less[2 * j + s];
        less[2 * j + s] = 0
      }
      open_shards[j] = open_shards[j] - shut[j];
      shut[j] = 0;
      if
      :: opening[j] -> assert(is_blocked[j]); is_blocked[j] = false; is_ready[j] = true; opened[j]++
      :: else
      fi;
      opening[j] = false
    }
    s = 0;
    release_all();
    j = 0
  }
}

inline undo() {
  d_step {
    for (t : 0 .. TASKS - 1) { gone[t] = false }
    t = 0;
    for (j : 0 .. JOBS - 1) {
      for (s : 0 .. SHARDS - 1) { less[2 * j + s] = 0 }
      shut[j] = 0; opening[j] = false
    }
    s = 0;
    release_all();
    j = 0
  }
}

proctype Completer(byte me) {
  bool gone[TASKS], opening[JOBS];
  byte less[JOBS * 2], shut[JOBS], shares[JOBS], t, j, s, closing;
  byte one, other, first_job, second_job; /* its tasks, and their jobs */
  if
  :: me == 1 -> one = 0; other = 1; first_job = 0; second_job = 1
  :: else -> one = 2; other = 3; first_job = 1; second_job = 2
  fi;
again:
  take(one); take(other);
#ifdef OPEN_BEFORE_THE_NEXT_COUNTER
  count(one); close(first_job); open(first_job);
  count(other); close(second_job); open(second_job);
#else
  count(one); count(other);
  close(first_job); close(second_job);
  open(first_job); open(second_job);
#endif
  if
  :: commit()
  :: undone < 1 -> atomic { undone++; undo(); goto again }
  fi
}

proctype Canceller(byte me) {
  bool gone[TASKS], opening[JOBS];
  byte less[JOBS * 2], shut[JOBS], shares[JOBS], t, j, s, closing;
#ifdef CANCEL_LOCKS_THE_JOB_FIRST
  atomic { owner[job_row(MIDDLE)] == NOBODY && sharers[MIDDLE] == 0; owner[job_row(MIDDLE)] = me }
#endif
  take(1); take(2); lock(next_row(MIDDLE));
  atomic {
    (owner[job_row(MIDDLE)] == NOBODY || owner[job_row(MIDDLE)] == me) && sharers[MIDDLE] == 0;
    owner[job_row(MIDDLE)] = me
  }
  count(1); count(2);
  close(MIDDLE);
  open(MIDDLE);
  atomic {
    commit();
    is_blocked[MIDDLE] = false; /* its row goes, whether it was ready or not */
    is_ready[MIDDLE] = false;
    cancelled = true
  }
}

init {
  byte i;
  atomic {
    for (i : 0 .. TASKS - 1) { live[i] = true; left[2 * job_of(i) + shard_of(i)]++ }
    for (i : 0 .. JOBS - 1) { is_blocked[i] = true; open_shards[i] = shards(i) }
    i = 0;
    run Completer(1);
    run Completer(2);
    if
    :: run Canceller(CANCELLER)
    :: true
    fi
  }
  (_nr_pr == 1);
  for (i : 0 .. TASKS - 1) { assert(!live[i]) }
  for (i : 0 .. JOBS - 1) {
    if
    :: i == MIDDLE && cancelled -> assert(!is_ready[i] && !is_blocked[i] && opened[i] <= 1)
    :: else -> assert(opened[i] == 1 && is_ready[i])
    fi
  }
}
