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

  @Test(arguments: [
    ("ID,Reason\nP9,x\n", "marks.csv, line 2: the manifest has no case of this ID"),
    ("ID,Site,Reason\nP1,South,x\n", "no case of this ID, site"),
    ("ID,Reason\nP2,x\n", "several sites have this ID"),
    ("ID,Reason\nP1,\n", "Reason has 0 letters"),
    ("ID,Reason\nP1,\(String(repeating: "x", count: 201))\n", "Reason has 201 letters"),
    ("ID,Reason\nP1,\"a\nb\"\n", "line break"),
    ("ID,Reason\n,x\n", "ID is empty"),
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
