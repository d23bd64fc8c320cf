import Modelling
import Statistics

/// Performance of one model on one part of the cohort, as a report tells it.
struct CohortEvaluation {
  /// Of the decision curve: 1 to 99 per cent.
  static let thresholds = (1...99).map { Double($0) / 100 }

  let predictions: PartPredictions
  let metrics: [StudyReport.Metric]
  /// What the small numbers of a site allow: AUC, proportions and calibration, one interval each.
  let perSite: [StudyReport.Metric]
  let roc: StudyReport.ROCCurve?
  let precisionRecall: StudyReport.PrecisionRecallCurve?
  let calibration: StudyReport.CalibrationCurve?
  let smoothCalibration: StudyReport.SmoothCalibration?
  let decisionCurve: StudyReport.DecisionCurve
  let scores: StudyReport.ScoreDistribution
  let pooling: [StudyReport.SitePooling]

  var cohort: EvaluationCohort { predictions.cohort }

  /// - Throws: what pooling over sites throws.
  init(_ predictions: PartPredictions, seed: UInt64) throws {
    self.predictions = predictions
    let (probabilities, positives) = (predictions.probabilities, predictions.positives)
    let resampled = ResampledMeasures(
      probabilities, positives: positives, calls: predictions.calls, clusters: predictions.clusters,
      thresholds: Self.thresholds, seed: seed)
    metrics = MeasuredPredictions(predictions, seed: seed, resampled: resampled).metrics()
    let sites = predictions.bySite
    perSite =
      sites.count < 2
      ? []
      : sites.flatMap { site, part in
        MeasuredPredictions(part, seed: seed, resampled: nil).metrics(at: site)
      }
    roc = ReceiverOperating(probabilities, positives: positives).map {
      StudyReport.ROCCurve($0, cohort: predictions.cohort)
    }
    precisionRecall = PrecisionRecall(probabilities, positives: positives).map {
      StudyReport.PrecisionRecallCurve($0, cohort: predictions.cohort)
    }
    calibration = HosmerLemeshow(probabilities, positives: positives).map {
      StudyReport.CalibrationCurve($0, cohort: predictions.cohort)
    }
    smoothCalibration = StudyReport.SmoothCalibration(predictions)
    decisionCurve = StudyReport.DecisionCurve(
      DecisionCurve(probabilities, positives: positives, thresholds: Self.thresholds),
      intervals: resampled?.netBenefit, cohort: predictions.cohort)
    scores = StudyReport.ScoreDistribution(predictions)
    pooling =
      sites.count < 2 ? [] : try StudyReport.SitePooling.all(of: sites, cohort: predictions.cohort)
  }
}
