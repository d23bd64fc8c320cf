import CommandSupport
import StudyPlan
import StudyStore

/// Tells of IDs whose images of different sequences or regions lie at different sites: a subject is of one site, so that these are
/// several subjects, and the row of each lacks what the other has. It is not ours to say whether they are one person.
func hintAtSubjectsOfSeveralSites(of cases: [SubmittedCase]) {
  let subjects = Dictionary(grouping: cases.map(\.row)) { [$0.subject, $0.site] }
  guard subjects.values.contains(where: { Set($0.map(\.part)).count > 1 }) else { return }
  let byID = Dictionary(grouping: subjects) { $0.key[0] }
  let doubtful = byID.values.count { sites in
    let parts = sites.map { Set($0.value.map(\.part)) }
    return sites.count > 1 && parts.reduce(0) { $0 + $1.count } == parts.reduce(Set()) { $0.union($1) }.count
  }
  guard doubtful > 0 else { return }
  StandardStreams.note(
    "Note: \(doubtful == 1 ? "1 ID has" : "\(doubtful) IDs have") images of one Sequence or Region at one site, and of another at another "
      + "site. They are different subjects, each of which lacks images. If they are one person, give all rows one Site."
  )
}
