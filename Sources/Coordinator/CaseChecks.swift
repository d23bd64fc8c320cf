import CommandSupport
import FileSources
import ImageFiles
import Postgres
import StudyPlan
import StudyStore
import StudyTasks

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
}

/// Models need both outcomes; without models the study only extracts.
func requireBothOutcomes(_ study: Study, _ cases: [SubmittedCase]) throws(StudyError) {
  guard !study.models.isEmpty else { return }
  if study.primary?.part == .external, !cases.contains(where: { $0.row.split == .external }) {
    throw StudyError(
      .badValue,
      "primary is external, but the study has no external cohort: name its manifest under external, or write external in column Split."
    )
  }
  // Events and times were checked with the rows.
  guard study.survival == nil else { return }
  let outcomes = Set(cases.filter { $0.row.split != .external }.compactMap(\.row.outcome))
  guard outcomes.count == 2 else {
    let found = outcomes.isEmpty ? "none" : "only \(outcomes.sorted()[0])"
    throw StudyError(
      .badManifest,
      "Models need subjects with Outcome 0 and with Outcome 1; the manifest has \(found)."
        + " Write models: [] to extract features only.")
  }
}

/// Refuses a region that two rows list, one of them by the label that is meant where there is none.
func requireDistinctRegions(_ cases: [SubmittedCase]) throws(StudyError) {
  var known: Set<[String]> = []
  for item in cases {
    let row = item.row
    let region = [
      row.site, row.subject, row.image, row.mask, "\(item.label)",
      regionOrder(segment: row.segment, ring: row.ring), row.choice?.text ?? "",
    ]
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

/// Tells of files that are here and cannot be read: their cases will fail, unless workers have others.
func tell(of faults: [(path: String, error: ImageFileError)]) {
  let shown = 5
  guard !faults.isEmpty else { return }
  let count = faults.count == 1 ? "1 file that is" : "\(faults.count) files that are"
  StandardStreams.note(
    "Note: \(count) here cannot be read, and the cases will fail where workers find the same:")
  for (path, error) in faults.prefix(shown) { StandardStreams.note("  \(path): \(error.description)") }
  if faults.count > shown { StandardStreams.note("  … and \(faults.count - shown) more.") }
}
