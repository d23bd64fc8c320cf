/// How an elastic-net path is computed; the defaults are glmnet's (`glmnet.control`; Friedman, Hastie and Tibshirani
/// 2010, doi:10.18637/jss.v033.i01).
public struct ElasticNetSettings: Equatable, Sendable, Codable {
  /// 1 for the LASSO, 0 for ridge: penalty `λ (α |β|₁ + (1 - α)/2 |β|₂²)`.
  public var alpha = 1.0
  /// Number of λ in a sequence of its own.
  public var lambdaCount = 100
  /// Smallest over largest λ; `nil` for 0.01 where there are fewer rows than columns, else 0.0001.
  public var lambdaMinimumRatio: Double?
  /// Coordinate descent ends when no weighted squared change of a coefficient exceeds this times the null deviance.
  public var tolerance = 1e-7
  /// The path ends where the explained share of deviance grows by less than this, or passes `maximumDevianceRatio`.
  public var minimumDevianceGain = 1e-5
  /// Explained share of the deviance beyond which a sequence of its own ends.
  public var maximumDevianceRatio = 0.999
  /// Passes over the columns, all λ together, after which the path ends early.
  public var maximumPasses = 100_000
  /// Whether descent that drags on is cut short by solving for the active columns at once; `false` is glmnet's plain
  /// descent, which stops short of the optimum where columns are nearly collinear.
  public var usesDirectSteps = true

  /// glmnet's defaults.
  public init() {}
}

/// Coefficients of an elastic-net logistic regression on the scale of the columns given, one set for each λ.
public struct ElasticNetPath: Equatable, Sendable {
  /// One solution: only coefficients that are not zero, in column order.
  public struct Solution: Equatable, Sendable {
    /// The penalty's weight, 1/n form.
    public let lambda: Double
    /// On the scale of the columns given.
    public let intercept: Double
    /// Columns with a coefficient, ascending.
    public let columns: [Int]
    /// In the order of `columns`, none of them zero.
    public let coefficients: [Double]
    /// Share of the null deviance explained.
    public let devianceRatio: Double
  }

  /// In order of falling λ.
  public let solutions: [Solution]
  /// Twice the negative log-likelihood of the model without columns, weights summing to their total.
  public let nullDeviance: Double
}

extension ElasticNetPath.Solution {
  /// Linear predictor of the rows of a matrix with the columns of the fit.
  public func linearPredictor(column: (Int) -> [Double], rows: Int) -> [Double] {
    var predictor = [Double](repeating: intercept, count: rows)
    for (index, coefficient) in zip(columns, coefficients) {
      let values = column(index)
      for row in 0..<rows { predictor[row] += coefficient * values[row] }
    }
    return predictor
  }
}
