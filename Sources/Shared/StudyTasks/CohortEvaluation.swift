import Report
import Statistics

/// What one model says of the cases of one part of a cohort, and what is true of them.
struct PartPredictions {
  var cohort: StudyReport.EvaluationCohort
  var probabilities: [Double]
  var positives: [Bool]
  /// Site of each case.
  var sites: [String]
  /// Scores to show by outcome, on the scale named.
  var scores: [Double]
  var scale: StudyReport.ScoreDistribution.Scale
}

extension PartPredictions {
  /// A fitted model's predictions for some rows of a table.
  init(_ model: FittedModel, table: CohortTable, rows: [Int], cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort, probabilities: model.probabilities(of: table, rows: rows),
      positives: rows.map { table.positives[$0] }, sites: rows.map { table.siteNames[table.sites[$0]] },
      scores: model.linearPredictor(of: table, rows: rows), scale: .radScore)
  }

  /// The cases of each site, sites in the order of their names' bytes.
  var bySite: [(site: String, part: PartPredictions)] {
    Set(sites).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { site in
      let rows = sites.indices.filter { sites[$0] == site }
      return (
        site,
        PartPredictions(
          cohort: cohort, probabilities: rows.map { probabilities[$0] },
          positives: rows.map { positives[$0] }, sites: rows.map { sites[$0] },
          scores: rows.map { scores[$0] }, scale: scale)
      )
    }
  }
}

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

  var cohort: StudyReport.EvaluationCohort { predictions.cohort }

  /// - Throws: what pooling over sites throws.
  init(_ predictions: PartPredictions, cutoff: Double, seed: UInt64) throws {
    self.predictions = predictions
    let (probabilities, positives) = (predictions.probabilities, predictions.positives)
    let resampled = ResampledMeasures(
      probabilities, positives: positives, cutoff: cutoff, thresholds: Self.thresholds, seed: seed)
    let whole = ReportedMeasures(predictions, cutoff: cutoff, site: nil, seed: seed, resampled: resampled)
    metrics = whole.areaUnderCurve + whole.proportions + whole.calls + whole.calibration
    let sites = predictions.bySite
    perSite =
      sites.count < 2
      ? []
      : sites.flatMap { site, part in
        ReportedMeasures(part, cutoff: cutoff, site: site, seed: seed, resampled: nil).ofSite
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
    scores = StudyReport.ScoreDistribution(
      cohort: predictions.cohort, scale: predictions.scale,
      negatives: zip(predictions.scores, positives).filter { !$0.1 }.map(\.0),
      positives: zip(predictions.scores, positives).filter(\.1).map(\.0))
    pooling =
      sites.count < 2 ? [] : try StudyReport.SitePooling.all(of: sites, cohort: predictions.cohort)
  }
}
