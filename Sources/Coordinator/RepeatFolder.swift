import CommandSupport
import Digests
import Foundation
import Modelling
import Postgres
import Reporting
import StudyExports
import StudyPlan
import StudyStore

/// What stands beside a report so that others can use its models, and whoever has the images can run the study again:
/// models, features, study file and tables, versions, a script that repeats and compares, and the digests of all files.
struct RepeatFolder: Sendable {
  private var models: [(name: String, content: Data)] = []
  /// Models that no file can hold, with the reason.
  private var withoutFile: [String] = []
  private var features: (columns: [String], rows: [[String]])?
  private let report: StudyReport
  private let server: String

  /// Reads what the database has of it.
  /// - Parameter includingFeatures: false where they belong to sites and stay in the database.
  init(of job: Int64, report body: String, includingFeatures: Bool, _ connection: PostgresConnection)
    async throws
  {
    let store = StudyStore(connection)
    report = try StudyReport(json: Data(body.utf8))
    server = try await connection.query("SHOW server_version").scalar(as: String.self)
    for name in report.models.map(\.name) {
      do {
        let document = try await store.modelDocument(of: job, named: name)
        models.append((Self.fileName(of: name, besides: models.map(\.name)), try document.json()))
      } catch let error as StudyTaskError {
        withoutFile.append("\(name): \(error)")
      }
    }
    if includingFeatures { features = try await store.contents(of: .features, job: job) }
  }

  /// Writes all but what needs the study's own files.
  private func writeCommon(to folder: URL) throws {
    try createPrivateFolder(at: folder.appendingPathComponent("models"))
    for model in models {
      try writePrivateFile(model.content, to: folder.appendingPathComponent("models/\(model.name)"))
    }
    if let features {
      try TableFile.write(
        features.rows, under: features.columns, to: folder.appendingPathComponent("features.csv"))
    }
    try write(versions, "versions.txt", folder)
  }

  private func write(_ text: String, _ name: String, _ folder: URL) throws {
    try writePrivateFile(Data(text.utf8), to: folder.appendingPathComponent(name))
  }

  /// Of a study whose files lie on this machine: with a script that runs it again.
  func write(_ input: StudyInput, study: URL, to folder: URL) throws {
    try writeCommon(to: folder)
    let files = StudyCopies(input.file, study: study)
    try createPrivateFolder(at: folder.appendingPathComponent(StudyCopies.folder))
    for file in files.copied {
      let content: Data
      do {
        content = try Data(contentsOf: file.source)
      } catch {
        throw CommandFailure(
          ExitStatus.badData,
          "\(file.source.path): cannot be read again to stand beside the report: \(error).")
      }
      let place = folder.appendingPathComponent("\(StudyCopies.folder)/\(file.name)")
      try createPrivateFolder(at: place.deletingLastPathComponent())
      try writePrivateFile(content, to: place)
    }
    try write(files.script, "repeat.sh", folder)
    try write(text(files), "README.txt", folder)
    try writeDigests(in: folder)
  }

  /// Of a study whose files lie at the sites.
  func write(to folder: URL) throws {
    try writeCommon(to: folder)
    try write(text(nil), "README.txt", folder)
    try writeDigests(in: folder)
  }

  /// `Rad.json`; signs that a file's name should not have become a hyphen.
  private static func fileName(of model: String, besides others: [String]) -> String {
    let plain = String(
      model.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) ? $0 : "-" }.prefix(80))
    let name = "\(plain).json"
    return others.contains(name) ? "\(plain)-\(others.count + 1).json" : name
  }
}

// MARK: What is written

extension RepeatFolder {
  private var versions: String {
    let software = report.software
    let libraries = Set((report.learners ?? []).map(\.library)).sorted()
      .map { "\n\($0), or a version of it that computes the same numbers to the last bit" }
    return """
      Trabecula \(software.trabecula)
      Feature extractor \(software.extractor)
      PostgreSQL \(server)\(libraries.joined())
      \(ProcessInfo.processInfo.operatingSystemVersionString)
      Study file, SHA-256 of its canonical form: \(report.study.configurationDigest)
      Job key: \(report.study.jobKey)

      """
  }

  private func text(_ files: StudyCopies?) -> String {
    let models = (models.map { "  models/\($0.name)" } + withoutFile.map { "  no file: \($0)" })
      .joined(separator: "\n")
    let features = features == nil ? "" : "\nfeatures.csv       the features of every case, as measured"
    return """
      \(report.study.title)

      index.html         the report; report.json has every number of it
      paper.txt          methods and results as text, with references
      performance.csv    the table of models; *.pdf, *.svg, *.png the figures, 180 mm wide, those of 85mm/ 85 mm
      predictions.csv    what the models say of every case\(features)
      models/            the fitted models; coordinator predict applies them to new patients
      versions.txt       what computed the numbers
      SHA256SUMS         digests of all files: sha256sum -c SHA256SUMS

      Models:
      \(models)

      \(files?.explanation ?? Self.withoutFiles)
      """
  }

  private static let withoutFiles = """
    What is not here: the study file, manifest, images, masks and features lie at the sites and in the database that this report
    was written from. Who may read the database gets the features by: coordinator export features JOB -o features.csv

    """

  /// Of all files, in the form that `sha256sum -c` reads.
  private func writeDigests(in folder: URL) throws {
    let name = "SHA256SUMS"
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0 != name && !$0.hasPrefix("again/") && !$0.contains("/.") && !$0.hasPrefix(".") }.sorted()
    var lines = ""
    for path in paths {
      let file = folder.appendingPathComponent(path)
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      let content = try Data(contentsOf: file, options: .mappedIfSafe)
      lines += "\(sha256(of: content).hexadecimal)  \(path)\n"
    }
    try write(lines, name, folder)
  }
}
