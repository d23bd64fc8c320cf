import Foundation
import Habitats
import ImageFiles
import Testing
import Volumes

/// Maps of a region of 4 x 4 x 2 voxels in a box of 6 x 6 x 4, by feature; NaN outside.
private struct Maps {
  let folder: URL
  let geometry = GridGeometry(size: GridSize(x: 6, y: 6, z: 4), spacingInMillimetres: [1, 2, 3])

  init(_ name: String = "patient") throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      .appendingPathComponent(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  static func isInside(_ voxel: Int) -> Bool {
    let (x, y, z) = (voxel % 6, voxel / 6 % 6, voxel / 36)
    return 1...4 ~= x && 1...4 ~= y && 1...2 ~= z
  }

  func write(_ feature: String, _ value: (Int) -> Double) throws {
    let voxels = (0..<geometry.size.voxelCount).map { Self.isInside($0) ? value($0) : .nan }
    try writeVolume(
      Volume(geometry: geometry, voxels: voxels), to: folder.appendingPathComponent("Case-1_\(feature).nrrd"))
  }
}

private func settings(_ clusters: ClosedRange<Int>) -> HabitatSettings {
  var settings = HabitatSettings()
  (settings.clusters, settings.outside) = (clusters, .nan)
  return settings
}

/// The numbers of three groups far apart, with a little scatter, and the group of each voxel.
private func group(_ voxel: Int) -> Int { voxel % 6 < 2 ? 0 : voxel % 6 < 4 ? 1 : 2 }
/// Nearly normal, of deviation 0.1: a sum of uniform numbers.
private func scatter(_ voxel: Int, _ salt: UInt64) -> Double {
  var state = UInt64(voxel) &* 0x9E37_79B9_7F4A_7C15 &+ salt
  let sum = (0..<12).reduce(0.0) { sum, _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return sum + Double(state >> 11) * 0x1p-53
  }
  return (sum - 6) / 10
}

@Suite struct `Habitats of maps` {
  private func threeGroups(_ name: String = "patient", shift: Double = 0) throws -> Maps {
    let maps = try Maps(name)
    try maps.write("original_glcm_Contrast") { Double(group($0)) * 10 + scatter($0, 1) + shift }
    try maps.write("original_firstorder_Mean") { Double([5, 0, 9][group($0)]) + scatter($0, 2) }
    return maps
  }

  @Test func `are the groups that the maps have, and their number is found`() throws {
    let maps = try threeGroups()
    let found = try Habitats(of: [MapFolder(at: maps.folder)], settings(1...5))
    #expect(found.centres.count == 3)
    let labels = found.regions[0].labels.volume.voxels
    // Centres are in order of the first map by name, firstorder_Mean: 0, 5, 9.
    for voxel in labels.indices {
      #expect(labels[voxel] == (Maps.isInside(voxel) ? Double([2, 1, 3][group(voxel)]) : 0))
    }
    #expect(found.regions[0].voxelCounts == [16, 8, 8] && found.regions[0].voxelVolume == 6)
    #expect(found.table.contains("patient,1,16,96.0,0.5"))
  }

  @Test func `may be more than the most that were allowed, and that is said`() throws {
    let folder = try MapFolder(at: threeGroups().folder)
    let few = try Habitats(of: [folder], settings(1...2))
    #expect(few.centres.count == 2 && few.warnings.count == 1)
    #expect(few.warnings.first?.contains("2 clusters have the largest information criterion") == true)
    // Found within the bounds, and asked for as a number.
    #expect(try Habitats(of: [folder], settings(1...5)).warnings.isEmpty)
    #expect(try Habitats(of: [folder], settings(2...2)).warnings.isEmpty)
  }

  @Test func `are the best of all divisions of a few voxels`() throws {
    let maps = try Maps()
    // Eight voxels have values that are no groups at all; the others repeat them.
    let values = [0.0, 1.1, 2.3, 2.9, 4.4, 5.0, 6.7, 7.1]
    let inside = (0..<maps.geometry.size.voxelCount).filter(Maps.isInside)
    let order = Dictionary(uniqueKeysWithValues: inside.enumerated().map { ($1, $0 % 8) })
    try maps.write("a") { values[order[$0] ?? 0] }
    let found = try Habitats(of: [MapFolder(at: maps.folder)], settings(3...3))
    let labels = found.regions[0].labels.volume.voxels
    let groups = inside.prefix(8).map { Int(labels[$0]) - 1 }
    func withinSum(_ groups: [Int]) -> Double {
      (0..<3).reduce(0) { sum, group in
        let members = zip(values, groups).filter { $1 == group }.map(\.0)
        let mean = members.reduce(0, +) / Double(max(1, members.count))
        return sum + members.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      }
    }
    var least = Double.infinity
    for code in 0..<6561 {
      var (rest, groups) = (code, [Int]())
      for _ in 0..<8 {
        groups.append(rest % 3)
        rest /= 3
      }
      least = min(least, withinSum(groups))
    }
    #expect(abs(withinSum(groups) - least) < 1e-12)
  }

  @Test func `have the criterion of a hand calculation`() throws {
    let maps = try Maps()
    try maps.write("a") { $0 % 6 < 3 ? 1 : 3 }
    try maps.write("b") { Double($0 / 6 % 6) }
    let found = try Habitats(of: [MapFolder(at: maps.folder)], settings(1...1))
    // 32 points of two standardised maps around their mean: the sum of squares is 64.
    let (n, variance) = (32.0, 64.0 / (2 * 31.0))
    let expected = -n * log(2 * .pi * variance) - 31 - 1.5 * log(n)
    let criterion = try #require(found.criteria.first)
    #expect(abs(criterion.information - expected) < 1e-9)
  }

  @Test func `of one patient are found in another by the centres that were written`() throws {
    let (first, second) = (try threeGroups(), try threeGroups("other", shift: 0.4))
    let found = try Habitats(of: [MapFolder(at: first.folder)], settings(3...3))
    let centres = try HabitatCentres(json: found.centres.json)
    #expect(centres == found.centres)
    let applied = try Habitats(of: [MapFolder(at: second.folder)], settings(1...1), centres: centres)
    #expect(applied.regions[0].labels.volume.voxels == found.regions[0].labels.volume.voxels)
    let together = try Habitats(
      of: [MapFolder(at: first.folder), MapFolder(at: second.folder)], settings(3...3))
    #expect(together.regions.map(\.name) == ["patient", "other"])
    #expect(together.regions[1].labels.volume.voxels == together.regions[0].labels.volume.voxels)
  }

  @Test func `leave out maps that say nothing, and voxels without a number`() throws {
    let maps = try threeGroups()
    try maps.write("flat") { _ in 4 }
    try maps.write("holes") { $0 % 2 == 0 ? .nan : 1 }
    try maps.write("hole") { $0 == 43 ? .nan : Double(group($0)) + scatter($0, 3) }
    let found = try Habitats(of: [MapFolder(at: maps.folder)], settings(3...3))
    #expect(found.warnings.count == 2)
    #expect(found.regions[0].leftOut == 1 && found.regions[0].labels.volume.voxels[43] == 0)
  }

  /// Who writes habitats into the folder of the maps finds the same ones the next time.
  @Test func `are of maps alone, not of a mask of habitats beside them`() throws {
    let maps = try threeGroups()
    let found = try Habitats(of: [MapFolder(at: maps.folder)], settings(3...3))
    try writeLabelMap(
      found.regions[0].labels, to: maps.folder.appendingPathComponent("patient\(MapFolder.maskSuffix).nrrd"))
    let again = try Habitats(of: [MapFolder(at: maps.folder)], settings(3...3))
    #expect(again.centres == found.centres)
  }

  @Test func `are found in a folder that a link leads to, and have the link's name`() throws {
    let maps = try threeGroups()
    let link = maps.folder.deletingLastPathComponent().appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: maps.folder)
    let found = try Habitats(of: [MapFolder(at: link)], settings(3...3))
    #expect(found.regions[0].name == "link" && found.regions[0].voxelCounts == [16, 8, 8])
  }

  @Test func `are refused where one feature has two maps`() throws {
    let maps = try threeGroups()
    let first = maps.folder.appendingPathComponent("Case-1_original_glcm_Contrast.nrrd")
    for other in ["original_glcm_Contrast.nrrd", "Case-1_original_glcm_Contrast.nii.gz"] {
      let second = maps.folder.appendingPathComponent(other)
      try writeVolume(readVolume(at: first), to: second)
      let error = try #require(throws: HabitatError.self) { _ = try MapFolder(at: maps.folder) }
      #expect(error.code == .mapsDiffer && error.message.contains("two maps of original_glcm_Contrast"))
      try FileManager.default.removeItem(at: second)
    }
  }

  @Test func `are not looked for by centres whose distances would be infinite`() throws {
    let (mean, deviation) = (
      #"{"deviation": 1, "feature": "a", "mean": 1e308}"#,
      #"{"deviation": 1e-308, "feature": "a", "mean": 0}"#
    )
    let fine = #"{"deviation": 1, "feature": "a", "mean": 0}"#
    for (scale, centre) in [(mean, "1"), (deviation, "1"), (fine, "1e308")] {
      let error = try #require(throws: HabitatError.self) {
        _ = try HabitatCentres(json: #"{"scales": [\#(scale)], "centres": [[-1], [\#(centre)]]}"#)
      }
      #expect(error.code == .badCentres)
    }
  }

  @Test func `leave out voxels that are beyond all measure of given centres`() throws {
    let maps = try Maps()
    try maps.write("a") { $0 == 43 ? 1e60 : 1e-60 }
    let centres = try HabitatCentres(
      json: #"{"scales": [{"deviation": 1e-60, "feature": "a", "mean": 0}], "centres": [[-1], [1]]}"#)
    let found = try Habitats(of: [MapFolder(at: maps.folder)], settings(1...1), centres: centres)
    #expect(found.regions[0].leftOut == 1 && found.regions[0].voxelCounts == [0, 31])
  }

  @Test func `that cannot be found say which maps are left out, and that no voxel is a region's`() throws {
    let maps = try Maps()
    try maps.write("flat") { _ in 4 }
    let flat = try #require(throws: HabitatError.self) {
      _ = try Habitats(of: [MapFolder(at: maps.folder)], settings(2...2))
    }
    #expect(flat.message.contains("flat is the same everywhere"))
    let huge = try Maps()
    try huge.write("huge") { Double($0) * 1e306 }
    let beyond = try #require(throws: HabitatError.self) {
      _ = try Habitats(of: [MapFolder(at: huge.folder)], settings(2...2))
    }
    #expect(beyond.message.contains("huge has values beyond 1e100"))
    let outside = try Maps()
    try outside.write("a") { _ in .nan }
    let none = try #require(throws: HabitatError.self) {
      _ = try Habitats(of: [MapFolder(at: outside.folder)], settings(2...2))
    }
    #expect(none.message.contains("No voxel has another value than --outside nan"))
  }

  @Test func `are refused where maps do not fit each other, the number, or the centres`() throws {
    let maps = try threeGroups()
    func code(_ body: () throws -> Void) -> HabitatError.Code? {
      do {
        try body()
        return nil
      } catch {
        return (error as? HabitatError)?.code
      }
    }
    let empty = try Maps()
    #expect(code { _ = try MapFolder(at: empty.folder) } == .noMaps)
    #expect(code { _ = try MapFolder(at: empty.folder.appendingPathComponent("nowhere")) } == .noMaps)
    let folder = try MapFolder(at: maps.folder)
    let single = try Maps()
    try single.write("original_glcm_Contrast") { Double($0) }
    #expect(
      code { _ = try Habitats(of: [folder, MapFolder(at: single.folder)], settings(2...2)) } == .mapsDiffer)
    #expect(code { _ = try Habitats(of: [folder], settings(2...40)) } == .tooLittle)
    #expect(code { _ = try Habitats(of: [folder], settings(2...256)) } == .invalidSetting)
    #expect(code { _ = try HabitatCentres(json: "{}") } == .badCentres)
    #expect(
      code {
        _ = try HabitatCentres(
          json: #"{"scales":[{"feature":"a","mean":0,"deviation":0}],"centres":[[1]]}"#)
      } == .badCentres)
    let centres = try Habitats(of: [folder], settings(2...2)).centres
    #expect(
      code { _ = try Habitats(of: [MapFolder(at: single.folder)], settings(2...2), centres: centres) }
        == .badCentres)
    try writeVolume(
      Volume(
        geometry: GridGeometry(size: GridSize(x: 2, y: 2, z: 2)), voxels: [Double](repeating: 1, count: 8)),
      to: maps.folder.appendingPathComponent("z.nrrd"))
    #expect(code { _ = try MapFolder(at: maps.folder) } == .mapsDiffer)
  }
}
