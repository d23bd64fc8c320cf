import DelimitedText

/// The manifest that a scan writes, with the columns of a clinical table.
package struct ScanManifest: Sendable {
  /// Of CSV, the first of them the header.
  package private(set) var lines: [[String]]

  /// - Parameters:
  ///   - scan: the rows.
  ///   - table: a clinical table, with the rows that were found for patients.
  ///   - name: what a patient is called in the manifest.
  package init(
    _ scan: CohortScan, table: (table: ClinicalTable, join: TableJoin)? = nil, name: (ScanRow) -> String
  ) {
    let passed = table?.table.passedColumns ?? []
    let optional: [(String, (ScanRow) -> String?)] = [
      ("Label", { $0.label.map(String.init) }), ("Segment", \.segment), ("Series", \.series),
    ].filter { column in scan.rows.contains { column.1($0) != nil } }
    lines = [["ID", "Site", "Image", "Mask", "Outcome"] + optional.map(\.0) + passed.map(\.name)]
    // By names, so that the order of codes tells nothing of what they stand for.
    let rows = scan.rows.enumerated().map { (row: $0.element, name: name($0.element), position: $0.offset) }
      .sorted { ($0.row.site, $0.name, $0.position) < ($1.row.site, $1.name, $1.position) }
    for (row, name, _) in rows {
      let clinical = table?.join.rows[.init(site: row.site, name: row.subject)]
      func cell(_ column: Int?) -> String { column.flatMap { clinical?.fields[$0] } ?? "" }
      let design = [name, row.site, row.image, row.mask, cell(table?.table.outcomeColumn)]
      lines.append(design + optional.map { $0.1(row) ?? "" } + passed.map { cell($0.position) })
    }
  }

  package var text: String { lines.map(DelimitedWriter().line).joined() }
}

extension ScanFinding {
  /// A table of findings, as CSV.
  package static func table(of findings: [ScanFinding]) -> String {
    let writer = DelimitedWriter()
    let rows = findings.map {
      [$0.site, $0.place, $0.kind.rawValue, $0.effect == .leftOut ? "yes" : "no", $0.reason]
    }
    return ([["Site", "Path", "Kind", "LeftOut", "Reason"]] + rows).map(writer.line).joined()
  }
}
