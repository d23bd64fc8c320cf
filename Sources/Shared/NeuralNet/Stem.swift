import CNeuralKernels

/// The first layers: 7 x 7 convolution with stride 2 on a grey image, ReLU, 3 x 3 maximum with stride 2.
///
/// The network expects three channels `(x - mean) / deviation`; all three hold the same grey value, so one kernel
/// of their weighted sum does a third of the work. The constant part `-mean / deviation` reaches only the pixels
/// inside the image, because the border is zero after normalisation; it is therefore a start value that depends on
/// how a kernel lies over the border: rows and columns 0, 1, 2…110 and 111 of the result.
struct Stem {
  /// ImageNet's mean and standard deviation for red, green and blue.
  static let mean = [0.485, 0.456, 0.406]
  static let deviation = [0.229, 0.224, 0.225]

  static let imageSide = 224
  static let paddedSide = imageSide + 6
  private static let side = imageSide / 2
  private static let channels = 64

  private let weights: FixedArray<Float>
  private let starts: FixedArray<Float>
  private let plan: RowPlan

  init(_ folded: FoldedConvolution) throws(NeuralNetError) {
    precondition(
      folded.side == 7 && folded.inputs == 3 && folded.outputs == Self.channels, "this is not the stem")
    weights = try packedPanels(outputs: Self.channels, depth: 49) { column, k in
      Float((0..<3).reduce(0.0) { $0 + folded.weights[(column * 3 + $1) * 49 + k] / Self.deviation[$1] })
    }
    starts = try FixedArray(Self.startValues(folded))
    let columns = 0..<Self.side
    plan = try RowPlan(
      inputs: columns.map { 2 * $0 }, starts: columns.map { Self.borderClass($0) * Self.channels },
      outputs: columns.map { ($0 + 1) * Self.channels })
  }

  /// Applies the layers to one image, giving pixels of `layout`, which has half the side of the convolution's result.
  func apply(
    _ kernels: neural_kernels, to image: [Float], target: UnsafeMutablePointer<Float>, layout: ImageLayout,
    work: Workspace
  ) {
    unsafe fill(work.image.start, with: image)
    let stride = Self.rowStride
    let zeroRow = unsafe work.stemRows.start + 3 * stride
    for row in 0..<layout.side {
      for y in 2 * row...2 * row + 1 { convolve(kernels, row: y, work) }
      let rows = unsafe (2 * row - 1...2 * row + 1).map { y in
        unsafe y < 0 ? zeroRow : work.stemRows.start + y % 3 * stride
      }
      unsafe kernels.max_pool_row(
        rows[0], rows[1], rows[2], Self.channels, layout.side,
        target + layout.offset(image: 0, row: row, column: 0))
    }
  }

  /// Floats of one row of the convolution's result, with a pixel of zeros on its left.
  static let rowStride = (side + 1) * channels

  private func convolve(_ kernels: neural_kernels, row: Int, _ work: Workspace) {
    var shape = unsafe plan.shape(
      rows: Self.side, segments: 7, segmentStride: Self.paddedSide, depth: 7,
      panels: Self.channels / Int(NEURAL_PANEL), rectify: true)
    unsafe kernels.product(
      &shape, work.image.start + 2 * row * Self.paddedSide,
      starts.start + Self.borderClass(row) * 4 * Self.channels, weights.start,
      work.stemRows.start + row % 3 * Self.rowStride)
  }

  private func fill(_ padded: UnsafeMutablePointer<Float>, with image: [Float]) {
    precondition(image.count == Self.imageSide * Self.imageSide, "one value for each pixel")
    for y in 0..<Self.imageSide {
      let row = unsafe padded + (y + 3) * Self.paddedSide + 3
      for x in 0..<Self.imageSide { unsafe row[x] = image[y * Self.imageSide + x] }
    }
  }

  private static func borderClass(_ place: Int) -> Int { place < 2 ? place : place == side - 1 ? 3 : 2 }

  /// Kernel rows (or columns) that lie inside the image, for each border class.
  private static let insideTaps = [3..<7, 1..<7, 0..<7, 0..<5]

  /// `[row class][column class][channel]`.
  private static func startValues(_ folded: FoldedConvolution) -> [Float] {
    insideTaps.flatMap { rows in
      insideTaps.flatMap { columns in
        (0..<channels).map { channel in
          var sum = folded.bias[channel]
          for colour in 0..<3 {
            for (y, x) in rows.flatMap({ y in columns.map { (y, $0) } }) {
              sum -=
                folded.weights[(channel * 3 + colour) * 49 + 7 * y + x] * mean[colour] / deviation[colour]
            }
          }
          return Float(sum)
        }
      }
    }
  }
}
