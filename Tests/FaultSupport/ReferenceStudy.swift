import CohortSynthesis
import Foundation
import Postgres
import PrivateServer
import Volumes

/// A synthetic cohort, a study over it, and the report of the undisturbed study.
package struct ReferenceStudy: Sendable {
  let folder: URL
  /// A server that never waits for the disk, for faults that do not concern the server. Removes the folder when this
  /// process ends, however it ends.
  let server: PrivatePostgres
  package internal(set) var report = ""
  /// Tasks of the study.
  package internal(set) var tasks = 0

  var root: URL { folder.appendingPathComponent("cohort") }
  var file: URL { folder.appendingPathComponent("study.yaml") }

  static let cases = 24
  static let replicates = 100
  /// As the synthesis names them.
  static let sites = ["SITE_A", "SITE_B"]

  /// Tasks of tens of milliseconds: long enough to be hit, short enough for many.
  private static let yaml = """
    study: faults
    seed: 11
    manifest: cohort/manifest.csv
    extraction:
      imageType: {Original: {}, Wavelet: {}, LoG: {sigma: [1.0, 2.0, 3.0]}, Square: {}, Exponential: {}, Gradient: {}}
    models:
      - name: Rad
        selection: [mann-whitney: {p: 0.05}, spearman: {threshold: 0.9}, lasso: {folds: 10, rule: min}]
    bootstrap: {replicates: \(replicates), per_task: 5}
    """

  /// One for the whole process; a task of its own because all runs wait for it.
  private static let shared = Task { try await make() }

  package static func get() async throws -> ReferenceStudy { try await shared.value }

  private static func make() async throws -> ReferenceStudy {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trabecula-faults-\(UUID().uuidString.prefix(8))")
    let server = try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .disposable)
    var reference = ReferenceStudy(folder: folder, server: server)
    var options = SynthesisOptions()
    options.subjects = cases
    options.sites = sites.count
    options.size = GridSize(x: 64, y: 64, z: 20)
    try synthesizeCohort(into: reference.root, options: options)
    try Data(yaml.utf8).write(to: reference.file)
    let run = try await StudyRun(of: reference, on: server, name: "reference")
    try await run.work(workers: 2) {}
    let accounts = try await StudyAccounts(of: run)
    guard accounts.violations.isEmpty else {
      throw ProgramFailure("the undisturbed study: \(accounts.violations.joined(separator: "; "))")
    }
    guard let report = accounts.report else { throw ProgramFailure("the undisturbed study has no report") }
    (reference.report, reference.tasks) = (report, accounts.tasks)
    return reference
  }
}
