import Foundation
import Postgres
import PrivateServer
import Testing

@Suite struct `Migrating in a new cluster` {
  func withCluster<Value>(_ body: (PrivatePostgres) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { folder in
      let server = try await PrivatePostgres.start(in: folder)
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
      try await server.stop()
      return try outcome.get()
    }
  }

  @Test func `without the right to make roles ends with what an administrator must run, and that suffices`()
    async throws
  {
    try await withCluster { server in
      let admin = try await PostgresConnection.connect(to: server.connectionString())
      try await admin.execute(script: "CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE trabecula TO plain")
      let arguments = ["migrate", "--database", server.connectionString(user: "plain")]
      let refused = try await Programs.run("coordinator", arguments)
      #expect(refused.status == 65)
      let advice = try #require(
        refused.errors.firstMatch(of: /runs once: (CREATE ROLE .*;) then migrate again/))
      try await admin.execute(script: String(advice.1))
      let migrated = try await Programs.run("coordinator", arguments)
      #expect(migrated.status == 0, Comment(rawValue: migrated.errors))
      await admin.close()
    }
  }

  @Test func `of many databases at once makes the roles once`() async throws {
    try await withCluster { server in
      let admin = try await PostgresConnection.connect(to: server.connectionString())
      for number in 1...5 { try await admin.execute("CREATE DATABASE d\(number)") }
      await admin.close()
      let outcomes = try await withThrowingTaskGroup(of: Programs.Result.self) { group in
        for number in 1...5 {
          let target = server.connectionString(database: "d\(number)")
          group.addTask { try await Programs.run("coordinator", ["migrate", "--database", target]) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for outcome in outcomes { #expect(outcome.status == 0, Comment(rawValue: outcome.errors)) }
    }
  }
}
