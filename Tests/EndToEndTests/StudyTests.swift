import DatabaseSchema
import Foundation
import Glibc
import Modelling
import Postgres
import Reporting
import TestSupport
import Testing

@Suite struct `A study on one machine` {
  @Test func `ends with models, intervals and a page, and extracts nothing a second time`() async throws {
    try await SmallStudy.with { study in
      let first = try await study.local()
      try #require(first.status == 0, Comment(rawValue: first.errors))
      #expect(try first.json(as: LocalOutcome.self).extracted == SmallStudy.subjects)
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      let model = try #require(report.models.first)
      #expect(model.name == "Rad" && !model.features.isEmpty)
      for cohort in [EvaluationCohort.training, .test] {
        let auc = try #require(
          model.metrics.first { $0.name == .auc && $0.cohort == cohort && $0.method == "DeLong" })
        let (estimate, lower, upper) = (
          try #require(auc.estimate), try #require(auc.lower), try #require(auc.upper)
        )
        #expect(estimate > 0.5 && lower <= estimate && estimate <= upper)
      }
      #expect(!model.perSite.isEmpty && model.bootstrap?.replicates == 24)
      for name in ["index.html", "roc.svg", "metrics.csv", "predictions.csv"] {
        #expect(FileManager.default.fileExists(atPath: study.report().appendingPathComponent(name).path))
      }
      // Who computed what, beside the report and not in it.
      let page = try String(contentsOf: study.report().appendingPathComponent("index.html"), encoding: .utf8)
      #expect(!page.contains("provenance"))
      let provenance = try String(
        contentsOf: study.report().appendingPathComponent("provenance.csv"), encoding: .utf8
      ).split(whereSeparator: \.isNewline).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(provenance.count == 1 + SmallStudy.subjects && provenance[0].first == "ID")
      #expect(
        provenance.dropFirst().allSatisfy { $0[2] == "handcrafted" && $0[3] != "" && $0[7].count == 64 })
      let second = try await study.local()
      #expect(second.status == 0)
      let outcome = try second.json(as: LocalOutcome.self)
      #expect(outcome.job == 1 && outcome.extracted == 0)
    }
  }

  @Test func `is there for commands about its job, whether its server runs or not`() async throws {
    try await SmallStudy.with { study in
      _ = try await study.local()
      func coordinator(_ arguments: [String], _ environment: [String: String] = [:]) async throws
        -> Programs.Result
      {
        try await Programs.run(
          "coordinator", arguments + ["--data", study.data.path], environment: environment)
      }
      let status = try await coordinator(["status", "1"], ["PGHOST": "/nowhere"])
      #expect(
        status.status == 0 && status.output.hasPrefix("job 1 small, succeeded"),
        Comment(rawValue: status.errors))
      _ = try await study.local(["--stop"])
      let model = study.folder.appendingPathComponent("rad.pmml")
      let exported = try await coordinator(["export", "model", "1", "--model", "Rad", "-o", model.path])
      #expect(exported.status == 0, Comment(rawValue: exported.errors))
      #expect(try String(contentsOf: model, encoding: .utf8).contains("<PMML"))
      let pid = study.data.appendingPathComponent("postgres/data/postmaster.pid")
      #expect(!FileManager.default.fileExists(atPath: pid.path), "a server that stood still is stopped again")
      let elsewhere = try await Programs.run("coordinator", ["status", "1", "--data", study.cohort.path])
      #expect(elsewhere.status == 64 && elsewhere.errors.contains("no data folder of coordinator local"))
    }
  }

  @Test func `is found where the command is given, when nothing names another database`() async throws {
    try await SmallStudy.withFiles { study in
      func here(_ arguments: [String]) async throws -> Programs.Result {
        try await Programs.run(
          "env",
          [
            "-u", "PGHOST", "-u", "PGHOSTADDR", "-u", "PGPORT", "-u", "PGDATABASE", "-u", "PGUSER", "-u",
            "PGSERVICE",
            "-C", study.folder.path, Programs.folder.appendingPathComponent("coordinator").path,
          ] + arguments,
          in: URL(fileURLWithPath: "/usr/bin"))
      }
      let ran = try await here(["local", study.file.path])
      try #require(ran.status == 0, Comment(rawValue: ran.errors))
      let status = try await here(["status", "1"])
      #expect(
        status.status == 0 && status.output.hasPrefix("job 1 small, succeeded"),
        Comment(rawValue: status.errors))
      #expect(status.errors.contains("that of coordinator local in small-data"))
      #expect(try await here(["local", study.file.path, "--stop"]).status == 0)
    }
  }

  /// Whoever works with the hospital's queue has its settings in the environment.
  @Test func `takes nothing of libpq's environment`() async throws {
    try await TestDatabase.withFresh(schema: DatabaseSchema.files) { production in
      try await SmallStudy.with { study in
        let services = study.folder.appendingPathComponent("pg_service.conf")
        let settings = production.replacing("' ", with: "'\n").replacing("'", with: "")
        try Data("[production]\n\(settings)\n".utf8).write(to: services)
        let outcome = try await study.local(environment: [
          "PGSERVICE": "production", "PGSERVICEFILE": services.path, "PGHOSTADDR": "127.0.0.1", "PGPORT": "1",
          "PGOPTIONS": "-c default_transaction_read_only=on", "PGREQUIREPEER": "nobody",
          "PGTARGETSESSIONATTRS": "read-only", "PGCHANNELBINDING": "require", "PGGSSENCMODE": "require",
          "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere", "PGPASSFILE": "/nowhere",
          "PGDATABASE": "other",
          // The rest of what libpq's documentation lists (32.15), and of what the server's programs read.
          "PGHOST": "/nowhere", "PGUSER": "nobody", "PGPASSWORD": "geheim", "PGREQUIREAUTH": "none",
          "PGSSLCERT": "/nowhere", "PGSSLKEY": "/nowhere", "PGSSLCERTMODE": "require", "PGSSLCRL": "/nowhere",
          "PGSSLCRLDIR": "/nowhere", "PGSSLCOMPRESSION": "1", "PGSSLNEGOTIATION": "direct", "PGSSLSNI": "x",
          "PGSSLMINPROTOCOLVERSION": "TLSv9", "PGSSLMAXPROTOCOLVERSION": "TLSv9", "PGKRBSRVNAME": "x",
          "PGGSSLIB": "x", "PGGSSDELEGATION": "x", "PGCONNECT_TIMEOUT": "x", "PGCLIENTENCODING": "LATIN1",
          "PGDATESTYLE": "German", "PGTZ": "nowhere", "PGGEQO": "x", "PGSYSCONFDIR": "/nowhere",
          "PGLOCALEDIR": "/nowhere", "PGAPPNAME": "x", "PGLOADBALANCEHOSTS": "x", "PGMINPROTOCOLVERSION": "9",
          "PGMAXPROTOCOLVERSION": "1", "PGDATA": "/nowhere",
          // Nor of gnuplot's.
          "GNUTERM": "x11", "GNUPLOT_LIB": "/nowhere", "GDFONTPATH": "/nowhere",
        ])
        #expect(outcome.status == 0, Comment(rawValue: outcome.errors))
      }
      let connection = try await PostgresConnection.connect(to: production)
      #expect(try await connection.query("SELECT FROM queue.worker").isEmpty)
      await connection.close()
    }
  }

  @Test func `does not wait for whoever reads a pipe in place of a worker's log`() async throws {
    try await SmallStudy.with { study in
      try FileManager.default.createDirectory(at: study.data, withIntermediateDirectories: true)
      let log = study.data.appendingPathComponent("worker-1.log").path
      let made = unsafe mkfifo(log, 0o600)
      try #require(made == 0)
      let ended = try await study.local()
      #expect(ended.status == 73 && ended.errors.contains(log), Comment(rawValue: ended.errors))
    }
  }

  @Test func `with one changed mask extracts one case`() async throws {
    try await SmallStudy.with { study in
      _ = try await study.local()
      let files = try FileManager.default.subpathsOfDirectory(atPath: study.cohort.path)
      let masks = files.filter { $0.contains("mask") && $0.hasSuffix(".nii.gz") }.sorted()
      try FileManager.default.removeItem(at: study.cohort.appendingPathComponent(masks[0]))
      try FileManager.default.copyItem(
        at: study.cohort.appendingPathComponent(masks[0].replacing("mask", with: "image")),
        to: study.folder.appendingPathComponent("unused"))
      try TestMask.write(
        like: study.cohort.appendingPathComponent(masks[0].replacing("mask", with: "image")),
        to: study.cohort.appendingPathComponent(masks[0]))
      let outcome = try await study.local().json(as: LocalOutcome.self)
      #expect(outcome.job == 2 && outcome.extracted == 1 && outcome.failed == 0)
    }
  }

  @Test func `with broken cases goes on, says what is wrong with each and ends with exit code 1`()
    async throws
  {
    try await SmallStudy.with { study in
      let rows = try String(contentsOf: study.manifest, encoding: .utf8).split(separator: "\n").map(
        String.init)
      func file(_ row: Int, _ column: Int) -> URL {
        study.cohort.appendingPathComponent(String(rows[row].split(separator: ",")[column]))
      }
      try FileManager.default.removeItem(at: file(1, 2))
      let whole = try Data(contentsOf: file(2, 2))
      try whole.prefix(whole.count / 2).write(to: file(2, 2))
      try TestMask.writeEmpty(like: file(3, 2), to: file(3, 3))
      try TestMask.writeShifted(like: file(4, 2), to: file(4, 3))
      let result = try await study.local()
      #expect(result.status == 1, Comment(rawValue: result.errors))
      let report = try StudyReportFile.read(study.report().appendingPathComponent("report.json"))
      #expect(
        Set(report.exclusions.map(\.code)) == ["not-found", "truncated", "mask-empty", "geometry-mismatch"])
      #expect(
        report.exclusions.allSatisfy { $0.kind == .failed && $0.sentence.count > 20 && !$0.remedy.isEmpty })
      #expect(report.cohort.cases.submitted == SmallStudy.subjects && report.cohort.cases.failed == 4)
      #expect(!report.models[0].features.isEmpty)
    }
  }
}
