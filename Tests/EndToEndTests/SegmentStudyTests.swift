import DelimitedText
import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

/// Masks of 3D Slicer, whose regions have names.
@Suite(.timeLimit(.minutes(15))) struct `Segments of a mask` {
  /// A segmentation as 3D Slicer stores one: two segments that overlap, each in a layer of its own.
  /// - Parameter names: of the segments.
  static func writeSlicer(
    like image: GridGeometry, names: [String], to url: URL,
    isInside: (_ segment: Int, _ x: Int, _ y: Int, _ z: Int) -> Bool
  ) throws {
    let size = image.size
    let (spacing, origin) = (image.spacingInMillimetres, image.originInMillimetres)
    var header = """
      NRRD0004
      type: unsigned char
      dimension: 4
      space: left-posterior-superior
      sizes: \(names.count) \(size.x) \(size.y) \(size.z)
      space directions: none (\(spacing.x),0,0) (0,\(spacing.y),0) (0,0,\(spacing.z))
      kinds: list domain domain domain
      endian: little
      encoding: raw
      space origin: (\(origin.x),\(origin.y),\(origin.z))

      """
    for (number, name) in names.enumerated() {
      header += "Segment\(number)_ID:=Segment_\(number + 1)\nSegment\(number)_LabelValue:=1\n"
      header += "Segment\(number)_Layer:=\(number)\nSegment\(number)_Name:=\(name)\n"
    }
    var voxels: [UInt8] = []
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          for segment in names.indices { voxels.append(isInside(segment, x, y, z) ? 1 : 0) }
        }
      }
    }
    try (Data(header.utf8) + Data("\n".utf8) + Data(voxels)).write(to: url)
  }

  /// Core and rim; the same regions as masks of their own.
  private static func isInside(_ segment: Int, _ x: Int, _ y: Int, _ z: Int) -> Bool {
    segment == 0
      ? (3..<9).contains(x) && (2..<9).contains(y) && (2..<7).contains(z)
      : (2..<7).contains(x) && (3..<9).contains(y) && (2..<6).contains(z)
  }

  private static func write(_ seed: Int, names: [String], to folder: URL) throws {
    let item = CaseOnDisk.sound(seed: seed)
    try item.write(to: folder, name: "P\(seed)")
    try writeSlicer(
      like: item.geometry, names: names, to: folder.appendingPathComponent("P\(seed).seg.nrrd"),
      isInside: isInside)
    for segment in 0...1 {
      var alone = item
      alone.label = { isInside(segment, $0, $1, $2) ? 1 : 0 }
      try alone.write(to: folder, name: "P\(seed)-\(segment)")
    }
  }

  @Test func `may be called as rings once were`() async throws {
    try await withTemporaryFolder { folder in
      try Self.write(1, names: ["GTV", "GTV@ring(0,5)"], to: folder)
      let files = ["P1_image.nrrd", "P1.seg.nrrd", "P1-1_mask.nrrd"].map {
        folder.appendingPathComponent($0).path
      }
      func features(_ mask: String, _ options: [String]) async throws -> [Substring] {
        let result = try await Programs.run("worker", ["extract", files[0], mask] + options)
        try #require(result.status == 0, Comment(rawValue: result.errors))
        return result.output.split(separator: "\n").filter { $0.contains("_original_") }
      }
      let named = try await features(files[1], ["--segment", "GTV@ring(0,5)"])
      let ring = try await features(files[1], ["--segment", "GTV", "--ring", "0,5"])
      #expect(try await named == features(files[2], []))
      #expect(named != ring && named.count == ring.count)
    }
  }

  @Test func `are extracted by name and by number, as if each had a file of its own`() async throws {
    try await withTemporaryFolder { folder in
      try Self.write(1, names: ["Tumour core", "Rim"], to: folder)
      func value(_ options: [String]) async throws -> String {
        let result = try await Programs.run(
          "worker", ["extract", folder.appendingPathComponent("P1_image.nrrd").path] + options)
        try #require(result.status == 0, Comment(rawValue: result.errors))
        return result.output.split(separator: "\n").filter { $0.contains("_original_") }.joined(
          separator: "\n")
      }
      let mask = folder.appendingPathComponent("P1.seg.nrrd").path
      for (segment, names) in [["Tumour core", "tumour core", "0"], ["Rim", "1"]].enumerated() {
        let alone = try await value([folder.appendingPathComponent("P1-\(segment)_mask.nrrd").path])
        for name in names {
          let found = try await value([mask, "--segment", name])
          #expect(found == alone, "\(name)")
        }
        // Under another label, too.
        let found = try await value([mask, "--segment", names[0], "--label", "5"])
        #expect(found == alone)
      }
      let batch = folder.appendingPathComponent("batch.csv")
      let rows = "Image,Mask,Segment\nP1_image.nrrd,P1.seg.nrrd,Rim\nP1_image.nrrd,P1.seg.nrrd,none\n"
      try Data(rows.utf8).write(to: batch)
      let some = try await Programs.run(
        "worker", ["extract", batch.path, "--segment", "1", "-f", "csv", "-o", batch.path + ".out"])
      #expect(some.status == 1 && some.errors.contains("segment-absent") && some.errors.contains("Rim"))
      let wrong = try await Programs.run(
        "worker", ["extract", folder.appendingPathComponent("P1_image.nrrd").path, mask, "--segment", "a\nb"])
      #expect(wrong.status == 65 && wrong.errors.contains("--segment has a control character"))
      let nameless = try await Programs.run(
        "worker",
        [
          "extract", folder.appendingPathComponent("P1_image.nrrd").path,
          folder.appendingPathComponent("P1_mask.nrrd").path, "--segment", "Rim", "--validate",
        ])
      #expect(nameless.status == 65 && nameless.errors.contains("segment-absent"))
    }
  }

  @Test func `name the tissue that intensities are measured by, as a label of its own does`() async throws {
    try await withTemporaryFolder { folder in
      // Apart from the core, so that one label map can hold both.
      @Sendable func part(_ x: Int, _ y: Int, _ z: Int) -> UInt32 {
        Self.isInside(0, x, y, z) ? 1 : (9..<12).contains(x) && z < 3 ? 2 : 0
      }
      var item = CaseOnDisk.sound(seed: 1)
      item.label = { part($0, $1, $2) }
      try item.write(to: folder, name: "P1")
      try Self.writeSlicer(
        like: item.geometry, names: ["Core", "Muscle"], to: folder.appendingPathComponent("P1.seg.nrrd")
      ) { segment, x, y, z in part(x, y, z) == UInt32(segment + 1) }
      func features(_ mask: String, _ options: [String]) async throws -> [Substring] {
        let paths = ["P1_image.nrrd", mask].map { folder.appendingPathComponent($0).path }
        let result = try await Programs.run("worker", ["extract"] + paths + options)
        try #require(result.status == 0, Comment(rawValue: result.errors))
        return result.output.split(separator: "\n").filter { $0.contains("_original_") }
      }
      let bySegment = try await features(
        "P1.seg.nrrd",
        ["--segment", "Core", "--setting", "standardise:{method: z-score, referenceSegment: muscle}"])
      let byLabel = try await features(
        "P1_mask.nrrd", ["--setting", "standardise:{method: z-score, referenceLabel: 2}"])
      #expect(bySegment == byLabel && !byLabel.isEmpty)
      #expect(try await bySegment != features("P1_mask.nrrd", []))
    }
  }

  private static let study = """
    study: segments
    manifest: cohort/manifest.csv
    extraction:
      featureClass: {firstorder: }
    models: []
    """

  private static func manifest(_ second: String = "Rim") -> String {
    "ID,Site,Image,Mask,Segment\n"
      + (1...4).map { seed in
        "P\(seed),North,P\(seed)_image.nrrd,P\(seed).seg.nrrd,Tumour core\n"
          + "P\(seed),North,P\(seed)_image.nrrd,P\(seed).seg.nrrd,\(second)\n"
      }.joined()
  }

  @Test func `are cases of a study, and one that is named otherwise is extracted anew`() async throws {
    try await OperatedStudy.with(
      yaml: Self.study,
      damage: { study in
        for seed in 1...4 { try Self.write(seed, names: ["Tumour core", "Rim"], to: study.cohort) }
        try Data(Self.manifest().utf8).write(to: study.manifest)
      }
    ) { study in
      try await study.work()
      #expect(
        try await study.psql(
          "SELECT segment, state, count(*) FROM trabecula.case_overview GROUP BY 1, 2 ORDER BY 1")
          == "Rim|done|4\nTumour core|done|4")
      let file = study.study.folder.appendingPathComponent("features.csv")
      try await study.run("coordinator", ["export", "features", "1", "-o", file.path], as: .coordinator)
      let table = try DelimitedTable(
        parsing: String(contentsOf: file, encoding: .utf8), label: "features")
      let column = try #require(table.index(of: "original_firstorder_Mean"))
      let means = table.rows.map { $0.fields[column] }
      for segment in 0...1 {
        let alone = try await Programs.run(
          "worker",
          [
            "extract", study.study.cohort.appendingPathComponent("P1_image.nrrd").path,
            study.study.cohort.appendingPathComponent("P1-\(segment)_mask.nrrd").path,
          ])
        let line = alone.output.split(separator: "\n").first { $0.contains("original_firstorder_Mean:") }
        let value = try #require(line?.split(separator: " ").last)
        #expect(means.contains(String(value)))
      }
      // The second region by its number: another name, and so another case; its features are computed again, the others are not.
      try Data(Self.manifest("1").utf8).write(to: study.study.manifest)
      let again = try await study.run(
        "coordinator", ["submit", study.study.file.path], as: .coordinator
      ).output
      #expect(again.contains("Job 2"))
      try await study.work()
      #expect(try await study.psql("SELECT count(*) FROM trabecula.feature_row") == "12")
      #expect(
        try await study.psql(
          "SELECT count(DISTINCT feature_values) FROM trabecula.feature_row WHERE segment IN ('Rim', '1')")
          == "4")
    }
  }
}
