import LinearAlgebra

/// How a feature's relation to the outcome at one site differs from that at the other sites.
///
/// Values become van der Waerden's normal scores within each site (Conover 1999, Practical Nonparametric Statistics,
/// 5.10), `Φ⁻¹(rank/(n + 1))`. So location, scale and any monotone distortion of a site's scanner drop out, and so does
/// ComBat, which is such a distortion. The difference between the mean scores of both outcomes at the site is
/// compared with that at the other sites, averaged with the weights of least squares, by Welch's t test
/// (1947, doi:10.1093/biomet/34.1-2.28): the interaction of site and outcome on rank-transformed data (Conover and Iman
/// 1981, doi:10.1080/00031305.1981.10479327). Unlike an interaction in a logistic model the test stays defined where
/// a feature separates the outcomes.
///
/// Where ties would leave scores within the outcomes less variance than complete separation without ties does, they
/// count with that, and no p is below the probability that a site of so few separates by chance.
public struct SiteContrast: Equatable, Sendable {
  /// Index into the table's features.
  public let feature: Int
  /// Index into the table's sites.
  public let site: Int
  /// AUC of the feature at the site; below one half where high values speak against the outcome.
  public let auc: Double
  /// Mean of the AUCs within the other sites, weighted by their pairs of a case and a control.
  public let aucElsewhere: Double
  /// Welch's t.
  public let statistic: Double
  /// Two-sided, of this one test.
  public let p: Double

  /// Fewer subjects of an outcome than these tell nothing of a site.
  public static let fewestSubjects = 4
}

/// Subjects by site and outcome, the unit of these tests: a subject with images of both outcomes stands in both.
struct SiteOutcomeUnits {
  struct Unit {
    let isPositive: Bool
    let rows: [Int]
  }

  /// For each site of the table.
  let sites: [[Unit]]

  init(_ table: CohortTable) {
    var sites = table.siteNames.map { _ in [Unit]() }
    var start = 0
    while start < table.rowCount {
      var end = start + 1
      while end < table.rowCount, table.subjects[end] == table.subjects[start] { end += 1 }
      for outcome in [false, true] {
        let rows = (start..<end).filter { table.positives[$0] == outcome }
        if !rows.isEmpty { sites[table.sites[start]].append(Unit(isPositive: outcome, rows: rows)) }
      }
      start = end
    }
    self.sites = sites
  }
}

/// The difference between outcomes in one feature's normal scores at one site.
struct SiteDifference {
  let site: Int
  let cases: Int
  let controls: Int
  let auc: Double
  /// Mean score of the cases less that of the controls.
  let difference: Double
  /// Squared distances from the mean of their outcome, summed.
  let squares: Double

  var freedom: Double { Double(cases + controls - 2) }
  /// What least squares weights the site with.
  var weight: Double { Double(cases) * Double(controls) / Double(cases + controls) }

  /// - Returns: `nil` with too few subjects of an outcome whose value is finite.
  init?(_ units: [SiteOutcomeUnits.Unit], site: Int, feature: Int, table: CohortTable, scores: NormalScores) {
    var (values, positives) = ([Double](), [Bool]())
    for unit in units {
      let value = unit.rows.reduce(0) { $0 + table.features[$1, feature] } / Double(unit.rows.count)
      guard value.isFinite else { continue }
      values.append(value)
      positives.append(unit.isPositive)
    }
    cases = positives.count { $0 }
    controls = positives.count - cases
    guard min(cases, controls) >= SiteContrast.fewestSubjects else { return nil }
    self.site = site
    let ranks = midranks(of: values)
    let rankSum = ranks.indices.reduce(0) { positives[$1] ? $0 + ranks[$1] : $0 }
    let pairs = Double(cases) * Double(controls)
    auc = (rankSum - 0.5 * Double(cases) * Double(cases + 1)) / pairs
    let scores = scores.scores(of: values.count)
    let observed = Self.comparison(ranks.map { scores[Int(2 * $0)] }, positives: positives)
    difference = observed.difference
    let first = controls
    let parted = values.indices.map { $0 >= first }
    squares = max(
      observed.squares,
      Self.comparison(values.indices.map { scores[2 * $0 + 2] }, positives: parted).squares)
  }

  private static func comparison(_ scores: [Double], positives: [Bool]) -> (
    difference: Double, squares: Double
  ) {
    var (sums, counts, squares) = ([0.0, 0.0], [0.0, 0.0], 0.0)
    for (score, isPositive) in zip(scores, positives) {
      sums[isPositive ? 1 : 0] += score
      counts[isPositive ? 1 : 0] += 1
    }
    let means = [sums[0] / counts[0], sums[1] / counts[1]]
    for (score, isPositive) in zip(scores, positives) {
      let distance = score - means[isPositive ? 1 : 0]
      squares += distance * distance
    }
    return (means[1] - means[0], squares)
  }

  /// Twice the share of all divisions of the site's subjects into cases and controls that separate as completely.
  var chanceOfSeparation: Double {
    var divisions = 1.0
    for step in 1...min(cases, controls) {
      divisions *= Double(max(cases, controls) + step) / Double(step)
    }
    return min(1, 2 / divisions)
  }
}

/// `Φ⁻¹(r/(n + 1))` of midranks `r` among `n`, computed once for each `n` that occurs.
final class NormalScores {
  private var ofCount: [Int: [Double]] = [:]

  /// Of all midranks 1, 1½, 2 … n, by twice the rank.
  func scores(of count: Int) -> [Double] {
    if let known = ofCount[count] { return known }
    let scores = (0...2 * count).map {
      $0 == 0 ? 0 : NormalDistribution.quantile(0.5 * Double($0) / Double(count + 1))
    }
    ofCount[count] = scores
    return scores
  }
}
