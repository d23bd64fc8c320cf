import ImageFilters
import Testing
import Volumes

/// Counts up from a start, scrambled by an odd factor: a generator that every machine has.
private struct Counter: RandomNumberGenerator {
  var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return state &* 0xD134_2543_DE82_EF95
  }
}

private func geometry(_ x: Int, _ y: Int, _ z: Int, spacing: SIMD3<Double> = [1, 1, 1]) -> GridGeometry {
  GridGeometry(size: GridSize(x: x, y: y, z: z), spacingInMillimetres: spacing)
}

private func mask(_ geometry: GridGeometry, _ isInside: (Int, Int, Int) -> Bool) -> Mask {
  let size = geometry.size
  var mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: size.voxelCount))
  for z in 0..<size.z {
    for y in 0..<size.y {
      for x in 0..<size.x where isInside(x, y, z) { mask.voxels[size.offset(x: x, y: y, z: z)] = 1 }
    }
  }
  return mask
}

@Suite struct `A perturbed grid` {
  @Test func `moved by a quarter of a voxel samples a ramp a quarter further, and its edge beyond`() throws {
    let grid = geometry(6, 4, 3, spacing: [0.5, 2, 3])
    let size = grid.size
    let voxels = (0..<size.voxelCount).map { place -> Double in
      let (x, z) = (place % 6, place / 24)
      return Double(10 * x + 100 * z)
    }
    let ramp = Volume(geometry: grid, voxels: voxels)
    let moved = grid.perturbed(translation: 0.25, rotation: 0, about: [0, 0, 0])
    #expect(moved.originInMillimetres == [0.125, 0.5, 0.75] && moved.directions == grid.directions)
    let image = try ramp.sampled(onPerturbed: moved, by: .linear)
    // 10 (x + 0.25) + 100 (z + 0.25).
    #expect(abs(image.voxels[size.offset(x: 2, y: 1, z: 1)] - (22.5 + 125)) < 1e-12)
    let far = grid.perturbed(translation: 0.75, rotation: 0, about: [0, 0, 0])
    let last = try ramp.sampled(onPerturbed: far, by: .linear).voxels[size.offset(x: 5, y: 3, z: 2)]
    #expect(last == 50 + 200)
  }

  @Test func `of whole numbers gives whole numbers`() throws {
    let grid = geometry(4, 3, 3)
    let voxels = (0..<36).map { place -> Double in Double(place % 4) }
    let image = Volume(geometry: grid, sampleType: .int16, voxels: voxels)
    let sampled = try image.sampled(
      onPerturbed: grid.perturbed(translation: 0.6, rotation: 0, about: [0, 0, 0]), by: .linear)
    #expect(sampled.sampleType == .int16 && Array(sampled.voxels.prefix(4)) == [1, 2, 3, 3])
  }

  @Test func `turned by a right angle has each voxel at its new place`() throws {
    let grid = geometry(5, 5, 1)
    // An L: a bar along y with a foot to the right.
    let region = mask(grid) { x, y, _ in x == 1 && (1..<4).contains(y) || y == 3 && x == 2 }
    let turned = grid.perturbed(translation: 0, rotation: 90, about: grid.point(atIndex: [2, 2, 0]))
    let sampled = try #require(try region.sampled(onPerturbed: turned))
    // Index (i, j) of the turned grid lies at (4 - j, i) of the drawn one.
    let expected = mask(grid) { x, y, _ in y == 3 && (1..<4).contains(x) || x == 3 && y == 2 }
    #expect(sampled.voxels == expected.voxels)
  }

  /// `scipy.ndimage.affine_transform(order=1) >= 0.5` of the same box, scipy 1.17.1.
  @Test(arguments: [
    (20.0, ["...####..", "..#####..", "..####..."]), (-20.0, ["..####...", "..#####..", "...####.."]),
  ])
  func `turned by 20 degrees samples a region as scipy does`(degrees: Double, rows: [String]) throws {
    let grid = geometry(9, 9, 3)
    let region = mask(grid) { x, y, _ in (2..<7).contains(x) && (3..<6).contains(y) }
    let turned = grid.perturbed(translation: 0, rotation: degrees, about: grid.point(atIndex: [4, 4, 1]))
    let sampled = try #require(try region.sampled(onPerturbed: turned))
    #expect(sampled.count == 39)
    for (y, row) in rows.enumerated() {
      let found = (0..<9).map { sampled.voxels[grid.size.offset(x: $0, y: y + 3, z: 1)] == 1 ? "#" : "." }
      #expect(found.joined() == row)
    }
  }

  @Test func `that a voxel of the region leaves has no region`() throws {
    let grid = geometry(5, 5, 5)
    let edge = mask(grid) { x, _, _ in x == 0 }
    #expect(
      try edge.sampled(onPerturbed: grid.perturbed(translation: 0.75, rotation: 0, about: [0, 0, 0]))?.voxels
        == nil)
    let inner = mask(grid) { x, y, z in (1..<4).contains(x) && (1..<4).contains(y) && (1..<4).contains(z) }
    #expect(
      try inner.sampled(onPerturbed: grid.perturbed(translation: 0.75, rotation: 0, about: [0, 0, 0]))?.voxels
        != nil)
  }
}

@Suite struct `A region that grows or shrinks` {
  private static func cube(_ range: Range<Int>, spacing: SIMD3<Double> = [1, 1, 1]) -> Mask {
    mask(geometry(11, 11, 11, spacing: spacing)) { x, y, z in
      range.contains(x) && range.contains(y) && range.contains(z)
    }
  }

  private func adapted(_ region: Mask, _ fraction: Double, seed: UInt64 = 1) -> Mask? {
    var generator = Counter(state: seed)
    return region.adapted(byFraction: fraction, using: &generator)
  }

  @Test func `by twice its volume gets its six faces`() throws {
    // 27 voxels and 6 faces of 9, all at 1 mm.
    let grown = try #require(adapted(Self.cube(4..<7), 2))
    let expected = mask(grown.geometry) { x, y, z in
      let out = [x, y, z].filter { !(4..<7).contains($0) }
      return out.isEmpty || out.count == 1 && (out[0] == 3 || out[0] == 7)
    }
    #expect(grown.voxels == expected.voxels)
  }

  @Test func `by less gets as many voxels as are wanted, the nearest in millimetres`() throws {
    // 27 × 1.3 = 35.1; slices are 3 mm apart, so that all eight lie in the slices of the region.
    let region = Self.cube(4..<7, spacing: [1, 1, 3])
    let grown = try #require(adapted(region, 0.3))
    #expect(grown.count == 35)
    #expect(grown.boundingBox?.z == 4..<7 && zip(region.voxels, grown.voxels).allSatisfy { $0 <= $1 })
    #expect(
      adapted(region, 0.3)?.voxels == grown.voxels && adapted(region, 0.3, seed: 9)?.voxels != grown.voxels)
    #expect(adapted(region, 0)?.voxels == region.voxels)
  }

  @Test func `shrinks from outside`() throws {
    // 5³ = 125 voxels less the shell of 98.
    #expect(adapted(Self.cube(3..<8), -98.0 / 125)?.voxels == Self.cube(4..<7).voxels)
    let shrunk = try #require(adapted(Self.cube(3..<8), -0.1))
    // 112.5, rounded away from zero.
    #expect(shrunk.count == 113)
    #expect(zip(Self.cube(4..<7).voxels, shrunk.voxels).allSatisfy { $0 <= $1 })
  }

  @Test func `reaches beyond its box where its neighbours do not do`() throws {
    let line = mask(geometry(40, 40, 1)) { x, y, _ in x == 20 && y == 20 }
    // The 45 nearest of one voxel: all within a radius of 4.
    let disc = try #require(adapted(line, 44))
    #expect(disc.count == 45)
    let expected = mask(line.geometry) { x, y, _ -> Bool in
      let (right, back) = (x - 20, y - 20)
      return right * right + back * back <= 13
    }
    #expect(disc.voxels == expected.voxels)
  }

  @Test func `is none where nothing is left, or the grid ends`() {
    #expect(adapted(mask(geometry(3, 3, 3)) { x, y, z in x == 1 && y == 1 && z == 1 }, -0.6)?.voxels == nil)
    #expect(adapted(mask(geometry(3, 3, 3)) { _, _, _ in true }, 0.5)?.voxels == nil)
    #expect(adapted(mask(geometry(3, 3, 3)) { _, _, _ in true }, -0.5)?.voxels == nil)
    #expect(adapted(mask(geometry(3, 3, 3)) { _, _, _ in false }, 0.5)?.voxels == nil)
  }
}

@Suite struct `A perturbation's text` {
  @Test func `is read as it is written`() throws {
    let perturbation = try #require(RegionPerturbation(translation: 0.25, rotation: -4, volume: 0.1, seed: 7))
    #expect(perturbation.description == "T0.25,R-4.0,V0.1,S7")
    #expect(RegionPerturbation("T0.25,R-4.0,V0.1,S7") == perturbation)
    #expect(RegionVariant("T0.25,R-4.0,V0.1,S7") == .perturbed(perturbation))
    #expect(RegionPerturbation(volume: -0.0, seed: 1)?.description == "T0.0,R0.0,V0.0,S1")
    let drawn = try #require(RegionPerturbation(noise: 2, contour: 1, seed: 9))
    #expect(drawn.description == "T0.0,R0.0,V0.0,N2,C1,S9")
    #expect(RegionPerturbation("T0.0,R0.0,V0.0,N2,C1,S9") == drawn)
  }

  @Test(arguments: [
    "", "T0.25", "T0.250,R-4.0,V0.1,S7", "T0.25,R-4.0,V0.1,S-7", "T1.0,R0.0,V0.1,S7", "T0.25,R90.0,V0.1,S7",
    "T0.25,R-4.0,V9.0,S7", "Tnan,R0.0,V0.1,S7", "R0.25,T-4.0,V0.1,S7", "T0.25,R-4.0,V0.1,S7,",
    "T0.25,R-4.0,V0.1,S99999999999999999999", "T0.25,R-4.0,V0.1,N0,S7", "T0.25,R-4.0,V0.1,C65,S7",
    "T0.25,R-4.0,V0.1,C1,N1,S7", "T0.25,R-4.0,V0.1,N-1,S7", "T0.5,T0.25,R-4.0,V0.1,S7",
    "T0.25,R-4.0,V0.1,S7,Q1",
  ])
  func `is refused where it is written otherwise`(text: String) {
    #expect(RegionPerturbation(text) == nil && RegionVariant(text) == nil)
  }
}
