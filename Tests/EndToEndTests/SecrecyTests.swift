import Foundation
import Postgres
import PrivateServer
import TestSupport
import Testing

@Suite struct `Nothing secret or personal` {
  /// The manifest's IDs become recognisable, and two cases fail.
  func identify(_ study: SmallStudy) throws {
    let text = try String(contentsOf: study.manifest, encoding: .utf8)
    let lines = text.split(separator: "\n").enumerated().map {
      $0.offset == 0 ? "\($0.element),Age" : "IDENT-\($0.element),AGE-77"
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: study.manifest)
    try study.hideMask()
    try Data("no image".utf8).write(to: study.cohort.appendingPathComponent("images/SYN-002.nii.gz"))
  }

  @Test func `stands in logs, payloads, errors or the study, and no path of a machine in the database`()
    async throws
  {
    try await SmallStudy.with { study in
      try identify(study)
      let outcome = try await study.local()
      try #require(outcome.status == 1, Comment(rawValue: outcome.errors))
      let logs = try logs(of: study)
      #expect(logs.count == 3, "two workers and the server")
      for (name, text) in logs {
        try #require(!text.isEmpty)
        for secret in ["IDENT-", "SYN-0", "AGE-77"] {
          #expect(!text.contains(secret), "\(name) has \(secret)")
        }
      }
      #expect(!outcome.errors.contains("IDENT-"))
      let target = try #require(outcome.errors.firstMatch(of: /database psql "(.*)"/)).1
      let connection = try await PostgresConnection.connect(to: String(target))
      let told = try await connection.query(
        """
        SELECT string_agg(t, ' ') FROM (SELECT payload::text FROM queue.task UNION ALL SELECT study FROM trabecula.study
          UNION ALL SELECT failure_text || remedy FROM trabecula.job_case WHERE state = 'failed'
          UNION ALL SELECT failure_text FROM queue.attempt_failure UNION ALL SELECT w::text FROM queue.worker w
          UNION ALL SELECT a::text FROM trabecula.audit a UNION ALL SELECT h::text FROM queue.task_history h) AS said(t)
        """
      ).scalar(as: String.self)
      let failures = try await connection.query(
        "SELECT string_agg(failure_text, ' ') FROM trabecula.job_case WHERE state = 'failed' HAVING count(*) = 2"
      ).scalar(as: String.self)
      let places = try await connection.query(
        "SELECT string_agg(image || mask, ' ') FROM trabecula.image_case"
      ).scalar(as: String.self)
      await connection.close()
      for secret in ["IDENT-", "AGE-77", study.folder.path] { #expect(!told.contains(secret), "\(secret)") }
      #expect(!failures.contains("SYN-0"), "a sentence names no file: \(failures)")
      #expect(!places.contains(study.folder.lastPathComponent), "only paths relative to a worker's root")
    }
  }

  @Test func `stands in the log of a server that logs every statement`() async throws {
    try await SmallStudy.withFiles { study in
      try identify(study)
      let server = try await PrivatePostgres.start(in: study.folder.appendingPathComponent("server"))
      let outcome: Result<Void, any Error>
      do {
        let admin = try await PostgresConnection.connect(to: server.connectionString())
        // Each outside a transaction, which statements of one script would be.
        try await admin.execute("ALTER SYSTEM SET log_min_duration_statement = 0")
        try await admin.execute("ALTER SYSTEM SET log_statement = 'all'")
        try await admin.reloadConfiguration()
        await admin.close()
        for arguments in [["migrate"], ["submit", study.file.path]] {
          let result = try await Programs.run(
            "coordinator", arguments + ["--database", server.connectionString()])
          try #require(result.status == 0, Comment(rawValue: result.errors))
        }
        let log = try String(contentsOf: server.log, encoding: .utf8)
        #expect(log.contains("ingest_cases"), "it logs statements")
        for secret in ["IDENT-", "SYN-0", "AGE-77"] { #expect(!log.contains(secret), "\(secret)") }
        outcome = .success(())
      } catch {
        outcome = .failure(error)
      }
      try await server.stop()
      try outcome.get()
    }
  }

  private func logs(of study: SmallStudy) throws -> [String: String] {
    let folder = study.data.resolvingSymlinksInPath()
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".log")
    }
    let server = folder.appendingPathComponent("postgres").resolvingSymlinksInPath().appendingPathComponent(
      "log")
    let all = files.map { folder.appendingPathComponent($0) } + [server]
    return try Dictionary(
      uniqueKeysWithValues: all.map { ($0.path, try String(contentsOf: $0, encoding: .utf8)) })
  }

  @Test(arguments: [" password=geheim-42", " password='geheim-42 \\' x'"])
  func `of a password is left in what ps shows`(password: String) async throws {
    try await OperatedStudy.with { study in
      _ = try await RunningProgram.with(
        "worker", ["run", "--database", study.database(as: .everywhereWorker) + password]
      ) { worker in
        try #require(await worker.lines.contain(" started"))
        let shown = try String(contentsOfFile: "/proc/\(worker.processID)/cmdline", encoding: .utf8)
        #expect(shown.contains("password=") && shown.contains("test_everywhere_worker"))
        #expect(!shown.contains("geheim"))
        #expect(!worker.lines.all.joined().contains("geheim"))
      }
    }
  }
}
