import Foundation
import Subprocess
import SystemPackage
import Testing

/// A report's folder, taken elsewhere, is all that a study of a feature table needs to be run again.
@Suite(.timeLimit(.minutes(15))) struct `A report’s folder` {
  private static let yaml = """
    study: again
    seed: 5
    features: tables/values.csv
    models:
      - name: Rad
        selection: [mann-whitney: {p: 0.2}, lasso: {folds: 3}]
    bootstrap: {replicates: 4, per_task: 2}
    """

  private static var table: String {
    let rows = (0..<40).map { subject -> String in
      let values = (0..<5).map { feature in
        Double((subject + 1) * (feature + 3) * 7919 % 1009) / 1009
          + (feature == 0 ? 0.5 * Double(subject % 2) : 0)
      }
      return "P\(subject),S\(subject / 2 % 2),\(subject % 2)," + values.map { "\($0)" }.joined(separator: ",")
    }
    return (["ID,Site,Outcome,f0,f1,f2,f3,f4"] + rows).joined(separator: "\n") + "\n"
  }

  private func shell(_ arguments: [String], in folder: URL) async throws -> (status: Int32, output: String) {
    let ended = try await Subprocess.run(
      .name("sh"), arguments: Arguments(arguments),
      environment: .inherit.updating([
        "COORDINATOR": Programs.folder.appendingPathComponent("coordinator").path
      ]), workingDirectory: FilePath(folder.path), output: .string(limit: 1 << 16),
      error: .string(limit: 1 << 16))
    guard case .exited(let status) = ended.terminationStatus else { return (-1, "") }
    return (status, ended.standardOutput + ended.standardError)
  }

  @Test func `runs the study again by one command, to the same report`() async throws {
    try await withTemporaryFolder { folder in
      let home = folder.appendingPathComponent("home")
      try FileManager.default.createDirectory(
        at: home.appendingPathComponent("tables"), withIntermediateDirectories: true)
      try Data(Self.table.utf8).write(to: home.appendingPathComponent("tables/values.csv"))
      try Data(Self.yaml.utf8).write(to: home.appendingPathComponent("study.yaml"))
      let data = folder.appendingPathComponent("data").path
      let study = home.appendingPathComponent("study.yaml").path
      let first = folder.appendingPathComponent("report")
      let run = try await Programs.run("coordinator", ["local", study, "--data", data, "--out", first.path])
      _ = try await Programs.run("coordinator", ["local", study, "--data", data, "--stop"])
      #expect(run.status <= 1, Comment(rawValue: run.errors))

      let moved = folder.appendingPathComponent("elsewhere")
      try FileManager.default.moveItem(at: first, to: moved)
      try FileManager.default.removeItem(at: home)
      for name in [
        "README.txt", "features.csv", "models/Rad.json", "versions.txt", "study/study.yaml",
        "study/tables/values.csv",
      ] {
        #expect(
          FileManager.default.fileExists(atPath: moved.appendingPathComponent(name).path), "\(name)")
      }
      let sums = try await shell(["-c", "sha256sum --quiet -c SHA256SUMS"], in: moved)
      #expect(sums.status == 0, Comment(rawValue: sums.output))

      let again = try await shell(["repeat.sh"], in: moved)
      #expect(again.status == 0, Comment(rawValue: again.output))
      #expect(again.output.contains("The same: report.json is equal byte for byte but for its times."))

      // Another result is told.
      let body = moved.appendingPathComponent("report.json")
      let changed = try String(contentsOf: body, encoding: .utf8)
        .replacing("\"replicates\" : 4", with: "\"replicates\" : 5")
      try Data(changed.utf8).write(to: body)
      let other = try await shell(["repeat.sh"], in: moved)
      #expect(other.status == 1)
      #expect(other.output.contains("Not the same"))
    }
  }
}
