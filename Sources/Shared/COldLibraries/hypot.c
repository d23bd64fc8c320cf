// Foundation and the standard library refer to hypot and hypotf, which nothing of ours calls. Linked with glibc 2.35 or newer they
// ask for its versions, and no older one (RHEL 9 has 2.34) would load the programs for their sake alone. The older versions are
// in every glibc.
#include <limits.h>  // says whether this is glibc

#if defined(RUNS_WITH_OLD_LIBRARIES) && defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))
#ifdef __x86_64__
#define OLDEST "GLIBC_2.2.5"
#else
#define OLDEST "GLIBC_2.17"
#endif

double oldest_hypot(double, double);
float oldest_hypotf(float, float);
__asm__(".symver oldest_hypot, hypot@" OLDEST);
__asm__(".symver oldest_hypotf, hypotf@" OLDEST);

double hypot(double x, double y) { return oldest_hypot(x, y); }
float hypotf(float x, float y) { return oldest_hypotf(x, y); }
#endif
