import Foundation
import Logging
import Postgres
import SchemaMigration
import TaskQueue
import WorkerCore

/// `word-counts DATABASE TEXT...` counts the words of each text by tasks on the queue, and prints the counts.
@main struct WordCounts {
  static func main() async throws {
    let database = PostgresConfiguration(CommandLine.arguments[1])
    let connection = try await PostgresConnection.connect(to: database)
    try await install(on: connection)
    let job = try await submit(Array(CommandLine.arguments.dropFirst(2)), to: connection)
    try await work(on: database)
    let counts = try await connection.query(
      "SELECT words FROM words.word_count JOIN queue.task USING (task_id) WHERE job_id = $1 ORDER BY ordinal",
      job)
    for row in counts { print(try row.decode(at: 0, as: Int.self)) }
  }

  /// The queue's tables and functions, then those of this program; nothing where they are there.
  static func install(on connection: PostgresConnection) async throws {
    let kind = try SchemaFile(
      component: "words", path: "word_count.sql",
      sql: String(decoding: PackageResources.word_count_sql, as: UTF8.self))
    _ = try await SchemaMigrator(TaskQueueSchema.files + [kind]).migrate(connection)
  }

  /// One job with a task for each text, in one transaction.
  static func submit(_ texts: [String], to connection: PostgresConnection) async throws -> Int64 {
    let drafts = try texts.map { text in
      let payload = try JSONEncoder().encode(WordCount.Payload(text: text))
      return TaskDraft(payload: String(decoding: payload, as: UTF8.self))
    }
    return try await connection.transaction { session in
      let job = try TaskQueue.planJob(key: Array(UUID().uuidString.utf8), name: "words", in: session).job
      _ = try TaskQueue.plan([StageDraft(kind: WordCount.name, tasks: drafts)], of: job, in: session)
      try TaskQueue.start(job: job, in: session)
      return job
    }
  }

  /// A worker, here until nothing is left to do. Any number may run, on any machine that reaches the database.
  static func work(on database: PostgresConfiguration) async throws {
    var settings = WorkerSettings(database: database, version: "1")
    settings.drains = true
    let logger = Logger(label: "worker") { StreamLogHandler.standardError(label: $0) }
    try await WorkerService(settings: settings, kinds: [WordCount()], logger: logger).run()
  }
}
