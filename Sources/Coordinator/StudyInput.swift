import ArgumentParser
import Cancellation
import CommandSupport
import FileSources
import Foundation
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

  @OptionGroup var images: RootOptions

  @Option(help: "Weights of the deep features, where they do not lie where the images are.")
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Cases that are not to be used: a table with ID, Site, Image and Reason, as the page of pictures saves it.",
      discussion: "Instead of the one that the study file names.", valueName: "marks.csv"))
  var marks: String?

  @Flag(help: "Start a new job even if the same study was submitted before; files are looked at again.")
  var again = false
}

/// A study with its cases, as found on this machine.
struct StudyInput: Sendable {
  let file: StudyFile
  let cases: [SubmittedCase]
  /// Names of the cases' features, where the study begins from a table of them.
  let featureNames: [String]
  /// What image paths count from.
  let source: any FileSource
  /// Weights that do not lie below the root.
  let weights: URL?
  /// Whether marks were given, however many they are: cases that were marked before and are not now count again.
  let hasMarks: Bool

  /// Reads study file and manifest, and hashes the weights, and the images that this machine can read.
  init(_ options: StudyOptions) async throws {
    try await self.init(
      study: options.study, manifest: options.manifest, weights: options.weights,
      source: options.images.source(), marks: options.marks)
  }

  /// - Parameters:
  ///   - source: where the images are; nil: in the manifest's folder.
  ///   - marks: cases that are not to be used.
  init(
    study: String, manifest: String? = nil, weights: String? = nil, source: (any FileSource)? = nil,
    marks: String? = nil
  ) async throws {
    self.weights = weights.map { URL(fileURLWithPath: $0).standardizedFileURL }
    do {
      var file = try StudyFile(at: URL(fileURLWithPath: study))
      if let manifest {
        file.manifest = URL(fileURLWithPath: manifest).standardizedFileURL
      }
      let found = try await Self.cases(of: &file, source)
      if let marks { file.marks = URL(fileURLWithPath: marks).standardizedFileURL }
      hasMarks = file.marks != nil
      (cases, featureNames, self.source) = (
        try Self.marked(found.cases, by: file.marks), found.featureNames, found.source
      )
      file.study.settleOrientation(ofImagesFrom: Set(found.cases.map(\.row.site)))
      if let named = file.study.deep?.weights {
        file.study.deep?.weights = try await Self.submitted(named, given: self.weights, found.source)
      }
      self.file = file
      try Self.check(file.study, cases)
      try requireDistinctRegions(cases)
    } catch let error as StudyError {
      throw CommandFailure(ExitStatus.badData, error.message)
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "deep.weights: \(error)")
    } catch let error as FileSourceError {
      throw CommandFailure(error)
    }
  }

  /// Reads the weights where the images are, or the file that was given instead.
  private static func submitted(_ weights: DeepWeights, given: URL?, _ source: any FileSource) async throws
    -> DeepWeights
  {
    let paths = given == nil && weights.randomSeed == nil ? [weights.name] : []
    return try await source.withFiles(paths, on: .unlimited, companion: { _ in nil }) { root in
      try weights.submitted(below: root, given: given)
    }
  }

  private static func cases(of file: inout StudyFile, _ source: (any FileSource)?) async throws -> (
    cases: [SubmittedCase], featureNames: [String], source: any FileSource
  ) {
    guard let layout = file.table else {
      var manifest = try Manifest(at: file.manifest, root: source?.folder, outcome: file.outcomeCoding)
      manifest.rows = try file.study.withRings(manifest.rows)
      try Self.joinClinical(of: file, to: &manifest.rows, outcome: "Outcome")
      try file.study.requireCovariates(
        in: Set(manifest.rows.flatMap(\.extra.keys)).sorted(),
        design: Manifest.designColumns(outcome: "Outcome"))
      let source = source ?? FolderSource(manifest.root)
      return (
        try await submittedCases(of: manifest, in: source, label: file.study.extraction.label), [], source
      )
    }
    let design = Manifest.designColumns(outcome: layout.outcomeHeader)
    let table = try FeatureTableFile(
      at: file.manifest, layout: layout, outcome: file.outcomeCoding,
      covariates: file.study.covariates + file.ownClinicalColumns)
    try file.study.requireCovariates(in: table.source.otherColumns, design: design)
    file.study.table = table.source
    StandardStreams.note(
      "\(table.source.name): \(table.featureNames.count) features; no features: "
        + "\(table.source.otherColumns.isEmpty ? "none of the other columns" : table.source.otherColumns.joined(separator: ", "))"
    )
    var rows = table.manifest.rows
    try Self.joinClinical(of: file, to: &rows, outcome: layout.outcomeHeader)
    let cases = zip(rows, table.values).map { row, values in
      let digest = featureDigest(of: values)
      return SubmittedCase(
        row: row, label: row.label ?? 1, imageSHA256: digest, maskSHA256: digest, values: values)
    }
    return (cases, table.featureNames, source ?? FolderSource(table.manifest.root))
  }

  private static func joinClinical(of file: StudyFile, to rows: inout [Manifest.Row], outcome: String)
    throws(StudyError)
  {
    let absent = try file.joinClinical(to: &rows, outcome: outcome)
    guard absent > 0 else { return }
    StandardStreams.note(
      "The clinical table does not list \(absent) of \(rows.count) cases: their clinical values are missing.")
  }

  /// The cases with what a reader of their pictures said.
  private static func marked(_ cases: [SubmittedCase], by marks: URL?) throws(StudyError) -> [SubmittedCase] {
    guard let marks else { return cases }
    var cases = cases
    for (place, reason) in try ReaderMarks(at: marks).reasons(for: cases.map(\.row)) {
      cases[place].mark = reason
    }
    return cases
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
  /// Makes sure that some image is here of each site that something is to be extracted of, where no other machine could have
  /// it. A site whose features are all stored needs none.
  func requireFiles(of job: Int64, _ connection: PostgresConnection) async throws {
    let absent = Dictionary(grouping: cases, by: \.row.site).filter {
      $0.value.allSatisfy { $0.imageSHA256 == nil }
    }
    guard !absent.isEmpty,
      let site = try await StudyStore(connection).sitesToExtract(of: job).first(where: { absent[$0] != nil })
    else { return }
    throw CommandFailure(
      ExitStatus.badData,
      "None of the images of site \(site) can be read below \(source.name). Put them there, correct the manifest, or name"
        + " another place with --root, and run the same command again.")
  }

  /// Submits the study, and tells people on a terminal how far it is.
  /// - Parameter picturesStay: whether all workers are on this machine, so that pictures do not leave it.
  func submit(_ again: Resubmission, to connection: PostgresConnection, picturesStay: Bool = false)
    async throws
    -> Submission
  {
    let isOneSite = Set(cases.map(\.row.site)).count == 1
    try await hintAtSpellings(of: cases, connection)
    let line = TerminalLine()
    defer { line.clear() }
    return try await StudyStore(connection).submit(
      file.study, cohort: file.cohort, cases: cases, featureNames: featureNames, again: again,
      budget: file.failureBudget, hasMarks: hasMarks,
      keepsPictures: featureNames.isEmpty && (file.pictures ?? (picturesStay || isOneSite))
    ) { line.show($0.text) }
  }
}

/// Cases of a manifest with the digests of their files.
/// - Throws: `FileSourceError` where a remote cannot be asked for them.
func submittedCases(of manifest: Manifest, in source: any FileSource, label: UInt32) async throws
  -> [SubmittedCase]
{
  var digests = ManifestDigests()
  let line = TerminalLine()
  defer { line.clear() }
  let rows = manifest.rows
  for start in stride(from: 0, to: rows.count, by: ManifestDigests.rowsTogether) {
    line.show("looking at files: case \(start) of \(rows.count)")
    let some = rows[start..<min(start + ManifestDigests.rowsTogether, rows.count)]
    do {
      try await digests.look(at: some, in: source)
    } catch let error as FileSourceError where error.code == .cacheFull {
      // The cache may hold them one by one.
      for row in some { try await digests.look(at: [row], in: source) }
    }
  }
  return rows.map { row in
    let (image, mask) = digests.digests(of: row)
    return SubmittedCase(row: row, label: row.label ?? label, imageSHA256: image, maskSHA256: mask)
  }
}

/// Refuses a region that two rows list, one of them by the label that is meant where there is none.
func requireDistinctRegions(_ cases: [SubmittedCase]) throws(StudyError) {
  var known: Set<[String]> = []
  for item in cases {
    let row = item.row
    let region = [row.site, row.subject, row.image, row.mask, "\(item.label)", row.segment ?? ""]
    guard known.insert(region).inserted else {
      throw StudyError(
        .badManifest,
        "A region is listed twice: label \(item.label) of \(row.mask). Column Label says it once and not the other time, or "
          + "column Region calls it by two names and the study makes a ring of neither."
      )
    }
  }
}

/// Tells of sites, and of subjects of a site, whose names differ in letter case only: likely one, but it is not ours to say.
func hintAtSpellings(of cases: [SubmittedCase], _ connection: PostgresConnection) async throws {
  let sites = Set(cases.map(\.row.site)).sorted()
  let stored = try await connection.transaction { try StudyStore.sites(spelledAlmostAs: sites, in: $0) }
  let alike = Dictionary(grouping: sites + stored) { $0.lowercased() }.values.filter { $0.count > 1 }
  for names in alike.map({ $0.sorted().joined(separator: ", ") }).sorted() {
    StandardStreams.note(
      "Note: sites \(names) differ in letter case only, and are different sites. If they are one, give the manifest one "
        + "spelling.")
  }
  let subjects = Set(cases.map { [$0.row.site, $0.row.subject] })
  let doubtful = Dictionary(grouping: subjects) { [$0[0], $0[1].lowercased()] }.count { $0.value.count > 1 }
  if doubtful > 0 {
    StandardStreams.note(
      "Note: \(doubtful) subjects have codes that differ from another's of their site in letter case only. If they are one "
        + "person, give both rows one code: a subject must not be in training and in test.")
  }
}
