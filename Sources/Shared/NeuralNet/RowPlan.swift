import CNeuralKernels

/// Where the rows of a product begin: offsets of their input, their start values and their results.
struct RowPlan {
  private let inputs: FixedArray<Int>
  private let starts: FixedArray<Int>
  private let outputs: FixedArray<Int>

  init(inputs: [Int], starts: [Int]? = nil, outputs: [Int]) throws(NeuralNetError) {
    self.inputs = try FixedArray(inputs)
    self.starts = try FixedArray(starts ?? [Int](repeating: 0, count: inputs.count))
    self.outputs = try FixedArray(outputs)
  }

  /// A product of the first `rows` rows. The plan must outlive its use.
  func shape(
    rows: Int, segments: Int = 1, segmentStride: Int = 0, depth: Int, panels: Int, rectify: Bool = false,
    adds: Bool = false
  ) -> neural_product_shape {
    precondition(rows <= inputs.count, "the plan has fewer rows")
    return unsafe neural_product_shape(
      rows: rows, inputs: inputs.start, starts: starts.start, outputs: outputs.start, segments: segments,
      segment_stride: segmentStride, depth: depth, panels: panels, rectify: rectify ? 1 : 0,
      adds: adds ? 1 : 0)
  }
}
