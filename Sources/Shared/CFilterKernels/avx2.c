// Kernels for x86-64 with AVX2 (2013 and later).
#if defined(__x86_64__)
#define WIDTH 4
#define TARGET __attribute__((target("avx2"), min_vector_width(256)))
#define NAME(x) x##_avx2
#include "KernelBody.h"
#endif
