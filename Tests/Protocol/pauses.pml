/* A paused job has no ready task, a resumed one no held task, whatever becomes ready meanwhile.
 *
 * Statements of PostgreSQL at READ COMMITTED, as in lanes.pml. Steps are the statements of pause_job, resume_job, make_ready,
 * claim_tasks, and the rows that they lock.
 *
 * Assumed: one job; acts follow each other (begin_act). A running task is given back while the job is paused, resumed and paused
 * again, and a worker claims.
 */
#define TASKS 2
#define NOBODY 0
#define READY 0
#define RUNNING 1
#define HELD 2

byte state[TASKS];
byte version[TASKS];
byte owner[TASKS];
bool paused;
byte job_owner;
byte sharers;
byte acts = 3;

/* Gives the running task back. */
proctype Returner(byte me) {
  bool job_is_paused;
  atomic { state[0] == RUNNING && owner[0] == NOBODY; owner[0] = me }
#ifndef RETURN_WITHOUT_LOCKING_THE_JOB
  atomic { job_owner == NOBODY; sharers++ }
#endif
  job_is_paused = paused;
  if
  :: d_step {
       state[0] = (job_is_paused -> HELD : READY);
       version[0]++;
       owner[0] = NOBODY;
#ifndef RETURN_WITHOUT_LOCKING_THE_JOB
       sharers--
#endif
     }
  :: d_step { /* undone: it goes on running */
       owner[0] = NOBODY;
#ifndef RETURN_WITHOUT_LOCKING_THE_JOB
       sharers--
#endif
     }
  fi
}

proctype Claimer(byte me) {
  byte t;
  select (t : 0 .. TASKS - 1);
  if
  :: atomic { state[t] == READY && owner[t] == NOBODY; owner[t] = me }
     if
     :: d_step { state[t] = RUNNING; version[t]++; owner[t] = NOBODY }
     :: owner[t] = NOBODY
     fi
  :: true
  fi
}

inline lock_job() { atomic { job_owner == NOBODY && sharers == 0; job_owner = me } }

proctype Operator(byte me) {
  byte t;
  bool seen[TASKS], mine[TASKS];
  byte seen_version[TASKS];
  do
  :: acts > 0 ->
     acts--;
     if
     :: !paused ->
#ifndef PAUSE_LOOKS_BEFORE_IT_LOCKS
        lock_job();
#endif
        d_step { /* the snapshot of the statement that holds the ready tasks */
          for (t : 0 .. TASKS - 1) { seen[t] = (state[t] == READY); seen_version[t] = version[t] }
          t = 0
        }
        for (t : 0 .. TASKS - 1) {
          if
          :: seen[t] ->
             atomic { /* waits; a claim has deleted the row, or left it as it was */
               owner[t] == NOBODY;
               if
               :: state[t] == READY && version[t] == seen_version[t] -> owner[t] = me; mine[t] = true
               :: else
               fi
             }
          :: else
          fi
        }
#ifdef PAUSE_LOOKS_BEFORE_IT_LOCKS
        lock_job();
#endif
        skip;
        d_step {
          for (t : 0 .. TASKS - 1) {
            if
            :: mine[t] -> state[t] = HELD; version[t]++; owner[t] = NOBODY
            :: else
            fi;
            mine[t] = false; seen[t] = false; seen_version[t] = 0
          }
          t = 0; paused = true; job_owner = NOBODY
        }
     :: else ->
        lock_job();
        d_step { /* FOR UPDATE, and nobody else locks held tasks */
          for (t : 0 .. TASKS - 1) {
            if
            :: state[t] == HELD -> assert(owner[t] == NOBODY); owner[t] = me; mine[t] = true
            :: else
            fi
          }
          t = 0
        }
        d_step {
          for (t : 0 .. TASKS - 1) {
            if
            :: mine[t] -> state[t] = READY; version[t]++; owner[t] = NOBODY
            :: else
            fi;
            mine[t] = false
          }
          t = 0; paused = false; job_owner = NOBODY
        }
     fi
  :: acts > 0 -> acts--
  :: acts == 0 -> break
  od
}

init {
  byte i;
  atomic {
    state[0] = RUNNING; state[1] = READY;
    run Returner(1);
    run Operator(2);
    run Claimer(3)
  }
  (_nr_pr == 1);
  for (i : 0 .. TASKS - 1) { assert(state[i] == RUNNING || (state[i] == HELD) == paused) }
}
