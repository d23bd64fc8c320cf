import LinearAlgebra

/// What a model does on rows that it was not fitted to (or, for comparison, on those that it was).
///
/// Gathers ``DeLong``, ``StratifiedBootstrap``, ``ConfusionMatrix``, ``brierScore(_:positives:)`` and ``Calibration``,
/// which name their sources.
public struct Evaluation: Equatable, Sendable, Codable {
  /// Why a measure that needs both outcomes has no value.
  public enum Gap: String, Sendable, Codable {
    /// There is nothing to evaluate.
    case noRows
    /// All rows are controls.
    case noCases
    /// All rows are cases.
    case noControls
  }

  /// The AUC with its 95 % intervals.
  public struct AreaUnderCurve: Equatable, Sendable, Codable {
    /// 0 to 1.
    public let value: Double
    /// `nil` with fewer than two cases or controls.
    public let deLong: Interval?
    /// DeLong's on the logit scale; `nil` at an AUC of 0 or 1 too.
    public let logitDeLong: Interval?
    /// From 2,000 stratified resamples of the rows, or of the subjects where these have several.
    public let percentile: Interval?
    /// Bias-corrected and accelerated, of the same resamples.
    public let accelerated: Interval?
  }

  /// The model's name.
  public let model: String
  /// Number of rows.
  public let rows: Int
  /// How many of them are positive.
  public let cases: Int
  /// `nil` when both outcomes are there.
  public let gap: Gap?
  /// `nil` where an outcome is missing.
  public let auc: AreaUnderCurve?
  /// `nil` where rows are called by cut-offs of their own.
  public let cutoff: Double?
  /// Of the calls.
  public let confusion: ConfusionMatrix
  /// `nil` without rows.
  public let brier: Double?
  /// `nil` where `Calibration` is not defined.
  public let calibration: Calibration?
  /// Values that were not finite and took the training median.
  public let imputed: Int

  /// Applies a model to rows of a table with the same features, allowing for subjects with several rows.
  public init(
    _ model: FittedModel, table: CohortTable, rows: [Int], seed: UInt64, replicates: Int = 2_000
  ) {
    let probabilities = model.probabilities(of: table, rows: rows)
    let imputed = model.features.indices.reduce(0) { total, place in
      total + model.predictorValues(at: place, of: table, rows: rows).count { !$0.isFinite }
    }
    self.init(
      probabilities, positives: rows.map { table.positives[$0] }, cutoff: model.cutoff, name: model.name,
      clusters: table.clusters(rows), seed: seed, replicates: replicates, imputed: imputed)
  }

  /// From probabilities computed elsewhere.
  public init(
    _ probabilities: [Double], positives: [Bool], cutoff: Double, name: String, clusters: Clusters? = nil,
    seed: UInt64, replicates: Int = 2_000, imputed: Int = 0
  ) {
    self.init(
      probabilities, positives: positives, calls: probabilities.map { $0 >= cutoff }, cutoff: cutoff,
      name: name, clusters: clusters, seed: seed, replicates: replicates, imputed: imputed)
  }

  /// From probabilities and calls that were computed elsewhere, by several models perhaps.
  /// - Parameters:
  ///   - probabilities: predicted, 0 to 1.
  ///   - positives: the outcome of each row.
  ///   - calls: whether each row is called positive.
  ///   - cutoff: the one that all calls were made by; `nil` for several.
  ///   - name: the model's.
  ///   - clusters: of rows that are not independent, which the intervals then allow for.
  ///   - seed: of the resamples.
  ///   - replicates: number of resamples.
  ///   - imputed: values that were not finite and took the training median.
  public init(
    _ probabilities: [Double], positives: [Bool], calls: [Bool], cutoff: Double? = nil, name: String,
    clusters: Clusters? = nil, seed: UInt64, replicates: Int = 2_000, imputed: Int = 0
  ) {
    model = name
    rows = positives.count
    cases = positives.count { $0 }
    gap = rows == 0 ? .noRows : (cases == 0 ? .noCases : (cases == rows ? .noControls : nil))
    let deLong = DeLong(probabilities, positives: positives, clusters: clusters)
    let bootstrap = StratifiedBootstrap(
      probabilities, positives: positives, clusters: clusters, replicates: replicates, seed: seed)
    auc = bootstrap.map { bootstrap in
      AreaUnderCurve(
        value: bootstrap.auc, deLong: deLong?.interval(), logitDeLong: deLong?.logitInterval(),
        percentile: bootstrap.percentileInterval(), accelerated: bootstrap.acceleratedInterval())
    }
    self.cutoff = cutoff
    confusion = ConfusionMatrix(calls: calls, positives: positives)
    brier = rows == 0 ? nil : brierScore(probabilities, positives: positives)
    calibration = Calibration(probabilities, positives: positives, clusters: clusters)
    self.imputed = imputed
  }

  /// One evaluation for each site of the table, in order, of those rows that lie there.
  public static func bySite(
    _ model: FittedModel, table: CohortTable, rows: [Int], seed: UInt64, replicates: Int = 2_000
  ) -> [Evaluation] {
    table.siteNames.indices.map { site in
      Evaluation(
        model, table: table, rows: rows.filter { table.sites[$0] == site }, seed: seed, replicates: replicates
      )
    }
  }
}
