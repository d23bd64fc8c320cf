import LinearAlgebra

/// The rows that a model is fitted to: each row of a table once, with the number of times it was drawn.
///
/// A resample holds about 63 % of the rows (`1 - 1/e`; Efron 1983, doi:10.1080/01621459.1983.10477973); all fits work
/// on these with weights, which equals working on the copies.
struct TrainingSample {
  let table: CohortTable
  /// Ascending.
  let rows: [Int]
  let counts: [Double]
  /// Number of times each row of the table was drawn.
  let countOfRow: [Int]
  let outcomes: [Double]
  /// Rows with repeats, ascending.
  let drawn: [Int]
  let positivesDrawn: [Bool]

  /// - Parameter needsBothOutcomes: false where the outcome is an event with a time, which all rows may have.
  /// - Throws: `oneClass` where all rows have the same outcome, and both are needed.
  init(_ table: CohortTable, drawn unsorted: [Int], needsBothOutcomes: Bool = true) throws(StatisticsError) {
    self.table = table
    drawn = unsorted.sorted()
    var countOfRow = [Int](repeating: 0, count: table.rowCount)
    for row in drawn { countOfRow[row] += 1 }
    rows = countOfRow.indices.filter { countOfRow[$0] > 0 }
    counts = rows.map { Double(countOfRow[$0]) }
    self.countOfRow = countOfRow
    outcomes = rows.map { table.positives[$0] ? 1 : 0 }
    positivesDrawn = drawn.map { table.positives[$0] }
    let hasBoth = positivesDrawn.contains(true) && positivesDrawn.contains(false)
    guard hasBoth || !needsBothOutcomes else {
      throw StatisticsError(
        .oneClass,
        "model fit: the \(drawn.count) training rows all have the same outcome; both outcomes are needed")
    }
  }

  var total: Int { drawn.count }
  var caseCount: Int { positivesDrawn.count { $0 } }
}

/// Location and scale of one feature over a sample, and its z-scores.
struct StandardizedFeature {
  /// Index into the table's features.
  let feature: Int
  let mean: Double
  let deviation: Double
  /// Values drawn that were not finite and took the median.
  let imputed: Int
  /// z-score of each row of the sample.
  let scores: [Double]
}

extension TrainingSample {
  /// Why a feature cannot be standardised.
  enum Unusable: Error {
    case notFinite
    case constant
  }

  /// z-scores with the weighted mean and standard deviation (n - 1) of the sample.
  /// - Parameter fill: stands in for values that are not finite, however many; `nil` leaves them to the policy.
  func standardized(_ feature: Int, missing: MissingPolicy, fill: Double? = nil) throws(Unusable)
    -> StandardizedFeature
  {
    var values = values(of: feature)
    let imputed: Int
    if let fill {
      imputed = try self.fill(&values, with: fill)
    } else {
      imputed = try impute(&values, missing: missing)
    }
    let mean = dot(values, counts) / Double(total)
    for place in values.indices { values[place] -= mean }
    let squares = dot(values.indices.map { values[$0] * values[$0] }, counts)
    let deviation = (squares / Double(total - 1)).squareRoot()
    guard deviation.isFinite else { throw .notFinite }
    // Rounding leaves about 1e-16 of the mean in a constant feature.
    guard deviation > 1e-14 * abs(mean) else { throw .constant }
    for place in values.indices { values[place] /= deviation }
    return StandardizedFeature(
      feature: feature, mean: mean, deviation: deviation, imputed: imputed, scores: values)
  }

  /// Median of the finite values of a feature, counted as often as drawn; NaN without any.
  func median(of feature: Int) -> Double {
    median(ofFinite: values(of: feature))
  }

  private func values(of feature: Int) -> [Double] {
    let start = feature * table.rowCount
    return rows.map { table.features.values[start + $0] }
  }

  /// - Returns: how many of the values drawn were replaced.
  private func fill(_ values: inout [Double], with fill: Double) throws(Unusable) -> Int {
    let absent = values.indices.filter { !values[$0].isFinite }
    guard !absent.isEmpty else { return 0 }
    guard fill.isFinite else { throw .notFinite }
    for place in absent { values[place] = fill }
    return absent.reduce(0) { $0 + Int(counts[$1]) }
  }

  /// - Returns: how many of the values drawn were replaced.
  private func impute(_ values: inout [Double], missing: MissingPolicy) throws(Unusable) -> Int {
    let absent = values.indices.filter { !values[$0].isFinite }
    guard !absent.isEmpty else { return 0 }
    let number = absent.reduce(0) { $0 + Int(counts[$1]) }
    guard case .medianImpute(let share) = missing, number < total, Double(number) <= share * Double(total)
    else {
      throw .notFinite
    }
    let median = median(ofFinite: values)
    for place in absent { values[place] = median }
    return number
  }

  private func median(ofFinite values: [Double]) -> Double {
    let order = values.indices.filter { values[$0].isFinite }.sorted { values[$0] < values[$1] }
    let sorted = order.flatMap { [Double](repeating: values[$0], count: Int(counts[$0])) }
    return quantile(ofSorted: sorted, 0.5)
  }
}
