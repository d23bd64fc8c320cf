import CohortSynthesis
import Foundation
import Postgres

/// A synthetic cohort with a study over it, in a folder of its own.
struct SmallStudy {
  let folder: URL
  var cohort: URL { folder.appendingPathComponent("cohort") }
  var manifest: URL { cohort.appendingPathComponent("manifest.csv") }
  var file: URL { folder.appendingPathComponent("study.yaml") }
  var data: URL { folder.appendingPathComponent("data") }

  static let subjects = 30

  /// Only the files: no database.
  static func withFiles<Value>(_ body: (SmallStudy) async throws -> Value) async throws -> Value {
    try await withTemporaryFolder { folder in
      let study = SmallStudy(folder: folder)
      var options = SynthesisOptions()
      options.subjects = subjects
      options.sites = 2
      try synthesizeCohort(into: study.cohort, options: options)
      try Data(yaml.utf8).write(to: study.file)
      return try await body(study)
    }
  }

  static func with<Value>(_ body: (SmallStudy) async throws -> Value) async throws -> Value {
    try await withFiles { study in
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(study)) } catch { outcome = .failure(error) }
      _ = try await study.local(["--stop"])
      return try outcome.get()
    }
  }

  private static let yaml = """
    study: small
    seed: 7
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {shape: , firstorder: , glcm: }
    models:
      - name: Rad
        selection: [mann-whitney: {p: 0.05}, spearman: {threshold: 0.9}, lasso: {folds: 4, rule: min}]
    bootstrap: {replicates: 24, per_task: 2}
    """

  /// Runs `coordinator local` on the study.
  func local(
    _ options: [String] = [], out: String = "out", data name: String = "data",
    environment: [String: String] = [:], watching: (@Sendable (String) async throws -> Void)? = nil
  ) async throws -> Programs.Result {
    try await Programs.run(
      "coordinator",
      [
        "local", file.path, "--data", folder.appendingPathComponent(name).path, "--out", report(out).path,
        "--json",
      ]
        + options,
      environment: environment, watching: watching)
  }

  func report(_ name: String = "out") -> URL { folder.appendingPathComponent(name) }

  /// The report without its times, as bytes.
  func reproducibleReport(_ name: String = "out") throws -> Data {
    try StudyReportFile.withoutTimes(report(name).appendingPathComponent("report.json"))
  }
}

/// What `coordinator local --json` prints.
struct LocalOutcome: Decodable {
  var job: Int
  var state: String
  var cases: Int
  var failed: Int
  var extracted: Int
}
