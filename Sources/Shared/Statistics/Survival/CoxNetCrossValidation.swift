import LinearAlgebra

/// An elastic-net Cox path whose λ is chosen by cross-validated partial likelihood: `cv.glmnet` of R with
/// `family = "cox"` and `grouped = TRUE`.
///
/// What a fold adds is the deviance of all rows less that of the rows outside the fold, at coefficients fitted outside
/// it, for each event of the fold (Verweij and van Houwelingen 1993, doi:10.1002/sim.4780122407).
public struct CrossValidatedCoxPath: Equatable, Sendable {
  /// Fitted to all rows.
  public let path: CoxNetPath
  /// Mean deviance an event at each λ of the path, folds weighted by their events.
  public let meanDeviance: [Double]
  /// Standard error of that mean over the folds.
  public let standardError: [Double]

  /// Fits the whole path and that of every fold.
  /// - Parameters:
  ///   - features: rows by columns.
  ///   - survival: times and events of the rows.
  ///   - weights: positive; counts where a row stands for several.
  ///   - folds: a fold number from 0 for each row, each fold with an event inside.
  ///   - settings: of the path.
  ///   - convention: which λ the folds are fitted at.
  /// - Throws: `oneClass` where the rows outside a fold have no event; `tooFewSubjects` where a fold has none.
  public init(
    features: Matrix, survival: SurvivalTimes, weights: [Double]? = nil, folds: [Int],
    settings: ElasticNetSettings = .init(), convention: CrossValidatedPath.Convention = .ownPath
  ) throws(StatisticsError) {
    precondition(survival.count == features.rows && folds.count == features.rows)
    let weights = weights ?? [Double](repeating: 1, count: features.rows)
    let whole = try coxNetPath(features: features, survival: survival, weights: weights, settings: settings)
    let lambdas = whole.solutions.map(\.lambda)
    let all = RiskSets(survival, weights: weights)
    var (deviances, sizes) = ([[Double]](), [Double]())
    for fold in Set(folds).sorted() {
      let events = folds.indices.filter { folds[$0] == fold && survival.events[$0] }
      guard !events.isEmpty else {
        throw StatisticsError(
          .tooFewSubjects,
          "cross-validation of a Cox path: fold \(fold + 1) has no event; use fewer folds, or stratify them by event"
        )
      }
      let outside = folds.indices.filter { folds[$0] != fold }
      let fit = try coxNetPath(
        features: features, survival: survival, weights: weights, rows: outside, settings: settings,
        lambdas: convention == .ownPath ? nil : lambdas)
      let rest = RiskSets(survival.selecting(outside), weights: outside.map { weights[$0] })
      let size = events.reduce(0) { $0 + weights[$1] }
      let predictors = fit.solutions.map { $0.linearPredictor(of: features) }
      deviances.append(
        lambdas.map { lambda in
          let eta = Self.interpolated(predictors, at: lambda, of: fit.solutions, rows: features.rows)
          return (all.deviance(at: eta) - rest.deviance(at: outside.map { eta[$0] })) / size
        })
      sizes.append(size)
    }
    path = whole
    (meanDeviance, standardError) = crossValidationSummary(deviances, sizes: sizes, count: lambdas.count)
  }

  /// Index of the λ that a rule chooses; `nil` for an empty path.
  public func index(by rule: CrossValidatedPath.Rule) -> Int? {
    guard let smallest = meanDeviance.min(), let best = meanDeviance.firstIndex(of: smallest) else {
      return nil
    }
    guard rule == .oneStandardError else { return best }
    let bound = smallest + standardError[best]
    return meanDeviance.firstIndex { $0 <= bound }
  }

  /// Predictors between those of the neighbours of `lambda`; the ends hold beyond the ends, and an empty path gives 0.
  private static func interpolated(
    _ predictors: [[Double]], at lambda: Double, of solutions: [CoxNetPath.Solution], rows: Int
  ) -> [Double] {
    guard let last = predictors.last else { return [Double](repeating: 0, count: rows) }
    guard let right = solutions.firstIndex(where: { $0.lambda <= lambda }) else { return last }
    guard right > 0 else { return predictors[0] }
    let (upper, lower) = (solutions[right - 1].lambda, solutions[right].lambda)
    let share = (lambda - lower) / (upper - lower)
    return zip(predictors[right - 1], predictors[right]).map { share * $0 + (1 - share) * $1 }
  }
}

/// Mean and standard error over folds at each λ, folds weighted by size.
private func crossValidationSummary(_ folds: [[Double]], sizes: [Double], count: Int) -> ([Double], [Double])
{
  let total = sizes.reduce(0, +)
  var (means, errors) = ([Double](), [Double]())
  for index in 0..<count {
    let mean = zip(folds, sizes).reduce(0) { $0 + $1.0[index] * $1.1 } / total
    let spread = zip(folds, sizes).reduce(0) { sum, fold in
      sum + fold.1 * (fold.0[index] - mean) * (fold.0[index] - mean)
    }
    means.append(mean)
    errors.append((spread / total / Double(sizes.count - 1)).squareRoot())
  }
  return (means, errors)
}
