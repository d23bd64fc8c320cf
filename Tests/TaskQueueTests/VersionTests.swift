import Postgres
import TaskQueue
import TestSupport
import Testing

@Suite struct `A program and a database` {
  private let program = DatabaseVersion.Program(speaks: 3, oldestSchema: 5)

  @Test(arguments: [(5, 3...3), (9, 1...3), (7, 2...8)])
  func `work together where the protocol is served`(schema: Int, protocols: ClosedRange<Int>) {
    #expect(DatabaseVersion(schema: schema, protocols: protocols).objection(to: program) == nil)
  }

  @Test(arguments: [(5, 1...2), (4, 1...3), (1, 1...1)])
  func `ask for a migration where the database is older`(schema: Int, protocols: ClosedRange<Int>) throws {
    let objection = try #require(DatabaseVersion(schema: schema, protocols: protocols).objection(to: program))
    #expect(objection.contains("older than this program"))
    #expect(objection.contains("coordinator migrate"))
  }

  @Test func `ask for another program where the database is newer`() throws {
    let objection = try #require(DatabaseVersion(schema: 9, protocols: 4...6).objection(to: program))
    #expect(objection.contains("newer than this program"))
    #expect(objection.contains("Update the program"))
  }

  @Test func `of which the database is empty ask for a migration`() async throws {
    try await TestDatabase.withConnection { db in
      let error = await #expect(throws: PostgresError.self) {
        try await TaskQueue(db).requireMatchingVersion()
      }
      #expect(error?.code == .schema)
      #expect(error?.message.contains("coordinator migrate") == true)
    }
  }

  @Test func `are asked under every role, and agree`() async throws {
    try await RoleFixture.with { fixture in
      for login in TestLogin.allCases where login.role != nil {
        let connection = try await login.connect(to: fixture.target)
        try await TaskQueue(connection).requireMatchingVersion()
        await connection.close()
      }
    }
  }

  @Test func `are told of a change while they work together`() async throws {
    try await QueueFixture.with { fixture in
      let db = fixture.connection
      for (change, word) in [
        ("protocol_oldest = 7, protocol_newest = 8", "newer"), ("schema_version = 0", "older"),
      ] {
        try await db.execute(
          "UPDATE queue.protocol SET schema_version = $1, protocol_oldest = 1, protocol_newest = 1",
          Int32(DatabaseVersion.Program.this.oldestSchema))
        try await TaskQueue(db).requireMatchingVersion()
        try await db.execute(script: "UPDATE queue.protocol SET \(change)")
        let error = await #expect(throws: PostgresError.self) {
          try await TaskQueue(db).requireMatchingVersion()
        }
        #expect(error?.message.contains(word) == true)
      }
    }
  }
}
