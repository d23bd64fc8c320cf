import CNeuralKernels

/// The filters of a convolution of volumes, as passes of products that add to the same results.
///
/// What lies side by side in memory is one pass: of a kernel without dilation the rows of one plane, each a segment of
/// `side · channels`; of one with dilation the taps of one row, each a segment of `channels`. Sums run over planes, rows,
/// taps and channels in this order.
struct VolumeFilters {
  let inputs: Int
  let outputs: Int
  let side: Int
  let dilation: Int
  private let weights: FixedArray<Float>
  private let bias: FixedArray<Float>
  private let zeros: FixedArray<Float>

  init(_ folded: FoldedConvolution, dilation: Int = 1) throws(NeuralNetError) {
    (inputs, outputs, side, self.dilation) = (folded.inputs, folded.outputs, folded.side, dilation)
    let (inputs, outputs) = (folded.inputs, folded.outputs)
    let taps = side * side * side
    let passDepth = Self.passDepth(side: side, inputs: inputs, dilation: dilation)
    let width = Int(NEURAL_PANEL)
    precondition(outputs % width == 0, "panels are whole")
    weights = try FixedArray(count: outputs * taps * inputs)
    // `[pass][panel][tap and channel of the pass][32]`.
    for column in 0..<outputs {
      for k in 0..<taps * inputs {
        let (pass, inPass) = k.quotientAndRemainder(dividingBy: passDepth)
        let (tap, channel) = k.quotientAndRemainder(dividingBy: inputs)
        let place =
          ((pass * (outputs / width) + column / width) * passDepth + inPass) * width + column % width
        unsafe weights.start[place] = Float(folded.weights[(column * inputs + channel) * taps + tap])
      }
    }
    bias = try FixedArray(folded.bias.map { Float($0) })
    zeros = try FixedArray(count: outputs)
  }

  private static func passDepth(side: Int, inputs: Int, dilation: Int) -> Int {
    (dilation == 1 ? side * side : side) * inputs
  }

  private var passes: Int { dilation == 1 ? side : side * side }

  /// Convolves one volume, or a plane of it.
  /// - Parameters:
  ///   - rows: where each row's centre tap lies in the source, and its results.
  ///   - input: of the source.
  ///   - adds: whether what the target holds is added.
  ///   - rectify: whether negative results become 0.
  func apply(
    _ kernels: neural_kernels, _ rows: RowPlan, count: Int, from source: UnsafePointer<Float>,
    _ input: VolumeLayout,
    to target: UnsafeMutablePointer<Float>, adds: Bool, rectify: Bool
  ) {
    precondition(input.channels == inputs, "the source is of another convolution")
    let (reach, passes) = (side / 2, passes)
    let passDepth = Self.passDepth(side: side, inputs: inputs, dilation: dilation)
    for pass in 0..<passes {
      let plane = dilation == 1 ? pass : pass / side
      let row = dilation == 1 ? 0 : pass % side
      let offset =
        dilation * ((plane - reach) * input.planeStride + (row - reach) * input.rowStride - reach * inputs)
      var shape = unsafe rows.shape(
        rows: count, segments: side, segmentStride: dilation == 1 ? input.rowStride : dilation * inputs,
        depth: passDepth / side, panels: outputs / Int(NEURAL_PANEL), rectify: rectify && pass == passes - 1,
        adds: adds || pass > 0)
      unsafe kernels.product(
        &shape, source + offset, pass == 0 ? bias.start : zeros.start,
        weights.start + pass * passDepth * outputs,
        target)
    }
  }
}
