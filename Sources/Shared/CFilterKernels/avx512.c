// Kernels for x86-64 with AVX-512. Without `min_vector_width` the compiler splits its vectors.
#if defined(__x86_64__)
#define WIDTH 8
#define TARGET __attribute__((target("avx2,avx512f,avx512vl,avx512dq"), min_vector_width(512)))
#define NAME(x) x##_avx512
#include "KernelBody.h"
#endif
