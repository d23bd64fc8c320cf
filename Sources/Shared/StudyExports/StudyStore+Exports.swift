import Foundation
import Modelling
import Postgres
import Reporting
import StudyPlan
import StudyStore

/// Tables of a job, as `coordinator export` writes them.
package enum ExportedTable: String, CaseIterable, Sendable {
  case features, failures, metrics, predictions
}

/// What a job gives out, as far as the login of the connection may read it.
extension StudyStore {
  /// - Throws: `StudyExportError` of code `unknown` where there is no such job.
  package func requireJob(_ job: Int64) async throws {
    guard try await self.job(job) != nil else {
      throw StudyExportError(.unknown, "There is no job \(job); `coordinator status` lists them.")
    }
  }

  /// Refuses to give out a report that is superseded.
  package func requireStandingReport(of job: Int64) async throws {
    guard let reason = try await supersession(of: job) else { return }
    throw StudyExportError(
      .unusable,
      "The report of job \(job) is superseded: \(reason) Submit the study again, and report that job.")
  }

  /// Columns and rows of a table.
  /// - Throws: `StudyExportError`.
  package func contents(of table: ExportedTable, job: Int64) async throws -> (
    columns: [String], rows: [[String]]
  ) {
    try await requireJob(job)
    if table == .metrics || table == .predictions { try await requireStandingReport(of: job) }
    switch table {
    case .features: return featureRows(try await cohort(of: job), parts: try await parts(of: job))
    case .failures: return (FailureTable.columns, try await failureRows(of: job))
    case .metrics:
      guard let body = try await report(of: job) else {
        throw StudyExportError(.notThere, "Job \(job) has no metrics yet; try again when it has ended.")
      }
      return (MetricTable.columns, MetricTable.rows(of: try StudyReport(json: Data(body.utf8))))
    case .predictions:
      if let survival = try await study(of: job).survival {
        return (
          SurvivalTable.columns(survival), try await predictionRows(of: job).map(SurvivalTable.fields)
        )
      }
      return (PredictionTable.columns, try await predictionRows(of: job).map(PredictionTable.fields))
    }
  }

  /// Predictions with what is known of their cases, in the order of models and cases.
  package func predictionRows(of job: Int64) async throws -> [PredictionRow] {
    let cases = try await namedCases(of: job)
    guard let survival = cases.study.survival else {
      return try PredictionRow.rows(of: try await predictions(of: job), in: cases)
    }
    return try await models(of: job).flatMap {
      try SurvivalTable.rows(storedModel: $0.body, in: cases, outcome: survival)
    }
  }

  /// A fitted model as other programs read it.
  /// - Parameter name: may be nil where the job has one model.
  /// - Throws: `StudyExportError`; `StudyTaskError` where the model cannot be written so.
  package func modelDocument(of job: Int64, named name: String?) async throws -> ModelDocument {
    try await requireJob(job)
    try await requireStandingReport(of: job)
    let models = try await models(of: job)
    guard let body = try await report(of: job) else {
      throw StudyExportError(.notThere, "Job \(job) has no models yet; try again when it has ended.")
    }
    let names = models.map(\.name)
    guard let chosen = models.first(where: { $0.name == name ?? names[0] }), name != nil || names.count == 1
    else {
      throw StudyExportError(
        names.isEmpty ? .unknown : .unnamedModel,
        names.isEmpty
          ? "Job \(job) has no models: the study only extracts."
          : "Name one of the models of job \(job): \(names.joined(separator: ", ")).")
    }
    return try ModelDocument(
      storedModel: chosen.body, of: StudyReport(json: Data(body.utf8)), study: try await asked(of: job))
  }

  /// The study of a job, for every login that may read models: `study(of:)` is for those who do its tasks.
  private func asked(of job: Int64) async throws -> Study {
    let text = try await connection.query("SELECT study FROM trabecula.study WHERE job_id = $1", job)
      .scalar(as: String.self)
    return try Study(canonicalJSON: text)
  }

  /// In which part each subject was, where a split that was drawn is known by the predictions; by site and subject.
  private func parts(of job: Int64) async throws -> [[String]: String] {
    let known = [EvaluationCohort.training, .test, .external].map(\.rawValue)
    return try await predictionRows(of: job).filter { known.contains($0.split) }
      .reduce(into: [:]) { $0[[$1.site, $1.subject]] = $1.split }
  }

  /// Every case that is not modelled, as `failures.csv` beside the report has them; those that are still open are not told.
  private func failureRows(of job: Int64) async throws -> [[String]] {
    let values = try await study(of: job).needsValuesForLosses
    let cohort = try await cohort(of: job, values: values)
    let names = cohort.caseNames
    return cohort.losses().map { item, loss in
      let kind: StudyReport.Exclusion.Kind = item.state == .failed ? .failed : .excluded
      return [
        names[item.id] ?? "", item.subject, item.site, kind.rawValue, loss.code, loss.sentence, loss.remedy,
      ]
    }
  }

  /// The cases of a job, without features.
  func namedCases(of job: Int64) async throws -> StudyCohort {
    StudyCohort(study: try await study(of: job), cases: try await cases(of: job), features: [])
  }
}

/// Cases that have features of every source, sources side by side.
/// - Parameter parts: of subjects whom the manifest gives none.
private func featureRows(_ cohort: StudyCohort, parts: [[String]: String]) -> ([String], [[String]]) {
  let extra = Set(cohort.cases.flatMap(\.extra.keys)).sorted()
  let table = FeatureTable(features: cohort.features.flatMap(\.names), extraColumns: extra)
  let names = cohort.caseNames
  let rows = cohort.cases.compactMap { item -> [String]? in
    let values = cohort.features.compactMap { $0.values[item.id] }
    guard !values.isEmpty, values.count == cohort.features.count, let name = names[item.id] else {
      return nil
    }
    return table.fields(
      caseID: name, site: item.site, outcome: item.outcome.map(String.init) ?? "",
      split: item.split?.rawValue ?? parts[[item.site, item.subject], default: ""],
      extra: extra.map { item.extra[$0] ?? "" },
      values: values.flatMap(\.self))
  }
  return (table.columns, rows)
}
