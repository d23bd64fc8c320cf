import Radiomics
import Testing
import Volumes

@Suite struct `Textures in IBSI's definitions` {
  /// Zones by flooding a copy, with the smallest of distances found by eroding the mask layer after layer.
  private func slowDistanceZones(_ region: TestRegion, isPlanar: Bool) -> [(level: Int, size: Int)] {
    var distances = [Int](repeating: 0, count: region.size.voxelCount)
    var remaining = Set(region.positions.map { region.size.offset(x: $0.x, y: $0.y, z: $0.z) })
    let axes = isPlanar ? 2 : 3
    for layer in 1... {
      if remaining.isEmpty { break }
      let edge = region.positions.filter { p in
        (0..<axes).contains { axis in
          [-1, 1].contains { step in
            var q = SIMD3(p.x, p.y, p.z)
            q[axis] += step
            let isInImage =
              q.x >= 0 && q.y >= 0 && q.z >= 0 && q.x < region.size.x && q.y < region.size.y
              && q.z < region.size.z
            return !isInImage || !remaining.contains(region.size.offset(x: q.x, y: q.y, z: q.z))
          }
        }
      }.map { region.size.offset(x: $0.x, y: $0.y, z: $0.z) }.filter { remaining.contains($0) }
      for voxel in edge { distances[voxel] = layer }
      remaining.subtract(edge)
    }
    return zones(region, isPlanar: isPlanar).map { zone in
      (zone.level, zone.voxels.map { distances[$0] }.min() ?? 0)
    }
  }

  private func zones(_ region: TestRegion, isPlanar: Bool) -> [(level: Int, voxels: [Int])] {
    let levels = region.levels
    var seen: Set<Int> = []
    var zones: [(level: Int, voxels: [Int])] = []
    for p in region.positions {
      let seed = region.size.offset(x: p.x, y: p.y, z: p.z)
      if seen.contains(seed) { continue }
      var zone = [seed]
      var pending = [p]
      seen.insert(seed)
      while let q = pending.popLast() {
        for z in (isPlanar ? q.z...q.z : q.z - 1...q.z + 1) {
          for y in q.y - 1...q.y + 1 {
            for x in q.x - 1...q.x + 1 where region.level(levels, x: x, y: y, z: z) == levels[seed] {
              let voxel = region.size.offset(x: x, y: y, z: z)
              if seen.insert(voxel).inserted {
                zone.append(voxel)
                pending.append((x, y, z))
              }
            }
          }
        }
      }
      zones.append((levels[seed], zone))
    }
    return zones
  }

  @Test(arguments: [(1, 0.97, 2), (2, 1, 3), (3, 0.8, 4), (4, 1, 300)])
  func `distance zones are those of eroding the mask`(_ seed: UInt64, _ density: Double, _ levels: Int) throws
  {
    let region = TestRegion(random: seed, size: GridSize(x: 9, y: 8, z: 7), levels: levels, density: density)
    let values = try region.ibsi(.distanceZone)
    for (suffix, isPlanar) in [("2_5D", true), ("3D", false)] {
      let zones = slowDistanceZones(region, isPlanar: isPlanar).map { (Double($0.level), Double($0.size)) }
      let count = Double(zones.count)
      func expect(_ tag: String, _ expected: Double) throws {
        let value = try #require(values["dzm_\(tag)_\(suffix)"])
        #expect(abs(value - expected) <= 1e-12 * abs(expected), "\(tag)_\(suffix): \(value), \(expected)")
      }
      try expect("sde", zones.reduce(0) { $0 + 1 / ($1.1 * $1.1) } / count)
      try expect("lde", zones.reduce(0) { $0 + $1.1 * $1.1 } / count)
      try expect("ldlge", zones.reduce(0) { $0 + $1.1 * $1.1 / ($1.0 * $1.0) } / count)
      try expect("hgze", zones.reduce(0) { $0 + $1.0 * $1.0 } / count)
      try expect("z_perc", count / Double(region.positions.count))
    }
  }

  /// A square of four voxels 1 1 / 2 2 and a voxel of level 9 apart from it.
  @Test func `tone differences leave out voxels without neighbours`() throws {
    var region = TestRegion([[[1, 1, 0, 9], [2, 2, 0, 0]]])
    region.mask = [1, 1, 0, 1, 1, 1, 0, 0]
    let values = try region.ibsi(.toneDifference)
    // Means of neighbours: 5/3 for level 1, 4/3 for level 2. So s = 4/3 for either, p = 1/2, four voxels
    // count.
    let expected: [String: Double] = [
      "coarseness": 3.0 / 4, "contrast": 1.0 / 6, "busyness": 4.0 / 3, "complexity": 2.0 / 3,
      "strength": 3.0 / 4,
    ]
    for (tag, number) in expected {
      let value = try #require(values["ngt_\(tag)_3D"])
      #expect(abs(value - number) < 1e-14, "\(tag): \(value)")
    }
    #expect(values["ngt_coarseness_3D"] == values["ngt_coarseness_2_5D"])
  }

  @Test func `slices without neighbours have no part in the mean over slices`() throws {
    var region = TestRegion([[[1, 2], [3, 1]], [[4, 4], [4, 4]], [[1, 3], [2, 2]]])
    region.mask = [1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1]
    var (first, last) = (region, region)
    first.mask = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    last.mask = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    for (family, tag) in [
      (IBSIFamily.cooccurrence, "cm_contrast_2D_comb"), (.toneDifference, "ngt_coarseness_2D"),
    ] {
      let values = try [region, first, last].map { try #require(try $0.ibsi(family)[tag]) }
      #expect(abs(values[0] - (values[1] + values[2]) / 2) < 1e-14)
    }
  }

  @Test func `runs are counted along directions that hold one voxel a line`() throws {
    // One slice: along nine of thirteen directions each of the four voxels is a run of its own.
    let region = TestRegion([[[1, 1], [2, 2]]])
    let values = try region.ibsi(.runLength)
    // Two of the others have the rows, one run of two a level; columns and diagonals have single voxels.
    #expect(abs(try #require(values["rlm_r_perc_3D_avg"]) - 12.5 / 13) < 1e-15)
    #expect(abs(try #require(values["rlm_r_perc_3D_comb"]) - 50.0 / 52) < 1e-15)
    #expect(abs(try #require(values["rlm_r_perc_2D_avg"]) - 0.875) < 1e-15)
  }

  @Test(arguments: [
    IBSIFamily.cooccurrence, .runLength, .sizeZone, .distanceZone, .toneDifference, .dependence,
  ])
  func `of one slice are the same averaged over slices and merged`(_ family: IBSIFamily) throws {
    let region = TestRegion(random: 6, size: GridSize(x: 9, y: 8, z: 1), levels: 5)
    let values = try region.ibsi(family)
    for feature in family.features {
      let pairs =
        family == .cooccurrence || family == .runLength
        ? [("2D_avg", "2_5D_avg"), ("2D_comb", "2_5D_comb")] : [("2D", "2_5D")]
      for (a, b) in pairs { #expect(values["\(feature.tag)_\(a)"] == values["\(feature.tag)_\(b)"]) }
    }
  }

  @Test func `in space do not depend on which axis is which`() throws {
    let region = TestRegion(random: 12, size: GridSize(x: 6, y: 5, z: 4), levels: 7)
    let turnedSize = GridSize(x: 4, y: 6, z: 5)
    var turned = TestRegion(size: turnedSize, image: region.image, mask: region.mask)
    for (i, p) in (0..<120).map({ ($0, (x: $0 % 6, y: $0 / 6 % 5, z: $0 / 30)) }) {
      turned.image[turnedSize.offset(x: p.z, y: p.x, z: p.y)] = region.image[i]
      turned.mask[turnedSize.offset(x: p.z, y: p.x, z: p.y)] = region.mask[i]
    }
    let settings = IBSISettings.with {
      $0.binWidth = 1
      $0.aggregations = [.averaged3D, .merged3D]
    }
    for family in IBSIFamily.allCases where family.isTexture {
      let (a, b) = (try region.ibsi(family, settings), try turned.ibsi(family, settings))
      #expect(a.count == family.features.count * (family == .cooccurrence || family == .runLength ? 2 : 1))
      for (tag, value) in a {
        #expect(abs(value - (b[tag] ?? .nan)) <= 1e-12 * max(1, abs(value)), "\(tag)")
      }
    }
  }

  @Test func `with coarseness count near levels as dependent`() throws {
    let region = TestRegion(random: 5, size: GridSize(x: 6, y: 6, z: 3), levels: 9, density: 1)
    let values = try region.ibsi(
      .dependence,
      .with {
        $0.binWidth = 1
        $0.dependenceCoarseness = 9
      })
    // All neighbours are dependent: 27 voxels in the middle, a factor 2/3 less for each side at the border.
    var expected = 0.0
    for p in region.positions {
      var around = 1.0
      for (place, extent) in [(p.x, 6), (p.y, 6), (p.z, 3)] {
        around *= place == 0 || place == extent - 1 ? 2 : 3
      }
      expected += around * around
    }
    #expect(abs(try #require(values["ngl_hde_3D"]) - expected / 108) < 1e-11)
  }
}
