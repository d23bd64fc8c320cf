/// Statistics of intensities (IBSI UHIW), and of grey levels, which have the same (ZVCW).
struct IntensityStatistics {
  private let values: [Double]
  private let kernel: [NamedValue]
  private let lowerQuartile: Double
  private let upperQuartile: Double

  /// - Parameters:
  ///   - values: one or more.
  ///   - discretised: any grey levels of the values that keep their order.
  init(_ values: [Double], _ discretised: DiscretisedRegion) {
    self.values = values
    kernel = FirstOrderFeatures(intensities: values, discretised: discretised, voxelVolume: 1, shift: 0)
      .values()
    var order = OrderStatistics(values, discretised)
    lowerQuartile = order.quantile(0.25)
    upperQuartile = order.quantile(0.75)
  }

  /// The statistics by the ends of their tags.
  ///
  /// Kurtosis is the excess over 3, but 0 for values that are all equal, as is skewness. Percentiles
  /// interpolate linearly between the two nearest values.
  func namedValues() -> [NamedValue] {
    let isFlat = kernelValue("Range") == 0
    return [
      NamedValue("mean", kernelValue("Mean")),
      NamedValue("var", isFlat ? 0 : kernelValue("Variance")),
      NamedValue("skew", kernelValue("Skewness")),
      NamedValue("kurt", isFlat ? 0 : kernelValue("Kurtosis") - 3),
      NamedValue("median", kernelValue("Median")),
      NamedValue("min", kernelValue("Minimum")),
      NamedValue("p10", kernelValue("10Percentile")),
      NamedValue("p90", kernelValue("90Percentile")),
      NamedValue("max", kernelValue("Maximum")),
      NamedValue("iqr", kernelValue("InterquartileRange")),
      NamedValue("range", kernelValue("Range")),
      NamedValue("mad", isFlat ? 0 : kernelValue("MeanAbsoluteDeviation")),
      NamedValue("rmad", isFlat ? 0 : kernelValue("RobustMeanAbsoluteDeviation")),
      NamedValue("medad", medianAbsoluteDeviation),
      NamedValue("cov", (isFlat ? 0 : kernelValue("Variance")).squareRoot() / kernelValue("Mean")),
      NamedValue("qcod", (upperQuartile - lowerQuartile) / (upperQuartile + lowerQuartile)),
      NamedValue("energy", kernelValue("Energy")),
      NamedValue("rms", kernelValue("RootMeanSquared")),
      NamedValue("entropy", kernelValue("Entropy")),
      NamedValue("uniformity", kernelValue("Uniformity")),
    ]
  }

  /// Mean distance from the median (N72L, 4RNL).
  private var medianAbsoluteDeviation: Double {
    let median = kernelValue("Median")
    return values.reduce(0) { $0 + abs($1 - median) } / Double(values.count)
  }

  private func kernelValue(_ name: String) -> Double { kernel.value(of: name) }
}

extension [NamedValue] {
  /// The value of a name that is present.
  func value(of name: String) -> Double {
    guard let found = first(where: { $0.name == name }) else { preconditionFailure("no value \(name)") }
    return found.value
  }
}

/// What the intensity histogram has beside statistics of its grey levels: mode and gradient.
struct IntensityHistogram {
  /// Number of voxels of each level from 1.
  private let counts: [Int]

  init(_ discretised: DiscretisedRegion) {
    var counts = [Int](repeating: 0, count: discretised.maximumLevel)
    for rank in discretised.levels.indices.dropFirst() {
      counts[discretised.levels[rank] - 1] = discretised.voxelCounts[rank]
    }
    self.counts = counts
  }

  /// - Parameter mean: mean grey level.
  func namedValues(mean: Double) -> [NamedValue] {
    let gradient = gradient
    let steepest = gradient.indices.reduce(0) { gradient[$1] > gradient[$0] ? $1 : $0 }
    let lowest = gradient.indices.reduce(0) { gradient[$1] < gradient[$0] ? $1 : $0 }
    return [
      NamedValue("mode", Double(mode(mean: mean))),
      NamedValue("max_grad", gradient[steepest]), NamedValue("max_grad_g", Double(steepest + 1)),
      NamedValue("min_grad", gradient[lowest]), NamedValue("min_grad_g", Double(lowest + 1)),
    ]
  }

  /// The most frequent level (AMMC); of several the one nearest to the mean, of two as near the lower one.
  private func mode(mean: Double) -> Int {
    let highest = counts.max() ?? 0
    let modes = counts.indices.filter { counts[$0] == highest }.map { $0 + 1 }
    return modes.reduce(modes[0]) { abs(Double($1) - mean) < abs(Double($0) - mean) ? $1 : $0 }
  }

  /// `(n(i+1) - n(i-1)) / 2`, at the ends the difference of neighbours; 0 for a single level.
  private var gradient: [Double] {
    let last = counts.count - 1
    return counts.indices.map { i in
      let (before, after) = (max(0, i - 1), min(last, i + 1))
      return after == before ? 0 : Double(counts[after] - counts[before]) / Double(after - before)
    }
  }
}
