import LinearAlgebra

/// Rows of different subjects that are nearly equal: one image under two names, saved anew or measured twice.
///
/// Compared are columns whose values differ in at least half of the rows that have one: texts as numbers, grades and ages
/// agree between people. Each is centred on its median, divided by its interquartile range and cut at ±3, so that no tail
/// decides. The distance of two rows is the root of the mean squared difference over the columns that both have, at least
/// half of all. Squared distances of people spread as a χ² with `d = 2 m²/v` degrees of freedom (moments of all pairs:
/// Satterthwaite 1946, doi:10.2307/3002019). Two rows count as one image where so small a distance is expected of less than
/// ``chance`` pairs of the whole table, and at most ``largestShare`` of the usual distance.
public struct LikeRows: Equatable, Sendable {
  /// Expected number of pairs of a table of distinct people that are called alike.
  public static let chance = 1e-3
  /// Rows further apart than this share of the usual distance are not alike, however large the table.
  public static let largestShare = 0.05

  /// Rows of each group, ascending, two subjects or more; groups by their first row.
  public let groups: [[Int]]
  /// Columns that were compared; below ``fewestColumns`` nothing was.
  public let columns: Int
  /// Rows that were compared: with a value in at least half of these columns.
  public let rows: Int

  /// Whether there were columns and rows enough to tell people apart.
  public var wereCompared: Bool {
    columns >= Self.fewestColumns && (Self.fewestRows...Self.mostRows).contains(rows)
  }

  /// Fewer columns cannot tell people apart.
  public static let fewestColumns = 5

  /// Of fewer rows nobody knows how far apart people are.
  public static let fewestRows = 10

  /// Above this number of rows nothing is compared: the pairs grow with their square.
  public static let mostRows = 20_000

  /// Compares all rows; those of one subject are never alike.
  public init(_ table: CohortTable) {
    let units = table.subjects
    let scores = Self.scores(table)
    columns = scores.count
    let members = (0..<table.rowCount).filter { row in
      2 * scores.count { $0[row].isFinite } >= max(1, scores.count)
    }
    rows = members.count
    let vectors = members.map { row in scores.map { $0[row] } }
    guard columns >= Self.fewestColumns, (Self.fewestRows...Self.mostRows).contains(members.count),
      let limit = Self.limit(vectors)
    else {
      groups = []
      return
    }
    var first = Array(members.indices)
    for a in members.indices {
      for b in (a + 1)..<members.count where units[members[a]] != units[members[b]] {
        guard Self.isWithin(limit, vectors[a], vectors[b]) else { continue }
        let (one, other) = (Self.root(of: a, first), Self.root(of: b, first))
        first[max(one, other)] = min(one, other)
      }
    }
    let alike = Dictionary(grouping: members.indices) { Self.root(of: $0, first) }
    groups = alike.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { _, places in
      places.map { members[$0] }.sorted()
    }
  }

  private static func root(of place: Int, _ first: [Int]) -> Int {
    var place = place
    while first[place] != place { place = first[place] }
    return place
  }

  /// Columns on one scale; NaN where a value is undefined.
  private static func scores(_ table: CohortTable) -> [[Double]] {
    (0..<table.featureCount).compactMap { feature in
      let column = table.features.column(feature)
      let sorted = column.filter(\.isFinite).sorted()
      var distinct = 0
      for place in sorted.indices where place == 0 || sorted[place] != sorted[place - 1] { distinct += 1 }
      guard sorted.count > 2, 2 * sorted.count >= column.count, 2 * distinct >= sorted.count else {
        return nil
      }
      let (middle, range) = (
        quantile(ofSorted: sorted, 0.5), quantile(ofSorted: sorted, 0.75) - quantile(ofSorted: sorted, 0.25)
      )
      guard range > 0, range.isFinite else { return nil }
      return column.map { $0.isFinite ? min(3, max(-3, ($0 - middle) / range)) : .nan }
    }
  }

  /// Mean squared difference over the columns that both have; `nil` where these are less than half.
  private static func squaredDistance(_ a: [Double], _ b: [Double]) -> Double? {
    var (sum, count) = (0.0, 0)
    for column in a.indices {
      let difference = a[column] - b[column]
      guard difference.isFinite else { continue }
      sum += difference * difference
      count += 1
    }
    return 2 * count >= a.count ? sum / Double(count) : nil
  }

  /// Squared distance up to which two rows are one image; `nil` where the columns cannot tell people apart.
  private static func limit(_ vectors: [[Double]]) -> Double? {
    // Neighbours in the table at growing steps: at most some 20,000 pairs, the same on every machine.
    let step = max(1, vectors.count * vectors.count / 40_000)
    var distances: [Double] = []
    for a in vectors.indices {
      for b in stride(from: a + 1, to: vectors.count, by: step) {
        if let squared = squaredDistance(vectors[a], vectors[b]) { distances.append(squared) }
      }
    }
    let moments = Moments(distances)
    let variance = moments.standardDeviation * moments.standardDeviation
    guard distances.count > 2, moments.mean > 0, variance > 0, variance.isFinite else { return nil }
    let degrees = 2 * moments.mean * moments.mean / variance
    let pairs = Double(vectors.count) * Double(vectors.count - 1) / 2
    let quantile = ChiSquaredDistribution.quantile(chance / pairs, degrees: degrees) / degrees
    guard quantile.isFinite else { return nil }
    return moments.mean * min(quantile, largestShare * largestShare)
  }

  /// Ends as soon as the sum is too large, which it is after a few columns of nearly every pair.
  private static func isWithin(_ limit: Double, _ a: [Double], _ b: [Double]) -> Bool {
    let most = limit * Double(a.count)
    var (sum, count) = (0.0, 0)
    for column in a.indices {
      let difference = a[column] - b[column]
      guard difference.isFinite else { continue }
      sum += difference * difference
      guard sum <= most else { return false }
      count += 1
    }
    return 2 * count >= a.count && sum <= limit * Double(count)
  }
}
