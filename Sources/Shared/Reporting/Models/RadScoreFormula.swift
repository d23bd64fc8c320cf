import Foundation

/// The linear predictor of a logistic model as text, and the probability it gives.
///
/// `rad-score = b₀ + Σ bᵢ (xᵢ - meanᵢ) / sdᵢ`; `probability = 1 / (1 + exp(-rad-score))`. Six significant
/// digits: for exact coefficients take the numbers of the report.
package func radScoreFormula(intercept: Double, features: [StudyReport.ModelFeature]) -> String {
  let terms = features.map { feature in
    let sign = feature.coefficient < 0 ? "-" : "+"
    let shift = "\(feature.mean < 0 ? "+" : "-") \(sixDigits(feature.mean.magnitude))"
    return "\n  \(sign) \(sixDigits(feature.coefficient.magnitude)) * "
      + "(\(feature.name) \(shift)) / \(sixDigits(feature.standardDeviation))"
  }
  return "rad-score = \(sixDigits(intercept))" + terms.joined() + "\nprobability = 1 / (1 + exp(-rad-score))"
}

private func sixDigits(_ value: Double) -> String { String(format: "%.6g", value) }
