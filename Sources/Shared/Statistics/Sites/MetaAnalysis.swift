import LinearAlgebra

/// Estimates of several sites pooled by a random-effects model `yᵢ = μ + uᵢ + eᵢ`, `uᵢ ~ N(0, τ²)`, `eᵢ ~
/// N(0, vᵢ)`: `rma` of R's metafor. The prediction interval is that of Higgins, Thompson and Spiegelhalter (2009),
/// doi:10.1111/j.1467-985X.2008.00552.x, with k - 1 degrees of freedom as in metafor.
public struct MetaAnalysis: Equatable, Sendable, Codable {
  /// How the variance between sites is estimated.
  public enum Method: String, Sendable, Codable, CaseIterable {
    /// By moments (DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2).
    case derSimonianLaird = "dl"
    /// Restricted maximum likelihood (Viechtbauer 2005, doi:10.3102/10769986030003261).
    case restrictedLikelihood = "reml"
  }

  /// What the mean is compared with.
  public enum Test: String, Sendable, Codable, CaseIterable {
    /// The standard normal distribution.
    case normal = "z"
    /// Student's t with k - 1 degrees of freedom and a variance from the residuals (Hartung and Knapp 2001,
    /// doi:10.1002/sim.791).
    case hartungKnapp = "knha"
    /// The same, with a variance from the residuals that is not below that of the sampling errors (Knapp and Hartung 2003,
    /// doi:10.1002/sim.1482; Röver, Knapp and Friede 2015, doi:10.1186/s12874-015-0091-1).
    ///
    /// Where the estimates are more alike than their sampling errors let expect, equal ones say, the plain interval is
    /// narrower than that of any single model, down to a width of 0. This one is never narrower than that of the fixed-effect
    /// model at the same confidence.
    case modifiedHartungKnapp = "adhoc"
  }

  /// How `tau2` was estimated.
  public let method: Method
  /// How `p` and the intervals were computed.
  public let test: Test
  /// Number of estimates.
  public let count: Int
  /// The pooled estimate.
  public let mean: Double
  /// Of the mean.
  public let standardError: Double
  /// `mean / standardError`.
  public let statistic: Double
  /// Two-sided, of a mean of 0.
  public let p: Double
  /// Of the mean.
  public let interval: Interval
  /// Where the estimate of another site is expected: normal, or Student's t with k - 1 degrees of freedom.
  public let predictionInterval: Interval
  /// Variance between sites.
  public let tau2: Double
  /// Of `tau2`, by the information or the moments.
  public let tau2StandardError: Double
  /// From the profile of Cochran's Q (Viechtbauer 2007, doi:10.1002/sim.2514); `nil` where even 0 is above it.
  public let tau2Interval: Interval?
  /// Share, in per cent, of the total variance that lies between sites; and total over sampling variance.
  public let i2: Double
  /// Total over sampling variance, 1 or more.
  public let h2: Double
  /// Cochran's Q, and the p-value of no difference between sites.
  public let q: Double
  /// p-value of no difference between sites, by χ² with k - 1 degrees of freedom.
  public let qP: Double
  /// Fewer than five sites: `tau2` and all that follows from it are uncertain.
  public var hasFewSites: Bool { count < 5 }

  /// Pools estimates with known variances.
  /// - Throws: `tooFewSubjects` with fewer than two estimates; `invalidArgument` where one is not finite or a
  ///   variance not positive.
  public init(
    _ estimates: [Double], variances: [Double], method: Method = .restrictedLikelihood,
    test: Test = .modifiedHartungKnapp, confidence: Double = 0.95
  ) throws(StatisticsError) {
    precondition(estimates.count == variances.count, "one variance for each estimate")
    let effects = RandomEffects(estimates: estimates, variances: variances)
    try effects.check()
    let k = Double(estimates.count)
    (self.method, self.test, count) = (method, test, estimates.count)
    let tau2 = method == .derSimonianLaird ? effects.moments : effects.restrictedLikelihood
    self.tau2 = tau2
    tau2StandardError =
      method == .derSimonianLaird
      ? effects.momentsError(tau2) : (2 / effects.sums(tau2).traceOfSquare).squareRoot()
    let sums = effects.sums(tau2)
    let residual =
      switch test {
      case .normal: 1.0
      case .hartungKnapp: (sums.q / (k - 1)).squareRoot()
      case .modifiedHartungKnapp: max(1, sums.q / (k - 1)).squareRoot()
      }
    mean = sums.mean
    standardError = residual / sums.weight.squareRoot()
    statistic = mean / standardError
    let degrees = test == .normal ? nil : k - 1
    let statistic = statistic
    p =
      degrees.map { StudentDistribution.twoSided(statistic, degrees: $0) }
      ?? NormalDistribution.twoSided(statistic)
    let tail = 0.5 * (1 - confidence)
    let quantile =
      degrees.map { StudentDistribution.quantile(1 - tail, degrees: $0) }
      ?? NormalDistribution.quantile(1 - tail)
    interval = Interval(lower: mean - quantile * standardError, upper: mean + quantile * standardError)
    let spread = quantile * (standardError * standardError + tau2).squareRoot()
    predictionInterval = Interval(lower: mean - spread, upper: mean + spread)
    tau2Interval = effects.profileInterval(tail: tail)
    let typical = effects.typicalVariance
    (i2, h2) = (100 * tau2 / (tau2 + typical), tau2 / typical + 1)
    q = effects.sums(0).q
    qP = ChiSquaredDistribution.upperTail(q, degrees: k - 1)
  }
}

/// Weighted sums of a random-effects model.
private struct RandomEffects {
  let estimates: [Double]
  let variances: [Double]

  /// At weights `1/(v + τ²)`; `P = W - W1(1ᵀW1)⁻¹1ᵀW` projects the mean out.
  struct Sums {
    let weight: Double
    let mean: Double
    /// `Σ w (y - mean)²` and `Σ w² (y - mean)²`.
    let q: Double
    let squaredQ: Double
    let trace: Double
    let traceOfSquare: Double
  }

  func check() throws(StatisticsError) {
    guard estimates.count > 1 else {
      throw StatisticsError(
        .tooFewSubjects, "random-effects pooling: \(estimates.count) estimates; two sites are the least")
    }
    for (estimate, variance) in zip(estimates, variances)
    where !(estimate.isFinite && variance.isFinite && variance > 0) {
      throw StatisticsError(
        .invalidArgument,
        "random-effects pooling: estimate \(estimate) with variance \(variance); both must be finite and "
          + "the variance "
          + "positive. Leave that site out and say so")
    }
  }

  func sums(_ tau2: Double) -> Sums {
    let w = variances.map { 1 / ($0 + tau2) }
    let total = sum(w.span)
    let squares = dot(w, w)
    let cubes = dot(w.map { $0 * $0 }, w)
    let mean = dot(w, estimates) / total
    let distances = zip(w, estimates).map { $0 * ($1 - mean) }
    return Sums(
      weight: total, mean: mean, q: dot(distances, estimates.map { $0 - mean }),
      squaredQ: dot(distances, distances), trace: total - squares / total,
      traceOfSquare: squares - 2 * cubes / total + squares * squares / (total * total))
  }

  /// DerSimonian and Laird's.
  var moments: Double {
    let fixed = sums(0)
    return max(0, (fixed.q - Double(estimates.count - 1)) / fixed.trace)
  }

  func momentsError(_ tau2: Double) -> Double {
    let fixed = sums(0)
    let spread =
      2 * Double(estimates.count - 1) + 4 * tau2 * fixed.trace + 2 * tau2 * tau2 * fixed.traceOfSquare
    return spread.squareRoot() / fixed.trace
  }

  /// By Fisher's scoring from the moments' estimate, cut at 0, until nothing changes.
  var restrictedLikelihood: Double {
    var tau2 = moments
    for _ in 0..<1_000 {
      let current = sums(tau2)
      let next = max(0, tau2 + (current.squaredQ - current.trace) / current.traceOfSquare)
      let change = abs(next - tau2)
      tau2 = next
      if change <= 1e-15 * tau2 { break }
    }
    return tau2
  }

  /// Where the generalised Q, which falls with τ², meets the quantiles of χ² with k - 1 degrees of freedom.
  func profileInterval(tail: Double) -> Interval? {
    let degrees = Double(estimates.count - 1)
    let ends = [1 - tail, tail].map { p in
      let bound = ChiSquaredDistribution.quantile(p, degrees: degrees)
      guard sums(0).q > bound else { return -1.0 }
      var upper = max(1, moments)
      while sums(upper).q > bound { upper *= 2 }
      return bisection(from: 0, to: upper) { sums($0).q > bound }
    }
    return ends[1] < 0 ? nil : Interval(lower: max(0, ends[0]), upper: ends[1])
  }

  /// Higgins and Thompson's typical sampling variance (2002, doi:10.1002/sim.1186).
  var typicalVariance: Double { Double(estimates.count - 1) / sums(0).trace }
}

extension DeLong {
  /// `ln(auc/(1 - auc))` and its variance by the delta method, `variance/(auc(1 - auc))²`; `nil` at an AUC of
  /// 0 or 1.
  public var logitEstimate: (value: Double, variance: Double)? {
    guard auc > 0, auc < 1 else { return nil }
    let slope = auc * (1 - auc)
    return (logit(auc), variance / (slope * slope))
  }
}
