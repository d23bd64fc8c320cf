import CNeuralKernels

/// A convolution with stride 2 as a product whose rows are read where they lie, without copying patches.
///
/// The pixels under one kernel row are neighbours in memory, so a 3 x 3 kernel is three segments of `3 · channels`.
struct DirectConvolution {
  private let weights: FixedArray<Float>
  private let bias: FixedArray<Float>
  private let plan: RowPlan
  private let input: ImageLayout
  private let output: ImageLayout
  private let side: Int
  private let rectify: Bool

  /// - Parameters:
  ///   - images: most images of one call.
  ///   - rectify: whether negative results become 0.
  init(
    _ folded: FoldedConvolution, input: ImageLayout, output: ImageLayout, images: Int, rectify: Bool
  ) throws(NeuralNetError) {
    self.input = input
    self.output = output
    self.side = folded.side
    self.rectify = rectify
    weights = try packedPanels(outputs: folded.outputs, depth: folded.inputs * side * side) { column, k in
      let (tap, channel) = k.quotientAndRemainder(dividingBy: folded.inputs)
      return Float(folded.weights[(column * folded.inputs + channel) * folded.side * folded.side + tap])
    }
    bias = try FixedArray(folded.bias.map { Float($0) })
    let pixels = (0..<images * output.side * output.side).map { index in
      let (image, place) = index.quotientAndRemainder(dividingBy: output.side * output.side)
      return (image: image, row: place / output.side, column: place % output.side)
    }
    let reach = folded.side / 2
    plan = try RowPlan(
      inputs: pixels.map {
        input.offset(image: $0.image, row: 2 * $0.row - reach, column: 2 * $0.column - reach)
      },
      outputs: pixels.map { output.offset(image: $0.image, row: $0.row, column: $0.column) })
  }

  /// Convolves `images` images.
  func apply(
    _ kernels: neural_kernels, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    images: Int
  ) {
    var shape = unsafe plan.shape(
      rows: images * output.side * output.side, segments: side, segmentStride: input.rowStride,
      depth: side * input.channels, panels: output.channels / Int(NEURAL_PANEL), rectify: rectify)
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
