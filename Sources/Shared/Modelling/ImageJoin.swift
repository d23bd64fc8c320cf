import StudyPlan

/// Several images of a subject side by side in one row of the table: columns Sequence and Region of the manifest.
///
/// Features are named by both, as `T1_tumour_original_glcm_Contrast`. A subject that lacks an image, or whose image failed,
/// has undefined values there, which models treat as all missing values.
package struct ImageJoin: Sendable {
  /// The images that a subject may have, in the order of their features.
  package let parts: [ImagePart]

  /// `nil` where no subject has several: then images are rows of their own, and features keep their names.
  package init?(_ cohort: StudyCohort) {
    let images = cohort.cases.filter { $0.rater == nil && $0.split != .external }
    let subjects = Dictionary(grouping: images) { [$0.site, $0.subject] }
    guard subjects.values.contains(where: { Set($0.map(\.part)).count > 1 }) else { return nil }
    parts = Set(images.map(\.part)).sorted()
  }

  /// Names of the joined features: those of each image, in the order of the images.
  func names(_ features: [String]) -> [String] {
    parts.flatMap { part in features.map { Self.prefix(part) + $0 } }
  }

  package static func prefix(_ part: ImagePart) -> String { part.name + "_" }
}

extension StudyCohort {
  /// What tables of rows of the models call the row of a case: the subject's code where the row has all of its images, else as
  /// `caseNames`.
  package var rowNames: [Int64: String] {
    guard ImageJoin(self) != nil else { return caseNames }
    return Dictionary(uniqueKeysWithValues: cases.map { ($0.id, $0.subject) })
  }
}

extension PreparedStudy {
  /// How many of the table's subjects lack an image, by image, those without such a subject left out.
  package var lackingImages: [(part: String, rows: Int)] {
    guard let join else { return [] }
    return join.parts.compactMap { part in
      let lacking = members.count { !$0.contains { $0.part == part } }
      return lacking == 0 ? nil : (part.name, lacking)
    }
  }
}
