import DatabaseSchema
import Foundation
import Postgres
import Subprocess
import TestSupport
import Testing

/// A small study submitted to a database of its own, with a login for each duty.
struct OperatedStudy: Sendable {
  let study: SmallStudy
  let target: String

  /// - Parameters:
  ///   - yaml: the study file; a small one by default.
  ///   - damage: is done to the cohort before it is submitted.
  static func with<Value: Sendable>(
    yaml: String? = nil, damage: (SmallStudy) throws -> Void = { _ in },
    _ body: (OperatedStudy) async throws -> Value
  ) async throws -> Value {
    try await SmallStudy.withFiles { study in
      if let yaml { try Data(yaml.utf8).write(to: study.file) }
      try damage(study)
      return try await TestDatabase.withFresh(schema: DatabaseSchema.files) { target in
        let operated = OperatedStudy(study: study, target: target)
        try await operated.prepare()
        return try await body(operated)
      }
    }
  }

  /// - Parameter first: a manifest whose cases are there before the study is submitted, in their order.
  func prepare(ingesting first: URL? = nil) async throws {
    try await run("coordinator", ["migrate"], as: nil)
    let admin = try await PostgresConnection.connect(to: target)
    try await TestLogin.makeAll(admin)
    for login in [TestLogin.everywhereWorker, .operatorOfAll] {
      try await admin.execute("SELECT trabecula.grant_all_sites($1)", login.rawValue)
    }
    await admin.close()
    if let first {
      try await run(
        "coordinator", ["ingest", first.path, "--cohort", "echoes", "--root", study.cohort.path],
        as: .coordinator)
    }
    try await run("coordinator", ["submit", study.file.path], as: .coordinator)
  }

  func database(as login: TestLogin?) -> String { target + (login.map { " user='\($0.rawValue)'" } ?? "") }

  /// Runs one of our programs to a successful end.
  @discardableResult
  func run(_ program: String, _ arguments: [String], as login: TestLogin?, status: Int32 = 0) async throws
    -> Programs.Result
  {
    let result = try await Programs.run(program, arguments + ["--database", database(as: login)])
    try #require(result.status == status, Comment(rawValue: result.errors))
    return result
  }

  /// Arguments of a worker that ends when nothing is left for it.
  /// - Parameter lease: seconds; long against a busy machine. A worker that has tasks is heard of three times in it.
  func workerArguments(lease: Int = 600) -> [String] {
    ["run", "--drain", "-j", "2", "--lease", "\(lease)", "--root", study.cohort.path]
  }

  /// Runs a worker until nothing is left for it.
  func work(lease: Int = 600) async throws {
    try await run("worker", workerArguments(lease: lease), as: .everywhereWorker)
  }

  /// Runs SQL with psql and returns what it prints: rows unaligned, fields divided by `|`.
  @discardableResult
  func psql(_ sql: String, as login: TestLogin? = .operatorOfAll, options: [String] = ["-X", "-At"])
    async throws
    -> String
  {
    let outcome = try await Subprocess.run(
      .name("psql"),
      arguments: Arguments(options + ["-q", "-v", "ON_ERROR_STOP=1", "-d", database(as: login), "-c", sql]),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
    try #require(
      outcome.terminationStatus.isSuccess, Comment(rawValue: "\(sql): \(outcome.standardError)"))
    return outcome.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// - Parameter failedCases: whether the report is of a study with failed cases.
  func reproducibleReport(failedCases: Bool = false) async throws -> Data {
    let folder = study.report("report-\(UUID().uuidString)")
    try await run(
      "coordinator", ["report", "1", "-o", folder.path], as: .coordinator, status: failedCases ? 1 : 0)
    return try StudyReportFile.withoutTimes(folder.appendingPathComponent("report.json"))
  }
}
