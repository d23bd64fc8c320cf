// Body of the kernels. The including file defines WIDTH (floats in a vector register), ROWS (rows of a register
// block), TARGET (function attributes) and NAME(x) (adds the path to a name).
//
// The register block is ROWS x two vectors: 12 x 32 floats fill 24 of AVX-512's 32 registers, 6 x 16 fill 12 of
// AVX2's 16; the rest hold two weights vectors and a broadcast value.

#include "include/CNeuralKernels.h"

#pragma STDC FP_CONTRACT OFF

typedef float NAME(vector) __attribute__((ext_vector_type(WIDTH)));

#define VECTOR NAME(vector)
#define INLINE static inline __attribute__((always_inline)) TARGET
/// Floats from a weight to the one that is fetched meanwhile: 4 KB.
#define PREFETCH 1024
#define UNROLL _Pragma("clang loop unroll(full)")
#define FMA __builtin_elementwise_fma

INLINE VECTOR NAME(load)(const float *from) { return *(const VECTOR *)from; }
INLINE void NAME(store)(float *to, VECTOR value) { *(VECTOR *)to = value; }
/// Negative values become 0; not-a-number stays.
INLINE VECTOR NAME(rectified)(VECTOR x) { return x < (VECTOR)(0.0f) ? (VECTOR)(0.0f) : x; }

/// `rows` results of two vectors each; `rows` is a constant at every call, so that all sums stay in registers.
INLINE void NAME(block)(
    const int rows, const neural_product_shape *shape, ptrdiff_t first, const float *input, const float *start,
    const float *weights, float *output) {
  const float *row[ROWS];
  VECTOR sum[ROWS][2];
  UNROLL for (int r = 0; r < rows; r++) {
    row[r] = input + shape->inputs[first + r];
    const float *from = start + shape->starts[first + r];
    sum[r][0] = NAME(load)(from);
    sum[r][1] = NAME(load)(from + WIDTH);
    if (shape->adds) {
      const float *old = output + shape->outputs[first + r];
      sum[r][0] += NAME(load)(old);
      sum[r][1] += NAME(load)(old + WIDTH);
    }
  }
  const ptrdiff_t depth = shape->depth;
  for (ptrdiff_t segment = 0; segment < shape->segments; segment++) {
    for (ptrdiff_t k = 0; k < depth; k++, weights += NEURAL_PANEL) {
      const VECTOR left = NAME(load)(weights), right = NAME(load)(weights + WIDTH);
      // One image reads 160 MB of weights once; the processor's own prefetching ends at each page of 4 KB.
      __builtin_prefetch(weights + PREFETCH);
      if (NEURAL_PANEL > 16) __builtin_prefetch(weights + PREFETCH + 16);
      UNROLL for (int r = 0; r < rows; r++) {
        const VECTOR value = (VECTOR)(row[r][k]);
        sum[r][0] = FMA(value, left, sum[r][0]);
        sum[r][1] = FMA(value, right, sum[r][1]);
      }
    }
    UNROLL for (int r = 0; r < rows; r++) row[r] += shape->segment_stride;
  }
  UNROLL for (int r = 0; r < rows; r++) {
    float *to = output + shape->outputs[first + r];
    NAME(store)(to, shape->rectify ? NAME(rectified)(sum[r][0]) : sum[r][0]);
    NAME(store)(to + WIDTH, shape->rectify ? NAME(rectified)(sum[r][1]) : sum[r][1]);
  }
}

#define BLOCK(N) case N: NAME(block)(N, shape, first, input, start, weights, output); break;

/// All rows against one group of 2 WIDTH columns, in row blocks of nearly equal size.
static TARGET void NAME(column_group)(
    const neural_product_shape *shape, const float *input, const float *start, const float *weights,
    float *output) {
  const ptrdiff_t blocks = (shape->rows + ROWS - 1) / ROWS;
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const ptrdiff_t first = shape->rows * block / blocks;
    switch (shape->rows * (block + 1) / blocks - first) {
      BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6)
#if ROWS > 6
      BLOCK(7) BLOCK(8)
#endif
#if ROWS > 8
      BLOCK(9) BLOCK(10) BLOCK(11) BLOCK(12)
#endif
    }
  }
}

static TARGET void NAME(product)(
    const neural_product_shape *shape, const float *input, const float *start, const float *weights,
    float *output) {
  const ptrdiff_t panel_size = shape->segments * shape->depth * NEURAL_PANEL;
  for (ptrdiff_t panel = 0; panel < shape->panels; panel++)
    for (ptrdiff_t column = 0; column < NEURAL_PANEL; column += 2 * WIDTH) {
      const ptrdiff_t at = panel * NEURAL_PANEL + column;
      NAME(column_group)(shape, input, start + at, weights + panel * panel_size + column, output + at);
    }
}

/// One column of `Bt d` for F(4, 3), interpolating at 0, 1, -1, 2, -2 and infinity (Lavin and Gray 2016).
INLINE void NAME(input_column)(const VECTOR d[6], VECTOR to[6]) {
  const VECTOR four = (VECTOR)(4.0f), five = (VECTOR)(5.0f), two = (VECTOR)(2.0f);
  const VECTOR even = FMA(-four, d[2], d[4]), odd = FMA(-four, d[1], d[3]);
  const VECTOR outer = d[4] - d[2], inner = d[3] - d[1];
  to[0] = FMA(four, d[0], FMA(-five, d[2], d[4]));
  to[1] = even + odd;
  to[2] = even - odd;
  to[3] = FMA(two, inner, outer);
  to[4] = FMA(-two, inner, outer);
  to[5] = FMA(four, d[1], FMA(-five, d[3], d[5]));
}

/// One column of `At m` for F(4, 3).
INLINE void NAME(output_column)(const VECTOR m[6], VECTOR to[4]) {
  const VECTOR sum = m[1] + m[2], difference = m[1] - m[2], wide = m[3] + m[4], odd = m[3] - m[4];
  to[0] = (m[0] + sum) + wide;
  to[1] = FMA((VECTOR)(2.0f), odd, difference);
  to[2] = FMA((VECTOR)(4.0f), wide, sum);
  to[3] = FMA((VECTOR)(8.0f), odd, difference) + m[5];
}

static TARGET void NAME(winograd_input)(
    const float *input, ptrdiff_t row_stride, ptrdiff_t channels, const neural_tile *tiles, ptrdiff_t count,
    float *output, ptrdiff_t position_stride) {
  for (ptrdiff_t t = 0; t < count; t++, output += channels)
    for (ptrdiff_t c = 0; c < channels; c += WIDTH) {
      const float *from = input + tiles[t].offset + c;
      VECTOR half[6][6];
      UNROLL for (int x = 0; x < 6; x++) {
        VECTOR d[6], to[6];
        UNROLL for (int y = 0; y < 6; y++) d[y] = NAME(load)(from + y * row_stride + x * channels);
        NAME(input_column)(d, to);
        UNROLL for (int y = 0; y < 6; y++) half[y][x] = to[y];
      }
      float *to = output + c;
      UNROLL for (int y = 0; y < 6; y++) {
        VECTOR row[6];
        NAME(input_column)(half[y], row);
        UNROLL for (int x = 0; x < 6; x++) NAME(store)(to + (y * 6 + x) * position_stride, row[x]);
      }
    }
}

static TARGET void NAME(winograd_output)(
    const float *input, ptrdiff_t position_stride, ptrdiff_t channels, const neural_tile *tiles, ptrdiff_t count,
    const float *bias, const float *residual, float *output, ptrdiff_t row_stride) {
  for (ptrdiff_t t = 0; t < count; t++, input += channels)
    for (ptrdiff_t c = 0; c < channels; c += WIDTH) {
      VECTOR half[4][6];
      UNROLL for (int x = 0; x < 6; x++) {
        VECTOR m[6], to[4];
        UNROLL for (int y = 0; y < 6; y++) m[y] = NAME(load)(input + (y * 6 + x) * position_stride + c);
        NAME(output_column)(m, to);
        UNROLL for (int y = 0; y < 4; y++) half[y][x] = to[y];
      }
      const VECTOR constant = NAME(load)(bias + c);
      UNROLL for (int y = 0; y < 4; y++) {
        VECTOR row[4];
        NAME(output_column)(half[y], row);
        if (y >= tiles[t].rows) break;
        UNROLL for (int x = 0; x < 4; x++) {
          if (x >= tiles[t].columns) break;
          const ptrdiff_t at = tiles[t].offset + y * row_stride + x * channels + c;
          VECTOR value = row[x] + constant;
          if (residual) value += NAME(load)(residual + at);
          NAME(store)(output + at, NAME(rectified)(value));
        }
      }
    }
}

INLINE VECTOR NAME(larger)(VECTOR a, VECTOR b) { return a > b ? a : b; }

static TARGET void NAME(max_pool_row)(
    const float *above, const float *middle, const float *below, ptrdiff_t channels, ptrdiff_t pixels,
    float *output) {
  for (ptrdiff_t x = 0; x < pixels; x++)
    for (ptrdiff_t c = 0; c < channels; c += WIDTH) {
      const ptrdiff_t at = 2 * x * channels + c;
      VECTOR largest = NAME(load)(above + at);
      UNROLL for (int k = 0; k < 3; k++) {
        largest = NAME(larger)(NAME(load)(above + at + k * channels), largest);
        largest = NAME(larger)(NAME(load)(middle + at + k * channels), largest);
        largest = NAME(larger)(NAME(load)(below + at + k * channels), largest);
      }
      NAME(store)(output + x * channels + c, largest);
    }
}

const neural_kernels NAME(neural_kernels) = {
    NAME(product), NAME(winograd_input), NAME(winograd_output), NAME(max_pool_row)};
