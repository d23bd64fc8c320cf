import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// `worker verify --json`, as far as tests look at it.
private struct Found: Decodable {
  struct Counts: Decodable, Equatable {
    var checked: Int
    var met: Int
    var within_tolerance: Int
    var failed: Int
    var listed: Int
  }

  struct Check: Decodable {
    var name: String
    var ibsi_code: String?
    var parameters: String?
    var reference: Double?
    var tolerance: Double?
    var found: Double?
    var reference_sha256: String?
    var found_sha256: String?
    var within_tolerance: Bool?
    var outcome: String
  }

  struct Part: Decodable {
    var title: String
    var kind: String
    var parameters: String?
    var features: Int?
    var counts: Counts
    var checks: [Check]
  }

  struct Absence: Decodable {
    var what: String
    var why: String
  }

  struct File: Decodable {
    var path: String
    var sha256: String
  }

  struct Installation: Decodable {
    var version: String
    var extractor: String
    var program_sha256: String?
    var architecture: String
    var kernel: String
  }

  var installation: Installation
  var passed: Bool
  var counts: Counts
  var parts: [Part]
  var not_looked_at: [Absence]
  var files: [File]
  var page_sha256: String?
}

@Suite struct `worker verify` {
  private static let table = "ibsi_ct/reference.csv"

  /// A folder with a CT phantom of this test: the numbers from -100 in steps of 3 in a region of 5 x 4 x 3 voxels.
  /// - Parameter rows: of the table of reference values, below its header.
  private func folder(in folder: URL, rows: [String]) throws -> URL {
    let url = folder.appendingPathComponent("data")
    let size = GridSize(x: 7, y: 6, z: 5)
    let geometry = GridGeometry(size: size, spacingInMillimetres: [2, 2, 2])
    var (voxels, labels, next) = ([Double](), [UInt32](), -100.0)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let isInside = 1...5 ~= x && 1...4 ~= y && 1...3 ~= z
          labels.append(isInside ? 1 : 0)
          voxels.append(isInside ? next : 0)
          next += isInside ? 3 : 0
        }
      }
    }
    for (kind, name) in [("image", "phantom"), ("mask", "mask")] {
      let place = url.appendingPathComponent("ibsi_ct/nifti/\(kind)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let file = place.appendingPathComponent("\(name).nii.gz")
      if kind == "image" {
        try writeVolume(Volume(geometry: geometry, sampleType: .int16, voxels: voxels), to: file)
      } else {
        try writeLabelMap(LabelMap(geometry: geometry, labels: labels), to: file)
      }
    }
    let header = "data,tag,feature_tag,ibsi_code,family,feature,aggregation,value,tolerance,consensus"
    try ([header] + rows).joined(separator: "\n").write(
      to: url.appendingPathComponent(Self.table), atomically: true, encoding: .utf8)
    return url
  }

  /// By hand: 60 numbers from -100 to 77; their mean is -11.5, their range 177.
  private static let rows = [
    "config. A,int_mask_vox_count,,,Diagnostics-initial ROI,,,59,0,",
    "config. A,stat_mean,,Q4LE,Statistics,Mean,,-11.5,0,very strong",
    "config. A,stat_min,,1GSF,Statistics,Minimum,,-100,0,",
    "config. A,stat_max,,84IY,Statistics,Maximum,,80,3,strong",
    "config. A,stat_range,,2OJQ,Statistics,Range,,177,0,very strong",
    "config. A,ivh_auc,,9CMM,Intensity volume histogram,Area,,,,",
  ]

  private func verify(_ arguments: [String]) async throws -> Programs.Result {
    try await Programs.run("worker", ["verify"] + arguments)
  }

  @Test func `without data looks at the digital phantom and at known bits, and says what it did not look at`()
    async throws
  {
    let result = try await verify(["--json", "-j", "2"])
    try #require(result.status == 0, Comment(rawValue: result.errors + result.output))
    let found = try result.json(as: Found.self)
    #expect(found.passed && found.counts.failed == 0 && found.counts.met == found.counts.checked)
    let phantom = try #require(found.parts.first)
    #expect(phantom.title == "IBSI-1, digital phantom" && phantom.parameters == "Examples/ibsi/phantom.yaml")
    #expect(phantom.counts == .init(checked: 482, met: 482, within_tolerance: 67, failed: 0, listed: 5))
    #expect(phantom.features == 487 && phantom.checks.count == 487)
    let volume = try #require(phantom.checks.first { $0.name == "morph_volume" })
    #expect(volume.ibsi_code == "RNU0" && volume.reference == 556 && volume.tolerance == 4)
    #expect(abs(try #require(volume.found) - 556) <= 4 && volume.within_tolerance == true)
    #expect(found.parts.dropFirst().map(\.kind) == ["bits", "bits", "bits", "bits", "bits"])
    #expect(found.parts.dropFirst().allSatisfy { $0.checks.allSatisfy { $0.found_sha256?.count == 64 } })
    #expect(
      found.not_looked_at.count == 3 && found.not_looked_at.allSatisfy { $0.why.contains("--ibsi FOLDER") })
    #expect(found.files.isEmpty && found.page_sha256 == nil)
    #expect(found.installation.extractor.hasPrefix("trabecula-extractor "))
    let program = try await sha256sum(Programs.folder.appendingPathComponent("worker"))
    #expect(program.hasPrefix(try #require(found.installation.program_sha256)))
  }

  @Test func `passes where every agreed value is met, and prints a table`() async throws {
    try await withTemporaryFolder { scratch in
      let data = try folder(in: scratch, rows: Self.rows)
      let result = try await verify(["--ibsi", data.path])
      try #require(result.status == 0, Comment(rawValue: result.errors + result.output))
      let row = try #require(result.output.split(separator: "\n").first { $0.contains("configuration A") })
      #expect(row.split(separator: " ").suffix(5) == ["4", "4", "4", "0", "1"])
      #expect(result.output.contains("IBSI-1, configuration A: ivh_auc is "))
      for absent in [
        "IBSI-1, configuration A: its table has 4 of the 346 values that were published",
        "IBSI-1, configuration B: its table has no row of it",
        "IBSI-2, response map 1_a_1: not in the folder: ibsi2/phantoms/checkerboard/image/checkerboard.nii.gz",
        "IBSI-2, features of filtered images: not in the folder: ibsi2/reference_values.csv",
      ] {
        #expect(result.output.contains(absent), "\(absent)")
      }
      #expect(result.output.contains("Passed: "))
    }
  }

  @Test func `computes what worker extract does, to the last bit`() async throws {
    try await withTemporaryFolder { scratch in
      let tags = ["stat_var", "cm_joint_entr_2D_avg", "morph_volume", "rlm_lre_2_5D_comb", "ngl_dc_entr_2D"]
      let data = try folder(in: scratch, rows: tags.map { "config. A,\($0),,,,,,1,1e9," })
      let found = try await verify(["--ibsi", data.path, "--json"]).json(as: Found.self)
      let part = try #require(found.parts.first { $0.title == "IBSI-1, configuration A" })
      let extracted = try await Programs.run(
        "worker",
        [
          "extract", data.appendingPathComponent("ibsi_ct/nifti/image/phantom.nii.gz").path,
          data.appendingPathComponent("ibsi_ct/nifti/mask/mask.nii.gz").path, "--param",
          ReferenceData.repository.appendingPathComponent("Examples/ibsi/config-a.yaml").path,
        ])
      for check in part.checks {
        let value = try #require(check.found)
        #expect(extracted.output.contains("Case-1_original_ibsi_\(check.name): \(value)\n"), "\(check.name)")
      }
      #expect(part.checks.count == tags.count)
    }
  }

  @Test(arguments: [
    (
      "config. A,stat_mean,,Q4LE,Statistics,Mean,,-11.5,0,very strong",
      "config. A,stat_mean,,Q4LE,Statistics,Mean,,-11.6,0,very strong",
      "stat_mean is -11.5, the reference -11.6"
    ),
    (
      "config. A,stat_max,,84IY,Statistics,Maximum,,80,3,strong",
      "config. A,no_such,,84IY,Statistics,Maximum,,80,3,strong", "no_such is not a number, the reference 80.0"
    ),
  ])
  func `ends with 1 where one value is not met, and names it`(row: String, doctored: String, told: String)
    async throws
  {
    try await withTemporaryFolder { scratch in
      let data = try folder(in: scratch, rows: Self.rows.map { $0 == row ? doctored : $0 })
      let page = scratch.appendingPathComponent("page.html")
      let result = try await verify(["--ibsi", data.path, "--out", page.path])
      #expect(result.status == 1)
      #expect(
        result.output.contains("IBSI-1, configuration A: \(told)") && result.output.contains("FAILED: "))
      let html = try String(contentsOf: page, encoding: .utf8)
      #expect(html.contains("<li>IBSI-1, configuration A: \(told)") && html.contains("Failed"))
    }
  }

  /// Minutes of computation are not to end there.
  @Test func `refuses a page where a folder or a file stands in its way, before anything is computed`()
    async throws
  {
    try await withTemporaryFolder { scratch in
      let file = scratch.appendingPathComponent("file")
      try Data().write(to: file)
      for (page, told) in [
        (scratch.path, "is a folder; give the path of a file"),
        (file.appendingPathComponent("page.html").path, "is no folder that can be written to"),
      ] {
        let result = try await verify(["-o", page])
        #expect(result.status == 73 && result.errors.contains(told), Comment(rawValue: result.errors))
      }
    }
  }

  @Test func `writes a page whose digest it prints, the same again but for a date and a note`() async throws {
    try await withTemporaryFolder { scratch in
      let data = try folder(in: scratch, rows: Self.rows)
      let pages = ["a.html", "b.html", "c.html"].map { scratch.appendingPathComponent($0) }
      let first = try await verify(["--ibsi", data.path, "-o", pages[0].path, "--json"]).json(as: Found.self)
      let again = try await verify(["--ibsi", data.path, "--out", pages[1].path, "-j", "3"])
      let filed = try await verify([
        "--ibsi", data.path, "--out", pages[2].path, "--dated", "--note", "CT station <2>, J. Doe",
      ])
      #expect(again.status == 0 && filed.status == 0)
      let digests = try await pages.asyncMap { page in
        try #require(try await sha256sum(page).split(separator: " ").first.map(String.init))
      }
      #expect(first.page_sha256 == digests[0] && digests[1] == digests[0] && digests[2] != digests[0])
      #expect(again.output.contains("\(pages[1].path): SHA-256 \(digests[1])\n"))
      #expect(filed.output.contains("\(pages[2].path): SHA-256 \(digests[2])\n"))
      let html = try String(contentsOf: pages[2], encoding: .utf8)
      #expect(html.contains("CT station &lt;2&gt;, J. Doe") && html.contains("<dt>Date</dt>"))
      let table = try #require(first.files.first { $0.path == Self.table })
      #expect(try await sha256sum(data.appendingPathComponent(Self.table)).hasPrefix(table.sha256))
      #expect(!html.contains(scratch.path))
    }
  }

  @Test func `refuses a folder or a table that is none`() async throws {
    try await withTemporaryFolder { scratch in
      let absent = try await verify(["--ibsi", scratch.appendingPathComponent("absent").path])
      #expect(absent.status == 65 && absent.errors.contains("is no folder"), "\(absent.errors)")
      let empty = try await verify(["--ibsi", scratch.path])
      #expect(empty.status == 65 && empty.errors.contains("none of the folders ibsi, ibsi_ct, ibsi2"))
      let data = try folder(
        in: scratch, rows: Self.rows + ["config. B,stat_mean,,Q4LE,Statistics,Mean,,a,0,"])
      let bad = try await verify(["--ibsi", data.path])
      #expect(
        bad.status == 65 && bad.errors.contains("ibsi_ct/reference.csv, line 8, column value: 'a' is not"))
      try Data("no image".utf8).write(to: data.appendingPathComponent("ibsi_ct/nifti/image/phantom.nii.gz"))
      try Data((["data,tag,value,tolerance"] + ["config. A,stat_mean,1,1"]).joined(separator: "\n").utf8)
        .write(
          to: data.appendingPathComponent(Self.table))
      let broken = try await verify(["--ibsi", data.path])
      #expect(broken.status == 65 && broken.errors.contains("IBSI-1, configuration A: "), "\(broken.errors)")
    }
  }

  @Test(arguments: [
    (["--dated"], 64), (["--note", "x"], 64), (["-j", "0"], 64), (["--out", "/proc/no/page.html"], 73),
  ])
  func `ends with the code of what is wrong`(arguments: [String], status: Int) async throws {
    #expect(try await verify(arguments).status == Int32(status))
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `meets every value and every map of the initiative`() async throws {
    let data = try #require(ReferenceData.folder)
    let result = try await verify(["--ibsi", data.path, "--json", "-j", "2"])
    try #require(result.status == 0, Comment(rawValue: result.errors))
    let found = try result.json(as: Found.self)
    #expect(found.passed && found.not_looked_at.isEmpty)
    func counts(_ begin: String) -> [Int] {
      let parts = found.parts.filter { $0.title.hasPrefix(begin) }.map(\.counts)
      return [parts.map(\.checked), parts.map(\.met), parts.map(\.within_tolerance), parts.map(\.listed)].map
      {
        $0.reduce(0, +)
      }
    }
    #expect(counts("IBSI-1") == [1804, 1804, 1388, 30])
    #expect(counts("IBSI-2, response maps") == [33, 33, 33, 0])
    #expect(counts("IBSI-2, features") == [323, 323, 323, 1])
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `finds one changed value and one changed map among the initiative's`() async throws {
    try await withTemporaryFolder { scratch in
      let data = try #require(ReferenceData.folder)
      let manager = FileManager.default
      try manager.createDirectory(
        at: scratch.appendingPathComponent("ibsi"), withIntermediateDirectories: true)
      try manager.createDirectory(
        at: scratch.appendingPathComponent("ibsi2/maps"), withIntermediateDirectories: true)
      for link in ["ibsi/ibsi_1_digital_phantom", "ibsi2/phantoms", "ibsi2/maps/3_a_1-ValidCRM.nii.gz"] {
        try manager.createSymbolicLink(
          at: scratch.appendingPathComponent(link), withDestinationURL: data.appendingPathComponent(link))
      }
      // Another map under this one's name.
      try manager.createSymbolicLink(
        at: scratch.appendingPathComponent("ibsi2/maps/3_a_2-ValidCRM.nii.gz"),
        withDestinationURL: data.appendingPathComponent("ibsi2/maps/3_a_3-ValidCRM.nii.gz"))
      let table = try String(contentsOf: ReferenceData.file("ibsi/phantom_reference.csv"), encoding: .utf8)
      let line = try #require(
        table.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cm_contrast_3D_avg,") })
      try table.replacing(line, with: line.replacing(",5.32,", with: ",5.42,")).write(
        to: scratch.appendingPathComponent("ibsi/phantom_reference.csv"), atomically: true, encoding: .utf8)
      let result = try await verify(["--ibsi", scratch.path, "--json"])
      #expect(result.status == 1)
      let found = try result.json(as: Found.self)
      let failed = found.parts.flatMap(\.checks).filter { $0.outcome == "failed" }
      #expect(failed.map(\.name) == ["cm_contrast_3D_avg", "3_a_2"])
      #expect(failed.first?.reference == 5.42)
    }
  }

  private func sha256sum(_ file: URL) async throws -> String {
    try await Programs.run("sha256sum", [file.path], in: URL(fileURLWithPath: "/usr/bin")).output
  }
}

extension Sequence {
  fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await body(element)) }
    return values
  }
}
