import ElementaryFunctions
import LinearAlgebra

/// Proportional-hazards regression (Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x) by maximum partial likelihood, or
/// with a ridge penalty: `coxph` of R's survival.
public struct CoxRegression: Equatable, Sendable {
  /// The hazard of rows whose linear predictor is 0, added up over time.
  public struct Baseline: Equatable, Sendable, Codable {
    /// Times of events, ascending.
    public let times: [Double]
    /// `Λ₀` just after each of them.
    public let cumulativeHazards: [Double]

    /// Added up until and with `time`; beyond the last event the last value.
    public func cumulativeHazard(at time: Double) -> Double {
      let place = times.countNotAbove(time)
      return place > 0 ? cumulativeHazards[place - 1] : 0
    }

    /// `exp(-Λ₀(t) e^η)`: the probability of no event until and with `time`.
    public func survival(at time: Double, linearPredictor: Double) -> Double {
      let hazard = cumulativeHazard(at: time)
      return hazard == 0 ? 1 : Elementary.exp(-hazard * Elementary.exp(linearPredictor))
    }

    /// From its times and hazards, of equal number.
    public init(times: [Double], cumulativeHazards: [Double]) {
      precondition(times.count == cumulativeHazards.count, "one hazard for each time")
      (self.times, self.cumulativeHazards) = (times, cumulativeHazards)
    }
  }

  /// Change of the log hazard with one unit of each column.
  public let coefficients: [Double]
  /// Mean of each column, at which the linear predictor is 0.
  public let means: [Double]
  /// Inverse information of the coefficients.
  public let covariance: Matrix
  /// Logarithm of the partial likelihood of the fit, without the penalty.
  public let logLikelihood: Double
  /// The same of coefficients of 0.
  public let nullLogLikelihood: Double
  /// χ² of the score test that all coefficients are 0, with as many degrees of freedom.
  public let scoreStatistic: Double
  /// Newton's steps taken.
  public let iterations: Int
  /// The likelihood still rises as a coefficient goes to infinity: some of `coefficients` are arbitrary. Always `false`
  /// with a penalty.
  public let isMonotone: Bool
  /// Baseline hazard of each stratum, in the order of their numbers.
  public let baselines: [Baseline]
  /// Number of events.
  public let eventCount: Int
  /// How ties were treated.
  public let ties: CoxTies

  /// Standard error of each coefficient.
  public var standardErrors: [Double] {
    (0..<covariance.rows).map { covariance[$0, $0].squareRoot() }
  }

  /// `e^β`: how many times the hazard is with one unit more of each column.
  public var hazardRatios: [Double] { coefficients.map(Elementary.exp) }

  /// Wald's intervals of the hazard ratios.
  public func hazardRatioIntervals(confidence: Double = 0.95) -> [Interval] {
    let z = NormalDistribution.quantile(0.5 + 0.5 * confidence)
    return zip(coefficients, standardErrors).map { coefficient, error in
      Interval(
        lower: Elementary.exp(coefficient - z * error), upper: Elementary.exp(coefficient + z * error))
    }
  }

  /// Two-sided Wald p-value of each coefficient.
  public var waldP: [Double] {
    zip(coefficients, standardErrors).map { NormalDistribution.twoSided($0 / $1) }
  }

  /// p-value of the likelihood-ratio test that all coefficients are 0.
  public var likelihoodRatioP: Double {
    ChiSquaredDistribution.upperTail(
      2 * (logLikelihood - nullLogLikelihood), degrees: Double(coefficients.count))
  }

  /// `Σ β (x - mean)` of rows with the columns of the fit: the log hazard relative to that of the means.
  public func linearPredictor(of features: Matrix) -> [Double] {
    let center = dot(coefficients, means)
    return features.times(coefficients).map { $0 - center }
  }

  /// Fits to rows by columns.
  /// - Parameters:
  ///   - features: rows by columns, finite.
  ///   - survival: times and events of the rows.
  ///   - strata: a number for each row; each stratum has a baseline of its own. `nil` for one.
  ///   - ties: how events at the same time are treated.
  ///   - ridgePenalty: `penalty/2 Σ β²` is taken from the log-likelihood; 0 for none.
  /// - Throws: `oneClass` without an event; `collinear` where an unpenalised fit has no unique solution.
  public init(
    features: Matrix, survival: SurvivalTimes, strata: [Int]? = nil, ties: CoxTies = .efron,
    ridgePenalty: Double = 0
  ) throws(StatisticsError) {
    precondition(survival.count == features.rows && strata?.count ?? features.rows == features.rows)
    guard survival.eventCount > 0 else {
      throw StatisticsError(
        .oneClass,
        "Cox regression: none of the \(survival.count) rows has an event; at least one is needed")
    }
    var newton = CoxNewton(
      features: features, survival: survival, strata: strata, ties: ties, penalty: ridgePenalty)
    try newton.run()
    coefficients = newton.coefficients
    means = newton.centers
    covariance = try newton.covariance()
    logLikelihood = newton.likelihood.logLikelihood(at: newton.eta)
    nullLogLikelihood = newton.nullLogLikelihood
    scoreStatistic = newton.scoreStatistic
    iterations = newton.iterations
    isMonotone = newton.isMonotone
    baselines = newton.likelihood.baselines(at: newton.eta)
    eventCount = survival.eventCount
    self.ties = ties
  }
}

/// Newton's method with halved steps, on columns of mean 0 and unit standard deviation.
struct CoxNewton {
  let likelihood: CoxLikelihood
  let centers: [Double]
  let scales: [Double]
  /// Ridge penalty of each scaled coefficient.
  private let quadratic: [Double]
  private var beta: [Double]
  private(set) var eta: [Double]
  private(set) var iterations = 0
  private(set) var isMonotone = false
  private(set) var nullLogLikelihood = 0.0
  private(set) var scoreStatistic = 0.0

  init(features: Matrix, survival: SurvivalTimes, strata: [Int]?, ties: CoxTies, penalty: Double) {
    let moments = (0..<features.columns).map { Moments(features.column($0)) }
    centers = moments.map(\.mean)
    scales = moments.map { $0.sumOfSquares > 0 && $0.count > 1 ? $0.standardDeviation : 1 }
    let (centers, scales) = (centers, scales)
    let design = Matrix(
      columns: (0..<features.columns).map { column in
        features.column(column).map { ($0 - centers[column]) / scales[column] }
      }, rows: features.rows)
    likelihood = CoxLikelihood(design: design, survival: survival, strata: strata, ties: ties)
    quadratic = scales.map { penalty / ($0 * $0) }
    beta = [Double](repeating: 0, count: features.columns)
    eta = [Double](repeating: 0, count: features.rows)
  }

  /// On the scale of the columns given.
  var coefficients: [Double] { zip(beta, scales).map { $0 / $1 } }

  mutating func run() throws(StatisticsError) {
    nullLogLikelihood = likelihood.logLikelihood(at: eta)
    var objective = nullLogLikelihood
    var lastChange = Double.infinity
    for iteration in 1...100 {
      let (slope, factor) = try derivatives()
      var step = factor.solve(slope)
      if iteration == 1 { scoreStatistic = dot(slope, step) }
      let before = (eta: eta, objective: objective)
      iterations = iteration
      var (next, nextEta, value) = moved(by: step)
      while !(value >= objective - 1e-12 * abs(objective)), step.contains(where: { abs($0) > 1e-14 }) {
        step = step.map { 0.5 * $0 }
        (next, nextEta, value) = moved(by: step)
      }
      (beta, eta, objective) = (next, nextEta, value)
      let change = zip(eta, before.eta).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if change < 1e-11 * max(1, eta.reduce(0) { max($0, abs($1)) }) { return }
      // At a finite maximum Newton's steps shrink quadratically; where the likelihood has settled (R's criterion) and
      // predictors still move as before, the maximum lies at infinity.
      let isSettled = abs(objective - before.objective) < 1e-9 * max(abs(objective), 1e-3)
      if isSettled, change > 1e-3, change > 0.5 * lastChange, !quadratic.contains(where: { $0 > 0 }) {
        isMonotone = true
        return
      }
      lastChange = change
    }
  }

  private func moved(by step: [Double]) -> ([Double], [Double], Double) {
    let next = zip(beta, step).map { $0 + $1 }
    let eta = likelihood.design.times(next)
    let penalty = zip(quadratic, next).reduce(0) { $0 + 0.5 * $1.0 * $1.1 * $1.1 }
    return (next, eta, likelihood.logLikelihood(at: eta) - penalty)
  }

  private func derivatives() throws(StatisticsError) -> (slope: [Double], information: Cholesky) {
    let size = beta.count
    var slope = beta.indices.map { -quadratic[$0] * beta[$0] }
    var information = Matrix(rows: size, columns: size)
    for i in 0..<size { information[i, i] = quadratic[i] }
    likelihood.forEachTime(at: eta) { term in
      for i in 0..<size { slope[i] += term.score[i] }
      for index in information.values.indices { information.values[index] += term.information.values[index] }
    }
    guard let factor = Cholesky(information, tolerance: 1e-13) else {
      throw StatisticsError(
        .collinear,
        "Cox regression: the \(size) columns are collinear over \(eta.count) rows, so that no single solution exists; "
          + "select fewer features or choose a ridge penalty")
    }
    return (slope, factor)
  }

  /// Inverse information on the scale of the columns given.
  func covariance() throws(StatisticsError) -> Matrix {
    var inverse = try derivatives().information.inverse
    for i in scales.indices { for j in scales.indices { inverse[i, j] /= scales[i] * scales[j] } }
    return inverse
  }
}
