import ElementaryFunctions
import LinearAlgebra

/// A logistic regression with intercept, fitted by Newton's method (iteratively reweighted least squares): R's `glm`
/// with `family = binomial`, and `logistf` for Firth's.
public struct LogisticRegression: Equatable, Sendable {
  /// What is added to the negative log-likelihood.
  public enum Penalty: Equatable, Sendable {
    /// Nothing: maximum likelihood.
    case none
    /// `penalty/2 Σ βⱼ²` added to the negative log-likelihood; the intercept is free. 1 is scikit-learn's `C = 1`.
    case ridge(Double)
    /// Firth's correction (1993, doi:10.1093/biomet/80.1.27) by half the logarithm of the information's determinant:
    /// finite under separation.
    case firth
  }

  /// A hyperplane divides cases from controls, so that no finite unpenalised maximum exists (Albert and Anderson 1984,
  /// doi:10.1093/biomet/71.1.1).
  public enum Separation: String, Sendable, Codable {
    /// Every case lies on one side, every control on the other.
    case complete
    /// Divides them apart from rows on the plane itself.
    case quasiComplete
  }

  /// Log-odds where all columns are 0.
  public let intercept: Double
  /// Change of the log-odds with one unit of each column.
  public let coefficients: [Double]
  /// Inverse information of intercept and coefficients, on the scale of the columns.
  public let covariance: Matrix
  /// Twice the negative log-likelihood of the fit, and of the intercept alone.
  public let deviance: Double
  /// The same of the intercept alone.
  public let nullDeviance: Double
  /// Newton's steps taken.
  public let iterations: Int
  /// What makes the coefficients above meaningless; always `nil` with a penalty.
  public let separation: Separation?

  /// Standard error of the intercept, then of each coefficient.
  public var standardErrors: [Double] {
    (0..<covariance.rows).map { covariance[$0, $0].squareRoot() }
  }

  /// Two-sided Wald p-values of the intercept, then of each coefficient.
  public var waldP: [Double] {
    zip([intercept] + coefficients, standardErrors).map { NormalDistribution.twoSided($0 / $1) }
  }

  /// p-value of the likelihood-ratio test against the intercept alone.
  public var likelihoodRatioP: Double {
    ChiSquaredDistribution.upperTail(nullDeviance - deviance, degrees: Double(coefficients.count))
  }

  /// Log-odds of rows with the columns of the fit.
  public func linearPredictor(of features: Matrix) -> [Double] {
    features.times(coefficients).map { $0 + intercept }
  }

  /// Fits to rows by columns.
  /// - Parameters:
  ///   - features: rows by columns.
  ///   - outcomes: 0 or 1 for each row.
  ///   - weights: positive counts; `nil` for one each.
  ///   - offset: a known part of each linear predictor.
  ///   - penalty: what is added to the negative log-likelihood.
  /// - Throws: `oneClass`; `collinear` where an unpenalised fit has no unique solution.
  public init(
    features: Matrix, outcomes: [Double], weights: [Double]? = nil, offset: [Double]? = nil,
    penalty: Penalty = .none
  ) throws(StatisticsError) {
    precondition(outcomes.count == features.rows, "one outcome for each row")
    guard let first = outcomes.first, outcomes.contains(where: { $0 != first }) else {
      throw StatisticsError(
        .oneClass, "logistic regression: all \(outcomes.count) rows have the same outcome; both are needed")
    }
    let weights = weights ?? [Double](repeating: 1, count: outcomes.count)
    var newton = LogisticNewton(
      features: features, outcomes: outcomes, weights: weights, offset: offset, penalty: penalty)
    try newton.run()
    (intercept, coefficients) = newton.solution
    covariance = try newton.covariance()
    deviance = newton.deviance
    nullDeviance = Self.nullDeviance(outcomes: outcomes, weights: weights)
    iterations = newton.iterations
    separation = newton.separation
  }

  private static func nullDeviance(outcomes: [Double], weights: [Double]) -> Double {
    let total = sum(weights.span)
    let q = dot(weights, outcomes) / total
    return -2 * total * (q * Elementary.log(q) + (1 - q) * Elementary.log1p(-q))
  }
}
