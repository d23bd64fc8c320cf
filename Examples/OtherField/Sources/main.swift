import Foundation
import Logging
import Postgres
import SchemaMigration
import TaskQueue
import WorkerCore

// word-counts DATABASE TEXT...: counts the words of each text by tasks on the queue, and prints the counts.

let database = PostgresConfiguration(CommandLine.arguments[1])
let texts = CommandLine.arguments.dropFirst(2)
let connection = try await PostgresConnection.connect(to: database)

// The queue's tables and functions, then those of this program.
let kind = try SchemaFile(
  component: "words", path: "word_count.sql",
  sql: String(decoding: PackageResources.word_count_sql, as: UTF8.self))
_ = try await SchemaMigrator(TaskQueueSchema.files + [kind]).migrate(connection)

// One job with a task for each text, in one transaction.
let drafts = try texts.map { text in
  TaskDraft(payload: String(decoding: try JSONEncoder().encode(WordCount.Payload(text: text)), as: UTF8.self))
}
let job = try await connection.transaction { session in
  let job = try TaskQueue.planJob(key: Array(UUID().uuidString.utf8), name: "words", in: session).job
  _ = try TaskQueue.plan([StageDraft(kind: WordCount.name, tasks: drafts)], of: job, in: session)
  try TaskQueue.start(job: job, in: session)
  return job
}

// A worker, here until nothing is left to do; any number may run, anywhere.
var settings = WorkerSettings(database: database, version: "1")
settings.drains = true
try await WorkerService(settings: settings, kinds: [WordCount()], logger: Logger(label: "worker")).run()

let counts = try await connection.query(
  "SELECT words FROM words.word_count JOIN queue.task USING (task_id) WHERE job_id = $1 ORDER BY ordinal", job
)
for row in counts { print(try row.decode(at: 0, as: Int.self)) }
