import CNeuralKernels

/// Where the rows of a convolution's product lie in images of one layout and in their results; convolutions of a stage share it.
struct DirectPlan {
  fileprivate let rows: RowPlan
  fileprivate let input: ImageLayout
  fileprivate let output: ImageLayout
  fileprivate let side: Int

  /// - Parameters:
  ///   - side: height and width of the kernel.
  ///   - images: most images of one call.
  init(input: ImageLayout, output: ImageLayout, side: Int, stride: Int, images: Int) throws(NeuralNetError) {
    (self.input, self.output, self.side) = (input, output, side)
    let pixels = (0..<images * output.side * output.side).map { index in
      let (image, place) = index.quotientAndRemainder(dividingBy: output.side * output.side)
      return (image: image, row: place / output.side, column: place % output.side)
    }
    let reach = side / 2
    rows = try RowPlan(
      inputs: pixels.map {
        input.offset(image: $0.image, row: stride * $0.row - reach, column: stride * $0.column - reach)
      },
      outputs: pixels.map { output.offset(image: $0.image, row: $0.row, column: $0.column) })
  }
}

/// A convolution as a product whose rows are read where they lie, without copying patches: of 1 x 1, or with stride 2.
///
/// The pixels under one kernel row are neighbours in memory, so a 3 x 3 kernel is three segments of `3 · channels`.
struct DirectConvolution {
  /// What becomes of the sums.
  enum Finish {
    /// They are the result.
    case none
    /// Negative ones become 0.
    case rectify
    /// What the target holds is added, after the bias and before the products; then negative ones become 0.
    case addAndRectify
  }

  private let weights: FixedArray<Float>
  private let bias: FixedArray<Float>
  private let plan: DirectPlan
  private let finish: Finish

  init(_ folded: FoldedConvolution, plan: DirectPlan, finish: Finish) throws(NeuralNetError) {
    precondition(
      folded.side == plan.side && folded.inputs == plan.input.channels
        && folded.outputs == plan.output.channels,
      "the plan is of another convolution")
    (self.plan, self.finish) = (plan, finish)
    let taps = folded.side * folded.side
    weights = try packedPanels(outputs: folded.outputs, depth: folded.inputs * taps) { column, k in
      let (tap, channel) = k.quotientAndRemainder(dividingBy: folded.inputs)
      return Float(folded.weights[(column * folded.inputs + channel) * taps + tap])
    }
    bias = try FixedArray(folded.bias.map { Float($0) })
  }

  /// Convolves `images` images.
  func apply(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    images: Int
  ) {
    var shape = unsafe plan.rows.shape(
      rows: images * plan.output.side * plan.output.side, segments: plan.side,
      segmentStride: plan.input.rowStride,
      depth: plan.side * plan.input.channels, panels: plan.output.channels / Int(NEURAL_PANEL),
      rectify: finish != .none, adds: finish == .addAndRectify)
    unsafe kernels.product(&shape, source, bias.start, weights.start, target)
  }
}

/// Weights as a product reads them: panels of 32 columns, each `[depth][32]`.
func packedPanels(
  outputs: Int, depth: Int, _ weight: (_ column: Int, _ k: Int) -> Float
) throws(NeuralNetError) -> FixedArray<Float> {
  let width = Int(NEURAL_PANEL)
  precondition(outputs % width == 0, "panels are whole")
  let packed = try FixedArray<Float>(count: outputs * depth)
  for column in 0..<outputs {
    let panel = unsafe packed.start + (column / width) * depth * width + column % width
    for k in 0..<depth { unsafe panel[k * width] = weight(column, k) }
  }
  return packed
}
