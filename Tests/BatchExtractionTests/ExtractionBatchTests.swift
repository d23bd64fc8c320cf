import BatchExtraction
import Foundation
import StudyPlan
import Testing

@Suite struct `A batch CSV` {
  private func rows(_ text: String) throws -> [ExtractionBatch.Row] {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("batch.csv")
      try Data(text.utf8).write(to: url)
      let batch = try ExtractionBatch(table: url)
      var rows = batch.rows()
      var read: [ExtractionBatch.Row] = []
      while let row = try rows.next() { read.append(row) }
      #expect(read.count == batch.count && !batch.isSingle)
      #expect(read.allSatisfy { $0.image.path.hasPrefix("/") })
      return read
    }
  }

  @Test func `has PyRadiomics' columns in any order, and others pass through`() throws {
    let read = try rows("Patient,Mask,Label,Image,Label_channel\nA,m.nrrd,2,i.nrrd,1\n\nB,/m,,/i,\n")
    #expect(read.map(\.number) == [1, 2] && read.map(\.name) == ["line 2", "line 4"])
    #expect(read.map(\.label) == [2, nil] && read.map(\.labelChannel) == [1, nil])
    #expect(read[0].fields == ["A", "m.nrrd", "2", "i.nrrd", "1"])
    #expect(read[0].image.lastPathComponent == "i.nrrd" && read[1].image.path == "/i")
    #expect(read[0].image.path != "/i.nrrd")
  }

  @Test func `may name segments`() throws {
    let read = try rows("Image,Mask,Segment\ni,m, GTV 1 \ni,m,\n")
    #expect(read.map(\.segment) == ["GTV 1", nil])
    #expect(read[0].fields == ["i", "m", "GTV 1"])
  }

  @Test func `may come from a spreadsheet, with semicolons, a byte order mark and labels like 2.0`() throws {
    let read = try rows("\u{FEFF}Image;Mask;Label\r\ni;m;2.0\r\n")
    #expect(read.map(\.label) == [2])
  }

  @Test(arguments: [
    ("Image,Mask,Label\ni,m,1\ni,m,one\n", "line 3: Label 'one' is not a whole number from 1"),
    ("Image,Mask,Label\ni,m,0\n", "line 2: Label '0'"), ("Image,Mask,Label\ni,m,1.5\n", "'1.5'"),
    ("Image,Mask,Label_channel\ni,m,4\n", "Label_channel '4' is not a whole number from 0 to 3"),
    ("Image,Mask,Segment\ni,m,\"a\nb\"\n", "Segment has a control character"),
    ("Image,Label\ni,1\n", "needs columns Image and Mask; found: Image, Label"),
    ("Image,Mask\ni\n", "line 2"), ("Image,Mask\n,m\n", "Image is empty"), ("Image,Mask\n", "no row"),
    ("", "empty"),
  ])
  func `that is wrong is refused with its line before anything is computed`(text: String, part: String) {
    let error = #expect(throws: StudyError.self) { try rows(text) }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }
}
