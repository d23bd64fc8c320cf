// The innermost loops of filters and of resampling, in C because they need instruction sets that the rest of the program must
// not assume. Every path gives the same bits: each result is computed in the order that its comment says, and no product is
// fused with a sum.
#ifndef CFILTERKERNELS_H
#define CFILTERKERNELS_H

#include <stddef.h>

/// Lines of a recursive filter that lie side by side: place `p` of line `l` is number `FILTER_LINES p + l`.
#define FILTER_LINES 8

/// Places along a line that are resampled together; rows of weights and values are padded to a multiple of it.
#define FILTER_PLACES 16

/// Instruction sets in rising order of preference.
enum filter_path { FILTER_PORTABLE = 0, FILTER_AVX2 = 1, FILTER_AVX512 = 2 };

/// A recursive filter of fourth order, once from each end of a line; the sum of both is the result.
typedef struct filter_recursion {
  /// From the first place on, of values x and earlier results y: `x0 n0 + x1 n1 + x2 n2 + x3 n3 - (y1 d0 + y2 d1 + y3 d2 + y4 d3)`.
  double n[4];
  /// From the last place on, of the values before: `x1 m0 + x2 m1 + x3 m2 + x4 m3 - (...)`.
  double m[4];
  double d[4];
  /// What stands for earlier results before the ends, times the outermost value, which continues for ever.
  double causal_border[4], anticausal_border[4];
} filter_recursion;

/// The loops, compiled for one instruction set.
typedef struct filter_kernels {
  /// Filters lines of `count` places, at least four, and leaves results at those from `lower` to before `upper`; elsewhere
  /// `values` is left as it comes. `scratch` has room for twice as many numbers.
  void (*recursive)(
      const filter_recursion *filter, double *values, double *scratch, ptrdiff_t count, ptrdiff_t lower, ptrdiff_t upper);

  /// A row of `count` places of a grid that lies parallel to an image's axes: `sum ((wx wy) wz) c`, along x, then y, then z.
  /// `weights` along x have a row of `stride` numbers for each of four taps, as have the coefficients of row `y` of plane `z`
  /// (four, or one of an image in two dimensions) from `gathered[rows[4 z + y]]` on. `result` has room for `stride`.
  void (*spline)(
      const double *weights, ptrdiff_t count, ptrdiff_t stride, const double *along_y, const double *along_z,
      ptrdiff_t planes, const double *gathered, const ptrdiff_t *rows, double *result);
} filter_kernels;

/// Best path of this processor.
enum filter_path filter_best_path(void);

/// Loops of a path that `filter_best_path` does not exceed.
const filter_kernels *filter_kernels_of(enum filter_path path);

#endif
