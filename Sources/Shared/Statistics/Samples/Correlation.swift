import LinearAlgebra

/// Pearson's and Spearman's correlation of columns: R's `cor`.
public enum Correlation {
  /// What is correlated.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The values.
    case pearson
    /// Their midranks.
    case spearman
  }

  /// Columns centred and scaled to unit length (ranks first for Spearman), so that a dot product is a correlation.
  /// A constant column becomes zero, and its correlations with it.
  public static func unitColumns(_ columns: [[Double]], kind: Kind) -> [[Double]] {
    columns.map { column in
      let values = kind == .spearman ? midranks(of: column) : column
      let moments = Moments(values)
      let length = moments.sumOfSquares.squareRoot()
      return length > 0 ? values.map { ($0 - moments.mean) / length } : values.map { _ in 0 }
    }
  }

  /// Correlation of two columns of equal length, -1 to 1; 0 where one is constant.
  public static func between(_ a: [Double], _ b: [Double], kind: Kind) -> Double {
    let unit = unitColumns([a, b], kind: kind)
    return clamped(dot(unit[0], unit[1]))
  }

  /// The matrix of all pairs; the diagonal of a constant column is zero.
  public static func matrix(of columns: [[Double]], kind: Kind) -> Matrix {
    let unit = Matrix(columns: unitColumns(columns, kind: kind), rows: columns.first?.count ?? 0)
    var gram = unit.gram()
    for i in gram.values.indices { gram.values[i] = clamped(gram.values[i]) }
    return gram
  }

  /// Greedy pruning: columns are visited by ascending `p` (ties by `ranks`, or else by index), and kept unless |r|
  /// with a column already kept exceeds `maximum`.
  /// - Returns: indices of the columns kept, ascending.
  public static func pruned(
    _ columns: [[Double]], p: [Double], ranks: [Int]? = nil, maximum: Double, kind: Kind
  ) -> [Int] {
    precondition(columns.count == p.count, "one p-value for each column")
    let ranks = ranks ?? Array(columns.indices)
    let order = columns.indices.sorted { p[$0] != p[$1] ? p[$0] < p[$1] : ranks[$0] < ranks[$1] }
    let unit = unitColumns(columns, kind: kind)
    var kept: [Int] = []
    for candidate in order {
      let isRedundant = kept.contains { abs(dot(unit[$0], unit[candidate])) > maximum }
      if !isRedundant { kept.append(candidate) }
    }
    return kept.sorted()
  }

  private static func clamped(_ r: Double) -> Double { min(1, max(-1, r)) }
}
