import LinearAlgebra

/// Mean squared distance between probability and outcome; NaN for no rows.
package func brierScore(_ probabilities: [Double], positives: [Bool]) -> Double {
  let errors = zip(probabilities, positives).map { $0 - ($1 ? 1 : 0) }
  return dot(errors, errors) / Double(errors.count)
}

/// Logistic recalibration of predicted probabilities (Cox 1958).
package struct Calibration: Equatable, Sendable, Codable {
  /// Coefficient of the predicted logit; 1 when the spread is right, below 1 when predictions are too extreme.
  package let slope: Double
  package let slopeStandardError: Double
  /// Intercept fitted together with the slope.
  package let intercept: Double
  /// Intercept with the slope held at 1: calibration in the large, 0 when predictions are right on average.
  package let inTheLarge: Double
  package let inTheLargeStandardError: Double
  /// Observed over expected number of cases.
  package let observedOverExpected: Double

  /// - Returns: `nil` with one class, with constant predictions, or where predictions divide cases from controls and
  ///   no finite slope exists. Probabilities are kept within 10⁻¹² of 0 and 1.
  package init?(_ probabilities: [Double], positives: [Bool]) {
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
    (slopeStandardError, inTheLargeStandardError) = (joint.standardErrors[1], fixed.standardErrors[0])
    observedOverExpected = sum(outcomes.span) / sum(probabilities.span)
  }
}
