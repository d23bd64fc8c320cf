// Included once for each instruction set, with WIDTH doubles a vector, TARGET, and NAME for its functions.
#include "include/CFilterKernels.h"

#include <string.h>

#pragma clang fp contract(off)

typedef double lanes __attribute__((vector_size(8 * WIDTH)));

#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE lanes load(const double *x) {
  lanes value;
  memcpy(&value, x, sizeof value);
  return value;
}

INLINE void store(double *x, lanes value) { memcpy(x, &value, sizeof value); }

INLINE lanes weighed(const lanes *x, const double *weights) {
  return x[0] * weights[0] + x[1] * weights[1] + x[2] * weights[2] + x[3] * weights[3];
}

/// Puts `value` before the others; the last one falls out.
INLINE void shift(lanes *x, lanes value) {
  x[3] = x[2];
  x[2] = x[1];
  x[1] = x[0];
  x[0] = value;
}

/// What earlier results bring to the first four places, of which `place` are known.
INLINE lanes past(const lanes *results, int place, lanes outermost, const double *d, const double *border) {
  lanes sum = place > 0 ? results[place - 1] * d[0] : outermost * border[0];
  UNROLL for (int back = 1; back < 4; back++)
    sum += place > back ? results[place - 1 - back] * d[back] : outermost * border[back];
  return sum;
}

/// WIDTH lines. The two recursions wait for their own last result, and do so together.
INLINE void recursive_lines(
    const filter_recursion *filter, double *values, double *forward, double *backward, ptrdiff_t count, ptrdiff_t lower,
    ptrdiff_t upper) {
  const filter_recursion f = *filter;
  const ptrdiff_t end = count - 1;
  const lanes first = load(values), last = load(values + FILTER_LINES * end);
  lanes ahead[4] = {first, first, first, first}, behind[4] = {last, last, last, last};
  lanes y[4], z[4];
  UNROLL for (int place = 0; place < 4; place++) {
    if (place > 0) shift(ahead, load(values + FILTER_LINES * place));
    y[place] = weighed(ahead, f.n) - past(y, place, first, f.d, f.causal_border);
    store(forward + FILTER_LINES * place, y[place]);
    z[place] = weighed(behind, f.m) - past(z, place, last, f.d, f.anticausal_border);
    store(backward + FILTER_LINES * (end - place), z[place]);
    shift(behind, load(values + FILTER_LINES * (end - place)));
  }
  lanes results[4] = {y[3], y[2], y[1], y[0]}, reverse[4] = {z[3], z[2], z[1], z[0]};
  ptrdiff_t up = 4, down = end - 4;
#define FORWARD                                                         \
  {                                                                     \
    shift(ahead, load(values + FILTER_LINES * up));                     \
    shift(results, weighed(ahead, f.n) - weighed(results, f.d));        \
    store(forward + FILTER_LINES * up++, results[0]);                   \
  }
#define BACKWARD                                                        \
  {                                                                     \
    const lanes next = load(values + FILTER_LINES * down);              \
    shift(reverse, weighed(behind, f.m) - weighed(reverse, f.d));       \
    store(backward + FILTER_LINES * down--, reverse[0]);                \
    shift(behind, next);                                                \
  }
  while (up < upper && down >= lower) {
    FORWARD
    BACKWARD
  }
  while (up < upper) FORWARD
  while (down >= lower) BACKWARD
#undef FORWARD
#undef BACKWARD
  for (ptrdiff_t place = lower; place < upper; place++)
    store(values + FILTER_LINES * place, load(forward + FILTER_LINES * place) + load(backward + FILTER_LINES * place));
}

TARGET static void NAME(recursive)(
    const filter_recursion *filter, double *values, double *scratch, ptrdiff_t count, ptrdiff_t lower, ptrdiff_t upper) {
  // As many lines at a time as keep their past in registers.
  for (int line = 0; line < FILTER_LINES; line += WIDTH)
    recursive_lines(
        filter, values + line, scratch + line, scratch + FILTER_LINES * count + line, count, lower, upper);
}

#define VECTORS (FILTER_PLACES / WIDTH)

TARGET static void NAME(spline)(
    const double *weights, ptrdiff_t count, ptrdiff_t stride, const double *along_y, const double *along_z, ptrdiff_t planes,
    const double *gathered, const ptrdiff_t *rows, double *result) {
  for (ptrdiff_t x = 0; x < count; x += FILTER_PLACES) {
    lanes products[4][4][VECTORS], sum[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) sum[v] = (lanes){0};
    for (int y = 0; y < 4; y++) {
      UNROLL for (int tap = 0; tap < 4; tap++)
        UNROLL for (int v = 0; v < VECTORS; v++)
          products[y][tap][v] = load(weights + tap * stride + x + v * WIDTH) * along_y[y];
    }
    for (ptrdiff_t z = 0; z < planes; z++) {
      for (int y = 0; y < 4; y++) {
        const double *values = gathered + rows[4 * z + y] + x;
        UNROLL for (int tap = 0; tap < 4; tap++)
          UNROLL for (int v = 0; v < VECTORS; v++)
            sum[v] += products[y][tap][v] * along_z[z] * load(values + tap * stride + v * WIDTH);
      }
    }
    UNROLL for (int v = 0; v < VECTORS; v++) store(result + x + v * WIDTH, sum[v]);
  }
}

const filter_kernels NAME(filter_kernels) = {NAME(recursive), NAME(spline)};
