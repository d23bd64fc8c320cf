import Modelling
import Statistics

extension Measure {
  package static let brier = Measure(
    "brier", label: "Brier score", explanation: "mean squared error of the probability",
    atSite: { Value($0.evaluation.brier, by: "", orElse: $0.gap) },
    values: { measured in
      [
        Value(
          measured.evaluation.brier, measured.resampled?.brier, by: measured.accelerated, orElse: measured.gap
        )
      ]
    })

  package static let scaledBrier = Measure(
    "scaled_brier", label: "Scaled Brier score",
    explanation: "one less the ratio of the Brier score to that of predicting the share of the outcome",
    values: { measured in
      [
        Value(
          scaledBrierScore(measured.part.probabilities, positives: measured.part.positives),
          measured.resampled?.scaledBrier, by: measured.accelerated, orElse: measured.gap)
      ]
    })
}
