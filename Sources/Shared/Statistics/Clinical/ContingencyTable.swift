import ElementaryFunctions

/// Counts of groups (rows) by levels (columns), with the tests of their independence.
public struct ContingencyTable: Equatable, Sendable {
  /// Rows by columns, none of them empty.
  public let counts: [[Int]]
  private let rowTotals: [Int]
  private let columnTotals: [Int]
  private let total: Int

  /// Empty rows and columns are left out.
  /// - Returns: `nil` where fewer than two rows or columns are left.
  public init?(_ counts: [[Int]]) {
    precondition(counts.allSatisfy { $0.count == counts[0].count && $0.allSatisfy { $0 >= 0 } })
    let rows = counts.filter { $0.contains { $0 > 0 } }
    let columns = (rows.first ?? []).indices.filter { column in rows.contains { $0[column] > 0 } }
    guard rows.count > 1, columns.count > 1 else { return nil }
    let kept = rows.map { row in columns.map { row[$0] } }
    self.counts = kept
    rowTotals = kept.map { $0.reduce(0, +) }
    columnTotals = columns.indices.map { column in kept.reduce(0) { $0 + $1[column] } }
    total = rowTotals.reduce(0, +)
  }

  /// The smallest count that independence expects.
  public var smallestExpected: Double {
    Double(rowTotals.min() ?? 0) * Double(columnTotals.min() ?? 0) / Double(total)
  }

  /// Pearson's chi-squared test, with Yates' correction for two by two: R's `chisq.test`, SciPy's `chi2_contingency`.
  public var chiSquared: (statistic: Double, degrees: Int, p: Double) {
    let isTwoByTwo = rowTotals.count == 2 && columnTotals.count == 2
    var statistic = 0.0
    for (row, rowTotal) in rowTotals.enumerated() {
      for (column, columnTotal) in columnTotals.enumerated() {
        let expected = Double(rowTotal) * Double(columnTotal) / Double(total)
        let distance = abs(Double(counts[row][column]) - expected)
        let corrected = isTwoByTwo ? distance - min(0.5, distance) : distance
        statistic += corrected * corrected / expected
      }
    }
    let degrees = (rowTotals.count - 1) * (columnTotals.count - 1)
    return (statistic, degrees, ChiSquaredDistribution.upperTail(statistic, degrees: Double(degrees)))
  }

  /// Fisher's exact test, two-sided (Freeman and Halton 1951, doi:10.1093/biomet/38.1-2.141, beyond two by two): the
  /// probability of all tables of these margins that are no likelier than this one. R's `fisher.test`.
  /// - Parameter most: steps of the enumeration, after which it is given up.
  /// - Returns: `nil` where there are too many tables.
  public func fisherP(atMost most: Int = 4_000_000) -> Double? {
    var tables = TablesOfMargins(
      rows: rowTotals, columns: columnTotals,
      observed: counts.joined().reduce(0) { $0 - Elementary.lgamma(Double($1) + 1) }, budget: most)
    return tables.shareNotLikelier()
  }
}

/// Enumerates the tables with given margins, column by column.
private struct TablesOfMargins {
  private let columns: [Int]
  private let factorials: [Double]
  /// Logarithm of the product of factorials of rows and columns over that of the total.
  private let margins: Double
  private let limit: Double
  private var left: [Int]
  private var budget: Int
  private var share = 0.0

  /// - Parameter observed: minus the sum of the logarithms of the observed cells' factorials.
  init(rows: [Int], columns: [Int], observed: Double, budget: Int) {
    self.columns = columns
    left = rows
    self.budget = budget
    let total = rows.reduce(0, +)
    let factorials = (0...total).map { Elementary.lgamma(Double($0) + 1) }
    self.factorials = factorials
    margins = (rows + columns).reduce(0) { $0 + factorials[$1] } - factorials[total]
    // Tables of equal probability differ in rounding; the tolerance is R's.
    limit = margins + observed + 1e-7
  }

  mutating func shareNotLikelier() -> Double? {
    fill(column: 0, row: 0, rest: columns[0], logarithm: margins)
    return budget < 0 ? nil : min(1, share)
  }

  /// Deals what is left of a column to this row and the rows below.
  private mutating func fill(column: Int, row: Int, rest: Int, logarithm: Double) {
    budget -= 1
    guard budget >= 0 else { return }
    if column == columns.count - 1 {
      let whole = left.reduce(logarithm) { $0 - factorials[$1] }
      if whole <= limit { share += Elementary.exp(whole) }
    } else if row == left.count - 1 {
      guard rest <= left[row] else { return }
      left[row] -= rest
      fill(column: column + 1, row: 0, rest: columns[column + 1], logarithm: logarithm - factorials[rest])
      left[row] += rest
    } else {
      for count in 0...min(rest, left[row]) {
        left[row] -= count
        fill(column: column, row: row + 1, rest: rest - count, logarithm: logarithm - factorials[count])
        left[row] += count
      }
    }
  }
}
