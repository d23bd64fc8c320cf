import Foundation
import Glibc
import Subprocess
import TestSupport
import Testing

/// As in a container, whose root finds folders of the user who started it.
@Suite(.enabled(if: geteuid() == 0, "only root becomes another user"), .timeLimit(.minutes(15)))
struct `Root in the folder of another user` {
  /// nobody; of files that the study writes.
  private static let other: uid_t = 65_534

  private func owner(of file: URL) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: file.path)[.ownerAccountID] as? Int)
  }

  @Test func `runs a study as that user, who owns all that is written`() async throws {
    try await SmallStudy.withFiles { study in
      try FileManager.default.createDirectory(at: study.data, withIntermediateDirectories: true)
      let given = try await Subprocess.run(
        .name("chown"), arguments: ["-R", "\(Self.other):\(Self.other)", study.folder.path],
        output: .discarded,
        error: .string(limit: 1 << 12))
      try #require(given.terminationStatus.isSuccess, Comment(rawValue: given.standardError))
      let ended = try await study.local()
      #expect(ended.status == 0, Comment(rawValue: ended.errors))
      for file in [
        study.data.appendingPathComponent("postgres/data"),
        study.report().appendingPathComponent("report.json"),
      ] {
        #expect(try owner(of: file) == Int(Self.other), "\(file.lastPathComponent)")
      }
      #expect(try await study.local(["--stop"]).status == 0)
    }
  }

  /// A link could lead root into anybody's home.
  @Test func `becomes nobody over a link`() async throws {
    try await SmallStudy.withFiles { study in
      let home = study.folder.appendingPathComponent("home")
      try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(at: study.data, withDestinationURL: home)
      try #require(unsafe chown(home.path, Self.other, Self.other) == 0)
      let ended = try await study.local()
      #expect(ended.status == 69)
      #expect(ended.errors.contains("belongs to user \(Self.other)"), Comment(rawValue: ended.errors))
      #expect(try FileManager.default.contentsOfDirectory(atPath: home.path).isEmpty)
    }
  }
}
