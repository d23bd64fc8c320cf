import DatabaseSchema
import Foundation
import Postgres
import SchemaMigration
import TestSupport
import Testing

/// The files of this version, changed as those of a later version may be.
struct LaterVersion {
  private(set) var files: [SchemaFile]

  init() throws { files = try DatabaseSchema.files }

  /// Replaces text in one file.
  mutating func replace(_ old: String, with new: String, in label: String) throws {
    let index = try #require(files.firstIndex { $0.label == label })
    let file = files[index]
    let text = file.sql.replacing(old, with: new)
    try #require(text != file.sql, "\(label) has no '\(old)'")
    files[index] = try SchemaFile(component: file.component, path: "\(file.name).sql", sql: text)
  }

  /// Adds a step after those that there are.
  /// - Returns: its label.
  mutating func add(_ title: String, _ sql: String, to component: String) throws -> String {
    let steps = files.indices.filter {
      files[$0].component == component && files[$0].name.contains(#/^[0-9]/#)
    }
    let number = String(steps.count + 1)
    let name = String(repeating: "0", count: 4 - number.count) + number + "-" + title
    files.insert(
      try SchemaFile(component: component, path: "steps/\(name).sql", sql: sql),
      at: try #require(steps.last) + 1)
    return "\(component)/\(name)"
  }

  /// Serves other protocols.
  mutating func serve(schema: Int, _ protocols: ClosedRange<Int>) throws {
    let steps = files.count { $0.component == "queue" && $0.name.contains(#/^[0-9]/#) }
    try replace(
      "VALUES (\(steps), 1, 1)", with: "VALUES (\(schema), \(protocols.lowerBound), \(protocols.upperBound))",
      in: "queue/protocol")
  }

  func migrate(_ connection: PostgresConnection) async throws -> SchemaChanges {
    try await SchemaMigrator(files).migrate(connection)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An upgrade while workers run a study` {
  /// What the study gives when nothing goes wrong.
  private func undisturbedReport() async throws -> Data {
    try await OperatedStudy.with { study in
      try await study.work()
      return try await study.reproducibleReport()
    }
  }

  /// A study of which one site waits, so that it is unfinished, and a worker that has begun with the other.
  private func withWorker(
    _ body: @Sendable (OperatedStudy, PostgresConnection, RunningProgram) async throws -> Void
  ) async throws -> (study: Data, status: Int32, errors: [String]) {
    try await OperatedStudy.with { study in
      let admin = try await PostgresConnection.connect(to: study.target)
      try await study.psql("SELECT trabecula.pause_site('SITE_B')")
      let arguments = study.workerArguments().filter { $0 != "--drain" }
      let ended = try await RunningProgram.with(
        "worker", arguments + ["--database", study.database(as: .everywhereWorker)]
      ) { worker in
        try await admin.wait(until: "EXISTS (SELECT FROM queue.task_history)")
        try await body(study, admin, worker)
      }
      try await study.psql("SELECT trabecula.resume_site('SITE_B')")
      try await study.work()
      #expect(try await admin.query("SELECT count(*) FROM queue.live_task").scalar(as: Int.self) == 0)
      // Each task has ended once, at its first attempt.
      let tasks = try await admin.query("SELECT count(*) FROM queue.task").scalar(as: Int.self)
      let ends = try await admin.query(
        "SELECT count(*), count(DISTINCT task_id), count(*) FILTER (WHERE outcome = 'succeeded') FROM queue.task_history"
      ).only().decode(Int.self, Int.self, Int.self)
      #expect(ends == (tasks, tasks, tasks))
      #expect(try await admin.query("SELECT FROM queue.attempt_failure").isEmpty)
      await admin.close()
      return (try await study.reproducibleReport(), ended.status, ended.errors)
    }
  }

  @Test
  func `of a function, a comment and a column loses no task, runs none twice, and gives the same report`()
    async throws
  {
    let expected = try await undisturbedReport()
    let ended = try await withWorker { study, admin, _ in
      var later = try LaterVersion()
      // Bodies of what the worker calls all the time, and the table that it writes to.
      try later.replace(
        "  PERFORM require_own_worker(", with: "  PERFORM 1;\n  PERFORM require_own_worker(",
        in: "queue/lease")
      try later.replace("A worker says goodbye:", with: "A worker leaves:", in: "queue/lease")
      // Another result of the heartbeat: a column at its end.
      try later.replace(
        "taken_back bigint[], work_ahead boolean, wanted text[])",
        with: "taken_back bigint[], work_ahead boolean, wanted text[], news text)", in: "queue/lease")
      try later.replace(
        "ANY (w.runs)) ORDER BY 1);", with: "ANY (w.runs)) ORDER BY 1), NULL::text;",
        in: "queue/lease")
      let step = try later.add("note", "ALTER TABLE queue.live_task ADD COLUMN note text;", to: "queue")
      let changes = try await later.migrate(admin)
      #expect(changes == SchemaChanges(steps: [step], files: ["queue/lease"]))
      #expect(try await later.migrate(admin).isEmpty)
      try await study.psql("SELECT trabecula.resume_site('SITE_B')")
      try await admin.wait(until: "(SELECT state FROM queue.job) <> 'running'")
      // A program of the version before says what to do, and changes nothing.
      let old = try await Programs.run("coordinator", ["migrate", "--database", study.target])
      #expect(old.status == 69)
      #expect(old.errors.contains("update the program"))
      #expect(try await later.migrate(admin).isEmpty)
    }
    #expect(ended.status == 0, Comment(rawValue: ended.errors.joined(separator: "\n")))
    #expect(ended.study == expected)
  }

  @Test func `to a protocol that a worker does not speak lets it drain, hand back, and say so`() async throws
  {
    let expected = try await undisturbedReport()
    let ended = try await withWorker { study, admin, worker in
      var later = try LaterVersion()
      try later.serve(schema: 99, 2...3)
      #expect(try await later.migrate(admin).files == ["queue/protocol"])
      #expect(await worker.lines.contain("Update the program."))
      try await admin.wait(
        until: "NOT EXISTS (SELECT FROM queue.worker WHERE state IN ('active', 'draining'))")
      #expect(
        try await admin.query("SELECT FROM queue.live_task WHERE state = 'running' OR crashes > 0").isEmpty)
      try await refuse(study, status: 69, words: "Update the program.")
      // The later version turned out bad: back to what this worker speaks, on purpose only.
      let migrate = ["migrate", "--database", study.target, "--json"]
      let refused = try await Programs.run("coordinator", migrate)
      #expect(refused.status == 69 && refused.errors.contains("has a newer one now; update the program"))
      #expect(refused.errors.contains("migrate --older"))
      let back = try await Programs.run("coordinator", migrate + ["--older"])
      #expect(back.output.contains(#""files_replaced":["queue/protocol"]"#))
    }
    #expect(ended.status == 69, Comment(rawValue: ended.errors.joined(separator: "\n")))
    #expect(ended.study == expected)
  }

  @Test func `that has not been done yet is asked for by programs that need it`() async throws {
    try await OperatedStudy.with { study in
      let admin = try await PostgresConnection.connect(to: study.target)
      var earlier = try LaterVersion()
      try earlier.serve(schema: 0, 0...0)
      _ = try await earlier.migrate(admin)
      // As if no later version had ever been here.
      try await admin.execute(script: "UPDATE queue.schema_file SET replaced = '{}'")
      try await refuse(study, status: 69, words: "Run: coordinator migrate.")
      let migrated = try await Programs.run("coordinator", ["migrate", "--database", study.target, "--json"])
      #expect(migrated.status == 0)
      #expect(migrated.output.contains(#""files_replaced":["queue/protocol"]"#))
      try await study.work()
      await admin.close()
    }
  }

  /// Every program that uses the database refuses in one sentence, and leaves it as it is.
  private func refuse(_ study: OperatedStudy, status: Int32, words: String) async throws {
    let admin = try await PostgresConnection.connect(to: study.target)
    let state = """
      SELECT (SELECT count(*) FROM queue.worker) || ' ' || (SELECT count(*) FROM queue.job) || ' '
        || (SELECT count(*) FROM queue.leader) || ' ' || (SELECT count(*) FROM queue.audit)
      """
    let before = try await admin.query(state).scalar(as: String.self)
    let commands: [(String, [String], TestLogin)] = [
      ("worker", study.workerArguments(), .everywhereWorker),
      ("coordinator", ["status"], .coordinator),
      ("coordinator", ["submit", study.study.file.path, "--again"], .coordinator),
      ("coordinator", ["serve"], .coordinator), ("coordinator", ["pause", "1"], .operatorOfAll),
    ]
    for (program, arguments, login) in commands {
      let result = try await Programs.run(program, arguments + ["--database", study.database(as: login)])
      #expect(result.status == status, "\(program) \(arguments)")
      #expect(result.errors.contains(words), "\(program) \(arguments): \(result.errors)")
    }
    #expect(try await admin.query(state).scalar(as: String.self) == before)
    await admin.close()
  }
}

@Suite struct `An empty database` {
  @Test(arguments: [["coordinator", "status"], ["coordinator", "serve"], ["worker", "run", "--drain"]])
  func `is to be migrated first`(command: [String]) async throws {
    try await TestDatabase.withFresh { target in
      let result = try await Programs.run(command[0], Array(command.dropFirst()) + ["--database", target])
      #expect(result.status == 69)
      #expect(result.errors.contains("Run: coordinator migrate."))
      let db = try await PostgresConnection.connect(to: target)
      #expect(try await db.query("SELECT FROM pg_namespace WHERE nspname IN ('queue', 'trabecula')").isEmpty)
      await db.close()
    }
  }
}
