import LinearAlgebra

/// One outer resample of the two-stage bootstrap (Noma et al. 2021, arXiv 2005.01457, algorithm 2): a sample
/// of the training part, and the optimism-corrected estimates of the whole pipeline on it.
///
/// Subjects are drawn twice within the same strata: outer replicate `o` from the training part, its inner
/// replicates from the subjects so drawn, copies and all. The rest of an inner replicate holds no copy of a
/// subject that it drew. Random addresses are `o · 2¹⁶ + i`: `i = 0` draws the outer sample, `i = 1, 2, …`
/// the inner ones. Outer replicates count from 1, so that none shares its numbers with a replicate of the
/// plain bootstrap.
public struct OuterReplicate: Equatable, Sendable, Codable {
  /// 1 to `largestNumber`.
  public let number: Int
  /// Inner replicates.
  public let inner: Int
  /// In the order of the plans.
  public let models: [Model]

  /// What one plan gave on the outer sample.
  public struct Model: Equatable, Sendable, Codable {
    /// The plan's.
    public let name: String
    /// `nil` where every inner replicate is undefined, or the outer sample itself cannot be fitted.
    public let auc: BootstrapSummary.Estimates?
    /// Inner replicates whose rest lacked an outcome.
    public let undefined: Int
    /// Inner replicates that selected nothing.
    public let empty: Int
  }

  /// So that addresses fit into the 31 bits of a database's `int`.
  public static let largestNumber = 0x7FFF
  /// Largest number of inner replicates.
  public static let largestInner = 0xFFFF

  /// Draws the outer sample and fits every plan to it and to its inner replicates.
  /// - Throws: `invalidArgument` for numbers outside `1...32767` and `1...65535`; what
  ///   `fitModel` throws, but for `oneClass`, `tooFewSubjects` and `collinear`.
  public init(
    _ table: CohortTable, training: [Int], plans: [ModelPlan], seed: UInt64, number: Int, inner: Int
  ) throws(StatisticsError) {
    guard (1...Self.largestNumber).contains(number), (1...Self.largestInner).contains(inner) else {
      throw StatisticsError(
        .invalidArgument,
        "two-stage bootstrap: outer replicate \(number) of \(inner) inner ones; expected "
          + "1...\(Self.largestNumber) and "
          + "1...\(Self.largestInner)")
    }
    self.number = number
    self.inner = inner
    func address(_ inner: Int) -> RandomAddress {
      RandomAddress(seed: seed, replicate: number << 16 + inner)
    }
    let rowsOfSubject = Dictionary(grouping: training.sorted()) { table.subjects[$0] }
    func rows(_ strata: [[Int]]) -> [Int] {
      strata.joined().flatMap { rowsOfSubject[$0, default: []] }.sorted()
    }
    let strata = SubjectStrata(of: table, rows: training).strata
    let outer = Self.drawn(from: strata, address: address(0))
    let outerRows = rows(outer)
    let apparent = try plans.map { (plan) throws(StatisticsError) -> Double? in
      do throws(StatisticsError) {
        let model = try fitModel(table, rows: outerRows, plan: plan, address: address(0))
        return areaUnderCurve(
          model.probabilities(of: table, rows: outerRows), positives: outerRows.map { table.positives[$0] })
      } catch {
        guard error.code.isPoverty else { throw error }
        return nil
      }
    }
    let replicates = try (1...inner).map { (number) throws(StatisticsError) in
      try BootstrapReplicate(
        table, training: outerRows, drawn: rows(Self.drawn(from: outer, address: address(number))),
        plans: plans, address: address(number))
    }
    models = plans.indices.map { index in
      let models = replicates.map { $0.models[index] }
      let defined = models.filter { $0.outOfBag?.auc != nil }
      return Model(
        name: plans[index].name,
        auc: BootstrapSummary.Estimates(aucOf: defined, apparent: apparent[index]),
        undefined: models.count - defined.count,
        empty: models.count { $0.features.isEmpty && $0.failure == nil })
    }
  }

  /// Draws as many members of each stratum as it has, with replacement.
  private static func drawn(from strata: [[Int]], address: RandomAddress) -> [[Int]] {
    strata.enumerated().map { stratum, subjects in
      var stream = RandomStream(
        seed: address.seed, purpose: .resample, replicate: address.replicate, stratum: stratum)
      return subjects.map { _ in subjects[stream.index(below: subjects.count)] }
    }
  }
}
