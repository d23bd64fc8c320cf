/// A convolution with the batch normalisation after it folded in, in double precision.
///
/// `y = γ (w * x - μ) / √(σ² + ε) + β` is a convolution with weights `w γ / √(σ² + ε)` and bias
/// `β - μ γ / √(σ² + ε)`; ε = 1e-5, PyTorch's default.
struct FoldedConvolution {
  let outputs: Int
  let inputs: Int
  /// Height and width of the kernel, and depth where there is a third axis.
  let side: Int
  /// In the order output, input, plane where there is a third axis, row, column.
  let weights: [Double]
  let bias: [Double]

  init(_ layout: NetworkLayout.Convolution, of network: NetworkWeights) {
    let parts = NetworkLayout.normalisationParts.map { network.values(of: "\(layout.normalisation).\($0)") }
    let scale = zip(parts[0], parts[3]).map { Double($0) / (Double($1) + 1e-5).squareRoot() }
    bias = layout.bias(parts: parts, scale: scale)
    let raw = network.values(of: "\(layout.name).weight")
    let filter = raw.count / layout.outputs
    weights = unsafe [Double](unsafeUninitializedCapacity: raw.count) { folded, count in
      for output in 0..<layout.outputs {
        let first = output * filter
        for i in first..<first + filter {
          unsafe folded.initializeElement(at: i, to: Double(raw[i]) * scale[output])
        }
      }
      count = raw.count
    }
    outputs = layout.outputs
    inputs = layout.inputs
    side = layout.side
  }
}

extension NetworkLayout.Convolution {
  fileprivate func bias(parts: [[Float]], scale: [Double]) -> [Double] {
    (0..<outputs).map { Double(parts[1][$0]) - Double(parts[2][$0]) * scale[$0] }
  }
}
