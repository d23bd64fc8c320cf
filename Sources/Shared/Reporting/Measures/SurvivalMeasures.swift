/// Measures of Cox models, which are computed of times and events and not of probabilities alone.
extension Measure {
  private init(survival key: String, label: String, explanation: String, isPValue: Bool = false) {
    self.init(key, label: label, explanation: explanation, isPValue: isPValue, values: { _ in [] })
  }

  package static let harrellC = Measure(
    survival: "harrell_c", label: "Harrell’s C",
    explanation:
      "of two patients who can be compared, how often the one with the higher risk had the event first")

  package static let unoC = Measure(
    survival: "uno_c", label: "Uno’s C",
    explanation:
      "the same until the last horizon, weighted so that it does not depend on how long patients were observed"
  )

  package static let areaAtTime = Measure(
    survival: "auc_at_time", label: "Time-dependent AUC",
    explanation:
      "AUC of who has had the event by a horizon against who has not, weighted for those observed for less")

  package static let brierAtTime = Measure(
    survival: "brier_at_time", label: "Brier score at a horizon",
    explanation:
      "mean squared distance of the predicted risk from what happened by then, weighted likewise; 0 is best")

  package static let integratedBrier = Measure(
    survival: "integrated_brier", label: "Integrated Brier score",
    explanation: "its mean over the time from the first horizon to the last")

  package static let observedOverExpectedAtTime = Measure(
    survival: "observed_expected_at_time", label: "Observed over expected events",
    explanation: "events by a horizon by Kaplan and Meier over those that were predicted; 1 is best")

  package static let hazardSlope = Measure(
    survival: "hazard_slope", label: "Calibration slope of the hazard",
    explanation: "log hazard ratio of the linear predictor's unit; below 1 predictions are too extreme")

  package static let logRankP = Measure(
    survival: "log_rank_p", label: "p of the log-rank test",
    explanation: "p-value of the log-rank test between the groups of risk", isPValue: true)
}
