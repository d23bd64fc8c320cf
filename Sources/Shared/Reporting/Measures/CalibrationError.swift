import Modelling
import Statistics

extension Measure {
  /// Has no interval: chance lifts the estimate, and resamples lift it again.
  package static let expectedCalibrationError = Measure(
    "ece", label: "Expected calibration error",
    explanation: "distance of mean prediction and share over ten bins of equal width, weighted by cases",
    values: { measured in
      [
        Value(
          Statistics.expectedCalibrationError(
            measured.part.probabilities, positives: measured.part.positives),
          by: "10 bins of equal width", orElse: measured.gap)
      ]
    })
}
