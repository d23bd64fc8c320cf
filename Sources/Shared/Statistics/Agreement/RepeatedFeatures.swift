import LinearAlgebra

/// Features measured on the same subjects from repeated segmentations, and which of them agree (Koo and Li 2016,
/// doi:10.1016/j.jcm.2016.02.012).
public struct RepeatedFeatures: Equatable, Sendable {
  /// In the order of `ratings`.
  public let featureNames: [String]
  /// For each feature subjects by raters.
  public let ratings: [Matrix]

  /// From a full set of measurements.
  /// - Parameters:
  ///   - featureNames: one for each feature.
  ///   - values: subjects by raters by features.
  /// - Throws: `invalidTable` where the array is not rectangular; `tooFewSubjects` with fewer than two
  ///   subjects or raters.
  public init(featureNames: [String], values: [[[Double]]]) throws(StatisticsError) {
    let raters = values.first?.count ?? 0
    guard values.count > 1, raters > 1 else {
      throw StatisticsError(
        .tooFewSubjects,
        "repeat segmentations: \(values.count) subjects by \(raters) raters; two of each are the least for "
          + "an ICC"
      )
    }
    for (subject, measured) in values.enumerated() {
      guard measured.count == raters, measured.allSatisfy({ $0.count == featureNames.count }) else {
        throw StatisticsError(
          .invalidTable,
          "repeat segmentations: subject \(subject) lacks a rater or a feature; give every subject all "
            + "\(raters) "
            + "raters and \(featureNames.count) features")
      }
    }
    self.featureNames = featureNames
    ratings = featureNames.indices.map { feature in
      Matrix(
        columns: (0..<raters).map { rater in values.map { $0[rater][feature] } }, rows: values.count)
    }
  }

  /// In the order of the features; `nil` where an ICC is not defined.
  public func correlations(_ kind: IntraclassCorrelation.Kind) -> [IntraclassCorrelation?] {
    ratings.map { IntraclassCorrelation($0, kind: kind) }
  }

  /// What must reach a minimum.
  public enum Bound: String, Sendable, Codable, CaseIterable {
    /// The coefficient itself.
    case estimate
    /// The lower end of the 95 % interval (Koo and Li 2016, doi:10.1016/j.jcm.2016.02.012).
    case lowerLimit = "lower-limit"
  }

  /// Names of the features whose ICC, or its lower limit, is at least the minimum, in their order: what a
  /// plan's `FeatureChoice.named` takes. Those without an ICC are left out.
  public func reliable(
    _ kind: IntraclassCorrelation.Kind, minimum: Double = 0.75, by bound: Bound = .estimate
  ) -> [String] {
    zip(featureNames, correlations(kind)).filter { _, icc in
      guard let icc else { return false }
      return (bound == .estimate ? icc.value : icc.interval.lower) >= minimum
    }.map(\.0)
  }
}
