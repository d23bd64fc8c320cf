import ArgumentParser
import CommandSupport
import Foundation
import ImageFiles
import Postgres
import StudyPlan
import StudyStore
import StudyTasks

/// The study file of a command, and what may be said otherwise on the command line.
struct StudyOptions: ParsableArguments, Sendable {
  @Argument(help: "The study file.")
  var study: String

  @Option(help: "Manifest to use instead of the one that the study file names.")
  var manifest: String?

  @Option(help: "Weights of the deep features, where they do not lie below the manifest's folder.")
  var weights: String?

  @Flag(help: "Start a new job even if the same study was submitted before.")
  var again = false
}

/// A study with its cases, as found on this machine.
struct StudyInput: Sendable {
  let file: StudyFile
  let cases: [SubmittedCase]
  /// Names of the cases' features, where the study begins from a table of them.
  let featureNames: [String]
  /// Folder that image paths count from.
  let root: URL
  /// Weights that do not lie below the root.
  let weights: URL?

  /// Reads study file and manifest, and hashes the weights, and the images that this machine can read.
  init(_ options: StudyOptions) throws {
    weights = options.weights.map { URL(fileURLWithPath: $0).standardizedFileURL }
    do {
      var file = try StudyFile(at: URL(fileURLWithPath: options.study))
      if let manifest = options.manifest {
        file.manifest = URL(fileURLWithPath: manifest).standardizedFileURL
      }
      (cases, featureNames, root) = try Self.cases(of: &file)
      if let named = file.study.deep?.weights {
        file.study.deep?.weights = try named.submitted(below: root, given: weights)
      }
      self.file = file
      try Self.check(file.study, cases)
    } catch let error as StudyError {
      throw CommandFailure(ExitStatus.badData, error.message)
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "deep.weights: \(error)")
    }
  }

  private static func cases(of file: inout StudyFile) throws(StudyError) -> ([SubmittedCase], [String], URL) {
    guard let layout = file.table else {
      let manifest = try Manifest(at: file.manifest, outcome: file.outcomeCoding)
      try file.study.requireCovariates(
        in: Set(manifest.rows.flatMap(\.extra.keys)).sorted(),
        design: Manifest.designColumns(outcome: "Outcome"))
      return (submittedCases(of: manifest, label: file.study.extraction.label), [], manifest.root)
    }
    let design = Manifest.designColumns(outcome: layout.outcomeHeader)
    let table = try FeatureTableFile(
      at: file.manifest, layout: layout, outcome: file.outcomeCoding, covariates: file.study.covariates)
    try file.study.requireCovariates(in: table.source.otherColumns, design: design)
    file.study.table = table.source
    StandardStreams.note(
      "\(table.source.name): \(table.featureNames.count) features; no features: "
        + "\(table.source.otherColumns.isEmpty ? "none of the other columns" : table.source.otherColumns.joined(separator: ", "))"
    )
    let cases = zip(table.manifest.rows, table.values).map { row, values in
      let digest = featureDigest(of: values)
      return SubmittedCase(
        row: row, label: row.label ?? 1, imageSHA256: digest, maskSHA256: digest, values: values)
    }
    return (cases, table.featureNames, table.manifest.root)
  }

  /// Models need both outcomes; without models the study only extracts.
  private static func check(_ study: Study, _ cases: [SubmittedCase]) throws(StudyError) {
    guard !study.models.isEmpty else { return }
    let outcomes = Set(cases.compactMap(\.row.outcome))
    guard outcomes.count == 2 else {
      let found = outcomes.isEmpty ? "none" : "only \(outcomes.sorted()[0])"
      throw StudyError(
        .badManifest,
        "Models need subjects with Outcome 0 and with Outcome 1; the manifest has \(found)."
          + " Write models: [] to extract features only.")
    }
  }
}

extension StudyInput {
  /// Makes sure that of each site some image is here, where no other machine could have it.
  func requireFiles() throws {
    let absent = Dictionary(grouping: cases, by: \.row.site).filter {
      $0.value.allSatisfy { $0.imageSHA256 == nil }
    }
    guard let site = absent.keys.min() else { return }
    throw CommandFailure(
      ExitStatus.badData,
      "None of the images of site \(site) can be read below \(root.path), the manifest's folder. Put them there, or correct"
        + " the manifest.")
  }

  /// Submits the study.
  /// - Parameter again: as a new job, even if it was submitted before.
  func submit(again: Bool, to connection: PostgresConnection) async throws -> Submission {
    let store = StudyStore(connection)
    var attempt = 0
    while true {
      let submission = try await store.submit(
        file.study, cohort: file.cohort, cases: cases, featureNames: featureNames, attempt: attempt)
      guard again, submission.wasKnown else { return submission }
      attempt += 1
    }
  }
}

/// Cases of a manifest with the digests of their files, each file read once.
func submittedCases(of manifest: Manifest, label: UInt32) -> [SubmittedCase] {
  var digests: [String: [UInt8]?] = [:]
  func digest(_ path: String) -> [UInt8]? {
    if let known = digests[path] { return known }
    // A file that cannot be read here is the worker's business; the submission goes on without its digest.
    let digest = (try? ImageFileContents(at: manifest.root.appendingPathComponent(path)))?.sha256
    digests[path] = digest
    return digest
  }
  return manifest.rows.map { row in
    SubmittedCase(
      row: row, label: row.label ?? label, imageSHA256: digest(row.image), maskSHA256: digest(row.mask))
  }
}
