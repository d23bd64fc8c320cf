/// What a LASSO step saw on its way to a penalty: the path of the features it kept, and the cross-validation: what
/// `plot` of R's `glmnet` and `cv.glmnet` shows.
public struct LassoTrace: Equatable, Sendable, Codable {
  /// Falling.
  public let lambdas: [Double]
  /// Mean deviance of the rows left out and its standard error, at each λ.
  public let meanDeviance: [Double]
  /// Of the mean deviance, at each λ.
  public let standardError: [Double]
  /// Number of features with a coefficient at each λ.
  public let featureCounts: [Int]
  /// Index of the λ that the step took, and of those that the two rules would take.
  public let chosen: Int
  /// Index of the λ of smallest mean deviance.
  public let minimum: Int
  /// Index of the largest λ within one standard error of it.
  public let oneStandardError: Int
  /// Index into the table's features of each feature kept, and its coefficient (for one standard deviation) at
  /// each λ.
  public let features: [Int]
  /// One list a feature kept, with its coefficient at each λ.
  public let coefficients: [[Double]]

  /// - Parameters:
  ///   - chosen: index of the λ that is used.
  ///   - tableFeatures: the table's feature of each column of the path.
  /// - Returns: `nil` for an empty path.
  init?(_ path: CrossValidatedPath, chosen: Int, tableFeatures: [Int]) {
    guard let minimum = path.index(by: .minimum), let wide = path.index(by: .oneStandardError) else {
      return nil
    }
    let solutions = path.path.solutions
    let kept = solutions[chosen].columns
    lambdas = solutions.map(\.lambda)
    (meanDeviance, standardError) = (path.meanDeviance, path.standardError)
    featureCounts = solutions.map(\.columns.count)
    (self.chosen, self.minimum, oneStandardError) = (chosen, minimum, wide)
    features = kept.map { tableFeatures[$0] }
    coefficients = kept.map { column in
      solutions.map { solution in
        solution.columns.firstIndex(of: column).map { solution.coefficients[$0] } ?? 0
      }
    }
  }
}
