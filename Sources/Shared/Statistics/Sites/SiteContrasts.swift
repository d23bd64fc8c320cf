/// Which features relate to the outcome otherwise at one site than at the others, beyond what chance gives among so
/// many: each feature at each site (`SiteContrast`), with Holm's correction (1979) for all tests of a group.
///
/// There are two groups: features that a model selected, and all others that it might have selected. Each has half of
/// the level, so that adjusted p-values are doubled, and one of both groups falls below 0.05 by chance in at most 5 %
/// of studies.
public struct SiteContrasts: Equatable, Sendable {
  /// The site at which a feature stands out most.
  public struct Finding: Equatable, Sendable {
    /// Of the site with the smallest p.
    public let contrast: SiteContrast
    /// Corrected for all tests of its group, and for there being two groups.
    public let adjustedP: Double
  }

  /// An adjusted p below this is beyond chance.
  public static let level = 0.05

  /// Sites with enough subjects of both outcomes, in the table's order.
  public let testedSites: [Int]
  /// Features that a model selected, in the table's order; without those that could not be tested.
  public let selected: [Finding]
  /// The others.
  public let others: [Finding]
  /// Tests made of both groups.
  public let tests: (selected: Int, others: Int)

  /// Tests all features of both groups.
  /// - Parameters:
  ///   - table: all rows of the study.
  ///   - selected: features of the models, by index.
  ///   - others: the further features that models might have selected.
  /// - Returns: `nil` where fewer than two sites have enough subjects of both outcomes.
  public init?(_ table: CohortTable, selected: [Int], others: [Int]) {
    let units = SiteOutcomeUnits(table)
    testedSites = units.sites.indices.filter { site in
      let cases = units.sites[site].count(where: \.isPositive)
      return min(cases, units.sites[site].count - cases) >= SiteContrast.fewestSubjects
    }
    guard testedSites.count > 1 else { return nil }
    let scores = NormalScores()
    let groups = [selected, others].map { features in
      features.sorted().map { Self.contrasts(of: $0, table: table, units: units, scores: scores) }
    }
    (self.selected, self.others) = (Self.findings(groups[0]), Self.findings(groups[1]))
    tests = (groups[0].reduce(0) { $0 + $1.count }, groups[1].reduce(0) { $0 + $1.count })
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.testedSites == right.testedSites && left.selected == right.selected && left.others == right.others
      && left.tests == right.tests
  }

  /// One feature at every site against the others. Of two sites the one with the larger difference stands for both.
  static func contrasts(
    of feature: Int, table: CohortTable, units: SiteOutcomeUnits, scores: NormalScores
  ) -> [SiteContrast] {
    let sites = SiteDifference.all(of: feature, table: table, units: units, scores: scores)
    let contrasts = sites.indices.compactMap { place in
      SiteContrast(
        sites[place], against: sites.indices.filter { $0 != place }.map { sites[$0] }, feature: feature)
    }
    guard sites.count == 2, contrasts.count == 2 else { return contrasts }
    return [abs(sites[1].difference) > abs(sites[0].difference) ? contrasts[1] : contrasts[0]]
  }

  private static func findings(_ contrasts: [[SiteContrast]]) -> [Finding] {
    let adjusted = MultipleTesting.holm(contrasts.joined().map(\.p))
    var (findings, start) = ([Finding](), 0)
    for ofFeature in contrasts {
      let places = start..<start + ofFeature.count
      start += ofFeature.count
      guard let least = places.min(by: { Self.precedes(ofFeature, places.lowerBound, $0, $1) }) else {
        continue
      }
      findings.append(
        Finding(
          contrast: ofFeature[least - places.lowerBound], adjustedP: min(1, 2 * adjusted[least])))
    }
    return findings
  }

  /// The smaller p first, then the larger t, then the earlier site.
  private static func precedes(_ contrasts: [SiteContrast], _ start: Int, _ left: Int, _ right: Int) -> Bool {
    let (first, second) = (contrasts[left - start], contrasts[right - start])
    if first.p != second.p { return first.p < second.p }
    if abs(first.statistic) != abs(second.statistic) { return abs(first.statistic) > abs(second.statistic) }
    return left < right
  }
}

extension SiteContrast {
  /// - Returns: `nil` without other sites, or where scores do not vary.
  init?(_ here: SiteDifference, against others: [SiteDifference], feature: Int) {
    let weight = others.reduce(0) { $0 + $1.weight }
    let freedom = others.reduce(0) { $0 + $1.freedom }
    guard weight > 0 else { return nil }
    let difference = others.reduce(0) { $0 + $1.weight * $1.difference } / weight
    let variance = here.squares / here.freedom / here.weight
    let varianceElsewhere = others.reduce(0) { $0 + $1.squares } / freedom / weight
    let total = variance + varianceElsewhere
    guard total > 0 else { return nil }
    let degrees =
      total * total
      / (variance * variance / here.freedom + varianceElsewhere * varianceElsewhere / freedom)
    let statistic = (here.difference - difference) / total.squareRoot()
    let pairs = others.reduce(0) { $0 + Double($1.cases) * Double($1.controls) }
    self.init(
      feature: feature, site: here.site, auc: here.auc,
      aucElsewhere: others.reduce(0) { $0 + Double($1.cases) * Double($1.controls) * $1.auc } / pairs,
      statistic: statistic,
      p: max(StudentDistribution.twoSided(statistic, degrees: degrees), here.chanceOfSeparation))
  }
}
