/// Rows of which some belong together, as the images of one subject do, so that they are no independent observations.
///
/// Variances are those of totals over clusters (Liang and Zeger 1986, doi:10.1093/biomet/73.1.13; Korn and Graubard
/// 1999, Analysis of Health Surveys), `K/(K - 1)` times the sum of squares.
public struct Clusters: Equatable, Sendable {
  /// Number of each row's cluster; clusters count from 0 in the order of their first rows.
  public let ofRow: [Int]
  /// Number of clusters.
  public let count: Int

  /// Rows of the same subject belong together.
  /// - Returns: `nil` where no two rows have the same subject: methods for independent rows hold.
  @inlinable
  public init?(_ subjects: [some Hashable]) {
    var numbers: [AnyHashable: Int] = [:]
    var ofRow: [Int] = []
    for subject in subjects {
      let number = numbers[subject] ?? numbers.count
      numbers[subject] = number
      ofRow.append(number)
    }
    self.ofRow = ofRow
    count = numbers.count
    guard count < subjects.count else { return nil }
  }

  /// Some of the rows; `nil` where no two of them belong together.
  public func selecting(_ rows: [Int]) -> Clusters? { Clusters(rows.map { ofRow[$0] }) }

  /// Rows of each cluster.
  var rows: [[Int]] {
    var rows = [[Int]](repeating: [], count: count)
    for (row, cluster) in ofRow.enumerated() { rows[cluster].append(row) }
    return rows
  }

  /// Sum of one term a row over each cluster.
  func sums(_ terms: [Double]) -> [Double] {
    precondition(terms.count == ofRow.count, "one term for each row")
    var sums = [Double](repeating: 0, count: count)
    for (row, cluster) in ofRow.enumerated() { sums[cluster] += terms[row] }
    return sums
  }

  /// Covariance of two totals whose terms have mean 0, clusters being independent: `K/(K - 1) Σₖ aₖ bₖ` over the
  /// clusters' sums; NaN with one cluster.
  func covariance(ofTotals a: [Double], _ b: [Double]) -> Double {
    let products = zip(sums(a), sums(b)).reduce(0.0) { $0 + $1.0 * $1.1 }
    return Double(count) / Double(count - 1) * products
  }

  func variance(ofTotal terms: [Double]) -> Double { covariance(ofTotals: terms, terms) }
}

/// What a resample within the outcomes draws: rows, or whole clusters of them.
struct ResamplingUnits {
  /// Rows of each unit, in order of first row: first the units without a case, then those with one.
  let strata: [[[Int]]]

  init(_ positives: [Bool], clusters: Clusters?) {
    let units = clusters?.rows ?? positives.indices.map { [$0] }
    strata = [false, true].map { outcome in
      units.filter { unit in unit.contains { positives[$0] } == outcome }
    }
  }
}
