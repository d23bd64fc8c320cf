import Foundation
import Testing

@testable import Verification

@Suite struct `A table of reference values` {
  private func table(_ text: String) throws -> ReferenceTable {
    try ReferenceTable(Array(text.utf8), label: "reference.csv")
  }

  private static let header = "data,tag,ibsi_code,family,value,tolerance,consensus\n"

  @Test func `of IBSI-1 is read by configuration, without the manual's diagnostics`() throws {
    let table = try table(
      Self.header + """
        config. A,img_dim_x,,Diagnostics-initial image,204,0,
        config. A,stat_mean,Q4LE,Statistics,13.4,1.1,very strong
        config. A,ivh_auc,9CMM,Intensity volume histogram,,,
        config. B,stat_mean,Q4LE,Statistics,11.5,1.1,strong
        """)
    let values = try table.values(of: "A")
    #expect(
      values == [
        ReferenceValue(
          tag: "stat_mean", code: "Q4LE", consensus: "very strong", agreed: .init(value: 13.4, tolerance: 1.1)
        ),
        ReferenceValue(tag: "ivh_auc", code: "9CMM", agreed: nil),
      ])
    #expect(try table.values(of: "B").map(\.agreed?.value) == [11.5])
    #expect(try table.values(of: "C").isEmpty)
  }

  @Test func `of IBSI-2 has semicolons and other names`() throws {
    let table = try table(
      "filter_id;feature;feature_tag;consensus_value;tolerance\n1.A;Mean;stat_mean;-47;4.6\n8.B;Dispersion;stat_qcod;;\n"
    )
    #expect(
      try table.values(of: "1.A") == [.init(tag: "stat_mean", agreed: .init(value: -47, tolerance: 4.6))])
    #expect(try table.values(of: "8.B") == [.init(tag: "stat_qcod", agreed: nil)])
  }

  @Test(arguments: [
    ("config. A,stat_mean,,,abc,1,", "line 2, column value: 'abc' is not a number"),
    ("config. A,stat_mean,,,1,1e999,", "line 2, column tolerance: '1e999' is not a number"),
    ("config. A,stat_mean,,,nan,1,", "'nan' is not a number"),
    ("config. A,stat_mean,,,1,-1,", "line 2, column tolerance: is below 0"),
    ("config. A,,,,1,1,", "line 2, column tag: is empty"),
    (
      "config. A,stat_mean,,,1,1,\nconfig. A,stat_mean,,,2,1,",
      "line 3, column tag: 'stat_mean' stands in an earlier line"
    ),
    ("config. A,stat_mean", "line 2"),
  ])
  func `with a bad row is refused by its line`(rows: String, reason: String) throws {
    let error = try #require(throws: VerificationError.self) { try table(Self.header + rows).values(of: "A") }
    #expect(error.code == .badTable && error.message.contains(reason), "\(error)")
  }

  @Test func `that is too long is refused, also where a link leads to it`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("table-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (long, link) = (folder.appendingPathComponent("long.csv"), folder.appendingPathComponent("link.csv"))
    // A row that is whole and a table that is, but for its length: a hole, which takes no room.
    try Data((Self.header + "config. A,stat_mean,Q4LE,Statistics,13.4,1.1,strong\n").utf8).write(to: long)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: long)
    #expect(try ReferenceTable(at: link, label: "reference.csv").values().count == 1)
    let file = try FileHandle(forWritingTo: long)
    try file.truncate(atOffset: (1 << 24) + 1)
    try file.close()
    for url in [long, link] {
      let error = try #require(throws: VerificationError.self) {
        try ReferenceTable(at: url, label: "reference.csv")
      }
      #expect(error.code == .badTable && error.message.contains("more than 16777216 bytes"), "\(error)")
    }
  }

  @Test func `without a column that is needed is refused by its name`() throws {
    let error = try #require(throws: VerificationError.self) { try table("tag,value\nstat_mean,1\n") }
    #expect(error.message.contains("no column tolerance"), "\(error)")
  }
}
