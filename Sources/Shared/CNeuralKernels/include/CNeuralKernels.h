// The innermost loops of a convolutional network, in C because they need instruction sets that the rest of the
// program must not assume. Every path gives the same bits: each lane does the same chain of single roundings, a
// product and a sum are fused where `fma` is written and nowhere else, and no sum is split.
#ifndef CNEURALKERNELS_H
#define CNEURALKERNELS_H

#include <stddef.h>

/// Columns of a weight panel: panels are stored `[panel][depth][NEURAL_PANEL]`.
#define NEURAL_PANEL 32

/// Instruction sets in rising order of preference.
enum neural_path { NEURAL_PORTABLE = 0, NEURAL_AVX2 = 1, NEURAL_AVX512 = 2 };

/// A matrix product whose left rows may lie anywhere: dense, strided or overlapping, as in a convolution.
///
/// `output[r][n] = start[r][n] + sum over (s, k) of input[inputs[r] + s * segment_stride + k] * weight[s][k][n]`,
/// added in rising `(s, k)`, one fused multiply-add each; where the shape `adds`, the output's old value is added to the start.
typedef struct neural_product_shape {
  ptrdiff_t rows;
  /// Offset of each row's first value, of its start values (a bias) and of its results.
  const ptrdiff_t *inputs, *starts, *outputs;
  ptrdiff_t segments, segment_stride, depth;
  /// Columns divided by NEURAL_PANEL.
  ptrdiff_t panels;
  /// Nonzero: negative results become 0.
  ptrdiff_t rectify;
  /// Nonzero: what the output holds is added to the start values.
  ptrdiff_t adds;
} neural_product_shape;

/// Where a 4 x 4 tile of results lies in an image of channel vectors, and how much of it is inside the image.
typedef struct neural_tile {
  ptrdiff_t offset;
  ptrdiff_t rows, columns;
} neural_tile;

/// The loops, compiled for one instruction set. Buffers do not overlap unless said; channels are a multiple of 16.
typedef struct neural_kernels {
  void (*product)(
      const neural_product_shape *shape, const float *input, const float *start, const float *weights,
      float *output);

  /// `Bt d B` of 6 x 6 pixels a tile: position `p` of tile `t` goes to `output + p * position_stride + t * channels`.
  void (*winograd_input)(
      const float *input, ptrdiff_t row_stride, ptrdiff_t channels, const neural_tile *tiles, ptrdiff_t count,
      float *output, ptrdiff_t position_stride);

  /// `max(0, At m A + bias + residual)` for 4 x 4 pixels a tile. `residual` may be null, or equal to `output`.
  void (*winograd_output)(
      const float *input, ptrdiff_t position_stride, ptrdiff_t channels, const neural_tile *tiles,
      ptrdiff_t count, const float *bias, const float *residual, float *output, ptrdiff_t row_stride);

  /// Largest of 3 x 3 pixels at every second pixel of three rows.
  void (*max_pool_row)(
      const float *above, const float *middle, const float *below, ptrdiff_t channels, ptrdiff_t pixels,
      float *output);
} neural_kernels;

/// Best path of this processor.
enum neural_path neural_best_path(void);

/// Loops of a path that `neural_best_path` does not exceed.
const neural_kernels *neural_kernels_of(enum neural_path path);

/// Memory on a cache line boundary, set to zero, in large pages where the system has them; null when there is none.
/// Freed with `free`.
void *neural_allocate(size_t bytes);

#endif
