import ImageFilters
import Testing
import Volumes

/// Counts up from a start, scrambled by an odd factor: a generator that every machine has.
private struct Counter: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return state &* 0xD134_2543_DE82_EF95
  }
}

private func geometry(_ x: Int, _ y: Int, _ z: Int, spacing: SIMD3<Double> = [1, 1, 1]) -> GridGeometry {
  GridGeometry(size: GridSize(x: x, y: y, z: z), spacingInMillimetres: spacing, dimension: z == 1 ? 2 : 3)
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

@Suite struct `Shuffled voxels` {
  private let image = Volume(geometry: geometry(6, 5, 4), voxels: (0..<120).map { Double($0) })

  @Test func `keep the histogram of the region and all voxels outside`() {
    let region = mask(image.geometry) { x, y, _ in x > 1 && y < 4 }
    var generator = Counter(state: 1)
    let shuffled = image.shuffled(within: region, using: &generator)
    let inside = region.voxels.indices.filter { region.voxels[$0] == 1 }
    #expect(inside.map { shuffled.voxels[$0] }.sorted() == inside.map { image.voxels[$0] })
    #expect(inside.map { shuffled.voxels[$0] } != inside.map { image.voxels[$0] })
    let outside = region.voxels.indices.filter { region.voxels[$0] == 0 }
    #expect(outside.allSatisfy { shuffled.voxels[$0] == image.voxels[$0] })
  }

  @Test func `depend on the generator only`() {
    let region = mask(image.geometry) { _, _, _ in true }
    func shuffled(_ seed: UInt64) -> [Double] {
      var generator = Counter(state: seed)
      return image.shuffled(within: region, using: &generator).voxels
    }
    #expect(shuffled(3) == shuffled(3))
    #expect(shuffled(3) != shuffled(4))
  }

  /// Draws 3/4 · 4 = 3, 0 · 3 = 0 and 1/2 · 2 = 1: the last stays, the third goes first, the second stays.
  @Test func `exchange voxels from the last down`() {
    struct Listed: RandomNumberGenerator {
      var numbers: [UInt64]
      mutating func next() -> UInt64 { numbers.removeFirst() }
    }
    let row = Volume(geometry: geometry(4, 1, 1), voxels: [10, 11, 12, 13])
    var generator = Listed(numbers: [3 << 62, 0, 1 << 63])
    #expect(
      row.shuffled(within: mask(row.geometry) { _, _, _ in true }, using: &generator).voxels == [
        12, 11, 10, 13,
      ])
    #expect(generator.numbers.isEmpty)
  }

  @Test func `of one voxel or none are the image`() {
    var generator = Counter(state: 1)
    let single = mask(image.geometry) { x, y, z in (x, y, z) == (1, 1, 1) }
    #expect(image.shuffled(within: single, using: &generator).voxels == image.voxels)
    let none = mask(image.geometry) { _, _, _ in false }
    #expect(image.shuffled(within: none, using: &generator).voxels == image.voxels)
  }
}

@Suite struct `A region beside` {
  @Test func `has the same shape at the nearest free place`() throws {
    // A box of 2 x 3 x 1 voxels of 1 x 1 x 5 mm: along -x it moves 2 mm, along y 3 mm, along z 5 mm.
    let grid = geometry(9, 9, 5, spacing: [1, 1, 5])
    let region = mask(grid) { x, y, z in (3...4).contains(x) && (3...5).contains(y) && z == 2 }
    let beside = try #require(region.beside())
    #expect(beside.offset == SIMD3(-2, 0, 0))
    #expect(
      beside.mask.voxels
        == mask(grid) { x, y, z in (1...2).contains(x) && (3...5).contains(y) && z == 2 }.voxels)
    #expect(try #require(region.beside(gapInMillimetres: 1.5)).offset == SIMD3(4, 0, 0))
  }

  @Test func `stays where it may, and off what it must not touch`() throws {
    let grid = geometry(9, 9, 1)
    let region = mask(grid) { x, y, _ in (4...5).contains(x) && (4...5).contains(y) }
    let right = mask(grid) { x, _, _ in x > 5 }
    #expect(try #require(region.beside(within: right)).offset == SIMD3(2, 0, 0))
    let cross = mask(grid) { x, y, _ in (4...5).contains(x) || (4...5).contains(y) }
    #expect(try #require(region.beside(avoiding: cross)).offset == SIMD3(-2, -2, 0))
    #expect(region.beside(within: region)?.offset == nil)
  }

  @Test func `does not exist without room`() {
    let grid = geometry(3, 3, 1)
    #expect(mask(grid) { x, y, _ in x < 2 && y < 2 }.beside()?.offset == nil)
    #expect(mask(grid) { _, _, _ in false }.beside()?.offset == nil)
    let corner = mask(grid) { x, y, _ in x == 0 && y == 0 }
    #expect(corner.beside(gapInMillimetres: .nan)?.offset == nil)
    #expect(corner.beside(gapInMillimetres: 1_000)?.offset == nil)
    #expect(corner.beside(gapInMillimetres: 200)?.offset == nil)
    #expect(corner.beside()?.offset == SIMD3(1, 0, 0))
  }
}
