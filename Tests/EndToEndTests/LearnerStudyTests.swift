import Foundation
import Reporting
import Statistics
import TestSupport
import Testing

/// A study with other learners beside its model, through the programs.
@Suite struct `A study with other learners` {
  private static let yaml = """
    study: learners
    seed: 5
    features: {table: table.csv, outcome: Outcome}
    comparisons: {learners: [svm, random-forest, gradient-boosting]}
    models: [{name: Rad, selection: [mann-whitney: {p: 0.2}]}]
    bootstrap: {replicates: 12, per_task: 3}
    """

  /// Bits that are mixed well (splitmix64), from 0 to 1: trees learn the pattern of plainer ones.
  private static func noise(_ subject: Int, _ feature: Int) -> Double {
    var bits = UInt64(subject * 6 + feature + 1) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53
  }

  /// Sixty subjects of two sites; `f0` tells the outcome.
  private static var table: String {
    let header = "ID,Site,Outcome," + (0..<6).map { "f\($0)" }.joined(separator: ",")
    let rows = (0..<60).map { subject in
      let values = (0..<6).map { feature in
        noise(subject, feature) + (feature == 0 ? 0.4 * Double(subject % 2) : 0)
      }
      return "P\(subject),S\(subject / 2 % 2),\(subject % 2)," + values.map { "\($0)" }.joined(separator: ",")
    }
    return ([header] + rows).joined(separator: "\n") + "\n"
  }

  private func with(_ body: (_ folder: URL) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      try Data(Self.table.utf8).write(to: folder.appendingPathComponent("table.csv"))
      try Data(Self.yaml.utf8).write(to: folder.appendingPathComponent("study.yaml"))
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(folder)) } catch { outcome = .failure(error) }
      for name in ["one", "two"] { _ = try await local(folder, ["--stop"], name) }
      try outcome.get()
    }
  }

  private func local(
    _ folder: URL, _ options: [String], _ name: String, environment: [String: String] = [:]
  ) async throws -> Programs.Result {
    try await Programs.run(
      "coordinator",
      [
        "local", folder.appendingPathComponent("study.yaml").path, "--data",
        folder.appendingPathComponent(name).path, "--out",
        folder.appendingPathComponent("\(name)-report").path,
        "--json",
      ] + options, environment: environment)
  }

  /// An environment in which neither library can be loaded: files of their names that are no libraries are found first.
  private func withoutLibraries(in folder: URL) throws -> [String: String] {
    let place = folder.appendingPathComponent("broken", isDirectory: true)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for name in ["libsvm.so.3", "libsvm.so.4", "libsvm.so", "libxgboost.so.0", "libxgboost.so"] {
      try Data("no library".utf8).write(to: place.appendingPathComponent(name))
    }
    return ["LD_LIBRARY_PATH": place.path]
  }

  @Test(
    .enabled(
      if: Learner.allCases.allSatisfy { $0.library.lack == nil }, "libsvm or XGBoost is not installed"))
  func `has the same bytes of one worker and of two, and tells the learners apart from the model`()
    async throws
  {
    try await with { folder in
      let two = try await local(folder, ["-j", "2"], "two")
      try #require(two.status == 0, Comment(rawValue: two.errors))
      let file = folder.appendingPathComponent("two-report/report.json")
      let report = try StudyReportFile.read(file)
      let rows = try #require(report.learners)
      #expect(Set(rows.map(\.learner)) == Set(Learner.allCases))
      #expect(report.models.map(\.name) == ["Rad"] && report.primary?.model == "Rad")
      let page = try String(
        contentsOf: folder.appendingPathComponent("two-report/index.html"), encoding: .utf8)
      #expect(page.contains("Other learners, for comparison only") && page.contains("gradient boosting"))
      let versions = try String(
        contentsOf: folder.appendingPathComponent("two-report/versions.txt"), encoding: .utf8)
      #expect(versions.contains("libsvm 3.24") && versions.contains("XGBoost 1.7.4"))
      // No file of theirs: nothing predicts by them.
      let models = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("two-report/models").path)
      #expect(models.allSatisfy { $0.hasPrefix("Rad") })
      let one = try await local(folder, ["-j", "1"], "one")
      try #require(one.status == 0, Comment(rawValue: one.errors))
      #expect(
        try StudyReportFile.withoutTimes(folder.appendingPathComponent("one-report/report.json"))
          == StudyReportFile.withoutTimes(file))
    }
  }

  @Test func `ends with exit code 69 where the libraries are missing, before anything is computed`()
    async throws
  {
    try await with { folder in
      let result = try await local(
        folder, [], "one", environment: try withoutLibraries(in: folder))
      #expect(result.status == 69, Comment(rawValue: result.errors))
      #expect(result.errors.contains("apt-get install libsvm3"), Comment(rawValue: result.errors))
      #expect(result.errors.contains("apt-get install libxgboost0"))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("one").path))
    }
  }

  @Test func `is left to other workers by one without the libraries, which extracts and says what it lacks`()
    async throws
  {
    let yaml = """
      study: small
      seed: 7
      manifest: cohort/manifest.csv
      extraction:
        featureClass: {firstorder: }
      models: [{name: Rad, selection: [mann-whitney: {p: 0.5}]}]
      comparisons: {learners: [svm]}
      bootstrap: {replicates: 4, per_task: 2}
      """
    try await OperatedStudy.with(yaml: yaml) { study in
      let ended = try await Programs.run(
        "worker", study.workerArguments() + ["--database", study.database(as: .everywhereWorker)],
        environment: try withoutLibraries(in: study.study.folder))
      #expect(ended.status == 69, Comment(rawValue: ended.errors))
      #expect(
        ended.errors.contains("library:libsvm 3.24") && ended.errors.contains("apt-get install libsvm3"))
      #expect(
        try await study.psql("SELECT count(*) FROM queue.task_history WHERE outcome = 'succeeded'")
          == "\(SmallStudy.subjects)")
      #expect(try await study.psql("SELECT count(*) FROM queue.attempt_failure") == "0")
    }
  }

  @Test func `with a name that is none is refused, and the nearest is named`() async throws {
    try await with { folder in
      try Data(Self.yaml.replacing("[svm,", with: "[smv,").utf8)
        .write(to: folder.appendingPathComponent("study.yaml"))
      let result = try await local(folder, [], "one")
      #expect(
        result.status == 65 && result.errors.contains("Did you mean 'svm'?"), Comment(rawValue: result.errors)
      )
    }
  }
}
