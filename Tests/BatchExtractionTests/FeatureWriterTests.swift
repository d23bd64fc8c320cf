import BatchExtraction
import DelimitedText
import Foundation
import StudyPlan
import Testing

@Suite struct `Features of a batch` {
  private func text(_ format: FeatureFormat) throws -> String {
    let journal = try ResultJournal(at: nil)
    var picture = Sample.features(2, names: ["original_b", "original_c"])
    picture.values[1] = .nan
    let results = [Sample.features(1), picture]
    let places = try results.enumerated().map { number, found in
      try journal.append(found, of: FeatureKey([UInt8](repeating: UInt8(number), count: 32)))
    }
    var writer = FeatureWriter(
      format, columns: ["ID", "Image", "Mask"], names: journal.names(at: places.map { [$0] }))
    var text = writer.header
    text += writer.text(Sample.row(1, ["P,1", "i", "m"]), .success(results[0]))
    text += writer.text(Sample.row(2, ["P2", "i", "m"]), .failure(Sample.error))
    text += writer.text(Sample.row(3, ["P3", "i", "m"]), .success(picture))
    return text + writer.footer
  }

  @Test func `in a table stand under their names, whatever cases have`() throws {
    let table = try DelimitedTable(parsing: text(.csv), label: "features")
    #expect(
      table.header == [
        "ID", "Image", "Mask", "diagnostics_Hash", "diagnostics_Size", "diagnostics_Spacing",
        "diagnostics_Mean", "original_a", "original_b", "original_c",
      ])
    let rows = table.rows.map(\.fields)
    #expect(
      Array(rows[0].prefix(6)) == [
        "P,1", "i", "m", "tab\there, comma; \"quote\"", "(3, 4, 5)", "(0.75, 0.75, 6.5)",
      ])
    #expect(rows[0].suffix(3) == ["1", "1.3333333333333333", ""])
    #expect(rows[1] == ["P2", "i", "m"] + [String](repeating: "", count: 7))
    #expect(rows[2].suffix(3) == ["", "2", ""])
  }

  @Test func `in JSON are numbers, null where undefined, and diagnostics keep their form`() throws {
    let parsed = try JSONSerialization.jsonObject(with: Data(text(.json).utf8))
    let objects = try #require(parsed as? [[String: Any]])
    #expect(objects.count == 3)
    #expect(objects[0]["diagnostics_Size"] as? [Int] == [3, 4, 5])
    #expect(try text(.json).contains("\"diagnostics_Mean\": 0.30000000000000004"))
    #expect(objects[0]["original_b"] as? Double == 4.0 / 3)
    #expect((objects[1]["error"] as? String)?.contains("The mask is empty") == true)
    #expect(objects[2]["original_c"] is NSNull)
  }

  @Test func `as text are numbered like rows`() throws {
    let lines = try text(.txt).split(separator: "\n")
    #expect(lines.count == 12)
    #expect(lines.contains("Case-1_original_a: 1.0") && lines.contains("Case-3_original_b: 2.0"))
    #expect(lines.contains("Case-1_diagnostics_Spacing: (0.75, 0.75, 6.5)"))
  }

  @Test func `that failed are told with row, code, sentence and remedy`() throws {
    let table = FailedRows(columns: ["ID"])
    let text = table.header + table.line(Sample.row(4, ["P4"]), Sample.error)
    #expect(text == "Row,Code,Sentence,Remedy,ID\n4,mask-empty,The mask is empty.,Draw it.,P4\n")
  }
}

@Suite struct `An output file` {
  @Test func `takes its name when it is whole, and not before`() throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("features.csv")
      try Data("old".utf8).write(to: url)
      let file = try OutputFile(url)
      try file.write("new ")
      #expect(try String(contentsOf: url, encoding: .utf8) == "old")
      try file.write("text")
      try file.finish()
      #expect(try String(contentsOf: url, encoding: .utf8) == "new text")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["features.csv"])
    }
  }

  @Test func `that cannot be there is an error that names it`() {
    let error = #expect(throws: BatchError.self) { try OutputFile(URL(fileURLWithPath: "/nowhere/f.csv")) }
    #expect(error?.code == .unwritable && error?.message.contains("f.csv") == true)
  }

  @Test func `that is a device is written straight, and never replaced`() throws {
    let device = URL(fileURLWithPath: "/dev/null")
    #expect(!OutputFile.isRegular(device))
    let file = try OutputFile(device)
    try file.write("x")
    try file.finish()
    #expect(!OutputFile.isRegular(device))
  }
}
