import LinearAlgebra

/// Standardised differences of two groups, as the packages tableone of PyPI and R print them.
public enum StandardizedDifference {
  /// Mean of the second minus mean of the first, over the root of the mean variance (n - 1) (Cohen 1988).
  /// - Returns: `nil` where a group has fewer than two values or neither varies.
  public static func ofNumbers(_ first: [Double], _ second: [Double]) -> Double? {
    guard first.count > 1, second.count > 1 else { return nil }
    let (a, b) = (Moments(first), Moments(second))
    let (s, t) = (a.standardDeviation, b.standardDeviation)
    let scale = (0.5 * (s * s + t * t)).squareRoot()
    return scale > 0 ? (b.mean - a.mean) / scale : nil
  }

  /// The multinomial distance of Yang and Dalton (2012, SAS Global Forum, paper 335), without the first level: 0 or
  /// more.
  /// - Parameters: counts of each level.
  /// - Returns: `nil` where a group is empty, or the levels divide the groups.
  public static func ofCategories(_ first: [Int], _ second: [Int]) -> Double? {
    let (n, m) = (first.reduce(0, +), second.reduce(0, +))
    guard n > 0, m > 0 else { return nil }
    // Levels that nobody has make the covariance singular.
    let used = first.indices.filter { first[$0] + second[$0] > 0 }.dropFirst()
    guard !used.isEmpty else { return 0 }
    let p = used.map { Double(first[$0]) / Double(n) }
    let q = used.map { Double(second[$0]) / Double(m) }
    var covariance = Matrix(rows: p.count, columns: p.count)
    for i in p.indices {
      for j in p.indices {
        covariance[i, j] =
          0.5 * (i == j ? p[i] * (1 - p[i]) + q[i] * (1 - q[i]) : -p[i] * p[j] - q[i] * q[j])
      }
    }
    guard let factor = Cholesky(covariance, tolerance: 1e-13) else { return nil }
    let difference = zip(p, q).map { $1 - $0 }
    return dot(difference, factor.solve(difference)).squareRoot()
  }
}
