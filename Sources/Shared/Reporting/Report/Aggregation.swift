import Foundation
import Modelling
import Statistics
import StudyPlan

extension PreparedStudy {
  /// Fits the final models, evaluates them and tells everything in a report.
  ///
  /// - Parameters:
  ///   - replicates: canonical JSON of all replicates, in order, outer resamples of the two-stage bootstrap last.
  ///   - jobKey: SHA-256 of what was submitted.
  /// - Throws: `StudyTaskError` where replicates are missing or damaged, or a model cannot be fitted.
  package func aggregate(replicates bodies: [[UInt8]], jobKey: [UInt8]) throws(StudyTaskError)
    -> AggregateResult
  {
    switch outcome {
    case .binary: try aggregateBinary(replicates: bodies, jobKey: jobKey)
    case .survival(let survival): try aggregate(survival, replicates: bodies, jobKey: jobKey)
    }
  }

  private func aggregateBinary(replicates bodies: [[UInt8]], jobKey: [UInt8]) throws(StudyTaskError)
    -> AggregateResult
  {
    let replicates = try StoredReplicates(bodies, plan: plan)
    do {
      let models = try plans.indices.map {
        try ReportedModel(FinalModel($0, of: self, replicates: replicates), of: self)
      }
      let (found, search) = duplicates()
      var report = try ReportAssembly(study: self, models: models, jobKey: jobKey).report(duplicates: found)
      report.audit = try LeakageAudit(
        study: self, models: models.map(\.result), replicates: replicates.plain,
        duplicates: report.duplicates,
        search: search
      ).lines().explained(by: cohort.study.explained ?? [])
      try report.addControls(controlResults(models.map(\.result), replicates: replicates))
      try report.addLearners(learnerResults(models.map(\.result), replicates: replicates))
      report.addRobustness(perturbationAgreement(), models: cohort.study.models)
      report.warnings =
        report.audit.warnings + report.audit.inVain(cohort.study.explained ?? []) + report.warnings
      report.checklists = StudyReport.Checklist.all(of: report)
      return AggregateResult(
        report: String(decoding: try report.reproducibleJSON(), as: UTF8.self),
        models: String(decoding: try CanonicalJSON.encode(models.map(\.result.fitted)), as: UTF8.self),
        metrics: String(decoding: try CanonicalJSON.encode(models.flatMap(\.metricRows)), as: UTF8.self),
        predictions: models.flatMap { casePredictions(of: $0.result) })
    } catch {
      throw StudyTaskError(ofReporting: error)
    }
  }
}

// MARK: The table `metric`

extension ReportedModel {
  /// Rows of the table `metric`.
  var metricRows: [MetricRow] {
    (metrics + perSite).map { metric in
      MetricRow(
        model: name, cohort: metric.cohort.rawValue, site: metric.site, name: metric.name.key,
        estimate: metric.estimate, lower: metric.lower, upper: metric.upper, method: metric.method,
        n: metric.count)
    } + (result.summary.map(bootstrapRows) ?? []) + (result.leaveOneSiteOut.map(pooledSites) ?? [])
  }

  private func bootstrapRows(_ summary: BootstrapSummary) -> [MetricRow] {
    let all = "whole-pipeline bootstrap"
    func interval(_ estimate: Double?, _ ends: Interval? = nil, by method: String = all)
      -> StudyReport.Interval
    {
      StudyReport.Interval(estimate: estimate, lower: ends?.lower, upper: ends?.upper, method: method)
    }
    var rows: [(String, StudyReport.Interval)] = [
      ("auc_632_plus", headline),
      (
        "auc_out_of_bag",
        interval(summary.auc?.outOfBag, summary.outOfBagInterval, by: Self.spreadOfReplicates)
      ),
      ("auc_632", interval(summary.auc?.point632)),
      ("auc_harrell", interval(summary.auc?.optimismCorrected)),
    ]
    if result.twoStage != nil { rows.insert(("auc_632_plus", percentileHeadline), at: 1) }
    return rows.map { measure, interval in
      MetricRow(
        model: name, cohort: EvaluationCohort.bootstrap.rawValue, site: nil, name: measure,
        estimate: interval.estimate, lower: interval.lower, upper: interval.upper,
        method: interval.method.isEmpty ? all : interval.method, n: summary.replicates)
    }
  }

  /// The AUCs of the sites, each predicted without it, pooled; their own are among `perSite`.
  private func pooledSites(_ sites: LeaveOneSiteOut) -> [MetricRow] {
    guard let pooled = sites.pooling.pooled else { return [] }
    return [
      MetricRow(
        model: name, cohort: EvaluationCohort.leftOut.rawValue, site: nil, name: "auc",
        estimate: pooled.auc, lower: pooled.interval.lower, upper: pooled.interval.upper,
        method: "REML, Hartung-Knapp", n: sites.pooling.sites.reduce(0) { $0 + $1.rows })
    ]
  }
}

/// A row of the database table `metric`.
struct MetricRow: Encodable {
  var model: String
  var cohort: String
  var site: String?
  var name: String
  var estimate: Double?
  var lower: Double?
  var upper: Double?
  var method: String
  var n: Int

  /// Numbers that are not finite are undefined to the table.
  init(
    model: String, cohort: String, site: String?, name: String, estimate: Double?, lower: Double?,
    upper: Double?, method: String, n: Int
  ) {
    (self.model, self.cohort, self.site, self.name) = (model, cohort, site, name)
    func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }
    (self.estimate, self.lower, self.upper) = (finite(estimate), finite(lower), finite(upper))
    (self.method, self.n) = (method, n)
  }
}

extension StudyTaskError {
  /// What a researcher reads of an error on the way from models to the report.
  package init(ofReporting error: any Error) {
    guard let error = error as? ReportError else {
      self.init(ofModelling: error)
      return
    }
    self.init(
      code: "report", sentence: "\(error)".sentence, remedy: "Report this as a defect of the program.")
  }
}
