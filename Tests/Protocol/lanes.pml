/* Where claims begin to read: no ready task is passed over.
 *
 * Statements of PostgreSQL at READ COMMITTED: each sees what was committed when it began and what its own transaction wrote;
 * a row that it changes is locked to the end of the transaction. Steps are the statements of claim_tasks, step_lane, advance_lanes,
 * make_ready with lanes_lowered, set_priority with reread_lanes, and mend_lanes; between any two of them others may go on.
 *
 * Assumed: one lane (lanes share nothing but the order in which their rows are locked); one task a claim; two priorities.
 */
#define TASKS 3
#define KEYS (2 * TASKS)
#define EMPTY 99
#define NOBODY 0
#ifndef CLAIMS
#define CLAIMS 2 /* of each claimer */
#endif

/* What a mutation leaves out. */
#ifdef LOCKED_TASKS_COUNT_AS_GONE
#define seems_gone(t) (task_lock[t] != NOBODY)
#else
#define seems_gone(t) (false)
#endif
#ifdef ADVANCE_WITHOUT_CHANGES
#define is_as_seen (true)
#else
#define is_as_seen (changes == seen_changes)
#endif
#ifdef STEP_FROM_WHAT_WAS_READ
#define steps_from begin
#else
#define steps_from place
#endif
#ifdef OLD_STEPS_COUNT
#define is_step_of(c) (true)
#else
#define is_step_of(c) (step_changes == c)
#endif
#ifdef MEND_WITHOUT_CHANGES
#define mends_what_it_saw (true)
#else
#define mends_what_it_saw (changes == seen_changes)
#endif

/* What is committed. A task has the key (rank, number), in one number. */
bool ready[TASKS];
byte key[TASKS];
byte version[TASKS]; /* of its row */
byte from_key;
byte changes;
/* Of lane_step: the nearest step of the newest changes; those of older ones count no more. */
byte step_key;
byte step_changes;
#define place (is_step_of(changes) && step_key > from_key -> step_key : from_key)

/* Who has written and not committed: rows of tasks, the row of the lane. */
byte task_lock[TASKS];
byte lane_lock;
byte new_from; /* of the holder of lane_lock */
byte new_changes;

inline no_ready_task_is_passed_over() {
  byte i;
  for (i : 0 .. TASKS - 1) { assert(!ready[i] || key[i] >= place); }
  i = 0;
}

/* The end of a transaction: what it wrote is seen by others, or nothing of it. */
inline write_lane() {
  if
  :: lane_lock == me -> from_key = new_from; changes = new_changes; lane_lock = NOBODY; new_from = 0; new_changes = 0
  :: else
  fi
}
inline undo_lane() {
  if
  :: lane_lock == me -> lane_lock = NOBODY; new_from = 0; new_changes = 0
  :: else
  fi
}

/* A row of lane_step is seen by others. */
inline write_step() {
  if
  :: own_step > 0 && (own_changes > step_changes || own_changes == step_changes && own_step > step_key) ->
     step_key = own_step; step_changes = own_changes
  :: else
  fi
}

proctype Claimer(byte me) {
  byte begin, taken, t, best, seen_first, seen_changes, seen_from, left = CLAIMS;
  byte own_step, own_changes;
  bool seen_ready[TASKS];
  byte seen_version[TASKS];
  byte seen_key[TASKS];
  do
  :: left > 0 ->
     left--;
     taken = EMPTY;
     begin = from_key; /* the first statement reads the row of the lane */
     if
     :: begin == EMPTY -> goto ended
     :: else
     fi;
     if /* the second its steps */
     :: d_step { is_step_of(changes) && step_key > begin -> begin = step_key }
     :: else
     fi;
     d_step { /* the second statement: its snapshot */
       for (t : 0 .. TASKS - 1) { seen_ready[t] = ready[t]; seen_version[t] = version[t]; seen_key[t] = key[t]; }
     }
     do /* goes along the index */
     :: d_step {
          best = EMPTY;
          for (t : 0 .. TASKS - 1) {
            if
            :: seen_ready[t] && seen_key[t] >= begin && (best == EMPTY || seen_key[t] < seen_key[best]) -> best = t
            :: else
            fi
          }
        }
        if
        :: best == EMPTY -> break
        :: else
        fi;
        atomic {
          if
          :: task_lock[best] == NOBODY && ready[best] && version[best] == seen_version[best] ->
             task_lock[best] = me; taken = best; break
          :: else -> seen_ready[best] = false /* SKIP LOCKED; nothing leads on from a deleted row */
          fi
        }
     od;
     skip;
     d_step {
       for (t : 0 .. TASKS - 1) { seen_ready[t] = false; seen_version[t] = 0; seen_key[t] = 0; }
       t = 0; best = 0
     }
     if /* step_lane, where there is much to step over: one statement, whose snapshot sees its own claim as done */
#ifndef WITHOUT_STEPS
     :: true ->
        d_step {
          seen_first = EMPTY;
          for (t : 0 .. TASKS - 1) {
            if
            :: ready[t] && t != taken && key[t] >= steps_from && key[t] < seen_first && !seems_gone(t) -> seen_first = key[t]
            :: else
            fi
          }
          if
          :: seen_first < EMPTY && seen_first > place -> own_step = seen_first; own_changes = changes
          :: else
          fi;
          t = 0; seen_first = 0
        }
#endif
     :: true
     fi;
     begin = 0;
     if /* where the batch is not full, and now and then */
     :: true ->
        d_step { /* the snapshot of advance_lanes, which sees its own claim as done */
          seen_first = EMPTY; seen_changes = changes; seen_from = from_key;
          for (t : 0 .. TASKS - 1) {
            if
            :: ready[t] && t != taken && key[t] >= place && key[t] < seen_first && !seems_gone(t) -> seen_first = key[t]
            :: else
            fi
          }
        }
        atomic {
          if
          :: lane_lock == NOBODY && is_as_seen && from_key == seen_from && seen_first > seen_from ->
             lane_lock = me; new_from = seen_first; new_changes = changes
          :: else
          fi;
          seen_first = 0; seen_changes = 0; seen_from = 0
        }
     :: true
     fi;
     if
     :: d_step { /* commit: the claimed row is deleted, and a running one is there */
          if
          :: taken != EMPTY -> ready[taken] = false; task_lock[taken] = NOBODY
          :: else
          fi;
          write_lane();
          write_step();
          no_ready_task_is_passed_over()
        }
     :: d_step { /* its connection is lost, and what it did undone */
          if
          :: taken != EMPTY -> task_lock[taken] = NOBODY
          :: else
          fi;
#ifdef STEPS_ARE_NOT_UNDONE
          write_step();
#endif
          undo_lane();
          no_ready_task_is_passed_over()
        }
     fi;
ended: skip;
     d_step { /* what is not used again is no state */
       for (t : 0 .. TASKS - 1) { seen_ready[t] = false; seen_version[t] = 0; seen_key[t] = 0; }
       t = 0; best = 0; begin = 0; taken = 0; seen_first = 0; seen_changes = 0; seen_from = 0;
       own_step = 0; own_changes = 0
     }
  :: else -> break
  od
}

/* Gives running tasks back: a worker was lost, or handed them back, or their time has come. */
proctype Returner(byte me) {
  byte t = 0;
  byte read_from;
  do
  :: t < TASKS && !ready[t] && task_lock[t] == NOBODY ->
     atomic { (task_lock[t] == NOBODY && !ready[t]); task_lock[t] = me }
#ifdef LOWER_WHAT_WAS_READ
     read_from = place;
#endif
#ifndef NEVER_LOWER
     atomic { /* waits for the row, and goes on from its newest version */
       lane_lock == NOBODY;
       lane_lock = me; new_changes = changes + 1;
#ifndef LOWER_WHAT_WAS_READ
       if /* the newest version of the row, and the steps that its snapshot shows */
       :: read_from = place
#ifndef WITHOUT_STEPS
       :: read_from = from_key
#endif
       fi;
#endif
       new_from = (read_from < key[t] -> read_from : key[t])
     }
#endif
     if
     :: d_step {
          ready[t] = true; version[t]++; task_lock[t] = NOBODY;
          write_lane();
          no_ready_task_is_passed_over()
        }
     :: d_step { task_lock[t] = NOBODY; undo_lane() }
     fi;
     t++
  :: t < TASKS -> t++
  :: t == TASKS -> break
  od
}

/* Raises the priority of a ready task, once. */
proctype Raiser(byte me) {
  byte t = TASKS - 1;
  atomic { task_lock[t] == NOBODY; task_lock[t] = me }
  if
  :: !ready[t] || key[t] < TASKS -> task_lock[t] = NOBODY
  :: else ->
#ifndef RAISE_WITHOUT_REREADING
     atomic { lane_lock == NOBODY; lane_lock = me; new_from = 0; new_changes = changes + 1 }
#endif
     if
     :: d_step {
          key[t] = t; version[t]++; task_lock[t] = NOBODY;
          write_lane();
          no_ready_task_is_passed_over()
        }
     :: d_step { task_lock[t] = NOBODY; undo_lane() }
     fi
  fi
}

/* mend_lanes takes the nearest step over into the row. Its snapshot is older than the lock that it gets on the row. */
proctype Mender(byte me) {
  byte seen_step, seen_changes;
  d_step { seen_changes = changes; seen_step = (is_step_of(changes) -> step_key : 0) }
  atomic {
    if
    :: lane_lock == NOBODY && mends_what_it_saw && from_key < EMPTY && seen_step > from_key ->
       from_key = seen_step
    :: else
    fi;
    no_ready_task_is_passed_over()
  }
}

init {
  byte i;
  atomic {
    for (i : 0 .. TASKS - 1) { key[i] = TASKS + i; ready[i] = (i > 0) }
    from_key = TASKS + 1;
    run Claimer(1);
    run Claimer(2);
    run Returner(3);
    run Raiser(4);
#ifndef WITHOUT_STEPS
    run Mender(5)
#endif
  }
}
