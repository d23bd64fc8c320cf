import Report
import Statistics

/// Performance of one model on one part of the cohort, as a report tells it.
struct CohortEvaluation {
  let cohort: StudyReport.EvaluationCohort
  let metrics: [StudyReport.Metric]
  /// What the small numbers of a site allow: AUC and proportions.
  let perSite: [StudyReport.Metric]
  let roc: StudyReport.ROCCurve?
  let decisionCurve: StudyReport.DecisionCurve

  init(
    _ model: FittedModel, table: CohortTable, rows: [Int], cohort: StudyReport.EvaluationCohort, seed: UInt64
  ) {
    self.cohort = cohort
    let whole = ReportedEvaluation(
      Evaluation(model, table: table, rows: rows, seed: seed), cohort: cohort, site: nil)
    metrics = whole.areaUnderCurve + whole.proportions + whole.calibration
    perSite = zip(table.siteNames, Evaluation.bySite(model, table: table, rows: rows, seed: seed)).flatMap {
      site, part in
      let part = ReportedEvaluation(part, cohort: cohort, site: site)
      return part.evaluation.rows == 0 ? [] : Array(part.areaUnderCurve.prefix(1)) + part.proportions
    }
    let probabilities = model.probabilities(of: table, rows: rows)
    let positives = rows.map { table.positives[$0] }
    roc = ReceiverOperating(probabilities, positives: positives).map {
      StudyReport.ROCCurve($0, cohort: cohort)
    }
    decisionCurve = StudyReport.DecisionCurve(
      DecisionCurve(probabilities, positives: positives, thresholds: (1...99).map { Double($0) / 100 }),
      cohort: cohort)
  }
}

/// One evaluation in the words of a report.
private struct ReportedEvaluation {
  let evaluation: Evaluation
  let cohort: StudyReport.EvaluationCohort
  let site: String?

  init(_ evaluation: Evaluation, cohort: StudyReport.EvaluationCohort, site: String?) {
    self.evaluation = evaluation
    self.cohort = cohort
    self.site = site
  }

  private func metric(
    _ name: StudyReport.MetricName, _ estimate: Double?, _ interval: Interval?, method: String, reason: String
  ) -> StudyReport.Metric {
    StudyReport.Metric(
      name, cohort: cohort, site: site, estimate: estimate, lower: interval?.lower, upper: interval?.upper,
      method: method, count: evaluation.rows, positives: evaluation.cases,
      undefinedReason: estimate == nil ? reason : nil)
  }

  private var gap: String {
    switch evaluation.gap {
    case .noRows: "there are no cases"
    case .noCases: "no case has the outcome"
    case .noControls: "every case has the outcome"
    case nil: "undefined"
    }
  }

  /// DeLong's interval (on the logit scale, where it exists) and the bootstrap's.
  var areaUnderCurve: [StudyReport.Metric] {
    let auc = evaluation.auc
    return [
      metric(.auc, auc?.value, auc?.logitDeLong ?? auc?.deLong, method: "DeLong", reason: gap),
      metric(.auc, auc?.value, auc?.percentile, method: "stratified bootstrap, percentile", reason: gap),
    ]
  }

  var proportions: [StudyReport.Metric] {
    let matrix = evaluation.confusion
    let named: [(StudyReport.MetricName, Proportion, String)] = [
      (.sensitivity, matrix.sensitivity, "no case has the outcome"),
      (.specificity, matrix.specificity, "every case has the outcome"),
      (.positivePredictiveValue, matrix.positivePredictiveValue, "no case is called positive"),
      (.negativePredictiveValue, matrix.negativePredictiveValue, "no case is called negative"),
      (.accuracy, matrix.accuracy, "there are no cases"),
    ]
    return named.map { name, proportion, reason in
      metric(name, proportion.estimate, proportion.wilsonInterval(), method: "Wilson", reason: reason)
    }
  }

  var calibration: [StudyReport.Metric] {
    let reason = "the calibration model cannot be fitted"
    return [
      metric(.brier, evaluation.brier, nil, method: "", reason: gap),
      metric(
        .calibrationSlope, evaluation.calibration?.slope, nil, method: "logistic recalibration",
        reason: reason),
      metric(
        .calibrationIntercept, evaluation.calibration?.inTheLarge, nil, method: "in the large", reason: reason
      ),
    ]
  }
}

extension StudyReport.ROCCurve {
  /// From (0, 0) to (1, 1).
  fileprivate init(_ curve: ReceiverOperating, cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.points.reversed().map { point in
        Point(
          falsePositiveRate: 1 - point.specificity, truePositiveRate: point.sensitivity,
          threshold: point.threshold.isFinite ? point.threshold : nil)
      })
  }
}

extension StudyReport.DecisionCurve {
  fileprivate init(_ curve: DecisionCurve, cohort: StudyReport.EvaluationCohort) {
    self.init(
      cohort: cohort,
      points: curve.thresholds.indices.map { index in
        Point(threshold: curve.thresholds[index], model: curve.model[index], treatAll: curve.treatAll[index])
      })
  }
}
