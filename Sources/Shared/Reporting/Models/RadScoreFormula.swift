import Foundation

/// The linear predictor of a logistic model as text, and the probability it gives.
///
/// `rad-score = b₀ + Σ bᵢ (xᵢ - meanᵢ) / sdᵢ`; `probability = 1 / (1 + exp(-rad-score))`. Six significant
/// digits: for exact coefficients take the numbers of the report.
package func radScoreFormula(intercept: Double, features: [StudyReport.ModelFeature]) -> String {
  "rad-score = \(sixDigits(intercept))" + terms(of: features) + "\nprobability = 1 / (1 + exp(-rad-score))"
}

/// The linear predictor of a Cox model as text, and how a risk comes of it.
package func hazardFormula(features: [StudyReport.ModelFeature]) -> String {
  "log hazard ratio = 0" + terms(of: features)
    + "\nrisk by a time = 1 - baseline survival at the time ^ exp(log hazard ratio)"
}

private func terms(of features: [StudyReport.ModelFeature]) -> String {
  features.map { feature in
    let sign = feature.coefficient < 0 ? "-" : "+"
    let shift = "\(feature.mean < 0 ? "+" : "-") \(sixDigits(feature.mean.magnitude))"
    return "\n  \(sign) \(sixDigits(feature.coefficient.magnitude)) * "
      + "(\(feature.name) \(shift)) / \(sixDigits(feature.standardDeviation))"
  }.joined()
}

private func sixDigits(_ value: Double) -> String { String(format: "%.6g", value) }
