import CohortScan
import Foundation
import HospitalFiles
import Testing

@Suite struct `A clinical table` {
  private static func row(_ subject: String, _ site: String = "A") -> ScanRow {
    ScanRow(subject: subject, site: site, image: "\(site)/\(subject)/i", mask: "m")
  }

  private static func join(
    _ text: String, _ rows: [ScanRow], id: String = "ID", outcome: String? = nil
  ) throws -> (ClinicalTable, TableJoin) {
    let table = try ClinicalTable(parsing: Array(text.utf8), label: "clinic.csv", id: id, outcome: outcome)
    return (table, TableJoin(table, to: rows))
  }

  @Test(arguments: [
    ("007", "007", 0), ("007", "7", 1), ("STS_003", "sts 3", 1), ("sub-12", "12", 1), ("12", "12.0", 1),
    ("0", "00", 1),
    ("Müller", "Mu\u{308}ller", 0), ("PAT-10", "PAT-1", nil), ("10", "1", nil), ("a1b", "a1c", nil),
  ])
  func `is joined by identifiers, the same first`(subject: String, written: String, bySpelling: Int?) throws {
    let (_, join) = try Self.join("ID,Age\n\(written),60\n", [Self.row(subject)])
    #expect(join.rows.count == (bySpelling == nil ? 0 : 1) && join.bySpelling == bySpelling ?? 0)
  }

  @Test func `takes the same identifier before one that is alike`() throws {
    let (_, join) = try Self.join("ID,Age\n7,60\n007,70\n", [Self.row("007"), Self.row("7")])
    #expect(join.rows.count == 2 && join.bySpelling == 0 && join.findings.isEmpty)
  }

  @Test func `gives nothing where two rows or patients are alike`() throws {
    let two = try Self.join("ID,Age\n7,60\n07,70\n", [Self.row("007")]).1
    #expect(two.rows.isEmpty && two.findings.map(\.kind) == [.ambiguousRow])
    #expect(two.findings[0].place == "clinic.csv, lines 2, 3")
    let sites = try Self.join("ID,Age\n7,60\n", [Self.row("7", "A"), Self.row("7", "B")]).1
    #expect(sites.rows.isEmpty && sites.findings.map(\.kind) == [.ambiguousRow, .ambiguousRow])
  }

  @Test func `tells hospitals apart by a column Site`() throws {
    let (_, join) = try Self.join(
      "ID;Site;Age\n7;a;60,5\n7;B;70\n8;B;80\n", [Self.row("7", "A"), Self.row("7", "B"), Self.row("9", "B")])
    #expect(join.rows.count == 2)
    #expect(join.findings.map(\.kind) == [.subjectWithoutRow, .rowWithoutImage])
    #expect(join.findings[1].place == "clinic.csv, line 4")
  }

  @Test func `takes repeated rows that agree`() throws {
    #expect(try Self.join("ID,Age\n7,60\n7,60\n", [Self.row("7")]).1.rows.count == 1)
  }

  @Test(arguments: ["ID,Age\n7,60,1\n", "Age\n60\n", "ID,id\n1,2\n", ""])
  func `is refused where it is wrong`(text: String) throws {
    #expect(throws: ScanError.self) { try Self.join(text, [], id: "iD") }
  }

  @Test func `of a spreadsheet may have blank cells at its ends`() throws {
    let text = "\u{FEFF}ID,Age,,\n7,60,,\n8\n,,,\n"
    let table = try ClinicalTable(
      parsing: Array(text.utf8), label: "clinic.xlsx", id: "id", isSpreadsheet: true)
    #expect(table.rows.map(\.line) == [2, 3] && table.passedColumns.map(\.name) == ["Age"])
  }

  @Test(arguments: [
    ("ID;Age\n7;60,5\n8;-71\n9;\n", ["Age"]), ("ID;Age\n7;60,5\n8;old\n", []), ("ID;Age\n7;1.060,5\n", []),
    ("ID,Age\n7,\"60,5\"\n", []), ("ID;Age\n7;60\n", []), ("ID;Age\n7;1,2,3\n", []),
  ])
  func `has decimal commas where all of a column are numbers`(text: String, columns: [String]) throws {
    #expect(
      try ClinicalTable(parsing: Array(text.utf8), label: "c.csv", id: "ID").columnsWithCommas == columns)
  }

  @Test func `goes into the manifest`() throws {
    let folder = try MadeFolder()
    try folder.image("7/T1.nii.gz")
    try folder.image("7/T1_mask.nii.gz")
    let scan = try scanned(folder)
    let table = try ClinicalTable(
      parsing: Array("Patient;Death;Age;Label;Note\n007;1;60,5;x;=1+1\n".utf8), label: "c.csv", id: "Patient",
      outcome: "death")
    let manifest = ScanManifest(scan, table: (table, TableJoin(table, to: scan.rows))) { _ in "P1" }
    #expect(
      manifest.text == """
        ID,Site,Image,Mask,Outcome,Age,clinical_Label,Note
        P1,A,7/T1.nii.gz,7/T1_mask.nii.gz,1,60.5,x,'=1+1

        """)
  }
}
