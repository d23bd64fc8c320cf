import LinearAlgebra

extension Interval {
  /// Bias-corrected and accelerated interval (Efron 1987, doi:10.1080/01621459.1987.10478410) of any estimate: type-7
  /// quantiles of its replicates, those equal to the estimate counting one half in the bias; as `boot.ci` of R's boot
  /// with `type = "bca"`, but for its interpolation of quantiles.
  /// - Parameters:
  ///   - estimate: from the sample itself.
  ///   - replicates: the estimate from each resample, finite.
  ///   - acceleration: from `acceleration(ofInfluences:)`; 0 for the bias-corrected interval.
  ///   - confidence: between 0 and 1.
  /// - Returns: `nil` where every replicate lies on one side.
  public init?(
    acceleratedFor estimate: Double, replicates: [Double], acceleration: Double, confidence: Double = 0.95
  ) {
    let below =
      Double(replicates.count { $0 < estimate }) + 0.5 * Double(replicates.count { $0 == estimate })
    let bias = NormalDistribution.quantile(below / Double(replicates.count))
    guard bias.isFinite else { return nil }
    let sorted = replicates.sorted()
    let tail = NormalDistribution.quantile(0.5 - 0.5 * confidence)
    let ends = [tail, -tail].map { z in
      quantile(
        ofSorted: sorted, NormalDistribution.cumulative(bias + (bias + z) / (1 - acceleration * (bias + z))))
    }
    self.init(lower: ends[0], upper: ends[1])
  }
}

/// The acceleration of Efron's interval (1987, doi:10.1080/01621459.1987.10478410), `Σ l³ / (6 (Σ l²)^(3/2))` of
/// influences: of the jackknife `(n - 1)(mean - value without i)`, or any
/// others.
public func acceleration(ofInfluences influences: [Double]) -> Double {
  var (cubes, squares) = (0.0, 0.0)
  for influence in influences {
    cubes += influence * influence * influence
    squares += influence * influence
  }
  return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
}

/// Jackknife influences `(n - 1)(center - value)` of single values (Efron 1987), from the estimates without each of
/// them; the center is their mean, or the estimate from all.
public func influences(ofJackknife values: [Double], around estimate: Double? = nil) -> [Double] {
  guard let center = estimate ?? mean(values) else { return [] }
  return values.map { Double(values.count - 1) * (center - $0) }
}

/// The acceleration for several samples (Davison and Hinkley 1997, Bootstrap Methods and their Application, 5.3.2),
/// `Σₛ Σ l³/nₛ³ / (6 (Σₛ Σ l²/nₛ²)^(3/2))` over strata `s` with influences `l = (nₛ - 1)(mean - jackknife)`, from the
/// estimates without each of a stratum's values; those that are not defined are left out.
func acceleration(ofJackknifeByStratum strata: [[Double]]) -> Double {
  var (cubes, squares) = (0.0, 0.0)
  for values in strata.map({ $0.filter(\.isFinite) }) where !values.isEmpty {
    let n = Double(values.count)
    let center = mean(values.span)
    for value in values {
      let influence = (n - 1) * (center - value)
      cubes += influence * influence * influence / (n * n * n)
      squares += influence * influence / (n * n)
    }
  }
  return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
}
