import Foundation
import PoolerSupport
import Postgres
import PrivateServer
import SchemaMigration
import Synchronization

/// Databases for tests: one private server for the whole process, a fresh database for each caller.
///
/// The server starts with the first test that needs it, never waits for the disk, and goes with its folder
/// when the process ends, however it ends. Tests may run in parallel.
package enum TestDatabase {
  /// One task for all callers, so that the server starts once. It is nobody's child because it outlives each
  /// test.
  private static let server = Task { () throws(PrivateServerError) in
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trabecula-tests-\(UUID().uuidString)")
    return try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .disposable)
  }

  private static let made = Atomic(0)
  /// Tests beyond these wait, so that the server's connections suffice however many tests run in parallel.
  private static let turns = Turns(16)
  private static let templates = Mutex<[String: Task<String, any Error>]>([:])

  /// The file that makes the roles, for tests with a small schema of their own: roles belong to the whole server.
  package static var roles: SchemaFile {
    get throws {
      let file = ReferenceData.repository.appendingPathComponent("Sources/Shared/TaskQueue/SQL/roles.sql")
      return try SchemaFile(
        component: "queue", path: file.lastPathComponent, sql: String(contentsOf: file, encoding: .utf8))
    }
  }

  /// Connection string of a new database, which is dropped when `body` ends.
  /// - Parameter schema: applied to the database; once a process, and copied from then on.
  package static func withFresh<T>(
    schema: [SchemaFile]? = nil, _ body: (String) async throws -> T
  ) async throws -> T {
    let server = try await server.value
    await turns.take()
    let outcome: Result<T, any Error>
    do {
      outcome = .success(try await withFresh(on: server, schema: schema, body))
    } catch {
      outcome = .failure(error)
    }
    await turns.giveBack()
    return try outcome.get()
  }

  private static func withFresh<T>(
    on server: PrivatePostgres, schema: [SchemaFile]?, _ body: (String) async throws -> T
  ) async throws -> T {
    let template = try await schema.map(template)?.value ?? "template0"
    let name = nextName()
    let caretaker = try await PostgresConnection.connect(to: server.connectionString(database: "postgres"))
    try await make(name, from: template, caretaker)
    let outcome: Result<T, any Error>
    do {
      outcome = .success(try await body(server.connectionString(database: name)))
    } catch {
      outcome = .failure(error)
    }
    try await caretaker.execute("DROP DATABASE \(name) WITH (FORCE)")
    await caretaker.close()
    return try outcome.get()
  }

  /// A new database, and the way to it through a pooler in transaction mode; see `TransactionPooler`.
  package static func withPooled<T: Sendable>(
    sessions: Int, schema: [SchemaFile]? = nil,
    _ body: @escaping @Sendable (_ direct: String, _ pooled: String) async throws -> T
  ) async throws -> T {
    let server = try await server.value
    return try await withFresh(schema: schema) { direct in
      let connection = try await PostgresConnection.connect(to: direct)
      let name = try await connection.query("SELECT current_database()::text").scalar(as: String.self)
      await connection.close()
      return try await TransactionPooler.with(server, database: name, sessions: sessions) {
        try await body(direct, $0)
      }
    }
  }

  /// A connection to a new database; see `withFresh`.
  package static func withConnection<T>(
    schema: [SchemaFile]? = nil, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await withFresh(schema: schema) { connectionString in
      let connection = try await PostgresConnection.connect(to: connectionString)
      let value = try await body(connection)
      await connection.close()
      return value
    }
  }

  private static func nextName() -> String { "test_\(made.add(1, ordering: .relaxed).newValue)" }

  /// Copying files is faster here than writing them to the log, the server's own default.
  private static func make(_ name: String, from template: String, _ caretaker: PostgresConnection)
    async throws
  {
    try await caretaker.execute("CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY file_copy")
  }

  /// A database with the schema that nobody connects to, so that it can be copied at any time. Its task is
  /// nobody's child because all later tests wait for it.
  private static func template(with schema: [SchemaFile]) -> Task<String, any Error> {
    let key = schema.map(\.digest).joined()
    return templates.withLock { templates in
      if let known = templates[key] { return known }
      let task = Task {
        let server = try await server.value
        let name = nextName()
        let caretaker = try await PostgresConnection.connect(
          to: server.connectionString(database: "postgres"))
        try await make(name, from: "template0", caretaker)
        let connection = try await PostgresConnection.connect(to: server.connectionString(database: name))
        _ = try await SchemaMigrator(schema).migrate(connection)
        await connection.close()
        // The session may linger for a moment after its end.
        try await caretaker.query(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name)
        await caretaker.close()
        return name
      }
      templates[key] = task
      return task
    }
  }
}

/// A number of turns; who finds none left waits for one, first come, first served.
private actor Turns {
  private var left: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { left = count }

  func take() async {
    if left > 0 {
      left -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func giveBack() {
    if waiting.isEmpty { left += 1 } else { waiting.removeFirst().resume() }
  }
}
