import CohortSynthesis
import Foundation
import ImageFiles
import Testing
import Volumes

/// A cohort in a folder of its own, gone after the test.
private struct Cohort: ~Copyable {
  struct Row {
    let id: String, site: String, image: String, mask: String, outcome: Int
  }

  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  let rows: [Row]

  init(_ options: SynthesisOptions) throws {
    try synthesizeCohort(into: folder, options: options)
    let lines = try String(contentsOf: folder.appendingPathComponent("manifest.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines.first == "ID,Site,Image,Mask,Outcome")
    rows = try lines.dropFirst().map { line in
      let fields = line.split(separator: ",").map(String.init)
      return Row(
        id: fields[0], site: fields[1], image: fields[2], mask: fields[3],
        outcome: try #require(Int(fields[4])))
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func image(_ row: Row) throws -> Volume { try readVolume(at: folder.appendingPathComponent(row.image)) }
  func mask(_ row: Row) throws -> LabelMap { try readLabelMap(at: folder.appendingPathComponent(row.mask)) }

  /// Values of an image inside its mask, in ascending order.
  func region(_ row: Row) throws -> [Double] {
    zip(try image(row).voxels, try mask(row).labels).filter { $0.1 == 1 }.map(\.0).sorted()
  }

  /// Every file's path below the folder and its bytes, in the order of paths.
  func files() throws -> [(path: String, bytes: Data)] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().compactMap { path in
      FileManager.default.contents(atPath: folder.appendingPathComponent(path).path).map { (path, $0) }
    }
  }
}

private func small(_ change: (inout SynthesisOptions) -> Void = { _ in }) -> SynthesisOptions {
  var options = SynthesisOptions()
  options.subjects = 6
  options.size = GridSize(x: 20, y: 18, z: 8)
  change(&options)
  return options
}

/// FNV-1a, 64 bits.
private func fingerprint(_ files: [(path: String, bytes: Data)]) -> UInt64 {
  files.reduce(0xCBF2_9CE4_8422_2325) { hash, file in
    (Array(file.path.utf8) + Array(file.bytes)).reduce(hash) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}

@Suite struct `A synthetic cohort` {
  @Test func `has the same bytes for the same options on every machine`() throws {
    let cohort = try Cohort(small { $0.repeatedSubjects = 1 })
    let again = try Cohort(small { $0.repeatedSubjects = 1 })
    let files = try cohort.files()
    #expect(files.count == 1 + 1 + 1 + 7 * 2)
    #expect(try again.files().elementsEqual(files, by: ==))
    // Written by this generator on x86-64; a change of any byte shows here.
    #expect(fingerprint(files) == 10_301_178_280_797_096_733)
  }

  @Test func `of another seed is another`() throws {
    let first = try Cohort(small())
    let second = try Cohort(small { $0.seed = 1 })
    let images = try [first.image(first.rows[0]), second.image(second.rows[0])]
    #expect(images[0].voxels != images[1].voxels)
  }

  @Test func `lists images and masks that belong together`() throws {
    let cohort = try Cohort(small())
    #expect(cohort.rows.map(\.id) == (1...6).map { "SYN-00\($0)" })
    for row in cohort.rows {
      let (image, mask) = (try cohort.image(row), try cohort.mask(row))
      #expect(mask.geometry == image.geometry)
      #expect(image.geometry.size == GridSize(x: 20, y: 18, z: 8))
      #expect(image.sampleType == .int16)
      #expect(Set(mask.labels) == [0, 1])
      let head = try #require(mask.mask(of: 1).boundingBox)
      #expect(head.x.lowerBound > 0 && head.x.upperBound < 20, "the head lies within the image")
      #expect(image.voxels.allSatisfy { (0...4095).contains($0) })
    }
  }

  @Test func `spreads sites and lesions evenly`() throws {
    let cohort = try Cohort(
      small {
        $0.subjects = 30
        $0.size = GridSize(x: 16, y: 16, z: 8)
      })
    #expect(cohort.rows.filter { $0.outcome == 1 }.count == 14)
    for site in ["SITE_A", "SITE_B", "SITE_C"] {
      let rows = cohort.rows.filter { $0.site == site }
      #expect(rows.count == 10)
      #expect((4...5).contains(rows.filter { $0.outcome == 1 }.count))
    }
  }

  @Test func `can hold two images of a subject`() throws {
    let cohort = try Cohort(small { $0.repeatedSubjects = 2 })
    #expect(cohort.rows.map(\.id).prefix(4) == ["SYN-001", "SYN-001", "SYN-002", "SYN-002"])
    #expect(cohort.rows[0].outcome == cohort.rows[1].outcome)
    #expect(try cohort.image(cohort.rows[0]).voxels != cohort.image(cohort.rows[1]).voxels)
    #expect(try cohort.mask(cohort.rows[0]).labels == cohort.mask(cohort.rows[1]).labels, "the same head")
  }

  /// Lesions darken part of the marrow: the lower quartile falls below the median. One feature finds most of
  /// them.
  @Test func `has a signal that one feature finds, but not always`() throws {
    let cohort = try Cohort(SynthesisOptions())
    let values = try cohort.rows.map { row in
      let region = try cohort.region(row)
      return (outcome: row.outcome, value: region[region.count / 4] / region[region.count / 2])
    }
    let (ill, well) = (values.filter { $0.outcome == 1 }, values.filter { $0.outcome == 0 })
    let wins = ill.map { one in well.filter { one.value < $0.value }.count }.reduce(0, +)
    let area = Double(wins) / Double(ill.count * well.count)
    #expect(area > 0.8 && area < 0.99, "AUC \(area)")
  }

  @Test func `has scanners that differ between sites`() throws {
    let cohort = try Cohort(SynthesisOptions())
    var medians: [String: [Double]] = [:]
    for row in cohort.rows {
      let region = try cohort.region(row)
      medians[row.site, default: []].append(region[region.count / 2])
    }
    let means = medians.mapValues { $0.reduce(0, +) / Double($0.count) }
    let (lowest, highest) = (means.values.min() ?? 0, means.values.max() ?? 0)
    #expect(highest / lowest > 1.2, "\(means)")
  }
}

@Suite struct `Options of a synthetic cohort` {
  @Test(
    arguments: [
      { $0.subjects = 1 }, { $0.sites = 0 }, { $0.sites = 27 }, { $0.lesionShare = 1.1 },
      { $0.lesionShare = .nan },
      { $0.repeatedSubjects = 7 }, { $0.size.z = 7 }, { $0.size.x = 513 },
    ] as [@Sendable (inout SynthesisOptions) -> Void]) func `outside their range are refused`(
      change: @Sendable (inout SynthesisOptions) -> Void
    )
  {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    #expect(throws: SynthesisError.self) { try synthesizeCohort(into: folder, options: small(change)) }
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func `do not overwrite a real cohort`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("ID,Site\n".utf8).write(to: folder.appendingPathComponent("manifest.csv"))
    #expect(throws: SynthesisError.self) { try synthesizeCohort(into: folder, options: small()) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["manifest.csv"])
  }
}
