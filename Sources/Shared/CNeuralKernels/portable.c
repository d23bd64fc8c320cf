// Kernels for any processor. Without a fused multiply-add in hardware each one is a library call, with the same bits.
#define WIDTH 4
#define ROWS 8
#define TARGET
#define NAME(x) x##_portable
#include "KernelBody.h"
