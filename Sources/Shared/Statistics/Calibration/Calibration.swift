import LinearAlgebra

/// Mean squared distance between probability and outcome (Brier 1950, Mon Weather Rev 78:1), 0 to 1; NaN for no rows.
public func brierScore(_ probabilities: [Double], positives: [Bool]) -> Double {
  let errors = zip(probabilities, positives).map { $0 - ($1 ? 1 : 0) }
  return dot(errors, errors) / Double(errors.count)
}

/// Logistic recalibration of predicted probabilities (Cox 1958, doi:10.1093/biomet/45.3-4.562), as
/// `val.prob` of R's rms and `glm` with an offset give it.
public struct Calibration: Equatable, Sendable, Codable {
  /// Coefficient of the predicted logit; 1 when the spread is right, below 1 when predictions are too extreme.
  public let slope: Double
  /// Of the slope, on its own scale.
  public let slopeStandardError: Double
  /// Intercept fitted together with the slope.
  public let intercept: Double
  /// Intercept with the slope held at 1: calibration in the large, 0 when predictions are right on average.
  public let inTheLarge: Double
  /// Of the intercept at slope 1.
  public let inTheLargeStandardError: Double
  /// Observed over expected number of cases.
  public let observedOverExpected: Double

  /// Fits both recalibrations to predicted probabilities of cases, one for each outcome.
  /// - Parameters:
  ///   - probabilities: predicted, 0 to 1.
  ///   - positives: the outcome of each row.
  ///   - clusters: of rows that are not independent, whose errors are then by the sandwich over clusters (Liang and
  ///     Zeger 1986, doi:10.1093/biomet/73.1.13, with the factor `K/(K - 1)`).
  /// - Returns: `nil` with one class, with constant predictions, or where predictions divide cases from controls and
  ///   no finite slope exists. Probabilities are kept within 10⁻¹² of 0 and 1.
  public init?(_ probabilities: [Double], positives: [Bool], clusters: Clusters? = nil) {
    let outcomes = positives.map { $0 ? 1.0 : 0 }
    let clipped = probabilities.map { min(1 - 1e-12, max(1e-12, $0)) }
    let logits = clipped.map(logit)
    let column = Matrix(rows: logits.count, columns: 1, values: logits)
    let nothing = Matrix(rows: logits.count, columns: 0)
    // Errors mean that the fit does not exist, which is what nil says.
    guard Set(logits).count > 1, let joint = try? LogisticRegression(features: column, outcomes: outcomes),
      joint.separation == nil,
      let fixed = try? LogisticRegression(features: nothing, outcomes: outcomes, offset: logits)
    else { return nil }
    (slope, intercept, inTheLarge) = (joint.coefficients[0], joint.intercept, fixed.intercept)
    if let clusters {
      let slopes = joint.linearPredictor(of: column)
      slopeStandardError = joint.clusteredErrors([logits], linear: slopes, outcomes, clusters)[1]
      let shifted = logits.map { $0 + fixed.intercept }
      inTheLargeStandardError = fixed.clusteredErrors([], linear: shifted, outcomes, clusters)[0]
    } else {
      (slopeStandardError, inTheLargeStandardError) = (joint.standardErrors[1], fixed.standardErrors[0])
    }
    observedOverExpected = sum(outcomes.span) / sum(probabilities.span)
  }
}

extension LogisticRegression {
  /// Standard errors of intercept and coefficients from `V Σₖ uₖuₖᵀ V K/(K - 1)` with the covariance `V` of independent
  /// rows and the sums `uₖ` of `(y - p)(1, x)` over clusters.
  fileprivate func clusteredErrors(
    _ columns: [[Double]], linear: [Double], _ outcomes: [Double], _ clusters: Clusters
  ) -> [Double] {
    let residuals = zip(outcomes, linear).map { $0 - logistic($1) }
    let scores = [residuals] + columns.map { column in zip(residuals, column).map { $0 * $1 } }
    return (0..<covariance.rows).map { row in
      var influence = [Double](repeating: 0, count: residuals.count)
      for (place, score) in scores.enumerated() {
        for index in influence.indices { influence[index] += covariance[row, place] * score[index] }
      }
      return clusters.variance(ofTotal: influence).squareRoot()
    }
  }
}
