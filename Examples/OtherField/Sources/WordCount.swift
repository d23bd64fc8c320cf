import Postgres
import TaskQueue
import WorkerCore

/// Kind `word-count`: how many words a text has.
struct WordCount: TaskKind {
  struct Payload: Codable, Sendable {
    var text: String
  }

  static let name = "word-count"

  func perform(
    _ payload: Payload, of task: ClaimedTask, with tools: TaskTools
  ) async throws(TaskError) -> Int {
    guard !payload.text.isEmpty else {
      throw .failure(
        TaskFailure(
          code: "empty-text", sentence: "The text is empty.", remedy: "Leave it out.", isRetryable: false))
    }
    return try await tools.compute { _ in payload.text.split(whereSeparator: \.isWhitespace).count }
  }

  func store(
    _ ended: [EndedTask<Int>], by worker: Int64, on connection: PostgresConnection
  ) async throws -> [Int64: Verdict] {
    let verdicts = try await connection.query(
      "SELECT words.complete_word_count($1, $2, $3, $4)", worker, ended.map(\.task.id),
      ended.map(\.task.fence),
      ended.map { Int32($0.outcome) })
    return try Verdict.list(verdicts, of: ended.map(\.task))
  }
}
