import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The tutorial` {
  private static let page = ReferenceData.repository.appendingPathComponent("Documentation/tutorial.md")

  @Test func `shows commands that work as they stand, one after the other`() async throws {
    let blocks = try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "```sh\n")
      .dropFirst()
      .map { try #require($0.components(separatedBy: "```").first) }
    #expect(blocks.count == 9)
    try await withTemporaryFolder { folder in
      let script = "set -e\n" + blocks.joined(separator: "\n")
      let path = "\(Programs.folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
      // What names another database would lead the commands there.
      var environment = Environment.inherit.updating(["PATH": .some(path)])
      for name in ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"] {
        environment = environment.updating([Environment.Key(stringLiteral: name): nil])
      }
      let ended = try await Subprocess.run(
        .name("bash"), arguments: ["-c", script], environment: environment,
        workingDirectory: FilePath(folder.path),
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
      let said = "\(ended.standardOutput)\(ended.standardError)"
      if !ended.terminationStatus.isSuccess {
        // The server of a tutorial that stopped half way.
        _ = try await Programs.run(
          "coordinator",
          [
            "local", folder.appendingPathComponent("study.yaml").path, "--data",
            folder.appendingPathComponent("first-data").path, "--stop",
          ])
      }
      #expect(ended.terminationStatus.isSuccess, Comment(rawValue: said))
      for file in [
        "one.csv", "report/index.html", "failures.csv", "features.csv", "rad.json", "evaluation", "new.csv",
        "updated.json",
      ] {
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path), "\(file)")
      }
      let failures = try String(contentsOf: folder.appendingPathComponent("failures.csv"), encoding: .utf8)
      #expect(failures.contains("SYN-003") && failures.contains("truncated"))
      #expect(said.contains("exit code 1") && said.contains("job 2 first, succeeded"))
    }
  }
}
