import ElementaryFunctions
import Foundation
import LinearAlgebra
import Statistics

/// A made-up radiomics cohort: many features that share a few hidden factors, some of which drive the outcome.
///
/// Feature j is `0.8 · factor[j mod factors] + 0.6 · noise`, so that features of one factor correlate at 0.64; the
/// logit of the outcome is the sum of the first `causes` factors times `strength`.
struct SimulatedRadiomics {
  var features = 1_709
  var factors = 40
  var causes = 3
  var strength = 0.8

  /// Rows `0..<count` of the data set `number` of a seed.
  func rows(_ count: Int, seed: UInt64, number: Int = 0, sites: Int = 3) -> [CohortTable.Row] {
    var stream = RandomStream(seed: seed, purpose: .synthesis, replicate: number)
    return (0..<count).map { index in
      let hidden = (0..<factors).map { _ in stream.normal() }
      let logit = hidden.prefix(causes).reduce(0, +) * strength
      let isPositive = stream.uniform() < 1 / (1 + Elementary.exp(-logit))
      let values = (0..<features).map { 0.8 * hidden[$0 % factors] + 0.6 * stream.normal() }
      let name = String(100_000 + index)
      return CohortTable.Row(
        caseName: name, subject: name, site: "S\(index % sites)", isPositive: isPositive, values: values)
    }
  }

  var featureNames: [String] { (0..<features).map { "f\(10_000 + $0)" } }
}

extension SimulatedRadiomics {
  /// AUC of a model on so many new cases; 0.5 for a model without features.
  ///
  /// Only the model's own features are drawn: the noise of the others decides nothing.
  func trueAUC(of model: FittedModel, cases: Int, seed: UInt64, number: Int) -> Double {
    guard !model.isEmpty else { return 0.5 }
    var stream = RandomStream(seed: seed, purpose: .permutation, replicate: number)
    var (scores, positives) = ([Double](), [Bool]())
    for _ in 0..<cases {
      let hidden = (0..<factors).map { _ in stream.normal() }
      let logit = hidden.prefix(causes).reduce(0, +) * strength
      positives.append(stream.uniform() < 1 / (1 + Elementary.exp(-logit)))
      var score = model.intercept
      for (place, feature) in model.features.enumerated() {
        let value = 0.8 * hidden[feature % factors] + 0.6 * stream.normal()
        score += model.coefficients[place] * (value - model.means[place]) / model.deviations[place]
      }
      scores.append(score)
    }
    return areaUnderCurve(scores, positives: positives) ?? 0.5
  }
}
