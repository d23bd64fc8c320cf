// Only what tells the time of day is wrong: monotonic clocks and the timers that follow them are as the kernel has them.
// libfaketime shifts those timers too, so that a sleeping program would oversleep by an hour.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t wrong_by;
static int (*true_gettime)(clockid_t, struct timespec *);
static int (*true_timedwait)(sem_t *, const struct timespec *);

__attribute__((constructor)) static void prepare(void) {
  const char *seconds = getenv("WRONG_CLOCK_SECONDS");
  wrong_by = seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!true_gettime) true_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int status = true_gettime(clock, now);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += wrong_by;
  return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec precise;
  int status = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return status;
}

time_t time(time_t *copy) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (copy) *copy = now.tv_sec;
  return now.tv_sec;
}

// Takes a time of day, which the program has from the wrong clock and the kernel compares with the right one.
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
  if (!true_timedwait) true_timedwait = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
  struct timespec really = *until;
  really.tv_sec -= wrong_by;
  return true_timedwait(semaphore, &really);
}
