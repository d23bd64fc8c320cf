import Modelling
import Statistics

extension Measure {
  package static let averagePrecision = Measure(
    "average_precision", label: "Average precision",
    explanation: "sum of precision times gain of recall, not interpolated",
    values: { measured in
      let curve = PrecisionRecall(measured.part.probabilities, positives: measured.part.positives)
      return [
        Value(
          curve?.averagePrecision, measured.resampled?.averagePrecision, by: measured.accelerated,
          orElse: measured.gap)
      ]
    })
}
