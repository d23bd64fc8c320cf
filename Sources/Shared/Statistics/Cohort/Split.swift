import LinearAlgebra

/// Rows for fitting and rows for the final test, no subject in both.
///
/// Seats are shared out among strata by Hamilton's method of largest remainders, as scikit-learn's
/// `StratifiedShuffleSplit` does with rows.
public struct Split: Equatable, Sendable, Codable {
  /// Rows to fit to, ascending.
  public let training: [Int]
  /// Rows to evaluate, ascending.
  public let test: [Int]

  /// A split that was made elsewhere, such as by a column of the data.
  public init(training: [Int], test: [Int]) {
    self.training = training
    self.test = test
  }

  /// Draws subjects for the test part within strata of site and outcome.
  ///
  /// Each stratum is shuffled by its own stream (purpose `split`), and gives the test part its share of subjects, whole
  /// subjects being assigned by largest remainder so that the total is the share of all, rounded.
  /// - Parameter needsBothOutcomes: `false` where outcomes are events, of which each part needs one, and whose absence it does not.
  /// - Throws: `invalidArgument` unless the share lies between 0 and 1; `tooFewSubjects` where a part lacks an outcome.
  public init(_ table: CohortTable, testShare: Double, seed: UInt64, needsBothOutcomes: Bool = true)
    throws(StatisticsError)
  {
    guard testShare > 0, testShare < 1 else {
      throw StatisticsError(.invalidArgument, "split: test share \(testShare); expected between 0 and 1")
    }
    let strata = SubjectStrata(of: table, rows: Array(0..<table.rowCount)).strata
    let quotas = Self.quotas(sizes: strata.map(\.count), share: testShare)
    var inTest = Set<Int>()
    for (stratum, subjects) in strata.enumerated() {
      var stream = RandomStream(seed: seed, purpose: .split, stratum: stratum)
      var shuffled = subjects
      stream.shuffle(&shuffled)
      inTest.formUnion(shuffled.prefix(quotas[stratum]))
    }
    self.init(table, testSubjects: inTest)
    for (part, rows) in [("training", training), ("test", test)]
    where
      !(rows.contains { table.positives[$0] }
      && (!needsBothOutcomes || rows.contains { !table.positives[$0] }))
    {
      throw StatisticsError(
        .tooFewSubjects,
        "split with a test share of \(Self.text(testShare)): the \(part) part of \(rows.count) rows lacks "
          + "\(needsBothOutcomes ? "one outcome" : "an event"); "
          + "change the share or add subjects")
    }
  }

  /// A share of four digits after the point, less its zeros: 1 less 0.7 is 0.30000000000000004.
  private static func text(_ share: Double) -> String { "\((share * 10_000).rounded() / 10_000)" }

  /// One site as the test part, all others for training.
  public init(leavingOut site: Int, of table: CohortTable) {
    let rows = Array(0..<table.rowCount)
    self.init(
      training: rows.filter { table.sites[$0] != site }, test: rows.filter { table.sites[$0] == site })
  }

  private init(_ table: CohortTable, testSubjects: Set<Int>) {
    let rows = Array(0..<table.rowCount)
    self.init(
      training: rows.filter { !testSubjects.contains(table.subjects[$0]) },
      test: rows.filter { testSubjects.contains(table.subjects[$0]) })
  }

  /// Whole numbers near `share · size` that add up to the rounded share of the total; ties to the earlier stratum.
  static func quotas(sizes: [Int], share: Double) -> [Int] {
    let exact = sizes.map { share * Double($0) }
    var quotas = exact.map { Int($0) }
    let missing = Int((share * Double(sizes.reduce(0, +))).rounded()) - quotas.reduce(0, +)
    let remainders = zip(exact, quotas).map { Double($1) - $0 }
    for stratum in ascendingOrder(of: remainders).prefix(max(0, missing))
    where quotas[stratum] < sizes[stratum] {
      quotas[stratum] += 1
    }
    return quotas
  }
}
