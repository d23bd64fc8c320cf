import Foundation
import HospitalFiles
import Testing

/// Three hospitals: DICOM with a structure set, NIfTI with a label map, NRRD with segments of 3D Slicer.
private func threeHospitals() throws -> MadeFolder {
  let folder = try MadeFolder()
  try folder.series("north/pat1/S1", patient: "000123", uid: "1.1")
  try folder.series("north/pat1/S2", patient: "000123", uid: "1.2")
  try folder.structures("north/pat1/RS", patient: "000123", series: ["1.1"], regions: ["Heart", "GTV"])
  try folder.image("south/P-07/T2.nii.gz")
  try folder.image("south/P-07/T2-label.nii.gz")
  try folder.image("west/case_3/T2.nrrd")
  try folder.slicer("west/case_3/Segmentation.seg.nrrd", segments: ["Oedema", "gtv"], layers: 2)
  try folder.write(
    "\u{FEFF}Patient;Site;Death;Age\n123;north;1;60,5\nP-07;south;0;71\ncase_3;west;0;\ncase_4;west;1;80\n",
    "clinic.csv")
  return folder
}

@Suite struct `coordinator scan` {
  private struct Result: Decodable {
    struct Finding: Decodable {
      var kind: String
      var path: String
    }
    var rows: Int
    var subjects: Int
    var joined: Int?
    var left_out: Int
    var without_values: Int
    var findings: [Finding]
  }

  private static func scan(
    _ folder: MadeFolder, _ options: [String] = [], sites: [String] = ["north", "south", "west"],
    environment: [String: String] = [:]
  ) async throws -> Programs.Result {
    try await Programs.run(
      "coordinator",
      ["scan"] + sites.map { folder.url.appendingPathComponent($0).path }
        + ["-o", folder.url.appendingPathComponent("manifest.csv").path] + options, environment: environment)
  }

  private static func text(_ folder: MadeFolder, _ name: String) throws -> String {
    try String(contentsOf: folder.url.appendingPathComponent(name), encoding: .utf8)
  }

  private static func clinic(_ folder: MadeFolder, _ name: String = "clinic.csv") -> [String] {
    ["--table", folder.url.appendingPathComponent(name).path, "--id", "Patient", "--outcome", "Death"]
  }

  @Test func `writes the manifest of three hospitals, and lists what it left out`() async throws {
    let folder = try threeHospitals()
    let list = folder.url.appendingPathComponent("unpaired.csv").path
    let result = try await Self.scan(
      folder, Self.clinic(folder) + ["--segment", "GTV", "--unpaired", list])
    #expect(result.status == 1, Comment(rawValue: result.errors))
    #expect(
      try Self.text(folder, "manifest.csv") == """
        ID,Site,Image,Mask,Outcome,Segment,Age
        000123,north,north/pat1/S1,north/pat1/RS,1,GTV,60.5
        P-07,south,south/P-07/T2.nii.gz,south/P-07/T2-label.nii.gz,0,,71
        case_3,west,west/case_3/T2.nrrd,west/case_3/Segmentation.seg.nrrd,0,gtv,

        """)
    let unpaired = try Self.text(folder, "unpaired.csv").split(separator: "\n")
    #expect(unpaired.count == 3 && unpaired[1].contains("north,pat1/S2,image-without-mask,yes"))
    #expect(unpaired[2].contains("clinic.csv, line 5"))
    #expect(result.errors.contains("Left out: north: pat1/S2: no mask was paired with it"))
  }

  @Test
  func
    `says of a patient without a row that the manifest has it, and of a row without a patient that it has not`()
    async throws
  {
    let folder = try threeHospitals()
    try folder.write("Patient,Death\nP-07,0\n000123,1\n99,1\n", "clinic.csv")
    let result = try await Self.scan(folder, Self.clinic(folder) + ["--segment", "GTV"])
    #expect(result.status == 1)
    #expect(
      result.errors.contains(
        "Without clinical values: west: west/case_3/T2.nrrd: clinic.csv has no row of its patient, who stays in the manifest"
      ), Comment(rawValue: result.errors))
    #expect(result.errors.contains("Left out: clinic.csv, line 4: no image with a mask"))
    #expect(result.output.contains("2 of 3 patients have a row of the table; the others stand"))
    #expect(try Self.text(folder, "manifest.csv").contains("case_3,west,west/case_3/T2.nrrd"))
    let told = try await Self.scan(folder, Self.clinic(folder) + ["--segment", "GTV", "--json"])
      .json(as: Result.self)
    #expect(told.without_values == 1 && told.left_out == 2)
  }

  @Test func `gives random codes, the same again, and names nobody`() async throws {
    let folder = try threeHospitals()
    let keys = folder.url.appendingPathComponent("keys.csv").path
    let options = Self.clinic(folder) + ["--pseudonyms", keys, "--segment", "GTV", "--json"]
    let first = try await Self.scan(folder, options)
    let manifest = try Self.text(folder, "manifest.csv")
    let second = try await Self.scan(folder, options)
    #expect(first.status == 1 && second.status == 1)
    #expect(try Self.text(folder, "manifest.csv") == manifest)
    for line in try Self.text(folder, "keys.csv").split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",")
      #expect(manifest.contains("\(fields[0]),\(fields[1]),") && !manifest.contains("\n\(fields[2]),"))
    }
    #expect(!(first.output + first.errors).contains("123") && !first.errors.contains("case_4"))
    let told = try first.json(as: Result.self)
    #expect(told.rows == 3 && told.subjects == 3 && told.joined == 3 && told.left_out == 2)
  }

  @Test func `says what it cannot do, by its exit code`() async throws {
    let folder = try threeHospitals()
    #expect(try await Self.scan(folder, ["--table", "clinic.csv"]).status == 64)
    #expect(try await Self.scan(folder, sites: ["nowhere"]).status == 65)
    #expect(
      try await Self.scan(folder, ["--root", folder.url.appendingPathComponent("south").path]).status == 64)
    #expect(
      try await Self.scan(
        folder, ["--table", folder.url.appendingPathComponent("clinic.csv").path, "--id", "MRN"]
      )
      .status == 65)
    try folder.write("a letter", "empty/letter.txt")
    #expect(try await Self.scan(folder, sites: ["empty"]).status == 65)
    try folder.write([0x50, 0x4B], "clinic.xlsx")
    let missing = try await Self.scan(
      folder, Self.clinic(folder, "clinic.xlsx"), environment: ["PATH": "/nonexistent"])
    #expect(missing.status == 69 && missing.errors.contains("apt-get install xlsx2csv"))
    #expect(try await Self.scan(folder, ["--unpaired", "/proc/x/y.csv"]).status == 73)
  }

  @Test func `tells sites of one folder name apart`() async throws {
    let folder = try MadeFolder()
    for place in ["a/data", "b/data"] {
      try folder.image("\(place)/7/T1.nii.gz")
      try folder.image("\(place)/7/T1_mask.nii.gz")
    }
    #expect(try await Self.scan(folder, sites: ["a/data", "b/data"]).status == 64)
    let named = try await Self.scan(folder, sites: ["a/data=North", "b/data=South"])
    #expect(named.status == 0, Comment(rawValue: named.errors))
    #expect(try Self.text(folder, "manifest.csv").contains("7,North,a/data/7/T1.nii.gz"))
  }
}
