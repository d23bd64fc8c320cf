import Foundation
import Postgres
import PrivateServer
import TestSupport
import Testing

/// A PostgreSQL of its own that asks logins of operators and readers for their passwords, with a study of two sites in it.
struct PasswordServer: Sendable {
  static let password = "a 'long' pass\\word %&+"

  let study: OperatedStudy

  /// - Parameter damage: is done to the cohort before it is submitted.
  static func with<Value: Sendable>(
    damage: (SmallStudy) throws -> Void = { _ in }, _ body: (PasswordServer) async throws -> Value
  ) async throws -> Value {
    try await SmallStudy.withFiles { study in
      try damage(study)
      let postgres = try await PrivatePostgres.start(in: study.folder.appendingPathComponent("server"))
      let outcome: Result<Value, any Error>
      do {
        let operated = OperatedStudy(study: study, target: postgres.connectionString())
        try await operated.prepare()
        try await askForPasswords(operated, postgres)
        outcome = .success(try await body(PasswordServer(study: operated)))
      } catch {
        outcome = .failure(error)
      }
      try await postgres.stop()
      return try outcome.get()
    }
  }

  private static func askForPasswords(_ study: OperatedStudy, _ postgres: PrivatePostgres) async throws {
    let admin = try await PostgresConnection.connect(to: study.target)
    for login in [TestLogin.operatorOfAll, .northOperator, .reader, .stranger] {
      try await admin.execute(
        script: "ALTER ROLE \(login.rawValue) PASSWORD '\(password.replacing("'", with: "''"))'")
    }
    try await admin.execute(
      "SELECT trabecula.grant_site($1, VARIADIC $2)", TestLogin.northOperator.rawValue, ["SITE_A"])
    try await admin.execute("SELECT trabecula.grant_all_sites($1)", TestLogin.reader.rawValue)
    let rules = postgres.place.data.appendingPathComponent("pg_hba.conf")
    let before = try String(contentsOf: rules, encoding: .utf8)
    // In place, so that it stays the server's own file.
    let file = try FileHandle(forWritingTo: rules)
    try file.write(
      contentsOf: Data(
        "local all +trabecula_operator,+trabecula_reader,test_stranger scram-sha-256\n\(before)".utf8))
    try file.close()
    try await admin.reloadConfiguration()
    await admin.close()
  }

  /// Runs SQL as superuser, which nobody asks for a password.
  @discardableResult
  func psql(_ sql: String) async throws -> String { try await study.psql(sql, as: nil) }

  /// Runs `coordinator serve` with the page at a socket of its own.
  func serving<Value: Sendable>(
    _ options: [String] = [], _ body: @Sendable (PageBrowser, RunningProgram) async throws -> Value
  ) async throws -> (value: Value, errors: [String]) {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("page-\(UUID().uuidString.prefix(8)).sock").path
    let arguments = ["serve", "--listen", "unix:\(path)", "--database", study.database(as: .coordinator)]
    let ended = try await RunningProgram.with("coordinator", arguments + options) { program in
      try #require(await program.lines.contain("answers /metrics"))
      return try await body(PageBrowser(socketPath: path), program)
    }
    return (ended.value, ended.errors)
  }
}
