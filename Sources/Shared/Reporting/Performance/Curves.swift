import Modelling
import Statistics

extension StudyReport {
  /// The curve of a model on one cohort.
  package struct Curve<Point: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    package var cohort: EvaluationCohort
    package var points: [Point]
  }

  /// Receiver operating characteristic, from (0, 0) to (1, 1).
  package typealias ROCCurve = Curve<ROCPoint>

  package struct ROCPoint: Codable, Equatable, Sendable {
    package var falsePositiveRate: Double
    package var truePositiveRate: Double
    /// A case is positive from this probability on; `nil` above all of them, where the curve begins.
    @FiniteOrNull package var threshold: Double?

    private enum CodingKeys: String, CodingKey {
      case falsePositiveRate = "fpr"
      case truePositiveRate = "tpr"
      case threshold
    }
  }

  /// Net benefit over the threshold probability (Vickers and Elkin 2006), with treat-all; treat-none is zero.
  package typealias DecisionCurve = Curve<DecisionPoint>

  package struct DecisionPoint: Codable, Equatable, Sendable {
    package var threshold: Double
    package var model: Double
    package var treatAll: Double
    package var treatNone = 0.0
    /// Percentiles over stratified resamples; `nil` where there are none.
    @FiniteOrNull package var lower: Double? = nil
    @FiniteOrNull package var upper: Double? = nil

    private enum CodingKeys: String, CodingKey {
      case threshold
      case model = "net_benefit"
      case treatAll = "net_benefit_all"
      case treatNone = "net_benefit_none"
      case lower = "net_benefit_lower"
      case upper = "net_benefit_upper"
    }
  }

  /// Observed share of the outcome against the predicted probability, in groups of cases.
  package typealias CalibrationCurve = Curve<CalibrationPoint>

  package struct CalibrationPoint: Codable, Equatable, Sendable {
    /// Mean predicted probability of the group.
    package var predicted: Double
    package var observed: Double
    package var count: Int

    private enum CodingKeys: String, CodingKey {
      case predicted, observed
      case count = "n"
    }
  }

  /// Positive predictive value over sensitivity, from the largest probability down.
  package typealias PrecisionRecallCurve = Curve<PrecisionRecallPoint>

  package struct PrecisionRecallPoint: Codable, Equatable, Sendable {
    package var recall: Double
    package var precision: Double
    /// A case is positive from this probability on.
    package var threshold: Double
  }

  /// Observed outcome over the predicted probability, smoothed by locally weighted lines (Cleveland 1979).
  ///
  /// In ascending order of the prediction; one point for each distinct prediction.
  package typealias SmoothCalibration = Curve<SmoothCalibrationPoint>

  package struct SmoothCalibrationPoint: Codable, Equatable, Sendable {
    package var predicted: Double
    package var observed: Double
  }

  /// Scores of the cases without and with the outcome, ascending; who they belong to is not told.
  package struct ScoreDistribution: Codable, Equatable, Sendable {
    package var cohort: EvaluationCohort
    package var scale: PartPredictions.Scale
    package var negatives: [Double]
    package var positives: [Double]
  }
}

extension StudyReport.Curve<StudyReport.ROCPoint> {
  /// From (0, 0) to (1, 1).
  init(_ curve: ReceiverOperating, cohort: EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.points.reversed().map { point in
        Point(
          falsePositiveRate: 1 - point.specificity, truePositiveRate: point.sensitivity,
          threshold: point.threshold.isFinite ? point.threshold : nil)
      })
  }
}

extension StudyReport.Curve<StudyReport.PrecisionRecallPoint> {
  init(_ curve: PrecisionRecall, cohort: EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.points.map {
        Point(recall: $0.recall, precision: $0.precision, threshold: $0.threshold)
      })
  }
}

extension StudyReport.Curve<StudyReport.CalibrationPoint> {
  /// The groups of Hosmer and Lemeshow's test.
  init(_ test: HosmerLemeshow, cohort: EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: test.groups.filter { $0.rows > 0 }.map { group in
        Point(
          predicted: group.expected / Double(group.rows),
          observed: Double(group.observed) / Double(group.rows), count: group.rows)
      })
  }
}

extension StudyReport.Curve<StudyReport.SmoothCalibrationPoint> {
  /// Fewer cases make no curve.
  private static var leastCases: Int { 10 }

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

extension StudyReport.Curve<StudyReport.DecisionPoint> {
  /// - Parameter intervals: one a threshold; `nil` without resamples.
  init(_ curve: DecisionCurve, intervals: [Interval]?, cohort: EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.thresholds.indices.map { index in
        Point(
          threshold: curve.thresholds[index], model: curve.model[index], treatAll: curve.treatAll[index],
          lower: intervals?[index].lower, upper: intervals?[index].upper)
      })
  }
}

extension StudyReport.ScoreDistribution {
  init(_ part: PartPredictions) {
    let scores = zip(part.scores, part.positives)
    self.init(
      cohort: part.cohort, scale: part.scale, negatives: scores.filter { !$0.1 }.map(\.0).sorted(),
      positives: scores.filter(\.1).map(\.0).sorted())
  }
}
