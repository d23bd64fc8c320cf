import Modelling
import Postgres
import Reporting
import StudyPlan
import StudyStore
import TaskQueue
import WorkerCore

/// Kind `aggregate`: final models, their evaluation and the report of a study.
///
/// Beside it, `SQL/aggregate.sql` has what ends such a task and what a retry does again.
package struct Aggregate: TaskKind {
  package static let name = "aggregate"
  package static let mostStoredTogether = 1

  /// A job has one such task, and all that it needs is stored.
  package struct Payload: Codable, Sendable {
    package init() {}
  }

  private let studies: PreparedStudies

  package init(studies: PreparedStudies) { self.studies = studies }

  /// Plans the one task of a job.
  static func plan(_ study: Study, job: Int64, in session: PostgresSession) throws(PostgresError) {
    let task = TaskDraft(payload: "{}", needs: study.modellingNeeds.map(\.text))
    _ = try TaskQueue.plan([StageDraft(kind: name, tasks: [task])], of: job, in: session)
  }

  package func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    try await TaskNeed.canOffer(library: need, with: tools)
  }

  package func perform(
    _ payload: Payload, of task: ClaimedTask, with tools: TaskTools
  ) async throws(TaskError) -> AggregateResult {
    let study = try await studies.prepared(task.job, with: tools)
    let (bodies, key) = try await tools.fetch { connection in
      let store = StudyStore(connection, reader: tools.worker)
      return (try await store.replicates(of: task.job), try await store.key(of: task.job))
    }
    return try await tools.compute { _ in try study.aggregate(replicates: bodies, jobKey: key) }
  }

  package func store(
    _ ended: [EndedTask<AggregateResult>], by worker: Int64, on connection: PostgresConnection
  ) async throws -> [Int64: Verdict] {
    let answers = try await connection.pipeline(ended.map { Self.statement($0.task, $0.outcome, worker) })
    var verdicts: [Int64: Verdict] = [:]
    for (item, answer) in zip(ended, answers) {
      verdicts[item.task.id] = try Verdict(answered: answer.scalar(as: String.self))
    }
    return verdicts
  }

  private static func statement(_ task: ClaimedTask, _ found: AggregateResult, _ worker: Int64)
    -> PostgresStatement
  {
    PostgresStatement(
      "SELECT trabecula.complete_aggregate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      worker, task.id, task.fence, found.report, PostgresJSON(found.models), PostgresJSON(found.metrics),
      found.predictions.map(\.caseID), found.predictions.map(\.part), found.predictions.map(\.model),
      found.predictions.map(\.probability))
  }
}
