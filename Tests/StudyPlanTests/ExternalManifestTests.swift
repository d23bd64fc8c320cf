import DelimitedText
import Foundation
import StudyPlan
import Testing

@Suite struct `An external cohort in a study file` {
  private func file(_ line: String, start: String = "manifest: a/m.csv") throws -> StudyFile {
    try StudyFile(
      yaml: "study: hip\n\(start)\n\(line)\n", besides: URL(fileURLWithPath: "/studies/hip.yaml"))
  }

  @Test func `is a path, or a manifest, or a table of features`() throws {
    #expect(try file("").external == nil)
    #expect(try file("external: b/m.csv").external?.path == "/studies/b/m.csv")
    #expect(try file("external: {manifest: b/m.csv}").external?.path == "/studies/b/m.csv")
    #expect(
      try file("external: {features: b/f.csv}", start: "features: f.csv").external?.path == "/studies/b/f.csv"
    )
    #expect(throws: StudyError.self) { try file("external: {features: b/f.csv}") }
    #expect(throws: StudyError.self) { try file("external: {}") }
  }

  @Test func `leaves the canonical study as it was where there is neither it nor a primary result`() throws {
    let text = try file("").study.canonicalJSON
    #expect(!text.contains("primary") && !text.contains("external"))
    #expect(try file("primary: {part: test}").study.canonicalJSON.contains("\"primary\""))
  }

  private func manifest(_ text: String, root: String) throws -> Manifest {
    try Manifest(
      table: DelimitedTable(parsing: text, label: "m.csv"),
      root: URL(fileURLWithPath: root, isDirectory: true))
  }

  @Test func `joins its rows as those of a part of their own`() throws {
    let study = try manifest("ID,Site,Image,Mask,Group\nP1,N,i.nii,m.nii,g\n", root: "/data")
    var other = try manifest("ID,Site,Image,Mask,Group\nP2,E,i.nii,m.nii,h\n", root: "/data")
    try other.becomeExternal("e.csv")
    #expect(try study.joined(by: other).map(\.split) == [nil, .external])
    for shared in ["P1,N,x.nii,m.nii,", "P3,E,i.nii,m.nii,g"] {
      var known = try manifest("ID,Site,Image,Mask,Group\n\(shared)\n", root: "/data")
      try known.becomeExternal("e.csv")
      #expect(throws: StudyError.self) { try study.joined(by: known) }
    }
    var training = try manifest("ID,Site,Image,Mask,Split\nP2,E,i.nii,m.nii,training\n", root: "/data")
    #expect(throws: StudyError.self) { try training.becomeExternal("e.csv") }
  }

  @Test func `has paths that count from its own folder`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let (inside, outside) = (
      folder.appendingPathComponent("study/east"), folder.appendingPathComponent("other")
    )
    for place in [inside, outside] {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try "ID,Site,Image,Mask\nP2,E,i.nii,m.nii\n".write(
        to: place.appendingPathComponent("e.csv"), atomically: true, encoding: .utf8)
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let root = folder.appendingPathComponent("study").standardizedFileURL
    let study = Manifest(rows: [], root: root)
    let row = try Manifest(
      external: inside.appendingPathComponent("e.csv"), root: nil, outcome: .numbers, besides: study
    ).rows[0]
    #expect(row.image == "east/i.nii" && row.mask == "east/m.nii" && row.split == .external)
    let error = #expect(throws: StudyError.self) {
      try Manifest(
        external: outside.appendingPathComponent("e.csv"), root: nil, outcome: .numbers, besides: study)
    }
    #expect(error?.message.contains("--root") == true)
  }

  @Test func `of a manifest is column Split, too`() throws {
    let rows = try manifest("ID,Site,Image,Mask,Split\nP1,N,i.nii,m.nii,External\n", root: "/data").rows
    #expect(rows[0].split == .external)
  }
}
