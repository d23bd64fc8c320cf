// Choice of the instruction set at run time, and memory for vectors.
#define _GNU_SOURCE
#include "include/CNeuralKernels.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

extern const neural_kernels neural_kernels_portable;
#if defined(__x86_64__)
extern const neural_kernels neural_kernels_avx2, neural_kernels_avx512;
#endif

enum neural_path neural_best_path(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return NEURAL_PORTABLE;
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  return wide ? NEURAL_AVX512 : NEURAL_AVX2;
#else
  return NEURAL_PORTABLE;
#endif
}

const neural_kernels *neural_kernels_of(enum neural_path path) {
#if defined(__x86_64__)
  if (path == NEURAL_AVX512) return &neural_kernels_avx512;
  if (path == NEURAL_AVX2) return &neural_kernels_avx2;
#endif
  return &neural_kernels_portable;
}

void *neural_allocate(size_t bytes) {
  const size_t large_page = (size_t)2 << 20;
  const size_t boundary = bytes >= large_page ? large_page : 64;
  const size_t rounded = (bytes + boundary - 1) / boundary * boundary;
  void *memory = aligned_alloc(boundary, rounded ? rounded : boundary);
  if (!memory) return memory;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (boundary == large_page) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
  memset(memory, 0, bytes);
  return memory;
}
