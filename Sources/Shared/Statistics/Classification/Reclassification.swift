import LinearAlgebra

/// What a new model's probabilities improve over another's for the same rows (Pencina et al. 2008,
/// doi:10.1002/sim.2929, and 2011, doi:10.1002/sim.4085; `improveProb` of R's Hmisc).
public struct Reclassification: Equatable, Sendable, Codable {
  /// An improvement, its parts among cases and controls, and the test that there is none.
  public struct Improvement: Equatable, Sendable, Codable {
    /// `cases + controls`.
    public let value: Double
    /// Its part among cases.
    public let cases: Double
    /// Its part among controls.
    public let controls: Double
    /// Of the value, by the normal theory.
    public let standardError: Double
    /// `value / standardError`; 0 where both vanish.
    public let z: Double
    /// Two-sided normal.
    public let p: Double
    /// Normal, around the value.
    public let interval: Interval

    init(cases: Double, controls: Double, variance: Double, confidence: Double) {
      value = cases + controls
      (self.cases, self.controls) = (cases, controls)
      standardError = max(0, variance).squareRoot()
      z = value == 0 ? 0 : value / standardError
      p = NormalDistribution.twoSided(z)
      let half = NormalDistribution.quantile(0.5 + 0.5 * confidence) * standardError
      interval = Interval(lower: value - half, upper: value + half)
    }
  }

  /// Net reclassification by any change of probability.
  public let continuous: Improvement
  /// Net reclassification between categories; `nil` without bounds.
  public let categorical: Improvement?
  /// Integrated discrimination: the change of the difference of mean probabilities.
  public let discrimination: Improvement

  /// Compares two models' predicted probabilities of cases, one of each for each outcome.
  /// - Parameters:
  ///   - old: probabilities by the model to improve on.
  ///   - new: probabilities by the model in question.
  ///   - positives: the outcome of each row.
  ///   - clusters: of rows that are not independent: variances are then those of the clusters' sums.
  ///   - bounds: ascending lower ends of all categories but the lowest.
  ///   - confidence: of the intervals, between 0 and 1.
  /// - Returns: `nil` with fewer than two cases or controls.
  public init?(
    from old: [Double], to new: [Double], positives: [Bool], clusters: Clusters? = nil,
    bounds: [Double] = [], confidence: Double = 0.95
  ) {
    precondition(old.count == new.count && old.count == positives.count, "predictions for the same rows")
    let cases = positives.indices.filter { positives[$0] }
    let controls = positives.indices.filter { !positives[$0] }
    guard cases.count > 1, controls.count > 1 else { return nil }
    /// Variance of the mean among cases less that among controls, of rows that are not independent.
    func clustered(_ values: [Double]) -> Double? {
      clusters.map { $0.variance(ofTotal: Self.influences(values, positives: positives)) }
    }
    func net(_ change: (Int) -> Double) -> Improvement {
      let parts = [cases, controls].map { rows in Self.net(rows.map(change)) }
      let signs = positives.indices.map { row in change(row) > 0 ? 1.0 : (change(row) < 0 ? -1 : 0) }
      return Improvement(
        cases: parts[0].mean, controls: -parts[1].mean,
        variance: clustered(signs) ?? parts[0].variance + parts[1].variance, confidence: confidence)
    }
    func category(_ p: Double) -> Int { bounds.count { p >= $0 } }
    continuous = net { new[$0] - old[$0] }
    categorical = bounds.isEmpty ? nil : net { Double(category(new[$0]) - category(old[$0])) }
    let changes = [cases, controls].map { rows in Moments(rows.map { new[$0] - old[$0] }) }
    discrimination = Improvement(
      cases: changes[0].mean, controls: -changes[1].mean,
      variance: clustered(zip(new, old).map { $0 - $1 })
        ?? changes.reduce(0.0) { total, moments in
          let n = Double(moments.count)
          return total + moments.sumOfSquares / (n - 1) / n
        }, confidence: confidence)
  }

  /// What each row adds to the difference of the means among cases and among controls, less its expectation.
  private static func influences(_ values: [Double], positives: [Bool]) -> [Double] {
    let means = [false, true].map { outcome in
      Moments(positives.indices.filter { positives[$0] == outcome }.map { values[$0] })
    }
    return positives.indices.map { row in
      let own = means[positives[row] ? 1 : 0]
      return (positives[row] ? 1 : -1) * (values[row] - own.mean) / Double(own.count)
    }
  }

  /// Share that rose less share that fell, and its variance as of a multinomial.
  private static func net(_ changes: [Double]) -> (mean: Double, variance: Double) {
    let n = Double(changes.count)
    let (up, down) = (Double(changes.count { $0 > 0 }), Double(changes.count { $0 < 0 }))
    return ((up - down) / n, (up + down) / (n * n) - (up - down) * (up - down) / (n * n * n))
  }
}
