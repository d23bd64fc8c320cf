import Foundation
import Report
import Statistics
import StudyPlan

extension PreparedStudy {
  /// Fits the final models, evaluates them and tells everything in a report.
  ///
  /// - Parameters:
  ///   - replicates: canonical JSON of all replicates, in order.
  ///   - jobKey: SHA-256 of what was submitted.
  package func aggregate(replicates bodies: [[UInt8]], jobKey: [UInt8]) throws(StudyTaskError)
    -> AggregateResult
  {
    do {
      let replicates = try bodies.map { try ReplicateCoding.decode(BootstrapReplicate.self, from: $0) }
      guard plans.isEmpty || replicates.count == cohort.study.bootstrap.replicates else {
        throw StudyTaskError(
          code: "incomplete-replicates",
          sentence:
            "\(replicates.count) of \(cohort.study.bootstrap.replicates) bootstrap replicates are stored.",
          remedy: "Submit the study again.")
      }
      let models = try plans.indices.map { try FinalModel($0, of: self, replicates: replicates) }
      var report = ReportAssembly(study: self, models: models, jobKey: jobKey).report()
      report.audit = try LeakageAudit(
        study: self, models: models.map(\.fitted), replicates: replicates, duplicates: report.duplicates
      ).lines()
      report.checklists = StudyReport.Checklist.all(of: report)
      return AggregateResult(
        report: String(decoding: try report.reproducibleJSON(), as: UTF8.self),
        models: String(decoding: try ReplicateCoding.encode(models.map(\.fitted)), as: UTF8.self),
        metrics: String(decoding: try ReplicateCoding.encode(models.flatMap(\.metricRows)), as: UTF8.self),
        predictions: models.flatMap { predictions(of: $0.fitted) })
    } catch {
      throw StudyTaskError(ofAggregation: error)
    }
  }

  private func predictions(of model: FittedModel) -> [AggregateResult.Prediction] {
    [("training", split.training), ("test", split.test)].flatMap { part, rows in
      zip(rows, model.probabilities(of: table, rows: rows)).map { row, probability in
        AggregateResult.Prediction(
          caseID: cases[row].id, model: model.name, part: part, probability: probability)
      }
    }
  }
}

/// A model fitted to the whole training part, with its evaluations.
struct FinalModel {
  let definition: ModelDefinition
  let plan: ModelPlan
  let fitted: FittedModel
  let summary: BootstrapSummary?
  /// Training, then test where there is one.
  let evaluations: [CohortEvaluation]

  init(_ index: Int, of study: PreparedStudy, replicates: [BootstrapReplicate]) throws {
    definition = study.cohort.study.models[index]
    plan = study.plans[index]
    let seed = study.cohort.study.seed
    let fitted = try fitModel(
      study.table, rows: study.split.training, plan: study.plans[index], address: .finalFit(seed: seed))
    self.fitted = fitted
    let candidates = study.table.featureNames.count { study.plans[index].features.includes($0) }
    summary =
      replicates.isEmpty
      ? nil
      : try BootstrapSummary(
        of: replicates, model: index, final: fitted, table: study.table, training: study.split.training,
        candidates: candidates)
    let parts: [(StudyReport.EvaluationCohort, [Int])] = [
      (.training, study.split.training), (.test, study.split.test),
    ]
    let cutoff = fitted.cutoff
    evaluations = try parts.filter { !$0.1.isEmpty }.map { cohort, rows in
      try CohortEvaluation(
        PartPredictions(fitted, table: study.table, rows: rows, cohort: cohort), cutoff: cutoff, seed: seed)
    }
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
    } + (summary.map(bootstrapRows) ?? [])
  }

  private func bootstrapRows(_ summary: BootstrapSummary) -> [MetricRow] {
    let interval = summary.outOfBagInterval
    let rows: [(String, Double?, Interval?)] = [
      ("auc_632_plus", summary.auc?.point632Plus, nil), ("auc_out_of_bag", summary.auc?.outOfBag, interval),
      ("auc_632", summary.auc?.point632, nil), ("auc_harrell", summary.auc?.optimismCorrected, nil),
    ]
    return rows.map { name, estimate, interval in
      MetricRow(
        model: fitted.name, cohort: StudyReport.EvaluationCohort.bootstrap.rawValue, site: nil, name: name,
        estimate: estimate, lower: interval?.lower, upper: interval?.upper,
        method: "whole-pipeline bootstrap",
        n: summary.replicates)
    }
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
