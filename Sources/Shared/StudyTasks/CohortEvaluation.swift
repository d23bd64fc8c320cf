import Report
import Statistics

/// What one model, or one model for each site, says of the cases of one part of a cohort, and what is true of them.
struct PartPredictions {
  var cohort: StudyReport.EvaluationCohort
  var probabilities: [Double]
  /// Whether each case is called positive, by the cut-off of the model that predicted it.
  var calls: [Bool]
  var positives: [Bool]
  /// Site of each case.
  var sites: [String]
  /// Who each case is an image of.
  var subjects: [String]
  /// Scores to show by outcome, on the scale named.
  var scores: [Double]
  var scale: StudyReport.ScoreDistribution.Scale
}

extension PartPredictions {
  /// A fitted model's predictions for some rows of a table.
  init(_ model: FittedModel, table: CohortTable, rows: [Int], cohort: StudyReport.EvaluationCohort) {
    let probabilities = model.probabilities(of: table, rows: rows)
    self.init(
      cohort: cohort, probabilities: probabilities, calls: probabilities.map { $0 >= model.cutoff },
      positives: rows.map { table.positives[$0] }, sites: rows.map { table.siteNames[table.sites[$0]] },
      subjects: rows.map { table.subjectNames[table.subjects[$0]] },
      scores: model.linearPredictor(of: table, rows: rows), scale: .radScore)
  }

  /// Every row of a table as the model predicts it that was fitted without its site.
  init(_ leftOut: LeaveOneSiteOut, table: CohortTable) {
    var (probabilities, calls) = (
      [Double](repeating: 0, count: table.rowCount), [Bool](repeating: false, count: table.rowCount)
    )
    for (site, fold) in leftOut.folds.enumerated() {
      let rows = Split(leavingOut: site, of: table).test
      for (row, probability) in zip(rows, fold.model.probabilities(of: table, rows: rows)) {
        (probabilities[row], calls[row]) = (probability, probability >= fold.model.cutoff)
      }
    }
    self.init(
      cohort: .leftOut, probabilities: probabilities, calls: calls, positives: table.positives,
      sites: table.sites.map { table.siteNames[$0] }, subjects: table.subjects.map { table.subjectNames[$0] },
      scores: probabilities, scale: .probability)
  }

  /// Images of one subject; `nil` where each case is of another.
  var clusters: Clusters? { Clusters(subjects) }

  /// The cases of each site, sites in the order of their names' bytes.
  var bySite: [(site: String, part: PartPredictions)] {
    Set(sites).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { site in
      (site, selecting(sites.indices.filter { sites[$0] == site }))
    }
  }

  private func selecting(_ rows: [Int]) -> PartPredictions {
    PartPredictions(
      cohort: cohort, probabilities: rows.map { probabilities[$0] }, calls: rows.map { calls[$0] },
      positives: rows.map { positives[$0] }, sites: rows.map { sites[$0] },
      subjects: rows.map { subjects[$0] }, scores: rows.map { scores[$0] }, scale: scale)
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
  init(_ predictions: PartPredictions, seed: UInt64) throws {
    self.predictions = predictions
    let (probabilities, positives) = (predictions.probabilities, predictions.positives)
    let resampled = ResampledMeasures(
      probabilities, positives: positives, calls: predictions.calls, clusters: predictions.clusters,
      thresholds: Self.thresholds, seed: seed)
    let whole = ReportedMeasures(predictions, site: nil, seed: seed, resampled: resampled)
    metrics = whole.areaUnderCurve + whole.proportions + whole.calls + whole.calibration
    let sites = predictions.bySite
    perSite =
      sites.count < 2
      ? []
      : sites.flatMap { site, part in
        ReportedMeasures(part, site: site, seed: seed, resampled: nil).ofSite
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
