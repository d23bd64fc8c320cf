import LinearAlgebra

/// Variance inflation factors: how many times larger a coefficient's variance is than with unrelated
/// features: `vif` of R's car.
public enum VarianceInflation {
  /// Of columns: `1/(1 - R²)` of each column on the others.
  /// - Returns: `nil` where columns determine each other or are constant.
  public static func factors(of columns: [[Double]]) -> [Double]? {
    factors(ofCorrelation: Correlation.matrix(of: columns, kind: .pearson))
  }

  /// Of a fitted regression, from the covariance of its coefficients without the intercept (Fox and Monette
  /// 1992, doi:10.1080/01621459.1992.10475190).
  public static func factors(of regression: LogisticRegression) -> [Double]? {
    let count = regression.coefficients.count
    var correlation = Matrix(rows: count, columns: count)
    for i in 0..<count {
      for j in 0..<count {
        let (a, b) = (regression.covariance[i + 1, i + 1], regression.covariance[j + 1, j + 1])
        correlation[i, j] = i == j ? 1 : regression.covariance[i + 1, j + 1] / (a * b).squareRoot()
      }
    }
    return factors(ofCorrelation: correlation)
  }

  /// The diagonal of the inverse.
  private static func factors(ofCorrelation correlation: Matrix) -> [Double]? {
    guard let inverse = Cholesky(correlation, tolerance: 1e-14)?.inverse else { return nil }
    return (0..<inverse.rows).map { inverse[$0, $0] }
  }
}
