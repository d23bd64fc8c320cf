/// How features are harmonised between sites (ComBat; Johnson, Li and Rabinovic 2007,
/// doi:10.1093/biostatistics/kxj037, as `sva::ComBat` computes it).
public struct CombatSettings: Equatable, Sendable, Codable {
  /// What a site's location and scale are shrunk by.
  public enum Prior: String, Sendable, Codable, CaseIterable {
    /// Normal and inverse gamma, by moments over the features.
    case parametric
    /// The empirical distribution over the other features.
    case nonParametric = "non-parametric"
    /// No shrinkage.
    case none
  }

  /// What becomes of rows from a site that the model was not fitted to.
  public enum UnseenSite: String, Sendable, Codable, CaseIterable {
    /// An error.
    case refuse
    /// They pass as they are; the usual choice for leave-one-site-out.
    case unchanged
  }

  /// What locations and scales are shrunk by.
  public var prior: Prior
  /// Only locations are harmonised, scales are left.
  public var isMeanOnly: Bool
  /// A site that stays as it is, and that the others are moved to; `nil` for their average.
  public var referenceSite: String?
  /// Names of columns whose effect is kept; never the outcome.
  public var covariates: [String]
  /// What becomes of rows from a site without training rows.
  public var unseenSite: UnseenSite
  /// Subjects that each site needs; at least 3, so that a stratified resample never loses a site.
  public var minimumSubjects: Int
  /// Largest relative change at which the parametric iteration ends.
  public var convergence: Double

  /// Settings; the defaults are those of `sva::ComBat`, with three subjects a site.
  public init(
    prior: Prior = .parametric, isMeanOnly: Bool = false, referenceSite: String? = nil,
    covariates: [String] = [],
    unseenSite: UnseenSite = .refuse, minimumSubjects: Int = 3, convergence: Double = 1e-4
  ) {
    self.prior = prior
    self.isMeanOnly = isMeanOnly
    self.referenceSite = referenceSite
    self.covariates = covariates
    self.unseenSite = unseenSite
    self.minimumSubjects = minimumSubjects
    self.convergence = convergence
  }

  /// Checks the names of the covariates.
  /// - Throws: `outcomeAsCovariate` where the outcome's name is among the covariates.
  public func requireNoOutcome(named outcome: String) throws(StatisticsError) {
    guard covariates.contains(outcome) else { return }
    throw Self.leak(outcome)
  }

  /// Checks the values of a covariate.
  /// - Throws: `outcomeAsCovariate` where a column of two values divides the rows exactly as the outcome
  ///   does.
  public static func requireNoOutcome(
    _ values: [Double], named name: String, positives: [Bool]
  ) throws(StatisticsError) {
    let ofCases = zip(values, positives).filter(\.1).map(\.0)
    let ofControls = zip(values, positives).filter { !$0.1 }.map(\.0)
    guard let first = ofCases.first, let other = ofControls.first, first != other,
      ofCases.allSatisfy({ $0 == first }), ofControls.allSatisfy({ $0 == other })
    else { return }
    throw leak(name)
  }

  private static func leak(_ name: String) -> StatisticsError {
    StatisticsError(
      .outcomeAsCovariate,
      "ComBat: the covariate \(name) is the outcome; keeping its effect would carry the outcome into the "
        + "features. "
        + "Remove it from the covariates")
  }
}

/// A column whose effect on the features is kept while sites are harmonised: one value for each row.
public struct CombatCovariate: Equatable, Sendable {
  /// Unique among the covariates.
  public let name: String
  /// One for each row; values that are not finite take the training mean where a model is applied.
  public let values: [Double]

  /// A column of numbers.
  public init(name: String, values: [Double]) {
    self.name = name
    self.values = values
  }

  /// A column of 0 and 1 for each level but the first, in the order given.
  public static func indicators(name: String, levels: [String], values: [String]) -> [CombatCovariate] {
    levels.dropFirst().map { level in
      CombatCovariate(name: "\(name)=\(level)", values: values.map { $0 == level ? 1 : 0 })
    }
  }
}
