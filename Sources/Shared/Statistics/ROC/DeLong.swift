import ElementaryFunctions
import LinearAlgebra

/// The AUC with DeLong's variance (DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595; `roc.test` of R's
/// pROC), from midranks (Sun and Xu 2014, doi:10.1109/LSP.2014.2337313), or with Obuchowski's (1997,
/// doi:10.2307/2533958) where rows belong to clusters.
public struct DeLong: Equatable, Sendable {
  /// 0 to 1.
  public let auc: Double
  /// Of the AUC.
  public let variance: Double
  /// For each case the share of controls below it, for each control the share of cases above it, in row order.
  public let casePlacements: [Double]
  /// For each control the share of cases above it, ties counting one half, in row order.
  public let controlPlacements: [Double]
  /// Rows of cases and of controls that belong together; `nil` where none do.
  private let clusters: PlacementClusters?

  /// From one score for each outcome; larger scores speak for a case.
  /// - Returns: `nil` with fewer than two cases or two controls, or, of clusters, fewer than two with a case or two
  ///   with a control, where a variance is not defined.
  public init?(_ scores: [Double], positives: [Bool], clusters: Clusters? = nil) {
    let cases = zip(scores, positives).filter(\.1).map(\.0)
    let controls = zip(scores, positives).filter { !$0.1 }.map(\.0)
    guard cases.count > 1, controls.count > 1 else { return nil }
    let (m, n) = (Double(cases.count), Double(controls.count))
    let all = midranks(of: cases + controls)
    let above = zip(all, midranks(of: cases)).map { ($0 - $1) / n }
    let below = zip(all[cases.count...], midranks(of: controls)).map { 1 - ($0 - $1) / m }
    auc = sum(above.span) / m
    self.clusters = clusters.map { PlacementClusters($0, positives: positives) }
    if let own = self.clusters {
      guard own.ofCases > 1, own.ofControls > 1 else { return nil }
      variance = own.covariance((above, below, auc), (above, below, auc))
    } else {
      variance = Self.covariance(above, above) / m + Self.covariance(below, below) / n
    }
    (casePlacements, controlPlacements) = (above, below)
  }

  /// Normal interval, cut to 0...1.
  public func interval(confidence: Double = 0.95) -> Interval {
    let half = NormalDistribution.quantile(0.5 + 0.5 * confidence) * variance.squareRoot()
    return Interval(lower: max(0, auc - half), upper: min(1, auc + half))
  }

  /// Normal interval of the logit, taken back; `nil` at an AUC of 0 or 1.
  public func logitInterval(confidence: Double = 0.95) -> Interval? {
    guard auc > 0, auc < 1 else { return nil }
    let error = variance.squareRoot() / (auc * (1 - auc))
    let half = NormalDistribution.quantile(0.5 + 0.5 * confidence) * error
    return Interval(lower: logistic(logit(auc) - half), upper: logistic(logit(auc) + half))
  }

  /// A difference of two AUCs.
  public struct Comparison: Equatable, Sendable, Codable {
    /// First AUC less second.
    public let difference: Double
    /// Of the difference.
    public let standardError: Double
    /// `difference / standardError`; 0 where both vanish.
    public let statistic: Double
    /// Degrees of freedom of an unpaired comparison; `nil` for a paired one, which is normal.
    public let degrees: Double?
    /// Two-sided: normal, or Student's where there are degrees of freedom.
    public let p: Double
    /// Of the difference, on the same terms as `p`.
    public let interval: Interval
  }

  /// Compares two scores of the same rows.
  public func paired(with other: DeLong, confidence: Double = 0.95) -> Comparison {
    precondition(
      casePlacements.count == other.casePlacements.count && clusters == other.clusters,
      "scores of the same rows")
    let covariance =
      clusters?.covariance(
        (casePlacements, controlPlacements, auc),
        (other.casePlacements, other.controlPlacements, other.auc))
      ?? Self.covariance(casePlacements, other.casePlacements) / Double(casePlacements.count)
      + Self.covariance(controlPlacements, other.controlPlacements) / Double(controlPlacements.count)
    return Self.comparison(
      auc - other.auc, variance: variance + other.variance - 2 * covariance, degrees: nil,
      confidence: confidence)
  }

  /// Compares scores of different rows, by Student's t with Welch's degrees of freedom from the numbers of rows, or of
  /// clusters.
  public func unpaired(with other: DeLong, confidence: Double = 0.95) -> Comparison {
    let (rows, otherRows) = (Double(independent), Double(other.independent))
    let total = variance + other.variance
    let share = variance * variance / (rows - 1) + other.variance * other.variance / (otherRows - 1)
    return Self.comparison(
      auc - other.auc, variance: total, degrees: share > 0 ? total * total / share : nil,
      confidence: confidence)
  }

  /// Rows, or clusters of them.
  private var independent: Int { clusters?.count ?? casePlacements.count + controlPlacements.count }

  private static func comparison(
    _ difference: Double, variance: Double, degrees: Double?, confidence: Double
  ) -> Comparison {
    let error = max(0, variance).squareRoot()
    let statistic = difference == 0 ? 0 : difference / error
    let p = degrees.map { StudentDistribution.twoSided(statistic, degrees: $0) }
    let quantile = degrees.map { StudentDistribution.quantile(0.5 + 0.5 * confidence, degrees: $0) }
    let half = (quantile ?? NormalDistribution.quantile(0.5 + 0.5 * confidence)) * error
    return Comparison(
      difference: difference, standardError: error, statistic: statistic, degrees: degrees,
      p: p ?? NormalDistribution.twoSided(statistic),
      interval: Interval(lower: difference - half, upper: difference + half))
  }

  private static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (mean(a.span), mean(b.span))
    return dot(a.map { $0 - meanA }, b.map { $0 - meanB }) / Double(a.count - 1)
  }
}

/// Clusters of the cases and of the controls, which an AUC takes apart.
private struct PlacementClusters: Equatable, Sendable {
  /// Number of each case's and each control's cluster, in row order.
  private let cases: [Int]
  private let controls: [Int]
  let count: Int
  /// Clusters with a case, and with a control.
  let ofCases: Int
  let ofControls: Int

  /// Placements of cases and of controls, and the AUC that either averages to.
  typealias Placements = (cases: [Double], controls: [Double], auc: Double)

  init(_ clusters: Clusters, positives: [Bool]) {
    cases = positives.indices.filter { positives[$0] }.map { clusters.ofRow[$0] }
    controls = positives.indices.filter { !positives[$0] }.map { clusters.ofRow[$0] }
    count = clusters.count
    (ofCases, ofControls) = (Set(cases).count, Set(controls).count)
  }

  /// Obuchowski's (1997) covariance of two AUCs of the same rows: with the sums `aₖ`, `bₖ` of the centred placements
  /// of cluster `k`'s `m` cases and `n` controls in all, `C/(C - 1) Σ aₖaₖ′/m² + D/(D - 1) Σ bₖbₖ′/n²
  /// + K/(K - 1) Σ (aₖbₖ′ + bₖaₖ′)/mn`, where `C` clusters have cases and `D` have controls.
  func covariance(_ first: Placements, _ second: Placements) -> Double {
    let (m, n) = (Double(cases.count), Double(controls.count))
    let (a, other) = (sums(first.cases, cases, first.auc), sums(second.cases, cases, second.auc))
    let (b, next) = (sums(first.controls, controls, first.auc), sums(second.controls, controls, second.auc))
    func factor(_ count: Int) -> Double { Double(count) / Double(count - 1) }
    return factor(ofCases) * dot(a, other) / (m * m) + factor(ofControls) * dot(b, next) / (n * n)
      + factor(count) * (dot(a, next) + dot(b, other)) / (m * n)
  }

  private func sums(_ placements: [Double], _ clusterOf: [Int], _ auc: Double) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (placement, cluster) in zip(placements, clusterOf) { sums[cluster] += placement - auc }
    return sums
  }
}
