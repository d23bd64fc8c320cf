// Choice of the instruction set at run time.
#include "include/CDescentKernels.h"

extern const descent_kernels descent_kernels_portable;
#if defined(__x86_64__)
extern const descent_kernels descent_kernels_avx2, descent_kernels_avx512;
#endif

enum descent_path descent_best_path(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return DESCENT_PORTABLE;
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512dq");
  return wide ? DESCENT_AVX512 : DESCENT_AVX2;
#else
  return DESCENT_PORTABLE;
#endif
}

const descent_kernels *descent_kernels_of(enum descent_path path) {
#if defined(__x86_64__)
  if (path == DESCENT_AVX512) return &descent_kernels_avx512;
  if (path == DESCENT_AVX2) return &descent_kernels_avx2;
#endif
  return &descent_kernels_portable;
}
