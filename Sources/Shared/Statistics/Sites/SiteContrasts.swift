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
    let groups = [selected, others].map { features in
      features.sorted().map { Self.contrasts(of: $0, table: table, units: units) }
    }
    (self.selected, self.others) = (Self.findings(groups[0]), Self.findings(groups[1]))
    tests = (groups[0].reduce(0) { $0 + $1.count }, groups[1].reduce(0) { $0 + $1.count })
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.testedSites == right.testedSites && left.selected == right.selected && left.others == right.others
      && left.tests == right.tests
  }

  /// One feature at every site against the others. Of two sites the one with the AUC farther from one half stands for both.
  private static func contrasts(
    of feature: Int, table: CohortTable, units: SiteOutcomeUnits
  ) -> [SiteContrast] {
    let sites = units.sites.indices.compactMap {
      FeatureAtSite(units.sites[$0], site: $0, feature: feature, table: table)
    }
    let contrasts = sites.indices.compactMap { place in
      SiteContrast(
        sites[place], against: sites.indices.filter { $0 != place }.map { sites[$0] }, feature: feature)
    }
    guard sites.count == 2 else { return contrasts }
    return [abs(sites[1].auc - 0.5) > abs(sites[0].auc - 0.5) ? contrasts[1] : contrasts[0]]
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
