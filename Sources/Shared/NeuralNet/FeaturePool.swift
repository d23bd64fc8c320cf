/// Combines the features of a region's slices, in the order of the slices.
struct FeaturePool {
  private let pooling: DeepSettings.Pooling
  private var values: [Double] = []
  private var count = 0
  private var failure: NeuralNetError?

  init(_ pooling: DeepSettings.Pooling) { self.pooling = pooling }

  mutating func add(_ features: [Double]) {
    defer { count += 1 }
    guard count > 0 else {
      values = features
      return
    }
    for i in values.indices {
      values[i] = pooling == .mean ? values[i] + features[i] : max(values[i], features[i])
    }
  }

  /// Notes why the region has no features; the first reason stays.
  mutating func fail(_ error: NeuralNetError) { failure = failure ?? error }

  /// The pooled features.
  func result() -> Result<[Double], NeuralNetError> {
    if let failure { return .failure(failure) }
    let pooled = pooling == .mean ? values.map { $0 / Double(count) } : values
    guard pooled.allSatisfy(\.isFinite) else {
      return .failure(
        NeuralNetError(
          .nonFiniteFeature,
          "a feature is not finite: the weights are too large for 32-bit floats; use the weights of a trained network"
        ))
    }
    return .success(pooled)
  }
}
