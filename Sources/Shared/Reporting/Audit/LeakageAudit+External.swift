import Modelling
import Statistics
import StudyPlan

/// What an external cohort has in common with the patients of the study.
package struct ExternalOverlap: Sendable {
  package var subjects: Int
  package var sites: [String]
  /// Subjects or groups in both.
  package var sharedSubjects: Int
  /// Cases in both.
  package var sharedCases: Int
  /// Images of the cohort that are images of the study too, by what is known of their contents.
  package var sharedImages: Int
  /// Images of the cohort of which contents are known.
  package var knownImages: Int
  package var images: Int
  /// Whether contents are rows of a table, and not files.
  package var isTable: Bool

  /// `nil` without an external cohort.
  init?(_ study: PreparedStudy) {
    guard let external = study.external else { return nil }
    let (own, theirs) = (Array(study.members.joined()), Array(external.members.joined()))
    subjects = external.table.subjectNames.count
    sites = external.table.siteNames
    sharedSubjects = Set(own.map(\.unit)).intersection(theirs.map(\.unit)).count
    sharedCases = Set(own.map(\.id)).intersection(theirs.map(\.id)).count
    let digests = Set(own.compactMap(\.imageSHA256))
    knownImages = theirs.count { $0.imageSHA256 != nil }
    sharedImages = theirs.count { item in item.imageSHA256.map { digests.contains($0) } ?? false }
    images = theirs.count
    isTable = study.cohort.study.table != nil
  }
}

extension LeakageAudit {
  /// The external cohort stands in a table of its own, which no fit is given: that nobody of it is in the study's table is what is
  /// left to look at.
  var externalUnseen: Line? {
    guard let external else { return nil }
    let what = external.isTable ? "rows of features" : "images"
    var faults: [String] = []
    if external.sharedCases > 0 { faults.append("\(external.sharedCases) cases are in the study, too") }
    if external.sharedSubjects > 0 {
      faults.append("\(external.sharedSubjects) subjects or groups are in the study, too")
    }
    if external.sharedImages > 0 {
      faults.append("\(external.sharedImages) \(what) are those of a case of the study")
    }
    return line(
      "external_never_seen",
      "Nobody of the external cohort was seen in training, harmonisation, selection or the choice of penalties and cut-offs.",
      faults: faults,
      evidence:
        "\(external.subjects) subjects of \(external.sites.joined(separator: ", ")), in a table of their own that nothing was fitted to; "
        + "none of them, and none of \(external.knownImages) \(what)"
        + (external.isTable ? "" : " by the SHA-256 of their files") + ", is among those of the study.")
  }
}
