/* A task from claim to end, between workers that die, calls whose answers are lost or that come late, and leases that pass.
 *
 * Each function of the database is one step here, because it locks the rows that it decides by (lanes.pml, stages.pml and
 * pauses.pml look into them); only a claim is two, because it may go on while maintenance looks at its worker.
 *
 * Assumed: somebody does maintenance at last (any worker does, see maintain). A worker process makes one call after the other,
 * and a connection that it has given up carries nothing but the call that was on its way. The lease of a dead process passes at last;
 * that of a living one passes LAPSES times. Faults are as many as the budgets below; without a bound nothing need ever end.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef SLOTS
#define SLOTS 1 /* of a worker; two at most */
#endif
#ifndef DEATHS
#define DEATHS 0 /* of processes, at any time */
#endif
#ifndef LAPSES
#define LAPSES 0 /* of the lease of a process that lives */
#endif
#ifndef STOPS
#define STOPS 0 /* of processes that say goodbye */
#endif
#ifndef LOSSES
#define LOSSES 0 /* answers that are lost after the call took effect */
#endif
#ifndef LATE
#define LATE 0 /* calls that reach the server after their worker has given them up, or never */
#endif
#ifndef FAILURES
#define FAILURES 0 /* errors that may pass */
#endif
#ifndef CANCELS
#define CANCELS 0
#endif
#ifdef POISON /* task 0 kills whoever runs it */
#define KILLS 3
#else
#define KILLS 0
#endif
#define TASKS 3 /* 0 and 1 are the first stage, 2 is the second */
#define NAMES (1 + WORKERS + DEATHS + LAPSES + STOPS + KILLS) /* numbers of workers; 0 is nobody */
#define FENCES (1 + TASKS + 2 * (DEATHS + LAPSES + STOPS + LOSSES + LATE + FAILURES + KILLS))

/* The states of a live task; then how it ended. */
#define BLOCKED 0
#define READY 1
#define RUNNING 2
#define DELAYED 3
#define SUCCEEDED 4
#define FAILED 5
#define CANCELLED 6
#define has_ended(t) (state[t] >= SUCCEEDED)
#define all_have_ended (has_ended(0) && has_ended(1) && has_ended(2))

/* The states of a worker. */
#define ACTIVE 1
#define STOPPED 2
#define LOST 3

byte state[TASKS];
byte owner[TASKS];
byte fence[TASKS]; /* of the claim that runs, or that ended it */
byte crashes[TASKS];
byte promised[TASKS]; /* the worker that empties itself for this suspect; means nothing of other tasks */
byte results[TASKS];
byte next_fence = 1;
byte opened; /* how often the second stage was */
byte worker_state[NAMES];
byte sharers[NAMES]; /* claims that go on, and hold the worker's row FOR SHARE */
bool is_dead[NAMES]; /* the process has ended */
byte unnoticed; /* dead processes whose lease has not passed */
byte names = 1;
bool is_over[FENCES]; /* the claim was taken back or given up: known to nobody, for an assertion */

byte deaths = DEATHS, lapses = LAPSES, stops = STOPS, losses = LOSSES, late = LATE, failures = FAILURES, cancels = CANCELS;

/* Calls that were given up and have not reached the server yet. */
mtype = { claiming, completing };
chan on_its_way = [LATE + 1] of { mtype, byte, byte, byte }; /* what, worker, task, fence */

/* What a mutation changes. */
#ifdef COMPLETE_WITHOUT_FENCE
#define is_held(w, t, f) (state[t] == RUNNING)
#else
#define is_held(w, t, f) (state[t] == RUNNING && owner[t] == w && fence[t] == f)
#endif
#ifdef COMPLETE_WITHOUT_LIVE_ROW
#define may_complete(w, t, f) (true)
#else
#define may_complete(w, t, f) (is_held(w, t, f))
#endif
#ifdef CLAIM_WITHOUT_LOCKING_THE_WORKER
#define share(w) skip
#else
#define share(w) sharers[w]++
#endif
#ifdef SUSPECTS_IN_COMPANY
#define in_company (true)
#else
#define in_company (false)
#endif

/* What claim_tasks asks. */
#define runs_here(w, t) (state[t] == RUNNING && owner[t] == w)
#define has_none(w) (!runs_here(w, 0) && !runs_here(w, 1) && !runs_here(w, 2))
#define suspect_runs(w) \
  (runs_here(w, 0) && crashes[0] > 0 || runs_here(w, 1) && crashes[1] > 0 || runs_here(w, 2) && crashes[2] > 0)
#define is_suspect(t) (state[t] == READY && crashes[t] > 0)
#define some_suspect (is_suspect(0) || is_suspect(1) || is_suspect(2))
#define is_plain(t) (state[t] == READY && crashes[t] == 0)
#define some_plain (is_plain(0) || is_plain(1) || is_plain(2))
#define some_ready (state[0] == READY || state[1] == READY || state[2] == READY)
#define is_promised(w) (is_suspect(0) && promised[0] == w || is_suspect(1) && promised[1] == w || is_suspect(2) && promised[2] == w)
#define promise_counts(t) (is_suspect(t) && worker_state[promised[t]] == ACTIVE)
/* One worker for up to four suspects. */
#define may_be_promised (some_suspect && !promise_counts(0) && !promise_counts(1) && !promise_counts(2))
#define finds_something(w) (worker_state[w] == ACTIVE && (in_company && some_ready || !in_company && !suspect_runs(w) && \
  (has_none(w) && some_ready || !has_none(w) && !is_promised(w) && (may_be_promised || some_plain))))

/* claim_tasks, second half: a suspect alone, else the first task. A busy worker passes suspects by, or is promised to one (see
 * suspects.pml): it gets nothing then until it holds nothing. */
inline take(w, into) {
  into = TASKS;
  if
  :: (in_company || some_suspect && has_none(w)) ->
     for (t : 0 .. TASKS - 1) {
       if
       :: into == TASKS && state[t] == READY && (in_company || crashes[t] > 0) -> into = t
       :: else
       fi
     }
  :: !in_company && !has_none(w) && !suspect_runs(w) && !is_promised(w) && may_be_promised ->
     if
     :: is_suspect(0) -> promised[0] = w
     :: !is_suspect(0) && is_suspect(1) -> promised[1] = w
     :: !is_suspect(0) && !is_suspect(1) -> promised[2] = w
     fi
  :: !in_company && !suspect_runs(w) && (has_none(w) && !some_suspect || !has_none(w) && !is_promised(w) && !may_be_promised) ->
     for (t : 0 .. TASKS - 1) {
       if
       :: into == TASKS && is_plain(t) -> into = t
       :: else
       fi
     }
  :: else
  fi;
  t = 0;
  if
  :: into < TASKS ->
     promised[into] = 0;
     assert(next_fence < FENCES);
     state[into] = RUNNING; owner[into] = w; fence[into] = next_fence; next_fence++
  :: else
  fi
#ifndef CLAIM_WITHOUT_LOCKING_THE_WORKER
  sharers[w]--
#endif
}

inline make_ready(t) {
  is_over[fence[t]] = true;
  state[t] = READY; owner[t] = 0; fence[t] = 0
}

inline end_as(t, how) {
  state[t] = how;
  owner[t] = 0;
  if
  :: how != CANCELLED && has_ended(0) && has_ended(1) && state[2] == BLOCKED -> opened++; state[2] = READY
  :: else
  fi
}

/* One statement deletes the live row where fence and worker match, writes result and history, and opens the next stage. */
inline complete(w, t, f) {
  if
  :: may_complete(w, t, f) ->
     assert(!is_over[f]); /* nobody ends a task that was given to another, or was cancelled */
     results[t]++;
     assert(results[t] == 1);
     fence[t] = f;
     end_as(t, SUCCEEDED)
  :: else
  fi
}

/* Alone, a death counts; in company it makes suspects. */
inline take_back(w) {
  mine = 0;
  for (t : 0 .. TASKS - 1) {
    if
    :: runs_here(w, t) -> mine++
    :: else
    fi
  }
  for (t : 0 .. TASKS - 1) {
    if
    :: runs_here(w, t) ->
       if
       :: mine == 1 || in_company -> crashes[t]++
       :: mine > 1 && !in_company && crashes[t] == 0 -> crashes[t] = 1
       :: else
       fi;
       if
#ifndef DEATHS_DO_NOT_COUNT
       :: crashes[t] >= 3 -> is_over[fence[t]] = true; end_as(t, FAILED)
#endif
       :: else -> make_ready(t)
       fi
    :: else
    fi
  }
  t = 0; mine = 0
}

/* What reaches the server late. */
active proctype Network() {
  mtype what;
  byte w, task, f, t, chosen;
end:
  do
  :: atomic {
       on_its_way?what, w, task, f ->
       if
       :: what == completing -> complete(w, task, f); what = 0
       :: what == claiming && worker_state[w] == ACTIVE -> share(w)
       :: what == claiming && worker_state[w] != ACTIVE -> what = 0
       :: what = 0 /* or never */
       fi;
       task = 0; f = 0
     }
     if
     :: atomic { what == claiming -> take(w, chosen); chosen = 0; what = 0 }
     :: what == 0
     fi;
     w = 0
  od
}

#define may_lapse(w) (worker_state[w] == ACTIVE && sharers[w] == 0 && (is_dead[w] || lapses > 0))

active proctype Maintenance() {
  byte w, t, mine;
end:
  do
  :: atomic { /* workers past their lease; those whose row is locked are passed by */
       lapses > 0 || unnoticed > 0 ->
       select (w : 1 .. NAMES - 1);
       if
       :: may_lapse(w) ->
          if
          :: is_dead[w] -> unnoticed--
          :: else -> lapses--
          fi;
          worker_state[w] = LOST;
          take_back(w)
       :: else
       fi;
       w = 0
     }
  :: atomic { deaths + lapses + stops > 0 -> deaths = 0; lapses = 0; stops = 0 } /* no more of these, so that none saves what is stuck */
  :: atomic { state[0] == DELAYED -> make_ready(0) }
  :: atomic { state[1] == DELAYED -> make_ready(1) }
  :: atomic { state[2] == DELAYED -> make_ready(2) }
  :: atomic { /* cancel_job, by an operator */
       cancels > 0 && !all_have_ended ->
       cancels--;
       for (t : 0 .. TASKS - 1) {
         if
         :: !has_ended(t) -> is_over[fence[t]] = true; end_as(t, CANCELLED)
         :: else
         fi
       }
       t = 0
     }
  od
}

#define knows(t) (task[0] == t && held[0] == fence[t] || task[SLOTS - 1] == t && held[SLOTS - 1] == fence[t])
#define is_forgotten(t) (runs_here(me, t) && sharers[me] == 0 && !knows(t))
#define has_room (held[0] == 0 || held[SLOTS - 1] == 0)

inline hold(t) { /* in a free slot */
  i = (held[0] == 0 -> 0 : SLOTS - 1);
  task[i] = t; held[i] = fence[t]; i = 0
}
inline drop(n) { task[n] = 0; held[n] = 0 }
inline drop_all() { drop(0); drop(SLOTS - 1) }

/* The process is gone, and another is started. */
inline die() {
  is_dead[me] = true;
  if
  :: worker_state[me] == ACTIVE -> unnoticed++
  :: else
  fi;
  drop_all()
}

/* The end of what it holds in slot n. */
inline finish(n) {
  if
  :: atomic { complete(me, task[n], held[n]); drop(n) }
  :: atomic { losses > 0 -> losses--; complete(me, task[n], held[n]) } /* the same call again is answered `already` */
     atomic { complete(me, task[n], held[n]); drop(n) }
  :: atomic { late > 0 -> late--; on_its_way!completing, me, task[n], held[n] }
     atomic { complete(me, task[n], held[n]); drop(n) }
  :: atomic { /* fail_task */
       failures > 0 ->
       failures--;
       if
       :: is_held(me, task[n], held[n]) ->
          is_over[held[n]] = true; state[task[n]] = DELAYED; owner[task[n]] = 0; fence[task[n]] = 0
       :: else
       fi;
       drop(n)
     }
  fi
}

proctype Machine() {
  byte me, t, i, chosen;
  byte task[SLOTS], held[SLOTS]; /* fences; 0: a free slot */
start:
  atomic { assert(names < NAMES); me = names; names++; worker_state[me] = ACTIVE }
end:
  do
  :: atomic { has_room && finds_something(me) -> share(me) }
     atomic {
       take(me, chosen);
       if
       :: chosen < TASKS -> hold(chosen)
       :: chosen < TASKS && losses > 0 -> losses-- /* and it never hears of it, but by a heartbeat */
       :: chosen == TASKS
       fi;
       chosen = 0
     }
  :: atomic { has_room && finds_something(me) && late > 0 -> late--; on_its_way!claiming, me, 0, 0 }
  :: held[0] > 0 ->
#ifdef POISON
     if
     :: atomic { task[0] == 0 -> die(); goto start }
     :: task[0] != 0
     fi;
#endif
     finish(0)
#if SLOTS > 1
  :: held[1] > 0 ->
#ifdef POISON
     if
     :: atomic { task[1] == 0 -> die(); goto start }
     :: task[1] != 0
     fi;
#endif
     finish(1)
#endif
#ifndef KEEP_WHAT_WAS_FORGOTTEN
  :: atomic { is_forgotten(0) -> make_ready(0) } /* release_others, and heartbeat later */
  :: atomic { is_forgotten(1) -> make_ready(1) }
  :: atomic { is_forgotten(2) -> make_ready(2) }
#endif
  :: atomic { worker_state[me] == LOST && !all_have_ended -> drop_all(); goto start } /* a heartbeat tells it */
  :: atomic { deaths > 0 && !all_have_ended -> deaths--; die(); goto start }
  :: atomic { /* stop_worker waits for a claim that goes on */
       stops > 0 && !all_have_ended && worker_state[me] == ACTIVE && sharers[me] == 0 ->
       stops--;
       worker_state[me] = STOPPED;
       for (t : 0 .. TASKS - 1) {
         if
         :: runs_here(me, t) -> make_ready(t)
         :: else
         fi
       }
       t = 0;
       drop_all();
       goto start
     }
  od
}

/* When nothing can go on, everything has ended. */
active proctype Judge() {
  byte t;
  timeout;
  assert(all_have_ended);
  for (t : 0 .. TASKS - 1) { assert((results[t] == 1) == (state[t] == SUCCEEDED)) }
  assert(opened == 1 || CANCELS > 0 && opened == 0);
#ifdef POISON
  assert(state[1] == SUCCEEDED && state[2] == SUCCEEDED && state[0] == FAILED)
#else
  assert(CANCELS > 0 || results[0] + results[1] + results[2] == 3)
#endif
}

init {
  byte i;
  atomic {
    state[0] = READY; state[1] = READY; opened = 0;
    is_over[0] = false;
    for (i : 1 .. WORKERS) { run Machine() }
  }
}
