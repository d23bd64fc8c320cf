import CNeuralKernels

/// The first layers: 7 x 7 convolution with stride 2, ReLU, 3 x 3 maximum with stride 2.
///
/// The network expects three channels `(x - mean) / deviation`. Where all three hold the same grey value, one kernel of
/// their weighted sum does a third of the work. The constant part `-mean / deviation` reaches only the pixels inside the
/// image, because the border is zero after normalisation; it is therefore a start value that depends on how a kernel lies
/// over the border: rows and columns 0, 1, 2…110 and 111 of the result.
struct Stem {
  /// What the first layers are given.
  struct Kind: Hashable {
    /// Whether the three channels differ.
    var hasNeighbours = false
    var normalisation = DeepSettings.Normalisation.imagenet

    /// Grey values of a picture: one plane of 224 x 224, or three.
    var planes: Int { hasNeighbours ? 3 : 1 }

    static let all = [false, true].flatMap { hasNeighbours in
      DeepSettings.Normalisation.allCases.map { Kind(hasNeighbours: hasNeighbours, normalisation: $0) }
    }
  }

  static let imageSide = 224
  static let paddedSide = imageSide + 6
  private static let side = imageSide / 2
  private static let channels = 64

  private let planes: Int
  private let weights: FixedArray<Float>
  private let starts: FixedArray<Float>
  private let plan: RowPlan

  init(_ folded: FoldedConvolution, _ kind: Kind) throws(NeuralNetError) {
    precondition(
      folded.side == 7 && folded.inputs == 3 && folded.outputs == Self.channels, "this is not the stem")
    let (planes, normalisation) = (kind.planes, kind.normalisation)
    self.planes = planes
    weights = try packedPanels(outputs: Self.channels, depth: 49 * planes) { column, k in
      // Rows of the planes lie in turn, so a kernel's row is a segment of each plane after the other.
      let (segment, x) = k.quotientAndRemainder(dividingBy: 7)
      let tap = segment / planes * 7 + x
      let colours = planes == 1 ? 0..<3 : segment % planes..<segment % planes + 1
      return Float(
        colours.reduce(0.0) {
          $0 + folded.weights[(column * 3 + $1) * 49 + tap] / normalisation.deviation[$1]
        })
    }
    starts = try FixedArray(Self.startValues(folded, normalisation))
    let columns = 0..<Self.side
    plan = try RowPlan(
      inputs: columns.map { 2 * $0 }, starts: columns.map { Self.borderClass($0) * Self.channels },
      outputs: columns.map { ($0 + 1) * Self.channels })
  }

  /// Applies the layers to one image, giving pixels of `layout`, which has half the side of the convolution's result.
  /// - Parameter image: one plane of rows, or three.
  func apply(
    _ kernels: neural_kernels, to image: [Float], target: UnsafeMutablePointer<Float>, layout: ImageLayout,
    work: Workspace
  ) {
    let padded = planes == 1 ? work.image : work.planes
    unsafe fill(padded.start, with: image)
    let stride = Self.rowStride
    let zeroRow = unsafe work.stemRows.start + 3 * stride
    for row in 0..<layout.side {
      for y in 2 * row...2 * row + 1 { unsafe convolve(kernels, padded.start, row: y, work) }
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

  private func convolve(
    _ kernels: neural_kernels, _ padded: UnsafePointer<Float>, row: Int, _ work: Workspace
  ) {
    var shape = unsafe plan.shape(
      rows: Self.side, segments: 7 * planes, segmentStride: Self.paddedSide, depth: 7,
      panels: Self.channels / Int(NEURAL_PANEL), rectify: true)
    unsafe kernels.product(
      &shape, padded + 2 * row * planes * Self.paddedSide,
      starts.start + Self.borderClass(row) * 4 * Self.channels, weights.start,
      work.stemRows.start + row % 3 * Self.rowStride)
  }

  private func fill(_ padded: UnsafeMutablePointer<Float>, with image: [Float]) {
    let count = Self.imageSide * Self.imageSide
    precondition(image.count == planes * count, "one value for each pixel of each plane")
    for plane in 0..<planes {
      for y in 0..<Self.imageSide {
        let row = unsafe padded + ((y + 3) * planes + plane) * Self.paddedSide + 3
        let from = plane * count + y * Self.imageSide
        for x in 0..<Self.imageSide { unsafe row[x] = image[from + x] }
      }
    }
  }

  private static func borderClass(_ place: Int) -> Int { place < 2 ? place : place == side - 1 ? 3 : 2 }

  /// Kernel rows (or columns) that lie inside the image, for each border class.
  private static let insideTaps = [3..<7, 1..<7, 0..<7, 0..<5]

  /// `[row class][column class][channel]`.
  private static func startValues(
    _ folded: FoldedConvolution, _ normalisation: DeepSettings.Normalisation
  ) -> [Float] {
    let (mean, deviation) = (normalisation.mean, normalisation.deviation)
    return insideTaps.flatMap { rows in
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

extension DeepSettings.Normalisation {
  /// Of red, green and blue.
  var mean: [Double] { self == .imagenet ? [0.485, 0.456, 0.406] : [0.5, 0.5, 0.5] }
  var deviation: [Double] { self == .imagenet ? [0.229, 0.224, 0.225] : [0.5, 0.5, 0.5] }
}
