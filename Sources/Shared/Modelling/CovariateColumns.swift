import StudyPlan

/// A column of the manifest that harmonisation keeps the effect of.
package struct CovariateLevels: Codable, Equatable, Sendable {
  package let column: String
  /// Of a column of texts, the first being what the others are compared with; `nil` for a column of numbers.
  package let levels: [String]?

  package init(column: String, levels: [String]?) { (self.column, self.levels) = (column, levels) }

  /// What its columns of numbers are called.
  package var names: [String] { levels.map { $0.dropFirst().map { "\(column)=\($0)" } } ?? [column] }
}

/// Covariates of harmonisation as columns of numbers: a column of numbers as it is, a column of texts as an indicator of
/// each level but the first.
package struct CovariateColumns: Sendable {
  private struct Column {
    let source: String
    let name: String
    /// `nil` for a column of numbers.
    let level: String?
    /// All of its column.
    let known: [String]
  }

  private let all: [Column]
  package let sources: [CovariateLevels]

  init(_ cohort: StudyCohort) {
    let modelled = cohort.cases.filter { $0.isModelled && $0.split != .external }
    self.init(
      cohort.study.covariates.map { source in
        let values = Set(modelled.compactMap { $0.extra[source] }.filter { !$0.isEmpty })
        let isText = values.contains { Double($0) == nil }
        return CovariateLevels(column: source, levels: isText ? values.sorted() : nil)
      })
  }

  package init(_ sources: [CovariateLevels]) {
    self.sources = sources
    all = sources.flatMap { source -> [Column] in
      guard let levels = source.levels else {
        return [Column(source: source.column, name: source.column, level: nil, known: [])]
      }
      return levels.dropFirst().map {
        Column(source: source.column, name: "\(source.column)=\($0)", level: $0, known: levels)
      }
    }
  }

  package var names: [String] { all.map(\.name) }

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
    let complete = members.first { item in all.allSatisfy { !(item.extra[$0.source] ?? "").isEmpty } }
    return values(of: (complete ?? members[0]).extra)
  }

  /// NaN where a value is missing, or no level of the training part.
  package func values(of extra: [String: String]) -> [Double] {
    all.map { column in
      guard let value = extra[column.source], !value.isEmpty else { return .nan }
      guard let level = column.level else { return Double(value) ?? .nan }
      return column.known.contains(value) ? (value == level ? 1 : 0) : .nan
    }
  }
}
