// Choice of the instruction set at run time.
#include "include/CFilterKernels.h"

extern const filter_kernels filter_kernels_portable;
#if defined(__x86_64__)
extern const filter_kernels filter_kernels_avx2, filter_kernels_avx512;
#endif

enum filter_path filter_best_path(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return FILTER_PORTABLE;
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512dq");
  return wide ? FILTER_AVX512 : FILTER_AVX2;
#else
  return FILTER_PORTABLE;
#endif
}

const filter_kernels *filter_kernels_of(enum filter_path path) {
#if defined(__x86_64__)
  if (path == FILTER_AVX512) return &filter_kernels_avx512;
  if (path == FILTER_AVX2) return &filter_kernels_avx2;
#endif
  return &filter_kernels_portable;
}
