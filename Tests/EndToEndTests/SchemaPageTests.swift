import Foundation
import Postgres
import PrivateServer
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The page about the schema` {
  private static let page = ReferenceData.repository.appendingPathComponent("Documentation/schema.md")

  /// Texts of the blocks in one language.
  private func blocks(_ language: String) throws -> [String] {
    try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "```\(language)\n").dropFirst()
      .map { try #require($0.components(separatedBy: "```").first) }
  }

  @Test func `shows commands that work as they stand, one after the other`() async throws {
    let blocks = try blocks("sh")
    #expect(blocks.count == 5)
    try await withTemporaryFolder { folder in
      let server = try await PrivatePostgres.start(in: folder.appendingPathComponent("server"))
      let outcome: Result<[String], any Error>
      do {
        var said: [String] = []
        for block in blocks {
          let (status, output) = try await shell(block, on: server, in: folder)
          try #require(status == .exited(0), Comment(rawValue: "\(block)\(output)"))
          said.append(output)
        }
        said.append(try await shell("PGDATABASE=restored coordinator migrate", on: server, in: folder).1)
        outcome = .success(said)
      } catch {
        outcome = .failure(error)
      }
      try await server.stop()
      let said = try outcome.get()
      #expect(said[0] == "The schema is up to date.\n")
      // Whoever restored is no superuser, and says what one still has to do.
      #expect(
        said[3].contains(
          "An administrator should run: ALTER DATABASE restored SET log_parameter_max_length = 0;"))
      // What a restore leaves otherwise, if only in the order of grants, is mended once.
      #expect(said[5] == "The schema is up to date.\n", Comment(rawValue: said[3]))
    }
  }

  /// In a folder with links to what the commands name.
  private func shell(_ script: String, on server: PrivatePostgres, in folder: URL) async throws
    -> (TerminationStatus, String)
  {
    for name in ["schema.sql", "Makefile", "Sources", "packaging"] {
      let link = folder.appendingPathComponent(name)
      guard !FileManager.default.fileExists(atPath: link.path) else { continue }
      try FileManager.default.createSymbolicLink(
        at: link, withDestinationURL: ReferenceData.repository.appendingPathComponent(name))
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let settings = server.environment(user: PrivatePostgres.name).merging([
      "PATH": "\(Programs.folder.path):\(path)"
    ]) { $1 }
    var environment: [Environment.Key: String?] = [:]
    for (name, value) in settings { environment[.init(stringLiteral: name)] = value }
    let outcome = try await Subprocess.run(
      .name("bash"), arguments: ["-euo", "pipefail", "-c", script],
      environment: .inherit.updating(environment),
      workingDirectory: FilePath(folder.path), output: .string(limit: 1 << 20), error: .combinedWithOutput)
    return (outcome.terminationStatus, outcome.standardOutput)
  }

  @Test func `shows a step and a library's files as tests use them`() throws {
    let sources = ["EndToEndTests/UpgradeTests.swift", "SchemaMigrationTests/CodeTests.swift"].map {
      ReferenceData.repository.appendingPathComponent("Tests/\($0)")
    }
    let tests = try sources.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    let step = try #require(try blocks("sql").first?.split(separator: "\n").last)
    #expect(tests.contains(step))
    let swift = try #require(try blocks("swift").first)
    let file = #"component: "lab", path: "steps/0001-sample.sql""#
    #expect(swift.contains("SchemaFile(\(file)"))
    #expect(tests.contains(file))
  }
}
