import Foundation
import StudyPlan
import Testing

@Suite struct `A manifest` {
  func manifest(_ text: String, root: URL? = nil, covariates: [String] = []) throws -> Manifest {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("manifest.csv")
    try Data(text.utf8).write(to: url)
    return try Manifest(at: url, root: root, covariates: covariates)
  }

  func message(of text: String, covariates: [String] = []) -> String {
    do {
      _ = try manifest(text, covariates: covariates)
      return "read without error"
    } catch {
      return (error as? StudyError)?.message ?? "\(error)"
    }
  }

  @Test func `with two columns Repeat is refused`() {
    // Which ended the process.
    let text = message(of: "ID,Site,Image,Mask,Repeat,repeat\nP1,N,i.nii,m.nii,,\n")
    #expect(text.contains("'Repeat' and 'repeat' both mean Repeat"), Comment(rawValue: text))
  }

  @Test(arguments: [
    ("a/i.nii.gz", "a/i.nii.gz"), ("  a/i j.nii ", "a/i j.nii"), ("\u{a0}a/i.nii", "a/i.nii"),
    ("./a/i.nii", "a/i.nii"),
    ("a/./i.nii", "a/i.nii"), ("a/b/../i.nii", "a/i.nii"), ("a/i%20j.nii", "a/i%20j.nii"),
    ("a/.i.nii", "a/.i.nii"),
  ]) func `makes a path plain, whatever its spaces and dots`(written: String, meant: String) throws {
    let rows = try manifest("ID,Site,Image,Mask\nP1,N,\(written),m.nii\n").rows
    #expect(rows.map(\.image) == [meant])
  }

  @Test(arguments: [
    ("/data/north/i.nii", "north/i.nii"), ("north/i.nii", "north/i.nii"), ("/data/north/../i.nii", "i.nii"),
  ]) func `may have paths below a root that is not its folder`(written: String, meant: String) throws {
    let root = URL(fileURLWithPath: "/data")
    #expect(
      try manifest("ID,Site,Image,Mask\nP1,N,\(written),m.nii\n", root: root).rows.map(\.image) == [meant])
    #expect(try manifest("ID,Site,Image,Mask\nP1,N,\(written),m.nii\n", root: root).root == root)
  }

  @Test(arguments: ["/database/i.nii", "../i.nii", "/etc/passwd", "/data"])
  func `has no paths outside a root that is not its folder`(written: String) {
    #expect(throws: StudyError.self) {
      try manifest("ID,Site,Image,Mask\nP1,N,\(written),m.nii\n", root: URL(fileURLWithPath: "/data"))
    }
  }

  @Test func `gives a row for each region`() throws {
    let rows = try manifest(
      "ID,Site,Image,Mask,Outcome,Label,Split,Group,Age\nP1,North,a/i.nii.gz,a/m.nii.gz,1,2,training,g,61\nP2,South,b.png,c.png,,,test,,\n"
    ).rows
    #expect(
      rows == [
        Manifest.Row(
          subject: "P1", site: "North", image: "a/i.nii.gz", mask: "a/m.nii.gz", label: 2, outcome: 1,
          split: .training, group: "g", extra: ["Age": "61"]),
        Manifest.Row(
          subject: "P2", site: "South", image: "b.png", mask: "c.png", label: nil, outcome: nil,
          split: .test, group: nil, extra: ["Age": ""]),
      ])
  }

  @Test(arguments: [
    "\u{FEFF}participant_id;SITE;image_path;mask_path;outcome\r\nP1;N;i.nrrd;m.nrrd;0\r\n",
    "patient_id\tSite\tImage\tMask\tOutcome\nP1\tN\ti.nrrd\t./m.nrrd\t0\n",
    "Outcome,Mask,Image,Site,ID\n0,m.nrrd,x/../i.nrrd,N,P1\n",
  ])
  func `is read whatever its delimiter, aliases and order of columns`(text: String) throws {
    let row = try #require(try manifest(text).rows.first)
    #expect(row.subject == "P1" && row.site == "N" && row.image == "i.nrrd" && row.mask == "m.nrrd")
    #expect(row.outcome == 0)
  }

  @Test func `without a needed column names what it found`() {
    let message = message(of: "ID,Centre,Image,Msak,Outcome\n1,N,i,m,0\n")
    #expect(message.contains("no column Site") && message.contains("Centre"))
  }

  @Test(arguments: [
    ("P1,N,i,m,malignant\n", "line 2: Outcome is 'malignant'; expected 0 or 1"),
    (",N,i,m,1\n", "line 2: ID is empty"),
    ("P1,N,../i,m,1\n", "line 2: Image points outside the manifest's folder"),
    ("P1,N,/etc/passwd,m,1\n", "line 2: Image points outside the manifest's folder"),
    ("P1,N,i,m,1\nP1,N,i,m,1\n", "line 3: the same region as line 2"),
    ("P1,N,i,m,1\nP1,N,j,m,0\n", "line 3: another Outcome for the subject of line 2"),
    ("", "no rows"),
  ])
  func `with a faulty line is refused with its number`(rows: String, part: String) {
    #expect(message(of: "ID,Site,Image,Mask,Outcome\n" + rows).contains(part))
  }

  @Test func `names all faulty lines at once`() {
    let message = message(of: "ID,Site,Image,Mask,Outcome\nP1,N,i,m,x\nP2,N,i,m,1\nP3,,i,m,1\n")
    #expect(message.contains("2 faulty lines") && message.contains("line 2") && message.contains("line 4"))
  }

  @Test func `keeps one subject in one part`() {
    let message = message(
      of: "ID,Site,Image,Mask,Outcome,Split\nP1,N,i,m,1,train\nP1,N,j,m,1,test\n")
    #expect(message.contains("another Split"))
  }

  @Test func `tells the images of a subject apart by Sequence and Region`() throws {
    let head = "ID,Site,Image,Mask,sequence,REGION\n"
    let rows = try manifest(
      head + "P1,N,a,b,T1,tumour\nP1,N,a,r,T1,ring\nP1,N,c,d, T2 ,tumour\nP2,N,e,f,T1,ring\n"
    ).rows
    #expect(rows.map(\.part.name) == ["T1_tumour", "T1_ring", "T2_tumour", "T1_ring"])
    let twice = message(of: head + "P1,N,a,b,T1,\nP1,N,c,d,T2,\nP2,N,e,f,T1,\nP2,N,g,h,T1,\n")
    #expect(twice.contains("line 5: the same subject, Sequence and Region as line 4; "))
    let empty = message(of: head + "P1,N,a,b,T1,\nP1,N,c,d,T2,\nP2,N,e,f,,\n")
    #expect(empty.contains("line 4: Sequence is empty; other rows have one."))
    let odd = message(of: head + "P1,N,a,b,T1;,\nP1,N,c,d,T2,\n")
    #expect(odd.contains("line 2: Sequence has a comma, a semicolon"))
    // Where no subject has two, a column of this name is one like any other.
    #expect(
      try manifest("ID,Site,Image,Mask,Region\nP1,N,a,b,coast\nP2,N,c,d,\nP3,N,e,f,coast\nP3,N,g,h,coast\n")
        .rows.count == 4)
    #expect(message(of: "ID,Site,Image,Mask,Region,region\nP1,N,a,b,,\n").contains("both mean Region"))
  }

  /// Modelling would refuse them too, after everything was extracted.
  @Test func `has one value of a covariate in all rows of a subject whose images are joined`() throws {
    let head = "ID,Site,Image,Mask,Outcome,Sequence,Age,Repeat\n"
    let differing = head + "P1,N,a,m,1,T1,50,\nP1,N,b,m,1,T2,51,\nP2,N,c,m,0,T1,60,\n"
    #expect(
      message(of: differing, covariates: ["Age"]).contains(
        "line 3: Age is '51', but '50' in line 2 of the same subject"))
    #expect(try manifest(differing).rows.count == 3, "no covariate of the study")
    let harmless =
      head
      // No value contradicts none, repeats and subjects without an outcome are not modelled.
      + "P1,N,a,m,1,T1,,\nP1,N,b,m,1,T2,51,\nP1,N,b,r,1,T2,52,B\nP2,N,c,m,,T1,60,\nP2,N,d,m,,T2,61,\n"
    #expect(try manifest(harmless, covariates: ["Age"]).rows.count == 5)
    // Images that are rows of their own may have values of their own.
    let apart = head + "P1,N,a,m,1,,50,\nP1,N,b,m,1,,51,\n"
    #expect(try manifest(apart, covariates: ["Age"]).rows.count == 2)
  }

  @Test func `tells repeats apart by the region that they repeat`() throws {
    let head = "ID,Site,Image,Mask,Region,Repeat\n"
    let rows = try manifest(head + "P1,N,a,b,tumour,\nP1,N,a,c,ring,\nP1,N,a,d,tumour,B\nP1,N,a,e,ring,B\n")
      .rows
    #expect(rows.count == 4)
    #expect(
      message(of: head + "P1,N,a,b,tumour,\nP1,N,a,c,ring,\nP1,N,a,d,node,B\n").contains(
        "0 rows of the same image"))
  }

  @Test func `keeps one group in one part`() {
    let message = message(
      of: "ID,Site,Image,Mask,Outcome,Split,Group\nP1,N,i,m,1,train,g\nP2,N,j,m,1,test,g\n")
    #expect(message.contains("Group 'g'"))
  }
}
