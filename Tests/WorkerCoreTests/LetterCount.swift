import Postgres
import TaskQueue
import WorkerCore

/// Kind `letter-count`, as a program of another field would define it: how many letters a text has.
struct LetterCount: TaskKind {
  static let name = "letter-count"

  struct Payload: Codable, Sendable {
    var text: String
  }

  /// What this machine has of what tasks need.
  var alphabets: [String] = []
  /// Is asked before each count.
  var objection: @Sendable (Payload, ClaimedTask) -> TaskError? = { _, _ in nil }
  /// Is asked before each look for a need.
  var hindrance: @Sendable () -> TaskError? = { nil }
  /// Is what a look waits for, on its thread.
  var look: @Sendable () -> Void = {}
  /// Is said of the progress.
  var report: Double?
  /// Is read from the database before each count.
  var reading: @Sendable (PostgresConnection) async throws -> Void = { _ in }
  /// Is waited for in the slot.
  var preparation: @Sendable (Payload) async -> Void = { _ in }

  func canOffer(_ need: String, with tools: TaskTools) async throws(TaskError) -> OfferAnswer {
    if let hindrance = hindrance() { throw hindrance }
    guard need.hasPrefix("alphabet:") else { return .isUnknown }
    let look = look
    guard try await tools.look({ _ in look() }) != nil else {
      return .no(because: "the shelf did not answer")
    }
    return alphabets.contains(need) ? .yes : .no(because: "it was not learnt here")
  }

  func perform(_ payload: Payload, of task: ClaimedTask, with tools: TaskTools) async throws(TaskError) -> Int
  {
    if let objection = objection(payload, task) { throw objection }
    if let report { tools.report(percent: report) }
    try await tools.fetch(reading)
    await preparation(payload)
    return try await tools.compute { _ in payload.text.count(where: \.isLetter) }
  }

  func store(_ ended: [EndedTask<Int>], by worker: Int64, on connection: PostgresConnection) async throws
    -> [Int64: Verdict]
  {
    let answers = try await connection.query(
      "SELECT letters.complete_letter_count($1, $2, $3, $4)", worker, ended.map(\.task.id),
      ended.map(\.task.fence), ended.map { Int32($0.outcome) })
    return try Verdict.list(answers, of: ended.map(\.task))
  }
}
