import CNeuralKernels

/// How images of channel vectors lie in memory: rows of pixels of channels, with a border of zeros.
///
/// The border is one pixel above and to the left, and as much below and to the right as whole 4 x 4 tiles and their
/// neighbourhoods need. Kernels write inside only, so the border stays zero and no convolution tests for edges.
struct ImageLayout {
  /// Rows and columns of pixels inside the border.
  let side: Int
  let channels: Int

  /// Tiles along each axis.
  var tiles: Int { (side + 3) / 4 }
  /// Rows and columns with the border.
  var paddedSide: Int { 4 * tiles + 2 }
  /// Floats from one row to the next.
  var rowStride: Int { paddedSide * channels }
  /// Floats from one image to the next.
  var imageStride: Int { paddedSide * rowStride }

  /// Position of a pixel's first channel; the border has row and column -1.
  func offset(image: Int, row: Int, column: Int) -> Int {
    image * imageStride + (row + 1) * rowStride + (column + 1) * channels
  }

  /// The tiles of some images; a tile's offset is that of the first pixel of its neighbourhood.
  func tiles(images: Int) -> [neural_tile] {
    (0..<images * tiles * tiles).map { index in
      let (image, place) = index.quotientAndRemainder(dividingBy: tiles * tiles)
      let (row, column) = place.quotientAndRemainder(dividingBy: tiles)
      return neural_tile(
        offset: offset(image: image, row: 4 * row - 1, column: 4 * column - 1), rows: min(4, side - 4 * row),
        columns: min(4, side - 4 * column))
    }
  }
}
