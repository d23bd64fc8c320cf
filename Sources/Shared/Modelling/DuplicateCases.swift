import Statistics
import StudyPlan

/// Cases of several subjects that are one image.
package struct DuplicateCases: Equatable, Sendable {
  /// How they are known.
  package enum Evidence: String, Codable, Equatable, Sendable, CaseIterable {
    /// The SHA-256 of the image file.
    case imageFile = "image_file"
    /// The column of digests that the study names.
    case digestColumn = "digest_column"
    /// Features that are nearly equal.
    case features
  }

  package var evidence: Evidence
  /// In the order of the cohort.
  package var cases: [StudyCase]
}

/// What was looked at to find duplicates.
package struct DuplicateSearch: Equatable, Sendable {
  /// What tells of an image file: its own digest, a named column, or nothing.
  package enum Digests: Equatable, Sendable {
    case imageFiles
    case column(String)
    case none
  }

  package var digests: Digests
  /// Rows whose features were compared with each other's, and by how many columns; 0 where none were.
  package var rows: Int
  package var columns: Int

  package init(digests: Digests, rows: Int = 0, columns: Int = 0) {
    self.digests = digests
    self.rows = rows
    self.columns = columns
  }
}

extension StudyCohort {
  /// What tells of image files in this study.
  var digests: DuplicateSearch.Digests {
    guard let table = study.table else { return .imageFiles }
    return table.digestColumn.map { .column($0) } ?? .none
  }

  /// Cases of different subjects with one digest of their image. Of a table only a column that the study names tells of
  /// images; an empty field says nothing.
  func duplicatesByDigest() -> [DuplicateCases] {
    let keyed: [(String, StudyCase)] =
      switch digests {
      case .imageFiles:
        cases.compactMap { item in item.imageSHA256.map { ("\($0)", item) } }
      case .column(let name):
        cases.compactMap { item in item.extra[name].flatMap { $0.isEmpty ? nil : ($0.lowercased(), item) } }
      case .none: []
      }
    let evidence: DuplicateCases.Evidence = digests == .imageFiles ? .imageFile : .digestColumn
    return Dictionary(grouping: keyed) { $0.0 }.values.map { $0.map(\.1) }
      .filter { Set($0.map { [$0.site, $0.subject] }).count > 1 }
      .map { DuplicateCases(evidence: evidence, cases: $0) }
  }
}

/// Cases of rows that are nearly equal.
struct LikeCases: Sendable {
  /// Cases of each group of rows.
  let groups: [[StudyCase]]
  /// How many rows and columns were compared; 0 where none were.
  let rows: Int
  let columns: Int

  /// - Parameter members: the cases of each row of the table.
  init(_ table: CohortTable, members: [[StudyCase]]) {
    let alike = LikeRows(table)
    groups = alike.groups.map { rows in rows.flatMap { members[$0] } }
    (rows, columns) = alike.wereCompared ? (alike.rows, alike.columns) : (0, 0)
  }
}

extension PreparedStudy {
  /// All cases of several subjects that are one image, by digest and by features; those by features that digests tell, too,
  /// are left out.
  package func duplicates() -> (groups: [DuplicateCases], search: DuplicateSearch) {
    let byDigest = cohort.duplicatesByDigest()
    let known = byDigest.map { Set($0.cases.map(\.id)) }
    let alike = alikeBeforeGrouping ?? LikeCases(table, members: members)
    let current = Dictionary(uniqueKeysWithValues: cohort.cases.map { ($0.id, $0) })
    let groups = alike.groups.filter { cases in !known.contains { $0.isSuperset(of: cases.map(\.id)) } }
    return (
      byDigest + groups.map { DuplicateCases(evidence: .features, cases: $0.compactMap { current[$0.id] }) },
      DuplicateSearch(digests: cohort.digests, rows: alike.rows, columns: alike.columns)
    )
  }
}

extension StudyCohort {
  /// With one group for the subjects of each set of duplicates at one site; subjects at different sites stay apart, for a
  /// group belongs to one site.
  func grouping(_ duplicates: [[StudyCase]]) -> StudyCohort {
    var leader: [String: String] = [:]
    func root(_ unit: String) -> String {
      var unit = unit
      while let next = leader[unit], next != unit { unit = next }
      return unit
    }
    for cases in duplicates {
      for items in Dictionary(grouping: cases, by: \.site).values {
        let units = Set(items.map { root($0.unit) }).sorted()
        guard units.count > 1 else { continue }
        for unit in units { leader[unit] = units[0] }
      }
    }
    var cohort = self
    for index in cohort.cases.indices {
      let unit = cohort.cases[index].unit
      guard leader[unit] != nil else { continue }
      cohort.cases[index].group = "of \(root(unit))"
    }
    return cohort
  }
}
