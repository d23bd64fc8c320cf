import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct `A login that may only read` {
  @Test func `sees how far a job is, exports its tables and writes its report`() async throws {
    try await OperatedStudy.with { study in
      try await study.work()
      try await study.psql(
        """
        DO $$ BEGIN
          EXECUTE format('ALTER ROLE test_coordinator IN DATABASE %I SET default_transaction_read_only = on', current_database());
        END $$
        """, as: nil)
      #expect(try await study.psql("SHOW default_transaction_read_only", as: .coordinator) == "on")
      for arguments in [["status"], ["status", "1", "--watch"], ["status", "1", "--json"]] {
        try await study.run("coordinator", arguments, as: .coordinator)
      }
      for table in ["features", "failures", "metrics", "predictions"] {
        try await study.run("coordinator", ["export", table, "1"], as: .coordinator)
      }
      let folder = study.study.report("read-only")
      let (path, sign) = try gnuplotThatEndsSessions(study)
      let report = try await Programs.run(
        "coordinator",
        ["report", "1", "-o", folder.path, "--json", "--database", study.database(as: .coordinator)],
        environment: ["PATH": path])
      #expect(report.status == 0, Comment(rawValue: report.errors))
      #expect(FileManager.default.fileExists(atPath: sign.path), "figures were drawn")
      #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("index.html").path))
      // What writes says that it cannot.
      try await study.run("coordinator", ["pause", "1"], as: .coordinator, status: 69)
    }
  }

  /// As a server that does not stand sessions which wait while figures are drawn: the first figure ends all that the login has.
  /// - Returns: a search path, and a file that is there once a figure was drawn.
  private func gnuplotThatEndsSessions(_ study: OperatedStudy) throws -> (path: String, sign: URL) {
    let folder = study.study.folder.appendingPathComponent("impatient")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (program, sign) = (
      folder.appendingPathComponent("gnuplot"), folder.appendingPathComponent("was-drawn")
    )
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let ending = """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = '\(TestLogin.coordinator.rawValue)' AND datname = current_database()
      """
    let script = """
      #!/bin/sh
      PATH='\(path)'
      export PATH
      if [ ! -e '\(sign.path)' ]; then
        psql -X -q -o /dev/null -d "\(study.target)" -c "\(ending)" </dev/null && : >'\(sign.path)'
      fi
      exec gnuplot "$@"

      """
    try Data(script.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    return ("\(folder.path):\(path)", sign)
  }
}

@Suite struct `A database that is not UTF-8` {
  @Test func `is refused in a sentence`() async throws {
    try await TestDatabase.withFresh { target in
      let name = "latin_\(UUID().uuidString.prefix(8).lowercased())"
      let admin = try await PostgresConnection.connect(to: target)
      try await admin.execute("CREATE DATABASE \(name) ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
      let result = try await Programs.run(
        "coordinator", ["migrate", "--database", target + " dbname='\(name)'"])
      try await admin.execute("DROP DATABASE \(name)")
      await admin.close()
      #expect(result.status == 69)
      #expect(result.errors.contains("encoding LATIN1, and UTF8 is needed"))
    }
  }
}
