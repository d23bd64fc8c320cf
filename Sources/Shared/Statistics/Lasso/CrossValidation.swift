import ElementaryFunctions
import LinearAlgebra

/// An elastic-net logistic path whose λ is chosen by cross-validated deviance: `cv.glmnet` of R (Friedman, Hastie and
/// Tibshirani 2010, doi:10.18637/jss.v033.i01).
public struct CrossValidatedPath: Equatable, Sendable {
  /// Which λ the folds are fitted at.
  public enum Convention: String, Sendable, Codable, CaseIterable {
    /// Each fold has its own sequence, and its linear predictor is interpolated at those of the whole: the default
    /// of `cv.glmnet`.
    case ownPath
    /// The sequence of the whole is used in every fold.
    case sharedPath
  }

  /// Which λ of the path is taken.
  public enum Rule: String, Sendable, Codable, CaseIterable {
    /// Smallest mean deviance.
    case minimum = "min"
    /// Largest λ within one standard error of the smallest mean deviance.
    case oneStandardError = "1se"
  }

  /// Fitted to all rows.
  public let path: ElasticNetPath
  /// Mean deviance and its standard error at each λ of the path, folds weighted by size.
  public let meanDeviance: [Double]
  /// Standard error of that mean over the folds.
  public let standardError: [Double]

  /// Fits the whole path and that of every fold.
  /// - Parameters:
  ///   - features: rows by columns.
  ///   - outcomes: 0 or 1 for each row.
  ///   - weights: positive; counts where a row stands for several.
  ///   - folds: a fold number from 0 for each row.
  ///   - settings: of the path.
  ///   - convention: which λ the folds are fitted at.
  /// - Throws: `oneClass` where outcomes of all rows, or of the rows outside one fold, are all equal.
  public init(
    features: Matrix, outcomes: [Double], weights: [Double], folds: [Int],
    settings: ElasticNetSettings = .init(),
    convention: Convention = .ownPath
  ) throws(StatisticsError) {
    precondition(
      outcomes.count == features.rows && weights.count == features.rows && folds.count == features.rows)
    let whole = try elasticNetPath(
      features: features, outcomes: outcomes, weights: weights, settings: settings)
    let lambdas = whole.solutions.map(\.lambda)
    var deviances: [[Double]] = []
    var sizes: [Double] = []
    for fold in 0..<(folds.max() ?? -1) + 1 {
      let inside = folds.indices.filter { folds[$0] == fold }
      let outside = folds.indices.filter { folds[$0] != fold }
      guard !inside.isEmpty else { continue }
      let fit = try elasticNetPath(
        features: features, outcomes: outcomes, weights: weights, rows: outside, settings: settings,
        lambdas: convention == .ownPath ? nil : lambdas)
      deviances.append(
        Self.deviances(
          of: fit, at: lambdas, features: features, outcomes: outcomes, weights: weights, rows: inside))
      sizes.append(inside.reduce(0) { $0 + weights[$1] })
    }
    path = whole
    (meanDeviance, standardError) = Self.summary(deviances, sizes: sizes, count: lambdas.count)
  }

  /// Index of the λ that a rule chooses; `nil` for an empty path.
  public func index(by rule: Rule) -> Int? {
    guard let smallest = meanDeviance.min(), let best = meanDeviance.firstIndex(of: smallest) else {
      return nil
    }
    guard rule == .oneStandardError else { return best }
    let bound = smallest + standardError[best]
    return meanDeviance.firstIndex { $0 <= bound }
  }

  /// Mean deviance of the rows of a fold at each λ, probabilities kept within 10⁻⁵ of 0 and 1.
  private static func deviances(
    of fit: ElasticNetPath, at lambdas: [Double], features: Matrix, outcomes: [Double], weights: [Double],
    rows: [Int]
  ) -> [Double] {
    let predictors = fit.solutions.map { solution in
      solution.linearPredictor(column: { column in rows.map { features[$0, column] } }, rows: rows.count)
    }
    let size = rows.reduce(0) { $0 + weights[$1] }
    return lambdas.map { lambda in
      let (left, right, share) = position(of: lambda, in: fit.solutions)
      var total = 0.0
      for (place, row) in rows.enumerated() {
        let eta = share * predictors[left][place] + (1 - share) * predictors[right][place]
        let p = min(1 - 1e-5, max(1e-5, 1 / (1 + Elementary.exp(-eta))))
        total -= 2 * weights[row] * Elementary.log(outcomes[row] == 1 ? p : 1 - p)
      }
      return total / size
    }
  }

  /// Neighbours of `lambda` on a falling path and the share of the left one; the ends hold beyond the ends.
  private static func position(
    of lambda: Double, in solutions: [ElasticNetPath.Solution]
  ) -> (left: Int, right: Int, share: Double) {
    guard let right = solutions.firstIndex(where: { $0.lambda <= lambda }) else {
      return (solutions.count - 1, solutions.count - 1, 1)
    }
    guard right > 0 else { return (0, 0, 1) }
    let (upper, lower) = (solutions[right - 1].lambda, solutions[right].lambda)
    return (right - 1, right, (lambda - lower) / (upper - lower))
  }

  private static func summary(_ deviances: [[Double]], sizes: [Double], count: Int) -> ([Double], [Double]) {
    let total = sizes.reduce(0, +)
    var (means, errors) = ([Double](), [Double]())
    for index in 0..<count {
      let mean = zip(deviances, sizes).reduce(0) { $0 + $1.0[index] * $1.1 } / total
      let spread = zip(deviances, sizes).reduce(0) { sum, fold in
        sum + fold.1 * (fold.0[index] - mean) * (fold.0[index] - mean)
      }
      means.append(mean)
      errors.append((spread / total / Double(sizes.count - 1)).squareRoot())
    }
    return (means, errors)
  }
}

/// Elastic-net logistic regression along a path of λ, with an intercept that is not penalised: `glmnet` of R with
/// `family = "binomial"` (Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01).
///
/// Minimises `-1/W Σ wᵢ [yᵢ ηᵢ - ln(1 + e^ηᵢ)] + λ (α |β|₁ + (1 - α)/2 |β|₂²)` with the columns scaled to unit
/// variance (1/n form), `W = Σ wᵢ`.
/// - Parameters:
///   - features: rows by columns.
///   - outcomes: 0 or 1 for each row.
///   - weights: positive; `nil` for one each.
///   - rows: the rows to use; `nil` for all.
///   - settings: penalty, tolerance and length of the path.
///   - lambdas: falling; `nil` for glmnet's sequence with its rules for an early end.
/// - Throws: `oneClass` where the outcomes used are all equal.
public func elasticNetPath(
  features: Matrix, outcomes: [Double], weights: [Double]? = nil, rows: [Int]? = nil,
  settings: ElasticNetSettings = .init(), lambdas: [Double]? = nil
) throws(StatisticsError) -> ElasticNetPath {
  let used = rows ?? Array(0..<features.rows)
  guard let first = used.first, used.contains(where: { outcomes[$0] != outcomes[first] }) else {
    throw StatisticsError(
      .oneClass, "elastic net: all \(used.count) rows have the same outcome; both 0 and 1 are needed")
  }
  let problem = ElasticNetProblem(
    features: features, outcomes: outcomes, weights: weights ?? [Double](repeating: 1, count: features.rows),
    rows: used)
  var solver = ElasticNetSolver(problem, settings: settings)
  return solver.path(lambdas: lambdas)
}
