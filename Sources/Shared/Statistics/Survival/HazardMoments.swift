import ElementaryFunctions
import LinearAlgebra

/// What the standard error of a predicted risk needs of the rows that a Cox model was fitted to (Tsiatis 1981,
/// doi:10.1214/aos/1176345335): R's `survfit` of a `coxph`.
package struct HazardMoments: Equatable, Sendable {
  /// Until and with one time.
  package struct Sum: Equatable, Sendable {
    package let time: Double
    /// `Λ₀`, at a linear predictor of 0.
    package let hazard: Double
    /// Of `ln Λ₀`, were the coefficients known.
    package let logVariance: Double
    /// Of each column over the rows at risk, weighted by their hazards and averaged by `dΛ₀`.
    package let means: [Double]
  }

  private var times: [Double] = []
  private var hazards: [Double] = []
  private var variances: [Double] = []
  /// `Σ x̄ dΛ₀`.
  private var weighted: [[Double]] = []

  /// Until and with a time; `nil` before the first event.
  package func sum(at time: Double) -> Sum? {
    let place = times.countNotAbove(time) - 1
    guard place >= 0, hazards[place] > 0 else { return nil }
    let hazard = hazards[place]
    return Sum(
      time: time, hazard: hazard, logVariance: variances[place] / (hazard * hazard),
      means: weighted[place].map { $0 / hazard })
  }

  /// - Parameters:
  ///   - likelihood: of one stratum, with the columns of the model.
  ///   - eta: linear predictor of each row.
  init(_ likelihood: CoxLikelihood, at eta: [Double]) {
    let largest = eta.max() ?? 0
    let (scale, size) = (Elementary.exp(-largest), likelihood.design.columns)
    var steps: [(time: Double, hazard: Double, variance: Double, weighted: [Double])] = []
    likelihood.forEachRiskSet(at: eta) { time, total, means in
      let hazard = scale / total
      steps.append((time, hazard, hazard * hazard, means.map { hazard * $0 }))
    }
    var (hazard, variance) = (0.0, 0.0)
    var sums = [Double](repeating: 0, count: size)
    for step in steps.reversed() {
      hazard += step.hazard
      variance += step.variance
      for index in 0..<size { sums[index] += step.weighted[index] }
      if times.last == step.time {
        times.removeLast()
        hazards.removeLast()
        variances.removeLast()
        weighted.removeLast()
      }
      times.append(step.time)
      hazards.append(hazard)
      variances.append(variance)
      weighted.append(sums)
    }
  }
}

extension HazardMoments.Sum {
  /// Probability of the event, with 95 % on the scale of `ln Λ`.
  /// - Parameters:
  ///   - predictor: linear predictor of a row.
  ///   - values: its columns, as those of the fit.
  ///   - covariance: of the coefficients.
  package func risk(_ predictor: Double, _ values: [Double], _ covariance: [[Double]]) -> (Double, Interval) {
    let differences = zip(values, means).map { $0 - $1 }
    var variance = logVariance
    for (row, first) in differences.enumerated() {
      for (column, second) in differences.enumerated() {
        variance += first * second * covariance[row][column]
      }
    }
    let reach = NormalDistribution.quantile(0.975) * max(0, variance).squareRoot()
    func risk(_ log: Double) -> Double { 1 - Elementary.exp(-hazard * Elementary.exp(log)) }
    return (risk(predictor), Interval(lower: risk(predictor - reach), upper: risk(predictor + reach)))
  }
}
