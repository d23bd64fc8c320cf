import Modelling
import Statistics

/// Intercept in the large, slope, and observed over expected; at a site as in a cohort.
extension Measure {
  package static let calibrationIntercept = told(
    "calibration_intercept", label: "Calibration intercept",
    explanation: "intercept of the logistic recalibration with slope 1 (Cox 1958)"
  ) { measured in
    let fit = measured.evaluation.calibration
    return Value(
      fit?.inTheLarge, fit.map { wald($0.inTheLarge, $0.inTheLargeStandardError) },
      by: IntervalMethod.sandwich("in the large, Wald", measured.clusters), orElse: notFitted)
  }

  package static let calibrationSlope = told(
    "calibration_slope", label: "Calibration slope",
    explanation: "slope of the logistic recalibration (Cox 1958)"
  ) { measured in
    let fit = measured.evaluation.calibration
    return Value(
      fit?.slope, fit.map { wald($0.slope, $0.slopeStandardError) },
      by: IntervalMethod.sandwich("logistic recalibration, Wald", measured.clusters), orElse: notFitted)
  }

  package static let observedOverExpected = told(
    "observed_over_expected", label: "Observed over expected",
    explanation: "cases with the outcome over the sum of probabilities"
  ) { measured in
    let ratio = CalibrationPooling.Measure.observedOverExpected.site(
      "", measured.part.probabilities, positives: measured.part.positives, clusters: measured.clusters)
    return Value(
      ratio.estimate, ratio.interval,
      by: IntervalMethod.sandwich("normal on the log scale", measured.clusters), orElse: measured.gap)
  }

  private static let notFitted = "the calibration model cannot be fitted"

  private static func told(
    _ key: String, label: String, explanation: String,
    _ value: @escaping @Sendable (MeasuredPredictions) -> Value
  ) -> Measure {
    Measure(key, label: label, explanation: explanation, atSite: value, values: { [value($0)] })
  }

  private static func wald(_ estimate: Double, _ error: Double) -> Interval {
    let half = NormalDistribution.quantile(0.975) * error
    return Interval(lower: estimate - half, upper: estimate + half)
  }
}
