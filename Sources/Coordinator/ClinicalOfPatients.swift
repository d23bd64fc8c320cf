import Foundation
import Modelling
import StudyPlan

/// Clinical columns of new patients, from a table of their own.
struct ClinicalOfPatients {
  /// `nil` where the patients have them in their manifest or table of features.
  private let table: ClinicalTable?
  private let documents: [ModelDocument]

  init(_ table: ClinicalTable?, _ documents: [ModelDocument]) {
    (self.table, self.documents) = (table, documents)
  }

  /// Columns of all models, each once.
  var columns: [ClinicalColumn] {
    var seen: Set<String> = []
    return documents.flatMap(\.clinicalColumns).filter { seen.insert($0.name).inserted }
  }

  /// - Returns: a warning where the table does not list every patient.
  /// - Throws: `StudyError` as `ClinicalTable.fields`, for columns that the patients have already, and where no model has any.
  func join(to cases: inout [NewCase]) throws(StudyError) -> [PredictionWarning] {
    guard let fields = try fields(cases.map { ($0.subject, $0.site, $0.columns) }) else { return [] }
    for (index, own) in fields.values.enumerated() { cases[index].columns.merge(own) { _, new in new } }
    return fields.warnings
  }

  /// - Returns: as for new cases.
  func join(to rows: inout [Manifest.Row]) throws(StudyError) -> [PredictionWarning] {
    guard let fields = try fields(rows.map { ($0.subject, $0.site, $0.extra) }) else { return [] }
    for (index, own) in fields.values.enumerated() { rows[index].extra.merge(own) { _, new in new } }
    return fields.warnings
  }

  private func fields(_ patients: [(subject: String, site: String, columns: [String: String])])
    throws(StudyError) -> (values: [[String: String]], warnings: [PredictionWarning])?
  {
    guard let table else { return nil }
    let (columns, label) = (self.columns, table.url.lastPathComponent)
    guard !columns.isEmpty else {
      throw StudyError(
        .badValue, "--clinical: no model that is named here has clinical columns; leave \(label) out.")
    }
    for column in columns where patients.contains(where: { $0.columns[column.name] != nil }) {
      throw StudyError(
        .badManifest,
        "--clinical: both \(label) and the other table have a column '\(column.name)'; remove it from one.")
    }
    let found = try table.fields(of: columns, for: patients.map { ($0.subject, $0.site) })
    let empty = Dictionary(uniqueKeysWithValues: columns.map { ($0.name, "") })
    let absent = found.indices.filter { found[$0] == nil }.map { patients[$0].subject }
    guard !absent.isEmpty else { return (found.map { $0 ?? empty }, []) }
    let names = absent.prefix(5).joined(separator: ", ") + (absent.count > 5 ? ", …" : "")
    let warning = PredictionWarning(
      code: "not_in_clinical_table",
      model: documents.filter { !$0.clinicalColumns.isEmpty }.map(\.name).joined(separator: ", "),
      message:
        "\(label) does not list \(absent.count) of \(counted(found.count, "patient")) (\(names)): \(absent.count == 1 ? "the" : "their") clinical values are missing."
    )
    return (found.map { $0 ?? empty }, [warning])
  }
}
