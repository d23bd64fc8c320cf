// Kernels for any processor.
#define WIDTH 2
#define TARGET
#define NAME(x) x##_portable
#include "KernelBody.h"
