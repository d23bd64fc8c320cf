import Foundation
import Yams

/// A study file as read: the study, and where its manifest lies on this machine.
package struct StudyFile: Sendable {
  package var study: Study
  /// Name under which the subjects are kept; the manifest of one study does not mix with another's.
  package var cohort: String
  package var manifest: URL

  /// Reads `study.yaml`.
  ///
  /// - Throws: `StudyError` naming the key and, for a misspelt one, the nearest known key.
  package init(at url: URL) throws(StudyError) {
    let text: String
    do {
      text = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw StudyError(
        .unreadable, "The study file \(url.path) cannot be read as text: \(error.localizedDescription)")
    }
    try self.init(yaml: text, besides: url)
  }

  /// - Parameter url: the study file; relative paths in it count from its folder.
  package init(yaml text: String, besides url: URL) throws(StudyError) {
    let keys = [
      "study", "title", "outcome", "seed", "cohort", "manifest", "extraction", "deep", "split", "models",
      "bootstrap",
    ]
    let file = try StrictMapping(compose(text, or: "The study file"), at: "", known: keys)
    let name = try file.required("study").text(at: "study")
    try Self.check(name: name)
    guard let manifest = try file.string("manifest") else {
      throw StudyError(
        .missingKey, "manifest is missing: the CSV file with columns ID,Site,Image,Mask,Outcome.")
    }
    self.manifest =
      URL(fileURLWithPath: manifest, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    cohort = try file.string("cohort") ?? name
    let deep = try Self.deep(file)
    let models = try Self.models(file) ?? Self.standardModels(deep: deep)
    try Self.checkSources(models, deep: deep)
    study = Study(
      name: name,
      title: try file.string("title") ?? name,
      outcome: try file.string("outcome") ?? "Outcome = 1",
      seed: UInt64(try file.integer("seed", in: 0...Int.max) ?? 1),
      extraction: try Self.extraction(file),
      deep: deep,
      split: try Self.split(file),
      models: models,
      bootstrap: try Self.bootstrap(file))
  }

  /// A study's name becomes part of file and folder names.
  private static func check(name: String) throws(StudyError) {
    let allowed = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    guard allowed, !name.hasPrefix("."), name.count <= 100 else {
      throw StudyError(
        .badValue, "study must be a short name of letters, digits, '-', '_' and '.', but is '\(name)'.")
    }
  }

  private static func extraction(_ file: StrictMapping) throws(StudyError) -> ExtractionParameters {
    guard let node = file.node("extraction") else { return ExtractionParameters() }
    return try ExtractionParameters(extraction: node, at: "extraction")
  }

  private static func split(_ file: StrictMapping) throws(StudyError) -> SplitRule {
    guard let node = file.node("split") else { return .trainingShare(0.7) }
    if node.string == "column" { return .column }
    let split = try StrictMapping(node, at: "split", known: ["training"])
    return .trainingShare(try split.number("training", in: 0.05...0.95) ?? 0.7)
  }

  private static func bootstrap(_ file: StrictMapping) throws(StudyError) -> BootstrapPlan {
    let standard = BootstrapPlan(replicates: 1000, replicatesPerTask: 25)
    guard let node = file.node("bootstrap") else { return standard }
    let section = try StrictMapping(node, at: "bootstrap", known: ["replicates", "per_task"])
    return BootstrapPlan(
      replicates: try section.integer("replicates", in: 0...100_000) ?? standard.replicates,
      replicatesPerTask: try section.integer("per_task", in: 1...10_000) ?? standard.replicatesPerTask)
  }
}
