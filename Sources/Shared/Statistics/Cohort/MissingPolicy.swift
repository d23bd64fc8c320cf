/// What is done with values that are NaN or infinite.
public enum MissingPolicy: Equatable, Sendable, Codable {
  /// Cases with any such value leave the table before it is split (`CohortTable.completeRows`), so that none is
  /// left for fitting.
  case dropCase
  /// A feature with any such value in the training rows is dropped.
  case dropFeature
  /// A feature is dropped above this share of such training rows; below it they take the training median.
  case medianImpute(maximumShare: Double)
}
