import ElementaryFunctions

/// How a feature's relation to the outcome at one site differs from that at the other sites.
///
/// The relation is the AUC of the feature within the site, which no monotone distortion of a scanner changes, nor ComBat.
/// The AUC at the site is compared with the mean of the AUCs at the others, both as `asin √AUC`, whose variance depends
/// little on the AUC. Variances are those of Hanley and McNeil (1982, doi:10.1148/radiology.143.1.7063747) at the AUC that
/// all sites would share, so that they stay what they are where a feature separates a site's outcomes. The tail is
/// Student's, with Welch's degrees of freedom (1947, doi:10.1093/biomet/34.1-2.28).
public struct SiteContrast: Equatable, Sendable {
  /// Index into the table's features.
  public let feature: Int
  /// Index into the table's sites.
  public let site: Int
  /// AUC of the feature at the site; below one half where high values speak against the outcome.
  public let auc: Double
  /// Mean of the AUCs within the other sites, weighted by `cases · controls/(cases + controls + 1)`.
  public let aucElsewhere: Double
  /// Difference over its standard error.
  public let statistic: Double
  /// Two-sided, of this one test.
  public let p: Double

  /// Fewer subjects of an outcome than these tell nothing of a site.
  public static let fewestSubjects = 4
}

extension SiteContrast {
  /// - Returns: `nil` without other sites.
  init?(_ here: FeatureAtSite, against others: [FeatureAtSite], feature: Int) {
    guard !others.isEmpty else { return nil }
    let (elsewhere, everywhere) = (MeanAUC(others), MeanAUC(others + [here]))
    let common = everywhere.auc
    let variances = [here.variance(ofAUC: common), elsewhere.variance(ofAUC: common)]
    let freedom = [Double(here.subjects - 2), Double(others.reduce(0) { $0 + $1.subjects - 2 })]
    let variance = variances[0] + variances[1]
    // The derivative of `asin √a` is 1/(2 √(a(1 − a))).
    let error = 0.5 * (variance / (common * (1 - common))).squareRoot()
    let statistic = (arcsine(ofRootOf: here.inner(here.auc)) - arcsine(ofRootOf: elsewhere.auc)) / error
    let degrees =
      variance * variance
      / (variances[0] * variances[0] / freedom[0] + variances[1] * variances[1] / freedom[1])
    self.init(
      feature: feature, site: here.site, auc: here.auc, aucElsewhere: elsewhere.mean, statistic: statistic,
      p: StudentDistribution.twoSided(statistic, degrees: degrees))
  }
}

/// The mean of a feature's AUCs at several sites.
private struct MeanAUC {
  private let sites: [FeatureAtSite]
  private let weight: Double
  let mean: Double

  init(_ sites: [FeatureAtSite]) {
    self.sites = sites
    weight = sites.reduce(0) { $0 + $1.weight }
    mean = sites.reduce(0) { $0 + $1.weight * $1.auc } / weight
  }

  /// The mean, at least half a pair from 0 and 1.
  var auc: Double {
    let half = 0.5 / sites.reduce(0) { $0 + $1.pairs }
    return min(max(mean, half), 1 - half)
  }

  /// Where every site has this AUC.
  func variance(ofAUC auc: Double) -> Double {
    sites.reduce(0) { sum, site in
      let share = site.weight / weight
      return sum + share * share * site.variance(ofAUC: auc)
    }
  }
}

/// `asin √a` for `0 < a < 1`, by Newton's method with our own sine: the sine is concave, so that it nears from below.
private func arcsine(ofRootOf a: Double) -> Double {
  let sine = min(a, 1 - a).squareRoot()
  var angle = sine
  // The error is at most 0.08 at first, and then at most half of its square.
  for _ in 0..<6 { angle += (sine - Elementary.sin(angle)) / Elementary.cos(angle) }
  return a > 0.5 ? 0.5 * .pi - angle : angle
}
