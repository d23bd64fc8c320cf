import DelimitedText
import Foundation
import Statistics

/// A table of clinical columns, one row a subject, beside a manifest or a table of features.
package struct ClinicalTable: Equatable, Sendable {
  package var url: URL
  /// Headers of the subject (`nil`: one of those that a manifest may have) and, where codes are not unique, of the site.
  var id: String?
  var site: String?
  private var words = Words.studyFile

  init(url: URL, id: String, site: String?) {
    (self.url, self.id, self.site) = (url, id, site)
  }

  /// A table that a command line names, by `--clinical`, `--clinical-id` and `--clinical-site`.
  package init(named url: URL, id: String?, site: String?) {
    (self.url, self.id, self.site, words) = (url, id, site, .commandLine)
  }

  /// How the headers are named where the table is, for messages.
  private struct Words: Equatable {
    let id, site, columns, example, siteExample: String

    static let studyFile = Words(
      id: "clinical.id", site: "clinical.site", columns: "clinical.columns",
      example: "clinical: {id: PatientID}",
      siteExample: "clinical: {site: Site}")
    static let commandLine = Words(
      id: "--clinical-id", site: "--clinical-site", columns: "--clinical", example: "--clinical-id PatientID",
      siteExample: "--clinical-site Site")
  }

  private static let idNames = ["id", "participant_id", "patient_id", "patientid", "subject_id", "subject"]
}

extension ClinicalTable {
  /// The fields of some columns for each of some cases, numbers with a decimal point; `nil` for a case that the table does not list.
  /// - Throws: `StudyError` for a column that is not there, a subject that is listed twice, a number that can be read as two, and where
  ///   no case is listed.
  package func fields(
    of columns: [ClinicalColumn], for cases: [(subject: String, site: String)]
  ) throws(StudyError) -> [[String: String]?] {
    let table = try DelimitedTable(at: url, what: "clinical table")
    var positions: [(column: ClinicalColumn, position: Int)] = []
    for column in columns { positions.append((column, try position(column.name, words.columns, table))) }
    let numbers = positions.filter { $0.column.variable.levels == nil }.map(\.position)
    let decimals = try DecimalSign(of: table, columns: numbers)
    let (records, hasSites) = try records(of: table)
    let found = cases.map { item -> [String: String]? in
      guard let record = records[Self.key(item.subject, hasSites ? item.site : "")] else { return nil }
      return positions.reduce(into: [:]) { fields, named in
        var field = record.fields[named.position]
        if numbers.contains(named.position) { field.replaceDecimalComma(decimals) }
        fields[named.column.name] = field
      }
    }
    guard found.contains(where: { $0 != nil }) else {
      throw StudyError(
        .badManifest,
        "clinical: \(table.label) lists none of the \(cases.count) cases; name the column of their codes, as \(words.example)."
      )
    }
    return found
  }

  private func records(of table: DelimitedTable) throws(StudyError) -> ([[String]: DelimitedRecord], Bool) {
    let known = Self.idNames.lazy.compactMap { name in table.header.first { $0.lowercased() == name } }.first
    let idPosition = try position(id ?? known ?? "ID", words.id, table)
    let sitePosition = try site.map { (site) throws(StudyError) in try position(site, words.site, table) }
    var records: [[String]: DelimitedRecord] = [:]
    for record in table.rows {
      let key = Self.key(record.fields[idPosition], sitePosition.map { record.fields[$0] } ?? "")
      guard records.updateValue(record, forKey: key) == nil else {
        throw StudyError(
          .badManifest,
          "\(table.label), line \(record.line): the subject is listed twice; give each one row"
            + "\(site == nil ? ", or name the column of sites, as \(words.siteExample)" : "").")
      }
    }
    return (records, sitePosition != nil)
  }

  private func position(_ header: String, _ key: String, _ table: DelimitedTable) throws(StudyError) -> Int {
    guard let position = table.index(of: header) else {
      throw StudyError(
        .badManifest,
        "\(key): \(table.label) has no column '\(header)'." + suggestion(for: header, among: table.header))
    }
    return position
  }

  private static func key(_ id: String, _ site: String) -> [String] {
    [id, site].map { $0.trimmingCharacters(in: .whitespaces).precomposedStringWithCanonicalMapping }
  }

  /// Gives the rows of a manifest the clinical columns.
  /// - Returns: how many rows the table does not list; their values are missing.
  /// - Throws: as `fields`; and `StudyError` for a column that the manifest has, too.
  package func join(_ columns: [ClinicalColumn], to rows: inout [Manifest.Row]) throws(StudyError) -> Int {
    for column in columns where rows.contains(where: { $0.extra[column.name] != nil }) {
      throw StudyError(
        .badManifest,
        "clinical: both the manifest and \(url.lastPathComponent) have a column '\(column.name)'; keep one.")
    }
    let fields = try fields(of: columns, for: rows.map { ($0.subject, $0.site) })
    for (index, own) in fields.enumerated() {
      for column in columns { rows[index].extra[column.name] = own?[column.name, default: ""] ?? "" }
    }
    return fields.count { $0 == nil }
  }
}
