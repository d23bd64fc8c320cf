import Postgres
import TestSupport
import Testing

@Suite struct `A connection string` {
  @Test(
    arguments: [
      ("postgresql://anna:geheim@db.example:6432/study", "database study as anna at db.example:6432"),
      ("host=/run/pg user=anna password=geheim dbname=study", "database study as anna at /run/pg"),
      ("host=a,b port=1,2 user=anna dbname=study", "database study as anna at a:1, b:2"),
      ("service=clinic", "service clinic"),
    ])
  func `is described without its password`(text: String, description: String) {
    #expect(PostgresConfiguration(text).description == description)
  }

  @Test(
    arguments: [
      "postgresql://anna:geheim@db.example:6432/study?nonsense=geheim",
      "postgresql://anna:ge@heim@db.example/study",
      "host=nowhere password='geheim", "postgresql://anna:geheim@[db.example/study",
      "password=geheim nonsense",
      "host=nowhere nonsense=geheim",
    ])
  func `that is malformed is refused without quoting it`(text: String) async throws {
    let error = try #require(
      await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(to: text) })
    #expect(error.code == .usage)
    #expect(!error.description.contains("heim"))
    #expect(PostgresConfiguration(text).description == "a malformed connection string")
  }

  @Test func `to nowhere fails as transient, and names the target`() async throws {
    let error = try #require(
      await #expect(throws: PostgresError.self) {
        try await PostgresConnection.connect(
          to: "host=/nowhere/at/all user=anna password=geheim dbname=study")
      })
    #expect(error.code == .connectionFailed)
    #expect(error.isTransient)
    #expect(error.message.contains("/nowhere/at/all"))
    #expect(!error.description.contains("geheim"))
  }

  @Test func `to an unknown database fails for good, with its SQLSTATE`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let error = try #require(
        await #expect(throws: PostgresError.self) {
          try await PostgresConnection.connect(to: connectionString + " dbname=unheard_of")
        })
      #expect(error.code == .connectionFailed)
      #expect(error.sqlState == .databaseUnknown)
      #expect(!error.isTransient)
      #expect(!error.message.contains("LOCATION"))
    }
  }

  @Test func `keeps what the user chose, and adds the rest`() async throws {
    try await TestDatabase.withFresh { connectionString in
      let named = try await PostgresConnection.connect(to: connectionString + " application_name=mine")
      #expect(try await named.query("SHOW application_name").scalar(as: String.self) == "mine")
      #expect(try await named.query("SHOW client_encoding").scalar(as: String.self) == "UTF8")
      let plain = try await PostgresConnection.connect(
        to: PostgresConfiguration(connectionString, applicationName: "worker"))
      #expect(try await plain.query("SHOW application_name").scalar(as: String.self) == "worker")
    }
  }

  @Test func `to a read-only database is refused, unless reading is enough`() async throws {
    try await TestDatabase.withConnection { db in
      let name = try await db.query("SELECT current_database()").scalar(as: String.self)
      try await db.execute("ALTER DATABASE \(name) SET default_transaction_read_only = on")
      let string = try await db.query("SELECT current_setting('unix_socket_directories')").scalar(
        as: String.self)
      let target = "host=\(string.replacing("\"", with: "")) user=trabecula dbname=\(name)"
      let error = await #expect(throws: PostgresError.self) {
        try await PostgresConnection.connect(to: target)
      }
      #expect(error?.code == .connectionFailed)
      let reader = try await PostgresConnection.connect(
        to: PostgresConfiguration(target, requiresWrites: false))
      #expect(try await reader.query("SELECT 1").scalar(as: Int.self) == 1)
    }
  }
}
