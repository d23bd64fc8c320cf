import Foundation
import StudyPlan
import Testing

@Suite struct `Marks of a reader` {
  private static let rows = [
    Manifest.Row(subject: "P1", site: "North", image: "a.nii", mask: "m.nii"),
    Manifest.Row(subject: "P1", site: "North", image: "b.nii", mask: "m.nii"),
    Manifest.Row(subject: "P2", site: "North", image: "c.nii", mask: "m.nii"),
    Manifest.Row(subject: "P2", site: "South", image: "d.nii", mask: "m.nii"),
  ]

  private func reasons(_ csv: String) throws -> [Int: String] {
    try ReaderMarks(csv: Array(csv.utf8), name: "marks.csv").reasons(for: Self.rows)
  }

  @Test func `take out all cases of an ID, or those of a site or an image`() throws {
    #expect(try reasons("ID,Reason\nP1,mirrored\n") == [0: "mirrored", 1: "mirrored"])
    #expect(try reasons("ID,Site,Reason\nP2,South,empty\n") == [3: "empty"])
    #expect(
      try reasons("ID,Site,Image,Reason\nP1,North,b.nii,tiny\nP2,North,,\"tiny, too\"\n")
        == [1: "tiny", 2: "tiny, too"])
    #expect(try reasons("ID,Reason\n") == [:])
  }

  /// So do pages that workers make, who know no IDs.
  @Test func `may name the image in place of the ID`() throws {
    #expect(
      try reasons("ID,Site,Image,Reason\n,North,b.nii,mirrored\n,,d.nii,empty\n") == [
        1: "mirrored", 3: "empty",
      ])
    #expect(try reasons("Image,Reason\nc.nii,tiny\n") == [2: "tiny"])
  }

  @Test func `name cases behind the apostrophe that keeps spreadsheets from calculating`() throws {
    let rows = [
      Manifest.Row(subject: "=1+1", site: "North", image: "-a.nii", mask: "m.nii"),
      Manifest.Row(subject: "'=1+1", site: "North", image: "b.nii", mask: "m.nii"),
    ]
    let csv = "ID,Image,Reason\n\"'=1+1\",\"'-a.nii\",\"'@x\"\n\"''=1+1\",,empty\n"
    #expect(
      try ReaderMarks(csv: Array(csv.utf8), name: "marks.csv").reasons(for: rows) == [0: "@x", 1: "empty"])
  }

  @Test(arguments: [
    ("ID,Reason\nP9,x\n", "marks.csv, line 2: the manifest has no case of this ID"),
    ("ID,Site,Reason\nP1,South,x\n", "no case of this ID and Site;"),
    ("ID,Reason\nP2,x\n", "several sites have this ID"),
    ("ID,Reason\nP1,\n", "Reason has 0 letters"),
    ("ID,Reason\nP1,\(String(repeating: "x", count: 201))\n", "Reason has 201 letters"),
    ("ID,Reason\nP1,\"a\nb\"\n", "line break"),
    ("ID,Image,Reason\n,e.nii,x\n", "no case of this Image;"), ("ID,Reason\n,x\n", "ID and Image are empty"),
    ("ID,Why\nP1,x\n", "marks need columns ID and Reason"),
  ])
  func `that fit no case, or say too little or too much, are refused with their line`(
    csv: String, says: String
  ) throws {
    let error = #expect(throws: StudyError.self) { try reasons(csv) }
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
  }

  @Test func `and pictures are named by the study file`() throws {
    let file = try StudyFile(
      yaml: "study: hip\nmanifest: m.csv\nmarks: read/marks.csv\npictures: false\n",
      besides: URL(fileURLWithPath: "/studies/hip.yaml"))
    #expect(file.marks?.path == "/studies/read/marks.csv")
    #expect(file.pictures == false)
  }
}
