import Foundation

/// Which row of a clinical table belongs to which patient.
///
/// Identifiers must be the same; those that are not are compared without letter case, blanks, signs between words, zeros before
/// numbers and `sub-`, and taken where only one row and one patient are alike in that.
package struct TableJoin: Sendable {
  package struct Subject: Hashable, Sendable {
    package let site: String
    package let name: String
  }

  package private(set) var rows: [Subject: ClinicalTable.Row] = [:]
  package private(set) var findings: [ScanFinding] = []
  /// Patients whose identifier is written in another way in the table.
  package private(set) var bySpelling = 0

  private let table: ClinicalTable

  package init(_ table: ClinicalTable, to scanned: [ScanRow]) {
    self.table = table
    let subjects = Set(scanned.map { Subject(site: $0.site, name: $0.subject) })
      .sorted { ($0.site, $0.name) < ($1.site, $1.name) }
    // A column of that name that says something else tells nothing apart.
    let sites = Set(subjects.map { Self.plain($0.site).lowercased() })
    let hasSites = table.rows.contains { row in Self.site(of: row, table).map(sites.contains) ?? false }
    var left = Set(table.rows.indices)
    match(subjects, &left, hasSites, Self.plain, isExact: true)
    let unmatched = subjects.filter { rows[$0] == nil && !isAmbiguous($0) }
    match(unmatched, &left, hasSites, Self.folded, isExact: false)
    for subject in subjects where rows[subject] == nil && !isAmbiguous(subject) {
      let image = scanned.first { $0.site == subject.site && $0.subject == subject.name }?.image ?? ""
      findings.append(
        ScanFinding(
          .subjectWithoutRow, site: subject.site, place: image,
          "\(table.label) has no row of its patient, who stays in the manifest"))
    }
    for row in left.sorted() {
      findings.append(
        ScanFinding(
          .rowWithoutImage, site: hasSites ? table.siteColumn.map { table.rows[row].fields[$0] } ?? "" : "",
          place: place(row), "no image with a mask was found of this patient"))
    }
  }

  private var ambiguous: Set<Subject> = []

  private func isAmbiguous(_ subject: Subject) -> Bool { ambiguous.contains(subject) }

  /// Gives each of some patients the only row that is alike, where it is alike to no other patient.
  private mutating func match(
    _ subjects: [Subject], _ left: inout Set<Int>, _ hasSites: Bool, _ key: (String) -> String, isExact: Bool
  ) {
    let rowsByKey = Dictionary(grouping: left.sorted()) { key(table.identifier(of: table.rows[$0])) }
    let subjectsByKey = Dictionary(grouping: subjects) { key($0.name) }
    for subject in subjects {
      let name = key(subject.name)
      guard !name.isEmpty else { continue }
      let found = (rowsByKey[name] ?? []).filter { !hasSites || isOf(subject.site, $0) }
      guard let first = found.first else { continue }
      let isOneRow = found.allSatisfy { table.rows[$0].fields == table.rows[first].fields }
      let rivals = (subjectsByKey[name] ?? []).filter {
        $0 != subject && (!hasSites || isOf($0.site, first))
      }
      guard isOneRow && rivals.isEmpty else {
        tellAmbiguity(subject, found, isOneRow: isOneRow)
        left.subtract(found)
        continue
      }
      rows[subject] = table.rows[first]
      left.subtract(found)
      if !isExact { bySpelling += 1 }
    }
  }

  private mutating func tellAmbiguity(_ subject: Subject, _ found: [Int], isOneRow: Bool) {
    ambiguous.insert(subject)
    let reason =
      isOneRow
      ? "this row is alike to several patients, who stay in the manifest; name their hospitals in a column Site, or write "
        + "identifiers alike"
      : "these rows are of one patient, who stays in the manifest, and differ; keep one"
    findings.append(
      ScanFinding(
        .ambiguousRow, site: subject.site,
        place: "\(table.label), line\(found.count == 1 ? "" : "s") "
          + found.prefix(5).map { "\(table.rows[$0].line)" }.joined(separator: ", "), reason))
  }

  /// A row without a site is of any.
  private func isOf(_ site: String, _ row: Int) -> Bool {
    Self.site(of: table.rows[row], table).map { $0.isEmpty || $0 == Self.plain(site).lowercased() } ?? true
  }

  private static func site(of row: ClinicalTable.Row, _ table: ClinicalTable) -> String? {
    table.siteColumn.map { plain(row.fields[$0]).lowercased() }
  }

  private func place(_ row: Int) -> String { "\(table.label), line \(table.rows[row].line)" }

  private static func plain(_ text: String) -> String {
    text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
  }

  /// `sub-STS_003`, `sts 3` and `STS003` are alike; a whole number of a spreadsheet may end with `.0`.
  static func folded(_ text: String) -> String {
    var name = plain(text).lowercased()
    if name.hasPrefix("sub-") { name.removeFirst(4) }
    if name.hasSuffix(".0"), name.dropLast(2).allSatisfy(\.isNumber) { name.removeLast(2) }
    var folded = ""
    var isInNumber = false
    for character in name where character.isLetter || character.isNumber {
      if character == "0" && !isInNumber {
        // A zero before a number, unless it is all of it.
        continue
      }
      isInNumber = character.isNumber
      folded.append(character)
    }
    return folded.isEmpty && name.contains("0") ? "0" : folded
  }
}
