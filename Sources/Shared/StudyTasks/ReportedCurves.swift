import Report
import Statistics

extension StudyReport.ROCCurve {
  /// From (0, 0) to (1, 1).
  init(_ curve: ReceiverOperating, cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.points.reversed().map { point in
        Point(
          falsePositiveRate: 1 - point.specificity, truePositiveRate: point.sensitivity,
          threshold: point.threshold.isFinite ? point.threshold : nil)
      })
  }
}

extension StudyReport.PrecisionRecallCurve {
  init(_ curve: PrecisionRecall, cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.points.map {
        Point(recall: $0.recall, precision: $0.precision, threshold: $0.threshold)
      })
  }
}

extension StudyReport.CalibrationCurve {
  /// The groups of Hosmer and Lemeshow's test.
  init(_ test: HosmerLemeshow, cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: test.groups.filter { $0.rows > 0 }.map { group in
        Point(
          predicted: group.expected / Double(group.rows),
          observed: Double(group.observed) / Double(group.rows), count: group.rows)
      })
  }
}

extension StudyReport.SmoothCalibration {
  /// Fewer cases make no curve.
  private static let leastCases = 10

  /// `nil` with few cases, one outcome, or predictions that are all equal.
  init?(_ part: PartPredictions) {
    guard part.positives.count >= Self.leastCases, part.positives.contains(true),
      part.positives.contains(false), Set(part.probabilities).count > 1
    else { return nil }
    let curve = Lowess(calibrationOf: part.probabilities, positives: part.positives)
    let distinct = curve.x.indices.filter { $0 == 0 || curve.x[$0] != curve.x[$0 - 1] }
    self.init(
      cohort: part.cohort,
      points: distinct.map { Point(predicted: curve.x[$0], observed: curve.y[$0]) })
  }
}

extension StudyReport.DecisionCurve {
  /// - Parameter intervals: one a threshold; `nil` without resamples.
  init(_ curve: DecisionCurve, intervals: [Interval]?, cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.thresholds.indices.map { index in
        Point(
          threshold: curve.thresholds[index], model: curve.model[index], treatAll: curve.treatAll[index],
          lower: intervals?[index].lower, upper: intervals?[index].upper)
      })
  }
}

extension StudyReport.LassoPath {
  init(_ trace: LassoTrace, names: [String]) {
    self.init(
      points: trace.lambdas.indices.map { index in
        Point(
          lambda: trace.lambdas[index], deviance: trace.meanDeviance[index],
          standardError: trace.standardError[index], features: trace.featureCounts[index])
      },
      chosen: trace.chosen, minimum: trace.minimum, oneStandardError: trace.oneStandardError,
      traces: zip(trace.features, trace.coefficients).map {
        Trace(feature: names[$0], coefficients: $1)
      })
  }
}
