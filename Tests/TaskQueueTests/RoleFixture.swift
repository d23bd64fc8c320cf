import DatabaseSchema
import Postgres
import TaskQueue
import TestSupport
import Testing

/// A queue with tasks at two sites and of none, and a session for each login.
///
/// Job 1 has tasks 1 and 2 at North, job 2 has tasks 3 and 4 at South, job 3 has task 5, a bootstrap of no site.
struct RoleFixture {
  let target: String
  let admin: QueueFixture

  @discardableResult
  static func with<Value: Sendable>(_ body: (RoleFixture) async throws -> Value) async throws -> Value {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
      let connection = try await PostgresConnection.connect(to: target)
      try await QueueFixture.prepare(connection)
      try await TestLogin.makeAll(connection)
      let fixture = RoleFixture(
        target: target, admin: QueueFixture(connection: connection, queue: TaskQueue(connection)))
      try await fixture.grant()
      _ = try await fixture.admin.job(cut: 2, site: 1)
      _ = try await fixture.admin.job(cut: 2, site: 2)
      _ = try await fixture.admin.job(count: 1)
      let value = try await body(fixture)
      await connection.close()
      return value
    }
  }

  private func grant() async throws {
    let queue = admin.queue
    for login in [TestLogin.northWorker, .northOperator, .northReader] {
      _ = try await queue.grant(sites: ["North"], to: login.rawValue)
    }
    _ = try await queue.grant(sites: ["South"], to: TestLogin.southWorker.rawValue)
    for login in [TestLogin.everywhereWorker, .operatorOfAll, .reader] {
      _ = try await queue.grantAllSites(to: login.rawValue)
    }
  }

  /// Runs statements as a login, on one session.
  func session<Value: Sendable>(
    as login: TestLogin, _ body: (QueueFixture) async throws -> Value
  ) async throws -> Value {
    let connection = try await login.connect(to: target)
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try await body(QueueFixture(connection: connection, queue: TaskQueue(connection))))
    } catch {
      outcome = .failure(error)
    }
    await connection.close()
    return try outcome.get()
  }

  /// The SQLSTATE with which a statement of a login is refused; nil where it is carried out.
  func refusal(of sql: String, as login: TestLogin) async throws -> SQLState? {
    try await session(as: login) { session in try await session.refusal(of: sql) }
  }
}

extension QueueFixture {
  /// The SQLSTATE with which a statement is refused; nil where it is carried out.
  func refusal(of sql: String) async throws -> SQLState? {
    do {
      try await connection.execute(script: sql)
      return nil
    } catch {
      guard let state = error.sqlState else { throw error }
      return state
    }
  }
}
