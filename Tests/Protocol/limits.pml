/* No more tasks run than a limit allows, whoever claims, ends, sets the limit or lowers it at the same time.
 *
 * Statements of PostgreSQL at READ COMMITTED, as in lanes.pml. Steps are the statements of claim_tasks, trim_slots, drop_free_slots
 * and set_limit, and the rows that they lock. A claim is a number that is never used again (its
 * fence); a slot names the claim that holds it, and is free when that claim does not run.
 *
 * Assumed: one limit, of all tasks; each claim takes one task. A limit of 2 is set, then lowered to 1. What runs ends whenever it likes,
 * in whatever way: by its end, a failure, a return, or the loss of its worker. All of it may be undone.
 */
#ifndef CLAIMS
#define CLAIMS 2 /* of each worker */
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#define NOBODY 0
/* All that may run when the limit is set. */
#define SLOTS (CLAIMS * WORKERS + 1)
#define FENCES (SLOTS + 1)

bool runs[FENCES];    /* of each claim, as committed; 0 is none */
byte fences = 1;
byte running;
bool is_limited;      /* worker.limit_keys */
byte most = 99;
byte surplus;
byte limit_owner;     /* the row of the limit */
bool exists[SLOTS];
byte holder[SLOTS];
byte owner[SLOTS];
byte sharers;         /* claims that hold the row of their worker */
bool stopped;         /* set_limit holds the rows of all workers */

#define is_free(s) (exists[s] && !runs[holder[s]])

inline begin_claim() {
#ifdef LIMITS_ARE_READ_BEFORE_THE_LOCK
  under_limits = is_limited;
#endif
  atomic { !stopped; sharers++ }
#ifndef LIMITS_ARE_READ_BEFORE_THE_LOCK
  under_limits = is_limited; /* of the locked row: what has been committed */
#endif
}

/* Locks one slot that looks free, then looks again; `got` is SLOTS where there is none. One that was given away in between
 * stays locked to the end of the transaction. */
inline free_slot(got) {
  atomic { /* the snapshot of the first statement */
    for (s : 0 .. SLOTS - 1) { seen[s] = is_free(s) }
    s = 0; got = SLOTS
  }
  atomic {
    /* A row that was changed since is looked at again, but with the old snapshot of who runs: its new holder does not show. */
    for (s : 0 .. SLOTS - 1) {
      if
      :: got == SLOTS && seen[s] && exists[s] && owner[s] == NOBODY -> got = s; owner[s] = me
      :: else
      fi
    }
    for (s : 0 .. SLOTS - 1) { seen[s] = false }
    s = 0
  }
#ifndef LOOK_ONCE
  atomic { /* the snapshot of the second statement */
    if
    :: got < SLOTS && !is_free(got) -> got = SLOTS
    :: else
    fi
  }
#endif
}

inline start(at) {
  atomic {
    runs[fences] = true;
    if
    :: at < SLOTS -> holder[at] = fences
    :: else
    fi;
    fences++;
    running++;
    assert(!is_limited || running <= most)
  }
}

inline unlock_all() {
  atomic {
    for (s : 0 .. SLOTS - 1) {
      if
      :: owner[s] == me -> owner[s] = NOBODY
      :: else
      fi
    }
    s = 0;
    if
    :: limit_owner == me -> limit_owner = NOBODY
    :: else
    fi;
    sharers--
  }
}

proctype Worker(byte me) {
  byte s, slot, trimmed, left, calls = CLAIMS;
  bool seen[SLOTS], under_limits, may;
  do
  :: calls > 0 ->
     calls--; slot = SLOTS; trimmed = SLOTS; may = true;
     begin_claim();
     if
     :: !under_limits -> /* as it read the row of its worker */
        if
        :: true -> start(SLOTS)
        :: true /* undone */
        fi
     :: else ->
        left = surplus;
        if
        :: left > 0 -> /* trim_slots */
#ifdef GIVE_WHAT_IS_BEYOND
           skip
#else
           atomic {
             if
             :: limit_owner == NOBODY -> limit_owner = me; left = surplus
             :: else -> may = false
             fi
           };
           if
           :: may && left > 0 ->
              free_slot(trimmed);
              may = (trimmed < SLOTS && left == 1)
           :: else
           fi
#endif
        :: else
        fi;
        if
        :: may -> free_slot(slot)
        :: else
        fi;
        if
        :: atomic { /* commits: what was trimmed is gone, whether or not there was a slot */
             if
             :: trimmed < SLOTS -> exists[trimmed] = false; surplus--; owner[trimmed] = NOBODY
             :: else
             fi
           };
           if
           :: slot < SLOTS -> start(slot)
           :: else
           fi
        :: true /* undone */
        fi
     fi;
     unlock_all()
  :: calls == 0 -> break
  od
}

proctype Ender() {
  byte c;
  do
  :: select (c : 1 .. FENCES - 1);
     atomic {
       if
       :: runs[c] -> runs[c] = false; running--
       :: else
       fi
     }
  :: break
  od
}

inline stop_claims() {
#ifdef SET_WITHOUT_WAITING
  stopped = true
#else
  atomic { sharers == 0; stopped = true }
#endif
}

proctype Operator() {
  byte c, s, held;
  stop_claims();
  atomic { /* what runs holds slots */
    s = 0;
    for (c : 1 .. FENCES - 1) {
      if
      :: runs[c] && s < SLOTS -> exists[s] = true; holder[s] = c; s++
      :: else
      fi
    }
    held = s;
    do
    :: s < 2 -> exists[s] = true; s++
    :: else -> break
    od;
    most = 2; surplus = (held > 2 -> held - 2 : 0); is_limited = true; stopped = false; held = 0; c = 0; s = 0
  }
  stop_claims();
  atomic { /* slots that are free go, and what is left is beyond */
    held = 0;
    for (s : 0 .. SLOTS - 1) { held = held + exists[s] }
    for (s : 0 .. SLOTS - 1) {
      if
      :: held > 1 && is_free(s) -> exists[s] = false; held--
      :: else
      fi
    }
    most = 1; surplus = held - 1; stopped = false; held = 0; s = 0
  }
}

init {
  byte w;
  atomic {
    runs[1] = true; running = 1; fences = 2;
    for (w : 1 .. WORKERS) { run Worker(w) }
    run Ender();
    run Operator()
  }
  (_nr_pr == 1);
  /* Slots are not lost: as many as the limit, and those that are beyond it. */
  w = 0;
  atomic { for (fences : 0 .. SLOTS - 1) { w = w + exists[fences] } }
  assert(w == most + surplus)
}
