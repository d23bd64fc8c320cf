import Foundation
import ImageFilters
import Statistics
import Yams

/// A study file as read: the study, and where its manifest lies on this machine.
package struct StudyFile: Sendable {
  package var study: Study
  /// Name under which the subjects are kept; the manifest of one study does not mix with another's.
  package var cohort: String
  /// The manifest, or the feature table.
  package var manifest: URL
  /// How a feature table is read; `nil` where a manifest lists images.
  package var table: FeatureTableLayout?
  /// How column Outcome codes the outcome.
  package var outcomeCoding: OutcomeCoding
  /// How many cases may fail before the study is held; `nil`: any number.
  package var failureBudget: FailureBudget?
  /// Table of the cases that a reader of the pictures marked.
  package var marks: URL?
  /// The manifest, or the feature table, of an external cohort: evaluated, and seen by nothing that is fitted.
  package var external: URL?
  /// Table of clinical columns, where the manifest has not got them.
  package var clinicalTable: ClinicalTable?
  /// Table of events and times, where the manifest has not got them.
  package var survivalTable: ClinicalTable?
  /// Whether pictures of regions may leave their site; `nil`: as many sites as there are decide.
  package var pictures: Bool?

  /// Reads `study.yaml`.
  ///
  /// - Throws: `StudyError` naming the key and, for a misspelt one, the nearest known key.
  package init(at url: URL) throws(StudyError) {
    try self.init(yaml: readText(of: url, as: "The study file \(url.path)"), besides: url)
  }

  /// - Parameter url: the study file; relative paths in it count from its folder.
  package init(yaml text: String, besides url: URL) throws(StudyError) {
    let keys = [
      "study", "title", "outcome", "seed", "cohort", "manifest", "features", "extraction", "deep", "split",
      "harmonisation", "cutoff", "models", "bootstrap", "failure_budget", "reuse_across_sites", "orientation",
      "pictures", "marks", "region", "duplicates", "external", "primary", "clinical", "explained", "controls",
      "robustness", "comparisons",
    ]
    let file = try StrictMapping(compose(text, or: "The study file"), at: "", known: keys)
    let name = try file.required("study").text(at: "study")
    try Self.check(name: name)
    let (path, table) = try Self.input(file)
    manifest = URL(fileURLWithPath: path, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    self.table = table
    let survival = try SurvivalOutcome.read(file)
    if let survival { try Self.refuseForSurvival(file, survival.0) }
    if let (outcome, section) = survival {
      outcomeCoding = try OutcomeCoding(events: outcome, section)
      survivalTable = try Self.survivalTable(section, besides: url)
      try self.table?.name(outcome, events: outcomeCoding.column)
    } else {
      outcomeCoding = try OutcomeCoding(file)
    }
    cohort = try file.string("cohort") ?? name
    failureBudget = try FailureBudget.read(file)
    marks = try file.string("marks").map {
      URL(fileURLWithPath: $0, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    }
    external = try Self.external(file, isTable: table != nil).map {
      URL(fileURLWithPath: $0, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    }
    pictures = try file.boolean("pictures")
    let (deep, split) = (try Self.deep(file), try Self.split(file))
    let (clinical, clinicalTable) = try Self.clinical(file, besides: url)
    self.clinicalTable = clinicalTable
    let models = try Self.resolve(
      try Self.models(file, split: split, deep: deep, isSurvival: survival != nil), clinical: clinical)
    try Self.checkSources(models, deep: deep)
    study = Study(
      name: name,
      title: try file.string("title") ?? name,
      outcome: outcomeCoding.text,
      seed: UInt64(try file.integer("seed", in: 0...Int.max) ?? 1),
      extraction: try Self.extraction(file, besides: url),
      deep: deep,
      split: split,
      models: models,
      bootstrap: try Self.bootstrap(file),
      reusesAcrossSites: try file.boolean("reuse_across_sites") == true ? true : nil,
      rings: try RingPlan.read(file),
      duplicates: try file.choice("duplicates", of: DuplicatePolicy.self).flatMap {
        $0 == .report ? nil : $0
      },
      primary: try PrimaryChoice.read(file, models: models, split: split), clinical: clinical,
      survival: survival?.0,
      explained: try Explanation.read(file, models: models),
      controls: try ControlKind.read(file, isTable: table != nil, bootstrap: Self.bootstrap(file)),
      robustness: try RobustnessPlan.read(file, models: models, isTable: table != nil),
      comparisons: try ComparisonPlan.read(file, models: models))
  }

  /// A study's name becomes part of file and folder names.
  private static func check(name: String) throws(StudyError) {
    let allowed = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    guard allowed, !name.hasPrefix("."), name.count <= 100 else {
      throw StudyError(
        .badValue,
        "study must be a short name of letters, digits, '-', '_' and '.', but is '\(name.shortened)'.")
    }
  }

  private static func extraction(_ file: StrictMapping, besides url: URL) throws(StudyError)
    -> ExtractionParameters
  {
    var extraction = ExtractionParameters()
    if let node = file.node("extraction") {
      extraction = try ExtractionParameters(extraction: node, at: "extraction", besides: url)
    }
    guard let name = try file.string("orientation") else { return extraction }
    let known = Orientation.allCases.map(\.rawValue)
    guard let orientation = Orientation(rawValue: name) else {
      throw StudyError(
        .badValue,
        "orientation must be \(known.joined(separator: " or ")), but is '\(name)'."
          + suggestion(for: name, among: known))
    }
    guard extraction.preprocessing.orientation ?? orientation == orientation else {
      throw StudyError(
        .badValue,
        "orientation is \(name), but the setting orientation of the extraction says otherwise; remove one.")
    }
    extraction.preprocessing.orientation = orientation
    return extraction
  }

  private static func split(_ file: StrictMapping) throws(StudyError) -> SplitRule {
    guard let node = file.node("split") else { return .trainingShare(0.7) }
    if node.string == "column" { return .column }
    if node.string == SplitRule.leaveOneSiteOutName { return .leaveOneSiteOut }
    if let name = node.string {
      let known = ["column", SplitRule.leaveOneSiteOutName]
      throw StudyError(
        .badValue,
        "split must be \(known.joined(separator: ", ")) or {training: 0.7}, but is '\(name)'."
          + suggestion(for: name, among: known))
    }
    let split = try StrictMapping(node, at: "split", known: ["training"])
    return .trainingShare(try split.number("training", in: 0.05...0.95) ?? 0.7)
  }

  private static func bootstrap(_ file: StrictMapping) throws(StudyError) -> BootstrapPlan {
    let standard = BootstrapPlan(replicates: 1000, replicatesPerTask: 25)
    guard let node = file.node("bootstrap") else { return standard }
    let section = try StrictMapping(node, at: "bootstrap", known: ["replicates", "per_task", "two_stage"])
    // Outer resamples are addressed from 2¹⁶ on.
    return BootstrapPlan(
      replicates: try section.integer("replicates", in: 0...65_535) ?? standard.replicates,
      replicatesPerTask: try section.integer("per_task", in: 1...10_000) ?? standard.replicatesPerTask,
      twoStage: try twoStage(section))
  }

  private static func twoStage(_ section: StrictMapping) throws(StudyError) -> TwoStagePlan? {
    guard let node = section.node("two_stage") else { return nil }
    let section = try StrictMapping(
      node, at: section.place("two_stage"), known: ["outer", "inner", "per_task"])
    return TwoStagePlan(
      outer: try section.integer("outer", in: 1...OuterReplicate.largestNumber) ?? 200,
      inner: try section.integer("inner", in: 1...OuterReplicate.largestInner) ?? 50,
      outerPerTask: try section.integer("per_task", in: 1...1_000) ?? 1)
  }

  /// Path of the manifest, or of the feature table and how it is read.
  private static func input(_ file: StrictMapping) throws(StudyError) -> (String, FeatureTableLayout?) {
    let manifest = try file.string("manifest")
    guard let node = file.node("features") else {
      guard let manifest else {
        throw StudyError(
          .missingKey,
          "manifest is missing: the CSV file with columns ID,Site,Image,Mask,Outcome; or features, a table of "
            + "features that were extracted before.")
      }
      return (manifest, nil)
    }
    guard manifest == nil, file.node("extraction") == nil else {
      throw StudyError(
        .badValue, "features: the study begins from a table of features; remove manifest and extraction.")
    }
    return try FeatureTableLayout.read(node, at: "features")
  }
}
