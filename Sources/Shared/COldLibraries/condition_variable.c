// The same for `std::condition_variable::wait`, which Swift's concurrency refers to: GCC 12 gave it a new version, GLIBCXX_3.4.30,
// and libstdc++ keeps the older one (RHEL 9 has 3.4.29).
#if defined(__linux__) && defined(RUNS_WITH_OLD_LIBRARIES)
#define NAME "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE"

void oldest_wait(void *condition, void *lock);
__asm__(".symver oldest_wait, " NAME "@GLIBCXX_3.4.11");

void wait_on_condition(void *condition, void *lock) __asm__(NAME);
void wait_on_condition(void *condition, void *lock) { oldest_wait(condition, lock); }
#endif
