import LinearAlgebra

/// The linear model that ComBat standardises features by: a mean for each site and a slope for each
/// covariate (Johnson, Li and Rabinovic 2007, doi:10.1093/biostatistics/kxj037; `sva::ComBat`).
///
/// Covariates are centred, which changes no fitted value and keeps the normal equations well conditioned.
struct CombatDesign {
  let siteOfRow: [Int]
  let siteCount: Int
  let reference: Int?
  let covariateMeans: [Double]
  /// Indicators of sites, then centred covariates.
  private let columns: [[Double]]
  private let factor: Cholesky

  /// What the standardised residuals of one feature are like at one site.
  struct SiteResiduals {
    /// The site's location: their mean, less the reference site's where there is one.
    let shift: Double
    /// Their variance (n - 1); 1 where a site has a location only.
    let variance: Double
    let count: Double
    let mean: Double
    let sumOfSquares: Double
  }

  struct Standardized {
    let mean: Double
    let deviation: Double
    let slopes: [Double]
    let sites: [SiteResiduals]
  }

  /// - Throws: `collinear`; `invalidArgument` for a covariate with values that are not finite.
  init(siteOfRow: [Int], siteCount: Int, covariates: [CombatCovariate], reference: Int?)
    throws(StatisticsError)
  {
    for covariate in covariates where !covariate.values.allSatisfy(\.isFinite) {
      throw StatisticsError(
        .invalidArgument,
        "ComBat: covariate \(covariate.name) has values that are missing or infinite in the training rows; "
          + "complete "
          + "them or remove the covariate")
    }
    let means = covariates.map { mean($0.values.span) }
    let centred = zip(covariates, means).map { covariate, mean in covariate.values.map { $0 - mean } }
    let indicators = (0..<siteCount).map { site in siteOfRow.map { $0 == site ? 1.0 : 0 } }
    columns = indicators + centred
    (self.siteOfRow, self.siteCount, self.reference, covariateMeans) = (
      siteOfRow, siteCount, reference, means
    )
    guard let factor = Self.factor(columns, rows: Array(siteOfRow.indices)) else {
      throw StatisticsError(
        .collinear,
        "ComBat: the covariates \(covariates.map(\.name).joined(separator: ", ")) are constant, or "
          + "determined by "
          + "each other and the site, so that their effects cannot be told from the sites'; remove one")
    }
    self.factor = factor
  }

  private static func factor(_ columns: [[Double]], rows: [Int]) -> Cholesky? {
    let chosen = columns.map { column in rows.map { column[$0] } }
    return Cholesky(Matrix(columns: chosen, rows: rows.count).gram(), tolerance: 1e-12)
  }

  /// - Returns: `nil` where the feature does not vary at some site, or has too few finite values for the
  ///   model.
  func standardized(_ values: [Double], isLocationOnly: [Bool]) -> Standardized? {
    let finite = values.indices.filter { values[$0].isFinite }
    let isComplete = finite.count == values.count
    guard let factor = isComplete ? factor : Self.factor(columns, rows: finite) else { return nil }
    let used = isComplete ? values : finite.map { values[$0] }
    let design = isComplete ? columns : columns.map { column in finite.map { column[$0] } }
    let members = siteMembers(finite)
    guard variesEverywhere(used, members: members, isLocationOnly: isLocationOnly) else { return nil }

    let coefficients = factor.solve(design.map { dot($0, used) })
    let mean = centre(coefficients, members: members, rows: used.count)
    var residuals = used.map { $0 - mean }
    for (index, slope) in coefficients[siteCount...].enumerated() {
      for row in residuals.indices { residuals[row] -= slope * design[siteCount + index][row] }
    }
    let rows = reference.map { members[$0] } ?? Array(used.indices)
    let unexplained = rows.map { row in
      residuals[row] - (coefficients[siteOfRow[finite[row]]] - mean)
    }
    let deviation = (dot(unexplained, unexplained) / Double(unexplained.count)).squareRoot()
    guard deviation > 1e-14 * abs(mean), deviation.isFinite else { return nil }
    return Standardized(
      mean: mean, deviation: deviation, slopes: Array(coefficients[siteCount...]),
      sites: siteResiduals(residuals.map { $0 / deviation }, members: members, isLocationOnly: isLocationOnly)
    )
  }

  /// Places of each site's rows among the finite ones.
  private func siteMembers(_ finite: [Int]) -> [[Int]] {
    var members = [[Int]](repeating: [], count: siteCount)
    for (place, row) in finite.enumerated() { members[siteOfRow[row]].append(place) }
    return members
  }

  private func variesEverywhere(_ values: [Double], members: [[Int]], isLocationOnly: [Bool]) -> Bool {
    for (site, places) in members.enumerated() where !isLocationOnly[site] {
      let moments = Moments(places.map { values[$0] })
      let rounding = 1e-14 * moments.mean
      guard places.count > 1, moments.sumOfSquares > Double(places.count) * rounding * rounding else {
        return false
      }
    }
    return true
  }

  /// The reference site's mean, or the mean of the sites by their rows.
  private func centre(_ coefficients: [Double], members: [[Int]], rows: Int) -> Double {
    if let reference { return coefficients[reference] }
    return dot(members.map { Double($0.count) / Double(rows) }, Array(coefficients[..<siteCount]))
  }

  private func siteResiduals(
    _ residuals: [Double], members: [[Int]], isLocationOnly: [Bool]
  ) -> [SiteResiduals] {
    let moments = members.map { places in Moments(places.map { residuals[$0] }) }
    let base = reference.map { moments[$0].mean } ?? 0
    return moments.enumerated().map { site, moments in
      SiteResiduals(
        shift: moments.mean - (site == reference ? 0 : base),
        variance: isLocationOnly[site] ? 1 : moments.sumOfSquares / Double(moments.count - 1),
        count: Double(moments.count), mean: moments.mean, sumOfSquares: moments.sumOfSquares)
    }
  }
}
