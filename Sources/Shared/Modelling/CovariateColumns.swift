import StudyPlan

/// Covariates of harmonisation as columns of numbers: a column of numbers as it is, a column of texts as an indicator of
/// each level but the first.
struct CovariateColumns {
  private struct Column {
    let source: String
    let name: String
    /// `nil` for a column of numbers.
    let level: String?
  }

  private let all: [Column]

  init(_ cohort: StudyCohort) {
    let modelled = cohort.cases.filter(\.isModelled)
    all = cohort.study.covariates.flatMap { source -> [Column] in
      let values = Set(modelled.compactMap { $0.extra[source] }.filter { !$0.isEmpty })
      guard values.contains(where: { Double($0) == nil }) else {
        return [Column(source: source, name: source, level: nil)]
      }
      return values.sorted().dropFirst().map { Column(source: source, name: "\(source)=\($0)", level: $0) }
    }
  }

  var names: [String] { all.map(\.name) }

  /// Columns that a covariate became.
  func columns(of covariate: String) -> [String] {
    all.filter { $0.source == covariate }.map(\.name)
  }

  /// Values of the images of one row, of which a subject has one each.
  /// - Throws: `covariate-differs` where they are not the same.
  func values(of members: [StudyCase]) throws(StudyTaskError) -> [Double] {
    for source in Set(all.map(\.source)).sorted() {
      let texts = Set(members.map { $0.extra[source] ?? "" }).subtracting([""]).sorted()
      guard texts.count <= 1 else {
        throw StudyTaskError(
          code: "covariate-differs",
          sentence:
            "The images of one subject have different values of the covariate \(source): \(texts.prefix(3).joined(separator: ", ")).",
          remedy: "Give all images of a subject one value in the manifest, or leave the covariate out.")
      }
    }
    return values(
      of: members.first { item in all.allSatisfy { !(item.extra[$0.source] ?? "").isEmpty } } ?? members[0])
  }

  /// NaN where a value is missing.
  func values(of item: StudyCase) -> [Double] {
    all.map { column in
      guard let value = item.extra[column.source], !value.isEmpty else { return .nan }
      guard let level = column.level else { return Double(value) ?? .nan }
      return value == level ? 1 : 0
    }
  }
}
