import LinearAlgebra

/// The rows that survival models are fitted to and evaluated on: a table whose outcome is the event, and the time of each
/// row. Splits, strata, folds and clusters of the table hold for it, by site and event.
public struct SurvivalCohort: Equatable, Sendable {
  /// `true` outcomes are events.
  public let table: CohortTable
  /// Of the table's rows, in its order.
  public let survival: SurvivalTimes

  /// - Parameter survival: of the table's rows, with its events.
  init(table: CohortTable, survival: SurvivalTimes) { (self.table, self.survival) = (table, survival) }

  /// Times in the order of a table's rows.
  /// - Throws: `invalidTable` for another number of times than rows; `invalidArgument` for a time that is negative or
  ///   not finite.
  public init(_ table: CohortTable, times: [Double]) throws(StatisticsError) {
    self.table = table
    survival = try SurvivalTimes(times: times, events: table.positives)
  }

  /// Sorts rows as a ``CohortTable`` does, and their times with them.
  /// - Parameters:
  ///   - featureNames: of the values of each row, in their order.
  ///   - covariateNames: of the covariates of each row, in their order.
  ///   - rows: each with its time; a positive row has its event.
  /// - Throws: what both throw.
  public init(
    featureNames: [String], covariateNames: [String] = [], rows: [(row: CohortTable.Row, time: Double)]
  ) throws(StatisticsError) {
    let table = try CohortTable(
      featureNames: featureNames, covariateNames: covariateNames, rows: rows.map(\.row))
    let times = Dictionary(rows.map { ($0.row.caseName, $0.time) }) { first, _ in first }
    try self.init(table, times: table.caseNames.map { times[$0] ?? .nan })
  }
}

extension Folds {
  /// A fold from 0 for each row, balanced over events as ``stratified(count:of:in:address:)`` balances outcomes; subjects
  /// without an event may be absent.
  /// - Returns: fewer folds than asked for where fewer subjects have an event, so that each fold has one; `nil` where
  ///   fewer than two have.
  public static func byEvent(
    count: Int, of rows: [Int], in table: CohortTable, address: RandomAddress
  ) -> [Int]? {
    var hasEvent: [Int: Bool] = [:]
    for row in rows {
      hasEvent[table.subjects[row]] = hasEvent[table.subjects[row], default: false] || table.positives[row]
    }
    let strata = [false, true].map { event in hasEvent.keys.filter { hasEvent[$0] == event }.sorted() }
    let folds = min(count, strata[1].count)
    guard folds > 1 else { return nil }
    var foldOfSubject: [Int: Int] = [:]
    // Those with an event first, so that each fold gets one.
    var dealt = 0
    for stratum in [1, 0] {
      var stream = RandomStream(
        seed: address.seed, purpose: .folds, replicate: address.replicate, stratum: stratum)
      var shuffled = strata[stratum]
      stream.shuffle(&shuffled)
      for subject in shuffled {
        foldOfSubject[subject] = dealt % folds
        dealt += 1
      }
    }
    return rows.map { foldOfSubject[table.subjects[$0], default: 0] }
  }
}
