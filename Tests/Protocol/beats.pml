/* The heartbeat of a worker whose one connection is in use for long: it goes over a second connection, which is opened for it alone.
 *
 * The connection of a worker carries one call at a time: a claim, the end of a task, or a long read, which may go on for as long as it
 * likes. A heartbeat is a call. One that is late goes over a connection of its own while the first still waits in line; both may be
 * answered, in any order, and long after they were asked. An answer says what became of the tasks that the question named.
 * WorkerService.beat, WorkerPlan.order and function heartbeat.
 *
 * Assumed: a heartbeat over a connection of its own reaches the server before the lease passes (a lease is three beats). The worker lives. A claim
 * is answered, and known to the worker from then on. One task at a time, which is claimed, ended, and claimed again with another fence. A call takes
 * CALL beats at most, because statements have a time limit; what a worker holds and does not name goes back after PATIENCE, five times that.
 */
#ifndef CLAIMS
#define CLAIMS 3
#endif
#define LAPSE 3 /* beats of a lease: heartbeats come every third of it */
#define CALL 2
#ifdef NO_PATIENCE
#define PATIENCE 1
#else
#define PATIENCE 10
#endif

byte fence;        /* of the claim that runs; 0: the task is nobody's */
byte fences = 1;
byte held;         /* the fence that the worker knows; 0: none */
byte silent;       /* beats since the server has heard of it */
byte age;          /* of the claim, in beats */
byte waited;       /* beats that the heartbeat in line has waited for */
byte lapses = 1;   /* how often the task may be taken away by an operator */
bool line_is_busy; /* the worker's connection carries a call */
bool waits;        /* a heartbeat waits in line behind it */
bool is_dropped;   /* the worker has given the task up that it holds */

/* Answers that are under way to the worker: the fence that was asked about, and whether the task was its own still. Of the first connection and of the other. */
chan answers = [2] of { byte, bool };

/* The database's side of a heartbeat that named this fence. */
inline hear(asked) {
  silent = 0;
  if /* a claim that came late, and nobody knows of, goes back */
  :: fence > 0 && fence != asked && age >= PATIENCE -> assert(fence != held); fence = 0
  :: else
  fi;
  answers!asked, (fence == asked)
}

/* A long call, and whatever else takes the line. */
active proctype Line() {
end:
  do
  :: atomic { !line_is_busy && !waits -> line_is_busy = true }
  :: atomic { line_is_busy -> line_is_busy = false }
  od
}

/* The clock: a beat passes, and the worker does what it does with each. */
active proctype Beats() {
  byte asked = 0;
end:
  do
  :: atomic { held > 0 && !is_dropped && len(answers) == 0 && (!waits || waited < CALL) ->
       silent++;
       assert(silent < LAPSE);
       age = (age < PATIENCE -> age + 1 : age);
       if
       :: !waits -> waits = true; waited = 0; asked = held
       :: waits -> waited++
       fi
     }
     if
     :: atomic { !line_is_busy -> hear(asked); waits = false; waited = 0; asked = 0 }
#ifndef NEVER_BESIDE
     :: atomic { line_is_busy -> hear(held) } /* a sixth of the lease has passed: over a connection of its own */
#else
     :: atomic { line_is_busy -> skip }
#endif
     fi
  :: atomic { waits && !line_is_busy -> hear(asked); waits = false; waited = 0; asked = 0 } /* the one in line, at last: with what was held when it was asked */
  od
}

/* Claims and ends of the one task, each a call of the line that is answered. */
active proctype Work() {
  byte claims = CLAIMS;
end:
  do
  :: atomic { claims > 0 && held == 0 && fence == 0 -> claims--; fence = fences; held = fences; fences++; is_dropped = false; silent = 0; age = 0 }
  :: atomic { held > 0 && !is_dropped && fence == held -> fence = 0; held = 0 }
  :: atomic { held > 0 && fence != held -> held = 0; is_dropped = false } /* the verdict of its end: stale */
  od
}

/* Takes the task back, as a cancellation does; nobody else claims it meanwhile. */
active proctype Operator() {
end:
  do
  :: atomic { lapses > 0 && fence > 0 -> lapses--; fence = 0 }
  od
}

/* The worker heeds answers, whenever they come. */
active proctype Ears() {
  byte asked;
  bool is_own;
end:
  do
  :: atomic {
       answers?asked, is_own ->
       if
#ifdef HEED_ANSWERS_OF_OLD_CLAIMS
       :: !is_own && held > 0 -> assert(fence != held); is_dropped = true
#else
       :: !is_own && held == asked -> assert(fence != held); is_dropped = true
#endif
       :: else
       fi;
       asked = 0; is_own = false
     }
  od
}
