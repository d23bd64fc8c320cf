import LinearAlgebra

extension NetworkWeights {
  /// A network of random numbers for demonstrations and tests; its label is `random-seed-N` for a ResNet18, and
  /// `random-resnet50-seed-N` and so on for the others.
  ///
  /// It is not trained, and says nothing about patients. The bytes are the same on every machine:
  /// tensor `t` of `NetworkLayout.tensors` takes its element `i` from word `i mod 4` of the Philox4x32-10 block with
  /// the seed as key and counter `(i / 4, t, 0, 0x4E455457)`. The upper 24 bits of the word give `u` in `0 ..< 1`;
  /// convolutions are `b (2u - 1)` with `b² = 6 / fan-in` (He et al., ICCV 2015), so that values keep their size
  /// from layer to layer; normalisations have weights in `0.5 ..< 1`, biases in `-0.5 ..< 0.5`, means in
  /// `-0.25 ..< 0.25` and variances in `0.5 ..< 2`.
  public static func randomBytes(_ architecture: NetworkArchitecture = .resnet18, seed: UInt64) -> [UInt8] {
    randomBytes(NetworkLayout(architecture), seed: seed, label: randomLabel(architecture, seed: seed))
  }

  /// The same for one layout.
  package static func randomBytes(_ layout: NetworkLayout, seed: UInt64, label: String) -> [UInt8] {
    let tensors = layout.tensors.enumerated().map { index, tensor in
      let (low, width) = range(of: tensor.name, shape: tensor.shape)
      let values = uniforms(count: tensor.shape.reduce(1, *), tensor: UInt32(index), seed: seed)
      return NamedTensor(name: tensor.name, shape: tensor.shape, values: values.map { low + width * $0 })
    }
    return safetensors(
      tensors, metadata: ["generator": label, "trained": "no"])
  }

  /// What a random network is called, by messages and in study files.
  public static func randomLabel(_ architecture: NetworkArchitecture = .resnet18, seed: UInt64) -> String {
    architecture == .resnet18 ? "random-seed-\(seed)" : "random-\(architecture.rawValue)-seed-\(seed)"
  }

  /// The network of `randomBytes`.
  /// - Throws: nothing that its own bytes would cause; declared because the file format is checked like any other.
  public static func random(
    _ architecture: NetworkArchitecture = .resnet18, seed: UInt64
  ) throws(NeuralNetError) -> NetworkWeights {
    try NetworkWeights(
      bytes: randomBytes(architecture, seed: seed), label: randomLabel(architecture, seed: seed))
  }

  private static func range(of name: String, shape: [Int]) -> (low: Float, width: Float) {
    guard shape.count == 1 else {
      let bound = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
      return (-bound, 2 * bound)
    }
    if name.hasSuffix("running_mean") { return (-0.25, 0.5) }
    if name.hasSuffix("running_var") { return (0.5, 1.5) }
    return name.hasSuffix("weight") ? (0.5, 0.5) : (-0.5, 1)
  }

  private static func uniforms(count: Int, tensor: UInt32, seed: UInt64) -> [Float] {
    let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    var values: [Float] = []
    values.reserveCapacity(count + 3)
    for block in 0..<UInt32((count + 3) / 4) {
      let words = Philox4x32.block(counter: SIMD4(block, tensor, 0, 0x4E45_5457), key: key)
      for i in 0..<4 { values.append(Float(words[i] >> 8) * 0x1p-24) }
    }
    values.removeLast(values.count - count)
    return values
  }
}
