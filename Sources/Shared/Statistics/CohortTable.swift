import LinearAlgebra

/// The rows that models are fitted to and evaluated on: features, outcome, subject and site of each image.
///
/// Rows are sorted by subject and then by case, both by their UTF-8 bytes, so that two workers who read the same cases
/// in any order have the same table. Subjects and sites are numbered in that order.
package struct CohortTable: Equatable, Sendable {
  package let featureNames: [String]
  /// One row for each image; values may be NaN or infinite, which fitting treats by its `MissingPolicy`.
  package private(set) var features: Matrix
  package let caseNames: [String]
  package let subjectNames: [String]
  package let siteNames: [String]
  /// Index into `subjectNames` for each row, ascending.
  package let subjects: [Int]
  /// Index into `siteNames` for each row.
  package let sites: [Int]
  package let positives: [Bool]
  /// For each feature the rows in ascending order of its values, ties by row: ranks of any resample follow from these
  /// without sorting again. Meaningless for a feature with values that are not finite.
  private(set) var ascendingRows: [[Int32]]

  package var rowCount: Int { features.rows }
  package var featureCount: Int { features.columns }

  /// One image, before sorting.
  package struct Row: Equatable, Sendable {
    package let caseName: String
    package let subject: String
    package let site: String
    package let isPositive: Bool
    package let values: [Double]

    package init(caseName: String, subject: String, site: String, isPositive: Bool, values: [Double]) {
      self.caseName = caseName
      self.subject = subject
      self.site = site
      self.isPositive = isPositive
      self.values = values
    }
  }

  /// - Throws: `invalidTable` for rows of unequal length, a case or a feature that occurs twice, or a subject at two
  ///   sites.
  package init(featureNames: [String], rows: [Row]) throws {
    try Self.requireUnique(featureNames, what: "feature")
    try Self.requireUnique(rows.map(\.caseName), what: "case")
    for row in rows where row.values.count != featureNames.count {
      throw StatisticsError(
        .invalidTable,
        "case \(row.caseName): \(row.values.count) values; expected one for each of the \(featureNames.count) features"
      )
    }
    let sorted = rows.sorted {
      $0.subject == $1.subject ? $0.caseName.precedes($1.caseName) : $0.subject.precedes($1.subject)
    }
    self.featureNames = featureNames
    features = Matrix(
      columns: featureNames.indices.map { column in sorted.map { $0.values[column] } }, rows: sorted.count)
    caseNames = sorted.map(\.caseName)
    (subjectNames, subjects) = Self.numbered(sorted.map(\.subject))
    (siteNames, sites) = Self.numbered(sorted.map(\.site))
    positives = sorted.map(\.isPositive)
    ascendingRows = featureNames.indices.map { column in
      Statistics.ascendingOrder(of: sorted.map { $0.values[column] }).map(Int32.init)
    }
    for row in subjects.indices.dropFirst()
    where subjects[row] == subjects[row - 1] && sites[row] != sites[row - 1] {
      throw StatisticsError(
        .invalidTable,
        "subject \(sorted[row].subject) occurs at the sites \(sorted[row - 1].site) and \(sorted[row].site); "
          + "give each subject one site, or each site's subjects their own names")
    }
  }

  /// The same rows with other values in some columns.
  /// - Parameter columns: feature index, and a value for each row.
  func replacing(_ columns: [(feature: Int, values: [Double])]) -> CohortTable {
    var table = self
    for (feature, values) in columns {
      table.features.values.replaceSubrange(features.range(ofColumn: feature), with: values)
      table.ascendingRows[feature] = Statistics.ascendingOrder(of: values).map(Int32.init)
    }
    return table
  }

  private static func requireUnique(_ names: [String], what: String) throws {
    var seen = Set<String>()
    for name in names where !seen.insert(name).inserted {
      throw StatisticsError(.invalidTable, "\(what) \(name) occurs twice; names must be unique")
    }
  }

  /// Distinct names in byte order and each row's index into them.
  private static func numbered(_ names: [String]) -> ([String], [Int]) {
    let distinct = Set(names).sorted { $0.precedes($1) }
    let indices = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, $0) })
    return (distinct, names.map { indices[$0, default: 0] })
  }
}

extension String {
  /// Order of UTF-8 bytes, the same in every locale.
  fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
