import LinearAlgebra

/// Subjects by site and outcome, the unit of tests between sites: a subject with images of both outcomes stands in both.
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

/// How well one feature tells the outcomes of one site apart.
struct FeatureAtSite {
  let site: Int
  let cases: Int
  let controls: Int
  let auc: Double

  /// Of subjects whose value is finite, each with the mean of its images.
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
    guard min(cases, positives.count - cases) >= SiteContrast.fewestSubjects,
      let auc = areaUnderCurve(values, positives: positives)
    else { return nil }
    (self.site, self.cases, controls, self.auc) = (site, cases, positives.count - cases, auc)
  }

  var subjects: Int { cases + controls }

  var pairs: Double { Double(cases) * Double(controls) }

  /// Inverse to the variance of an AUC of one half.
  var weight: Double { pairs / Double(subjects + 1) }

  /// An AUC that is at least half a pair from 0 and 1.
  func inner(_ auc: Double) -> Double { min(max(auc, 0.5 / pairs), 1 - 0.5 / pairs) }

  /// Variance of an AUC whose expectation is `a`: Hanley and McNeil's equation 1 with their `Q₁ = a/(2 − a)` and
  /// `Q₂ = 2a²/(1 + a)`, averaged over both directions of the feature; `(n + 1)/(12 · pairs)` where `a` is one half.
  func variance(ofAUC a: Double) -> Double {
    let correlation = 0.5 * ((1 - a) / (2 - a) + a / (1 + a))
    return a * (1 - a) / pairs * (1 + Double(subjects - 2) * correlation)
  }
}
