import ElementaryFunctions

/// How many subjects a prediction model of a binary outcome needs: Riley et al. 2020, doi:10.1136/bmj.m441, as the R
/// package pmsampsize computes it, without rounding its parts first.
///
/// Parameters are all candidates, not those that selection keeps: what was looked at costs, as they write.
public struct SampleSize: Equatable, Sendable {
  /// Candidate parameters.
  public let parameters: Int
  /// Share of subjects with the outcome.
  public let prevalence: Double
  /// Anticipated R² of Cox and Snell.
  public let rSquared: Double
  /// Subjects for a shrinkage of at least 0.9 (their criterion 3).
  public let forShrinkage: Double
  /// Subjects for an apparent R² (Nagelkerke) at most 0.05 above the true one (criterion 4).
  public let forOptimism: Double
  /// Subjects for an overall risk within 0.05 (criterion 1).
  public let forRisk: Double

  /// Subjects that meet all three criteria, rounded up.
  public var subjects: Double {
    max(forShrinkage.rounded(.up), forOptimism.rounded(.up), forRisk.rounded(.up))
  }

  /// Cox and Snell's R² can be no larger than this.
  public static func largestRSquared(prevalence: Double) -> Double {
    let perSubject =
      prevalence * Elementary.log(prevalence) + (1 - prevalence) * Elementary.log1p(-prevalence)
    return 1 - Elementary.exp(2 * perSubject)
  }

  /// - Parameters:
  ///   - parameters: 1 or more.
  ///   - prevalence: between 0 and 1.
  ///   - rSquared: `nil` for 15 % of the largest possible, which Riley et al. propose where nothing is known.
  /// - Returns: `nil` outside these ranges.
  public init?(parameters: Int, prevalence: Double, rSquared: Double? = nil) {
    guard parameters > 0, prevalence > 0, prevalence < 1 else { return nil }
    let largest = Self.largestRSquared(prevalence: prevalence)
    let anticipated = rSquared ?? 0.15 * largest
    guard anticipated > 0, anticipated < largest else { return nil }
    func subjects(shrinkage: Double) -> Double {
      Double(parameters) / ((shrinkage - 1) * Elementary.log1p(-anticipated / shrinkage))
    }
    self.parameters = parameters
    self.prevalence = prevalence
    self.rSquared = anticipated
    // A shrinkage of 0.9 needs an R² below 0.9 only where there is so much signal that any number will do.
    forShrinkage = anticipated < 0.9 ? subjects(shrinkage: 0.9) : 0
    forOptimism = subjects(shrinkage: anticipated / (anticipated + 0.05 * largest))
    forRisk = (1.96 / 0.05) * (1.96 / 0.05) * prevalence * (1 - prevalence)
  }

  /// Largest number of candidate parameters for which so many subjects meet all criteria; 0 where they meet none.
  public static func parameters(for subjects: Int, prevalence: Double) -> Int {
    guard let one = SampleSize(parameters: 1, prevalence: prevalence), one.forRisk <= Double(subjects) else {
      return 0
    }
    return Int(min(Double(subjects) / max(one.forShrinkage, one.forOptimism), 1e9))
  }
}
