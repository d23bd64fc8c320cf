import LinearAlgebra

/// Coefficients of an elastic-net Cox regression on the scale of the columns given, one set for each λ.
public struct CoxNetPath: Equatable, Sendable {
  /// One solution: only coefficients that are not zero, in column order.
  public struct Solution: Equatable, Sendable {
    /// The penalty's weight, 1/n form.
    public let lambda: Double
    /// Columns with a coefficient, ascending.
    public let columns: [Int]
    /// In the order of `columns`, none of them zero.
    public let coefficients: [Double]
    /// Share of the null deviance explained.
    public let devianceRatio: Double
  }

  /// In order of falling λ.
  public let solutions: [Solution]
  /// Twice the distance of the log-likelihood without columns from the saturated one, weights adding up to their total.
  public let nullDeviance: Double
}

extension CoxNetPath.Solution {
  /// Linear predictor `Σ β x` of rows with the columns of the fit, without a constant.
  public func linearPredictor(of features: Matrix) -> [Double] {
    var dense = [Double](repeating: 0, count: features.columns)
    for (column, coefficient) in zip(columns, coefficients) { dense[column] = coefficient }
    return features.times(dense)
  }
}

/// Elastic-net Cox regression along a path of λ: `glmnet` of R with `family = "cox"` (Simon et al. 2011,
/// doi:10.18637/jss.v039.i05). Ties are Breslow's.
///
/// Minimises `-1/W ℓ(β) + λ (α |β|₁ + (1 - α)/2 |β|₂²)` with the columns scaled to unit variance (1/n form), `W` the sum
/// of the weights. Settings are those of the logistic path; `usesDirectSteps` has no meaning here.
/// - Parameters:
///   - features: rows by columns, finite.
///   - survival: times and events of the rows.
///   - weights: positive; counts where a row stands for several. `nil` for one each.
///   - rows: the rows to use; `nil` for all.
///   - settings: penalty, tolerance and length of the path.
///   - lambdas: falling; `nil` for glmnet's sequence with its rules for an early end.
/// - Throws: `oneClass` where no row used has an event; `invalidArgument` for a value that is not finite.
public func coxNetPath(
  features: Matrix, survival: SurvivalTimes, weights: [Double]? = nil, rows: [Int]? = nil,
  settings: ElasticNetSettings = .init(), lambdas: [Double]? = nil
) throws(StatisticsError) -> CoxNetPath {
  precondition(survival.count == features.rows && weights?.count ?? features.rows == features.rows)
  let used = rows ?? Array(0..<features.rows)
  guard used.contains(where: { survival.events[$0] }) else {
    throw StatisticsError(
      .oneClass,
      "elastic-net Cox regression: none of the \(used.count) rows has an event; at least one is needed")
  }
  for column in 0..<features.columns {
    for row in used where !features[row, column].isFinite {
      throw StatisticsError(
        .invalidArgument,
        "elastic-net Cox regression: row \(row + 1) of column \(column + 1) is \(features[row, column]); expected a number"
      )
    }
  }
  var solver = CoxNetSolver(
    features: features, survival: survival,
    weights: weights ?? [Double](repeating: 1, count: features.rows), rows: used, settings: settings)
  return solver.path(lambdas: lambdas)
}
