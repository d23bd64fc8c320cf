// Included once for each instruction set, with WIDTH doubles a vector, TARGET, and NAME for its functions.
#include "include/CDescentKernels.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(off)

#define VECTORS (DESCENT_LANES / WIDTH)

typedef double lanes __attribute__((vector_size(8 * WIDTH)));

#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE lanes load(const double *x) {
  lanes value;
  memcpy(&value, x, sizeof value);
  return value;
}

INLINE void store(double *x, lanes value) { memcpy(x, &value, sizeof value); }

/// Halves onto halves, first of whole vectors, then inside the last one.
INLINE double folded(lanes *sums) {
  for (int half = VECTORS / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) sums[k] += sums[k + half];
  double last[WIDTH];
  memcpy(last, sums, sizeof last);
  for (int half = WIDTH / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) last[k] += last[k + half];
  return last[0];
}

TARGET static double NAME(dot)(const double *a, const double *b, ptrdiff_t count) {
  lanes sums[VECTORS] = {0};
  for (ptrdiff_t i = 0; i < count; i += DESCENT_LANES)
    for (int k = 0; k < VECTORS; k++) sums[k] += load(a + i + k * WIDTH) * load(b + i + k * WIDTH);
  return folded(sums);
}

TARGET static double NAME(weighted_squares)(const double *x, const double *weights, ptrdiff_t count) {
  lanes sums[VECTORS] = {0};
  for (ptrdiff_t i = 0; i < count; i += DESCENT_LANES)
    for (int k = 0; k < VECTORS; k++) {
      const lanes value = load(x + i + k * WIDTH);
      sums[k] += load(weights + i + k * WIDTH) * value * value;
    }
  return folded(sums);
}

/// `residual -= change * (weights * x)`, and the dot product of what is left with the column that comes next: one sweep
/// over the residual instead of two.
INLINE double subtract_and_dot(
    double change, const double *weights, const double *x, double *residual, const double *next, ptrdiff_t count) {
  lanes sums[VECTORS] = {0};
  for (ptrdiff_t i = 0; i < count; i += DESCENT_LANES)
    for (int k = 0; k < VECTORS; k++) {
      const ptrdiff_t place = i + k * WIDTH;
      const lanes left = load(residual + place) - change * (load(weights + place) * load(x + place));
      store(residual + place, left);
      sums[k] += load(next + place) * left;
    }
  return folded(sums);
}

TARGET static double NAME(pass)(const descent_problem *problem, const ptrdiff_t *columns, ptrdiff_t count) {
  const ptrdiff_t stride = problem->stride;
  double largest = 0;
  if (count == 0) return largest;
  const double *x = problem->x + columns[0] * stride;
  double gradient = NAME(dot)(x, problem->residual, stride);
  for (ptrdiff_t place = 0; place < count; place++) {
    const ptrdiff_t column = columns[place];
    const double *next = problem->x + columns[place + 1 < count ? place + 1 : place] * stride;
    const double curvature = problem->curvature[column], old = problem->coefficients[column];
    const double pull = gradient + curvature * old;
    const double size = fabs(pull) - problem->l1;
    const double new = size > 0 ? (pull < 0 ? -size : size) / (curvature + problem->l2) : 0;
    if (new == old) {
      if (place + 1 < count) gradient = NAME(dot)(next, problem->residual, stride);
    } else {
      const double change = new - old;
      const double moved = curvature * change * change;
      if (moved > largest) largest = moved;
      problem->coefficients[column] = new;
      gradient = subtract_and_dot(change, problem->weights, x, problem->residual, next, stride);
    }
    x = next;
  }
  return largest;
}

const descent_kernels NAME(descent_kernels) = {NAME(pass), NAME(dot), NAME(weighted_squares)};
