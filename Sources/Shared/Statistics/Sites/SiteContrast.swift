import LinearAlgebra

/// How a feature's relation to the outcome at one site differs from that at the other sites.
///
/// An aligned rank transform test of the interaction of site and outcome (Higgins and Tashtoush 1994, Nonlinear World
/// 1:201; Wobbrock et al. 2011, doi:10.1145/1978942.1978963), with normal scores. Values are aligned within each site:
/// less the mean of both outcomes' means, over the standard deviation within outcomes. So a scanner's location and scale
/// drop out, whatever the share of cases, and so does ComBat, which changes nothing else within a site. Over all sites
/// together aligned values become van der Waerden's normal scores `Φ⁻¹(rank/(n + 1))` (Conover 1999, Practical
/// Nonparametric Statistics, 5.10), so that long tails count little. The difference between the outcomes' mean scores at
/// the site is compared with that at the others, averaged with the weights of least squares, by Welch's t test (1947,
/// doi:10.1093/biomet/34.1-2.28). Unlike an interaction in a logistic model, this stays defined where a feature
/// separates the outcomes.
///
/// No p is below the probability that a site of so few subjects separates by chance.
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

/// One feature at one site: a value for each subject whose value is finite.
struct SiteValues {
  let site: Int
  let values: [Double]
  let positives: [Bool]

  /// - Returns: `nil` with too few subjects of an outcome.
  init?(_ units: [SiteOutcomeUnits.Unit], site: Int, feature: Int, table: CohortTable) {
    var (values, positives) = ([Double](), [Bool]())
    for unit in units {
      let value = unit.rows.reduce(0) { $0 + table.features[$1, feature] } / Double(unit.rows.count)
      guard value.isFinite else { continue }
      values.append(value)
      positives.append(unit.isPositive)
    }
    let cases = positives.count { $0 }
    guard min(cases, positives.count - cases) >= SiteContrast.fewestSubjects else { return nil }
    (self.site, self.values, self.positives) = (site, values, positives)
  }

  /// Values less the mean of both outcomes' means, over the standard deviation within outcomes; where an outcome
  /// has one value only, so that nothing varies within, far apart.
  var aligned: [Double] {
    guard let first = values.first, values.contains(where: { $0 != first }) else {
      return values.map { _ in 0 }
    }
    let moments = OutcomeMoments(values, positives: positives)
    let deviation = (moments.squares / Double(values.count - 2)).squareRoot()
    let scale = max(deviation, 1e-6 * abs(moments.difference))
    return values.map { ($0 - moments.middle) / scale }
  }
}

/// Mean of each outcome's values, and what is left around them.
struct OutcomeMoments {
  /// Mean of the cases less that of the controls.
  let difference: Double
  /// Half of their sum.
  let middle: Double
  /// Squared distances from the mean of their outcome, summed.
  let squares: Double

  init(_ values: [Double], positives: [Bool]) {
    var (sums, counts) = ([0.0, 0.0], [0.0, 0.0])
    for (value, isPositive) in zip(values, positives) {
      sums[isPositive ? 1 : 0] += value
      counts[isPositive ? 1 : 0] += 1
    }
    let means = [sums[0] / counts[0], sums[1] / counts[1]]
    var squares = 0.0
    for (value, isPositive) in zip(values, positives) {
      let distance = value - means[isPositive ? 1 : 0]
      squares += distance * distance
    }
    (difference, middle, self.squares) = (means[1] - means[0], 0.5 * (means[0] + means[1]), squares)
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

  init(_ values: SiteValues, scores: ArraySlice<Double>) {
    site = values.site
    cases = values.positives.count { $0 }
    controls = values.positives.count - cases
    let ranks = midranks(of: values.values)
    let rankSum = ranks.indices.reduce(0) { values.positives[$1] ? $0 + ranks[$1] : $0 }
    auc = (rankSum - 0.5 * Double(cases) * Double(cases + 1)) / (Double(cases) * Double(controls))
    let moments = OutcomeMoments(Array(scores), positives: values.positives)
    (difference, squares) = (moments.difference, moments.squares)
  }

  /// One feature at all sites where it can be tested.
  static func all(
    of feature: Int, table: CohortTable, units: SiteOutcomeUnits, scores: NormalScores
  ) -> [SiteDifference] {
    let sites = units.sites.indices.compactMap {
      SiteValues(units.sites[$0], site: $0, feature: feature, table: table)
    }
    let aligned = sites.flatMap(\.aligned)
    let ofRank = scores.scores(of: aligned.count)
    let scored = midranks(of: aligned).map { ofRank[Int(2 * $0)] }
    var start = 0
    return sites.map { site in
      defer { start += site.values.count }
      return SiteDifference(site, scores: scored[start..<start + site.values.count])
    }
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
