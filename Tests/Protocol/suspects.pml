/* Suspects: tasks whose worker died, and which are to run alone. They get their turn beside an endless supply of other tasks, and
 * claims of busy workers go on meanwhile.
 *
 * A claim is one step: what it locks of suspects it passes by where another has it (meet_suspects); lanes.pml and leases.pml look
 * into claims. A call that finds nothing changes nothing, and is no step.
 *
 * Assumed: whoever can act does so at last; a task ends at last. As many workers die as DEATHS says, and their leases pass at last.
 * Left out: that a promise counts for ten minutes only, which helps where a task does not end.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#define SLOTS 2
#define SUSPECTS 2
#define NAMES (1 + WORKERS + DEATHS)

#define READY 0
#define RUNNING 1
#define ENDED 2
#define BUSY_ELSEWHERE 3 /* its worker has not been lost yet */

byte state[SUSPECTS];
byte owner[SUSPECTS];
byte promised[SUSPECTS];
byte plain[NAMES]; /* how many others a worker runs */
bool is_active[NAMES];
bool is_dead[NAMES];
byte names = 1;
byte deaths = DEATHS;

#define is_ready(s) (state[s] == READY)
#define runs(w, s) (state[s] == RUNNING && owner[s] == w)
#define has_suspect(w) (runs(w, 0) || runs(w, 1))
#define some_ready (is_ready(0) || is_ready(1))
#define is_busy(w) (plain[w] > 0)
#ifdef A_PROMISE_OUTLIVES_ITS_WORKER
#define counts(s) (is_ready(s) && promised[s] > 0)
#else
#define counts(s) (is_ready(s) && is_active[promised[s]])
#endif
#define is_promised(w) (is_ready(0) && promised[0] == w || is_ready(1) && promised[1] == w)
#ifdef A_PROMISE_STOPS_NO_CLAIM
#define stops(w) (false)
#else
#define stops(w) (is_promised(w))
#endif
#ifdef NOBODY_IS_PROMISED
#define may_be_promised (false)
#else
#define may_be_promised (some_ready && !counts(0) && !counts(1)) /* one for up to four */
#endif

inline start_suspect(s) { state[s] = RUNNING; owner[s] = me; promised[s] = 0 }

proctype Machine() {
  byte me;
start:
  atomic { me = names; names++; is_active[me] = true }
end:
  do
  :: atomic { plain[me] > 0 -> plain[me]-- }
  :: atomic { runs(me, 0) -> state[0] = ENDED; owner[0] = 0 }
  :: atomic { runs(me, 1) -> state[1] = ENDED; owner[1] = 0 }
  :: atomic { !is_busy(me) && !has_suspect(me) && some_ready && is_active[me] ->
       if
       :: is_ready(0) -> start_suspect(0)
       :: !is_ready(0) -> start_suspect(1)
       fi
     }
  :: atomic { !is_busy(me) && !has_suspect(me) && !some_ready && is_active[me] -> plain[me]++ }
  :: atomic { /* of a busy worker */
       is_busy(me) && plain[me] < SLOTS && is_active[me] && !stops(me) ->
#ifndef EVERYBODY_WAITS
       if
       :: may_be_promised && is_ready(0) -> promised[0] = me
       :: may_be_promised && !is_ready(0) -> promised[1] = me
       :: !may_be_promised -> plain[me]++
       fi;
       assert(!(counts(0) && counts(1)))
#else
       if
       :: !some_ready -> plain[me]++
       :: some_ready -> assert(is_promised(me)) /* nobody else is stopped */
       fi
#endif
     }
  :: atomic { /* another comes in its place, or none */
       deaths > 0 && is_active[me] ->
       deaths--;
       is_dead[me] = true;
       if
       :: goto start
       :: goto gone
       fi
     }
  od;
gone: skip
}

inline lose(w) {
  is_active[w] = false; plain[w] = 0;
  if
  :: runs(w, 0) -> state[0] = READY; owner[0] = 0
  :: runs(w, 1) -> state[1] = READY; owner[1] = 0
  :: !has_suspect(w)
  fi
}
#define is_to_lose(w) (is_dead[w] && is_active[w])

/* A third death over a suspect would end it: that is in leases.pml. */
active proctype Maintenance() {
end:
  do
  :: atomic { state[0] == BUSY_ELSEWHERE -> state[0] = READY }
  :: atomic { state[1] == BUSY_ELSEWHERE -> state[1] = READY }
  :: atomic { is_to_lose(1) -> lose(1) }
  :: atomic { is_to_lose(2) -> lose(2) }
  :: atomic { is_to_lose(WORKERS) -> lose(WORKERS) }
  od
}

init {
  byte i;
  atomic {
    state[0] = BUSY_ELSEWHERE; state[1] = BUSY_ELSEWHERE;
    for (i : 1 .. WORKERS) { run Machine() }
  }
}

ltl each_suspect_runs { <> (state[0] == ENDED && state[1] == ENDED) }
