import Foundation
import Report
import Statistics
import StudyPlan

extension PreparedStudy {
  /// Fits the final models, evaluates them and tells everything in a report.
  ///
  /// - Parameters:
  ///   - replicates: canonical JSON of all replicates, in order, outer resamples of the two-stage bootstrap last.
  ///   - jobKey: SHA-256 of what was submitted.
  package func aggregate(replicates bodies: [[UInt8]], jobKey: [UInt8]) throws(StudyTaskError)
    -> AggregateResult
  {
    do {
      let replicates = try StoredReplicates(bodies, plan: plan)
      let models = try plans.indices.map { try FinalModel($0, of: self, replicates: replicates) }
      var report = ReportAssembly(study: self, models: models, jobKey: jobKey).report()
      report.audit = try LeakageAudit(
        study: self, models: models, replicates: replicates.plain, duplicates: report.duplicates
      ).lines()
      report.checklists = StudyReport.Checklist.all(of: report)
      return AggregateResult(
        report: String(decoding: try report.reproducibleJSON(), as: UTF8.self),
        models: String(decoding: try ReplicateCoding.encode(models.map(\.fitted)), as: UTF8.self),
        metrics: String(decoding: try ReplicateCoding.encode(models.flatMap(\.metricRows)), as: UTF8.self),
        predictions: models.flatMap { predictions(of: $0) })
    } catch {
      throw StudyTaskError(ofAggregation: error)
    }
  }

  /// Where every site is left out once, a case's prediction is that of the model which did not know its site.
  private func predictions(of model: FinalModel) -> [AggregateResult.Prediction] {
    let leftOut = model.leaveOneSiteOut?.folds.enumerated().map { site, fold in
      ("test", Split(leavingOut: site, of: table).test, fold.model)
    }
    let parts = leftOut ?? [("training", split.training, model.fitted), ("test", split.test, model.fitted)]
    return parts.flatMap { part, rows, fitted in
      zip(rows, fitted.probabilities(of: table, rows: rows)).map { row, probability in
        AggregateResult.Prediction(
          caseID: cases[row].id, model: fitted.name, part: part, probability: probability)
      }
    }
  }
}

/// Replicates as they were stored, decoded and counted.
struct StoredReplicates {
  let plain: [BootstrapReplicate]
  let outer: [OuterReplicate]

  init(_ bodies: [[UInt8]], plan: BootstrapPlan) throws {
    let expected = (plan.replicates, plan.twoStage?.outer ?? 0)
    guard bodies.count == expected.0 + expected.1 else {
      throw StudyTaskError(
        code: "incomplete-replicates",
        sentence: "\(bodies.count) of \(expected.0 + expected.1) bootstrap replicates are stored.",
        remedy: "Submit the study again.")
    }
    plain = try bodies.prefix(expected.0).map {
      try ReplicateCoding.decode(ReplicateBody.self, from: $0).replicate()
    }
    outer = try bodies.dropFirst(expected.0).map { try ReplicateCoding.decode(OuterReplicate.self, from: $0) }
  }
}

/// A model fitted to the whole training part, with its evaluations.
struct FinalModel {
  let definition: ModelDefinition
  let plan: ModelPlan
  let fitted: FittedModel
  let summary: BootstrapSummary?
  /// The two-stage bootstrap, where the study asks for it.
  let twoStage: TwoStageSummary?
  /// Every site held out in turn, where that is the study's split.
  let leaveOneSiteOut: LeaveOneSiteOut?
  /// Strata of site and outcome that resamples are drawn within, of the training part.
  let strata: SubjectStrata
  /// Training, then test where there is one, or all cases as predicted without their sites.
  let evaluations: [CohortEvaluation]

  init(_ index: Int, of study: PreparedStudy, replicates: StoredReplicates) throws {
    definition = study.cohort.study.models[index]
    plan = study.plans[index]
    let seed = study.cohort.study.seed
    let fitted = try study.finalModel(study.plans[index])
    self.fitted = fitted
    let candidates = study.table.featureNames.count { study.plans[index].features.includes($0) }
    summary =
      replicates.plain.isEmpty
      ? nil
      : try BootstrapSummary(
        of: replicates.plain, model: index, final: fitted, table: study.table, training: study.split.training,
        candidates: candidates)
    twoStage = replicates.outer.isEmpty ? nil : try TwoStageSummary(of: replicates.outer, model: index)
    leaveOneSiteOut =
      study.cohort.study.split == .leaveOneSiteOut
      ? try LeaveOneSiteOut(study.table, plan: study.plans[index], seed: seed) : nil
    strata = SubjectStrata(of: study.table, rows: study.split.training)
    let parts: [(StudyReport.EvaluationCohort, [Int])] = [
      (.training, study.split.training), (.test, study.split.test),
    ]
    let predictions =
      parts.filter { !$0.1.isEmpty }.map { cohort, rows in
        PartPredictions(fitted, table: study.table, rows: rows, cohort: cohort)
      } + [leaveOneSiteOut.map { PartPredictions($0, table: study.table) }].compactMap(\.self)
    evaluations = try predictions.map { try CohortEvaluation($0, seed: seed) }
  }

  var metrics: [StudyReport.Metric] { evaluations.flatMap(\.metrics) }
  var perSite: [StudyReport.Metric] { evaluations.flatMap(\.perSite) }

  /// Rows of the table `metric`.
  var metricRows: [MetricRow] {
    (metrics + perSite).map { metric in
      MetricRow(
        model: fitted.name, cohort: metric.cohort.rawValue, site: metric.site, name: metric.name.rawValue,
        estimate: metric.estimate, lower: metric.lower, upper: metric.upper, method: metric.method,
        n: metric.count)
    } + (summary.map(bootstrapRows) ?? []) + (leaveOneSiteOut.map(pooledSites) ?? [])
  }

  private func bootstrapRows(_ summary: BootstrapSummary) -> [MetricRow] {
    let all = "whole-pipeline bootstrap"
    func interval(_ estimate: Double?, _ ends: Interval? = nil) -> StudyReport.Interval {
      StudyReport.Interval(estimate: estimate, lower: ends?.lower, upper: ends?.upper, method: all)
    }
    var rows: [(String, StudyReport.Interval)] = [
      ("auc_632_plus", headline),
      ("auc_out_of_bag", interval(summary.auc?.outOfBag, summary.outOfBagInterval)),
      ("auc_632", interval(summary.auc?.point632)),
      ("auc_harrell", interval(summary.auc?.optimismCorrected)),
    ]
    if twoStage != nil { rows.insert(("auc_632_plus", percentileHeadline), at: 1) }
    return rows.map { name, interval in
      MetricRow(
        model: fitted.name, cohort: StudyReport.EvaluationCohort.bootstrap.rawValue, site: nil, name: name,
        estimate: interval.estimate, lower: interval.lower, upper: interval.upper,
        method: interval.method.isEmpty ? all : interval.method, n: summary.replicates)
    }
  }
}

extension FinalModel {
  /// The AUCs of the sites, each predicted without it, pooled; their own are among `perSite`.
  private func pooledSites(_ sites: LeaveOneSiteOut) -> [MetricRow] {
    guard let pooled = sites.pooling.pooled else { return [] }
    return [
      MetricRow(
        model: fitted.name, cohort: StudyReport.EvaluationCohort.leftOut.rawValue, site: nil, name: "auc",
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
}

extension StudyTaskError {
  init(ofAggregation error: any Error) {
    switch error {
    case let error as ReportError:
      self.init(
        code: "report", sentence: "\(error)".sentence, remedy: "Report this as a defect of the program.")
    case let error as DecodingError:
      self.init(
        code: "bad-replicate", sentence: "A stored replicate cannot be read: \(error).",
        remedy: "Run workers of one version, and submit the study again.")
    default: self.init(ofStatistics: error)
    }
  }
}
