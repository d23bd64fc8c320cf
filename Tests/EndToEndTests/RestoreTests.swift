import Foundation
import Postgres
import PrivateServer
import Subprocess
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A dump that is restored on a server without the roles` {
  /// Two servers: on the first a database with a study that has begun, on the second what pg_dump and pg_restore make of it.
  private func withRestored(
    _ body: (_ study: SmallStudy, _ first: PrivatePostgres, _ second: PrivatePostgres) async throws -> Void
  ) async throws {
    try await SmallStudy.withFiles { study in
      let first = try await PrivatePostgres.start(in: study.folder.appendingPathComponent("first"))
      let second = try await PrivatePostgres.start(in: study.folder.appendingPathComponent("second"))
      let outcome: Result<Void, any Error>
      do {
        try await program("coordinator", ["migrate", "--database", first.connectionString()])
        try await program("coordinator", ["submit", study.file.path, "--database", first.connectionString()])
        let dump = study.folder.appendingPathComponent("dump").path
        try await postgres("pg_dump", ["-Fc", "-f", dump, "-d", first.connectionString()])
        // It goes on although grants and policies name roles that are not there; it says so by its exit code.
        try await postgres("pg_restore", ["-d", second.connectionString(), dump], status: 1)
        outcome = .success(try await body(study, first, second))
      } catch {
        outcome = .failure(error)
      }
      try await first.stop()
      try await second.stop()
      try outcome.get()
    }
  }

  @discardableResult
  private func program(_ name: String, _ arguments: [String], status: Int32 = 0) async throws
    -> Programs.Result
  {
    let result = try await Programs.run(name, arguments)
    try #require(result.status == status, Comment(rawValue: result.errors))
    return result
  }

  private func postgres(_ name: String, _ arguments: [String], status: Int32 = 0) async throws {
    let outcome = try await Subprocess.run(
      .name(name), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 1 << 20))
    try #require(outcome.terminationStatus == .exited(status), Comment(rawValue: outcome.standardError))
  }

  private func account(_ server: PrivatePostgres) async throws -> [String] {
    let connection = try await PostgresConnection.connect(to: server.connectionString())
    let rows = try await connection.query(
      "SELECT line FROM unnest('{queue,trabecula}'::text[]) AS c, queue.schema_account(c) AS line ORDER BY 1")
    await connection.close()
    return try rows.map { try $0.decode(String.self) }
  }

  @Test func `is mended by migrate: owners, policies, rights; and its study is finished`() async throws {
    try await withRestored { study, first, second in
      #expect(try await account(first) != account(second))
      let migrated = try await program(
        "coordinator", ["migrate", "--database", second.connectionString(), "--json"])
      #expect(migrated.output.contains(#""mended":true"#))
      #expect(migrated.output.contains(#""steps_applied":[]"#))
      #expect(try await account(first) == account(second))
      let again = try await program("coordinator", ["migrate", "--database", second.connectionString()])
      #expect(again.output == "The schema is up to date.\n")

      // The roles hold again: logins do what theirs may, and no more.
      let admin = try await PostgresConnection.connect(to: second.connectionString())
      try await admin.execute(
        script: """
          CREATE ROLE restored_worker LOGIN IN ROLE trabecula_worker;
          CREATE ROLE restored_reader LOGIN IN ROLE trabecula_reader;
          SELECT queue.grant_all_sites('restored_worker');
          """)
      let reader = try await PostgresConnection.connect(to: second.connectionString(user: "restored_reader"))
      #expect(try await reader.query("SELECT FROM trabecula.subject").isEmpty)
      let refusal = await #expect(throws: PostgresError.self) {
        try await reader.query("SELECT * FROM queue.task")
      }
      #expect(refusal?.sqlState == .insufficientPrivilege)
      await reader.close()
      await admin.close()
      for (server, login) in [(first, String?.none), (second, "restored_worker")] {
        let target = login.map { server.connectionString(user: $0) } ?? server.connectionString()
        try await program(
          "worker", ["run", "--drain", "-j", "2", "--root", study.cohort.path, "--database", target])
      }
      var reports: [Data] = []
      for (server, name) in [(first, "one"), (second, "two")] {
        let folder = study.report(name)
        try await program(
          "coordinator", ["report", "1", "-o", folder.path, "--database", server.connectionString()])
        reports.append(try study.reproducibleReport(name))
      }
      #expect(reports[0] == reports[1])
    }
  }

  /// The statement of the page about the schema that gives logins what they had.
  private func regrant() throws -> String {
    let page = ReferenceData.repository.appendingPathComponent("Documentation/schema.md")
    return try #require(
      try String(contentsOf: page, encoding: .utf8).firstMatch(of: /<<'END'\n(SELECT CASE[^`]*?)\nEND\n/)
    ).1.description
  }

  @Test func `gives logins of the same names nothing, until a coordinator grants it`() async throws {
    try await SmallStudy.withFiles { study in
      let first = try await PrivatePostgres.start(in: study.folder.appendingPathComponent("first"))
      let second = try await PrivatePostgres.start(in: study.folder.appendingPathComponent("second"))
      let outcome: Result<Void, any Error>
      do {
        let admin = try await PostgresConnection.connect(to: first.connectionString())
        try await program("coordinator", ["migrate", "--database", first.connectionString()])
        try await program("coordinator", ["submit", study.file.path, "--database", first.connectionString()])
        try await admin.execute(
          script: """
            CREATE ROLE north LOGIN IN ROLE trabecula_worker; CREATE ROLE central LOGIN IN ROLE trabecula_worker;
            CREATE ROLE gone LOGIN IN ROLE trabecula_worker;
            SELECT queue.grant_site('north', 'SITE_A'), queue.grant_site('north', 'SITE_B'),
              queue.grant_all_sites('central'), queue.grant_site('central', 'SITE_A'), queue.grant_all_sites('gone')
            """)
        await admin.close()
        let dump = study.folder.appendingPathComponent("dump").path
        try await postgres("pg_dump", ["-Fc", "-f", dump, "-d", first.connectionString()])
        try await postgres("pg_restore", ["-d", second.connectionString(), dump], status: 1)
        let other = try await PostgresConnection.connect(to: second.connectionString())
        try await program("coordinator", ["migrate", "--database", second.connectionString()])
        try await other.execute(
          script: """
            CREATE ROLE unrelated; CREATE ROLE north LOGIN IN ROLE trabecula_worker;
            CREATE ROLE central LOGIN IN ROLE trabecula_worker
            """)
        let register = "SELECT queue.register_worker('h', 1, 1, 'v', NULL, 60, 1, '{}')"
        for login in ["north", "central"] {
          let session = try await PostgresConnection.connect(to: second.connectionString(user: login))
          await #expect(throws: PostgresError.self) { try await session.execute(script: register) }
          await session.close()
        }
        try await other.execute(script: regrant())
        let granted = try await other.query(
          "SELECT login || ' ' || array_to_string(queue.sites_of(login), ',') FROM (SELECT DISTINCT login FROM queue.site_login) g ORDER BY 1"
        ).map { try $0.decode(String.self) }
        #expect(granted == ["central all sites,SITE_A", "gone ", "north SITE_A,SITE_B"])
        for login in ["north", "central"] {
          let session = try await PostgresConnection.connect(to: second.connectionString(user: login))
          try await session.execute(script: register)
          await session.close()
        }
        await other.close()
        outcome = .success(())
      } catch {
        outcome = .failure(error)
      }
      try await first.stop()
      try await second.stop()
      try outcome.get()
    }
  }

  @Test func `is refused by name to who may not mend it`() async throws {
    try await withRestored { _, _, second in
      let admin = try await PostgresConnection.connect(to: second.connectionString())
      try await admin.execute(script: "CREATE ROLE plain LOGIN; GRANT ALL ON DATABASE trabecula TO plain")
      let roles = try await program(
        "coordinator", ["migrate", "--database", second.connectionString(user: "plain")], status: 65)
      #expect(roles.errors.contains("role trabecula_owner is missing"))
      #expect(roles.errors.contains("CREATE ROLE trabecula_owner;"))
      try await admin.execute(
        script: """
          CREATE ROLE trabecula_owner; CREATE ROLE trabecula_coordinator; CREATE ROLE trabecula_worker;
          CREATE ROLE trabecula_operator; CREATE ROLE trabecula_reader; GRANT trabecula_owner TO plain
          """)
      let owners = try await program(
        "coordinator", ["migrate", "--database", second.connectionString(user: "plain")], status: 65)
      let superuser = try await admin.query("SELECT current_user::text").scalar(as: String.self)
      #expect(
        owners.errors.contains(
          " of the objects in queue, trabecula belong to \(superuser), and plain may not"))
      #expect(owners.errors.contains("Migrate as \(superuser), or as a superuser."))
      try await program("coordinator", ["migrate", "--database", second.connectionString()])
      await admin.close()
    }
  }
}
