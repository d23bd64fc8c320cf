// Kernels for x86-64 with AVX-512. Without `min_vector_width` the compiler splits its vectors, twenty times slower.
#if defined(__x86_64__)
#define WIDTH 16
#define ROWS 12
#define TARGET __attribute__((target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw"), min_vector_width(512)))
#define NAME(x) x##_avx512
#include "KernelBody.h"
#endif
