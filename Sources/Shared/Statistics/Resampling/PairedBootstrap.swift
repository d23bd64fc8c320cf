/// The difference of two AUCs over resamples of the rows that both scores share: R's pROC, `roc.test` with
/// `method = "bootstrap"`.
public struct PairedBootstrap: Equatable, Sendable, Codable {
  /// AUC of the first score less that of the second, of the rows as they are.
  public let difference: Double
  /// Standard deviation of the replicates' differences (n - 1).
  public let standardError: Double
  /// `difference / standardError`, 0 where both vanish, and its normal two-sided p-value (as pROC's
  /// `roc.test` with `method = "bootstrap"`).
  public let statistic: Double
  /// Two-sided.
  public let p: Double
  /// Percentiles of the replicates' differences.
  public let interval: Interval

  /// Compares two scores draw by draw.
  /// - Parameters:
  ///   - first: of the same rows, outcomes, seed and number of replicates as `second`, and so of the same draws.
  ///   - second: the score whose AUC is taken away.
  /// - Returns: `nil` with fewer than two replicates that have both outcomes.
  public init?(_ first: StratifiedBootstrap, minus second: StratifiedBootstrap) {
    precondition(first.replicates.count == second.replicates.count, "the same replicates of both scores")
    let differences = zip(first.replicates, second.replicates).map { $0 - $1 }.filter(\.isFinite)
    guard differences.count > 1, let interval = Interval(percentilesOf: differences) else { return nil }
    let moments = Moments(differences)
    difference = first.auc - second.auc
    standardError = (moments.sumOfSquares / Double(differences.count - 1)).squareRoot()
    statistic = difference == 0 ? 0 : difference / standardError
    p = NormalDistribution.twoSided(statistic)
    self.interval = interval
  }
}
