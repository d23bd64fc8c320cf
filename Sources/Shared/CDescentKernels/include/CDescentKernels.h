// The innermost loops of coordinate descent, in C because they need instruction sets that the rest of the program must
// not assume. Every path gives the same bits: sums run in sixteen lanes, lane i taking the elements i, i + 16, …, whose
// halves are then folded onto each other; no product is fused with a sum, and no sum is split otherwise.
#ifndef CDESCENTKERNELS_H
#define CDESCENTKERNELS_H

#include <stddef.h>

/// Columns are padded with zeros to a multiple of this.
#define DESCENT_LANES 16

/// Instruction sets in rising order of preference.
enum descent_path { DESCENT_PORTABLE = 0, DESCENT_AVX2 = 1, DESCENT_AVX512 = 2 };

/// A weighted least-squares problem with an elastic-net penalty.
typedef struct descent_problem {
  /// Padded length of a column, and the columns one after another.
  ptrdiff_t stride;
  const double *x;
  /// Working weights v and the residual v (z - prediction), `stride` each.
  const double *weights;
  double *residual;
  /// `sum v x^2` of each column, and its coefficient.
  const double *curvature;
  double *coefficients;
  double l1, l2;
} descent_problem;

/// The loops, compiled for one instruction set.
typedef struct descent_kernels {
  /// Updates the coefficients of some columns one after another, and the residual with each.
  /// Returns the largest `curvature * change^2`.
  double (*pass)(const descent_problem *problem, const ptrdiff_t *columns, ptrdiff_t count);

  /// `sum a b`; `count` is a multiple of DESCENT_LANES.
  double (*dot)(const double *a, const double *b, ptrdiff_t count);

  /// `sum w x^2`; `count` is a multiple of DESCENT_LANES.
  double (*weighted_squares)(const double *x, const double *weights, ptrdiff_t count);
} descent_kernels;

/// Best path of this processor.
enum descent_path descent_best_path(void);

/// Loops of a path that `descent_best_path` does not exceed.
const descent_kernels *descent_kernels_of(enum descent_path path);

#endif
