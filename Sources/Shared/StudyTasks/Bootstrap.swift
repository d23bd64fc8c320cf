import Modelling
import Postgres
import StudyPlan
import TaskQueue
import WorkerCore

/// Kind `bootstrap`: a range of replicates of the whole-pipeline bootstrap.
///
/// Beside it, `SQL/bootstrap.sql` has what ends such tasks and what a retry does again.
package struct Bootstrap: TaskKind {
  package static let name = "bootstrap"

  package typealias Payload = ReplicateRange
  /// Numbers and canonical JSON.
  package typealias Outcome = [(number: Int, body: [UInt8])]

  private let studies: PreparedStudies

  package init(studies: PreparedStudies) { self.studies = studies }

  /// Plans the tasks of a study; none without models.
  static func plan(_ study: Study, job: Int64, in session: PostgresSession) throws(PostgresError) {
    let payloads = study.models.isEmpty ? [] : study.bootstrap.ranges
    let tasks = payloads.map {
      TaskDraft(
        payload: String(decoding: canonicalBytes(of: $0), as: UTF8.self),
        needs: study.modellingNeeds.map(\.text))
    }
    _ = try TaskQueue.plan([StageDraft(kind: name, tasks: tasks)], of: job, in: session)
  }

  package func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    try await TaskNeed.canOffer(library: need, with: tools)
  }

  package func perform(
    _ payload: Payload, of task: ClaimedTask, with tools: TaskTools
  ) async throws(TaskError) -> Outcome {
    let study = try await studies.prepared(task.job, with: tools)
    return try await tools.compute {
      try study.replicates(payload, cancellation: $0, progress: tools.report(percent:))
    }
  }

  package func store(
    _ ended: [EndedTask<Outcome>], by worker: Int64, on connection: PostgresConnection
  ) async throws -> [Int64: Verdict] {
    let replicates = ended.flatMap { item in item.outcome.map { (item.task.id, $0) } }
    let answers = try await connection.pipeline([
      PostgresStatement(
        "SELECT trabecula.complete_bootstrap($1, $2, $3, $4, $5, $6)",
        worker, ended.map(\.task.id), ended.map(\.task.fence), replicates.map(\.0),
        replicates.map { Int32($0.1.number) }, replicates.map(\.1.body))
    ])
    return try Verdict.list(answers[0], of: ended.map(\.task))
  }
}
