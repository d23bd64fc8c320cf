import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `Neighbourhoods` {
  /// Dependent neighbours of each voxel, and the difference from its neighbours' mean, voxel by voxel.
  private func slow(
    _ region: TestRegion, alpha: Int
  ) -> (dependences: [(level: Int, size: Int)], differences: [(level: Int, difference: Double)]) {
    let levels = region.levels
    var dependences: [(level: Int, size: Int)] = []
    var differences: [(level: Int, difference: Double)] = []
    for p in region.positions {
      let level = levels[SlowSizes.offset(region, p)]
      let around = SlowSizes.neighbours(of: p).map { region.level(levels, x: $0.x, y: $0.y, z: $0.z) }
        .filter { $0 > 0 }
      dependences.append((level, 1 + around.count { abs($0 - level) <= alpha }))
      let mean = Double(around.reduce(0, +)) / Double(around.count)
      differences.append((level, around.isEmpty ? 0 : abs(Double(level) - mean)))
    }
    return (dependences, differences)
  }

  @Test(arguments: [(1, 5, 0, 7), (2, 20, 1, 16), (3, 20, 3, 37), (4, 255, 200, 33), (5, 500, 20, 7)])
  func `give the dependences of a voxel-by-voxel count`(
    _ seed: UInt64, _ levels: Int, _ alpha: Int, _ width: Int
  ) throws {
    let region = TestRegion(random: seed, size: GridSize(x: width, y: 6, z: 5), levels: levels)
    let dependences = slow(region, alpha: alpha).dependences
    let values = try region.values(
      .gldm,
      .with {
        $0.binWidth = 1
        $0[DependenceClass.self].alpha = alpha
      })
    func expect(_ name: String, _ expected: Double) throws {
      let value = try #require(values[name])
      #expect(abs(value - expected) <= 1e-12 * abs(expected), "\(name): \(value), \(expected)")
    }
    try expect("LargeDependenceEmphasis", SlowSizes.mean(dependences) { $1 * $1 })
    try expect("SmallDependenceLowGrayLevelEmphasis", SlowSizes.mean(dependences) { 1 / ($0 * $0 * $1 * $1) })
    try expect("HighGrayLevelEmphasis", SlowSizes.mean(dependences) { level, _ in level * level })
    try expect("DependenceEntropy", SlowSizes.entropy(dependences))
  }

  @Test(arguments: [(1, 5, 7), (2, 20, 16), (3, 255, 37), (4, 500, 7)])
  func `give tone differences by the double sums of their definition`(
    _ seed: UInt64, _ levels: Int, _ width: Int
  ) throws {
    let region = TestRegion(random: seed, size: GridSize(x: width, y: 6, z: 5), levels: levels)
    let differences = slow(region, alpha: 0).differences
    let count = Double(differences.count)
    let groups = Dictionary(grouping: differences, by: \.level).sorted { $0.key < $1.key }
    let tones = groups.map { level, voxels in
      (i: Double(level), p: Double(voxels.count) / count, s: voxels.reduce(0) { $0 + $1.difference })
    }
    func pairs(_ term: ((i: Double, p: Double, s: Double), (i: Double, p: Double, s: Double)) -> Double)
      -> Double
    {
      tones.reduce(0) { sum, a in tones.reduce(sum) { $0 + term(a, $1) } }
    }
    let weighted = tones.reduce(0) { $0 + $1.p * $1.s }
    let total = tones.reduce(0) { $0 + $1.s }
    let present = Double(tones.count)
    let values = try region.values(.ngtdm, .unitBins)
    func expect(_ name: String, _ expected: Double) throws {
      let value = try #require(values[name])
      #expect(abs(value - expected) <= 1e-11 * abs(expected), "\(name): \(value), \(expected)")
    }
    try expect("Coarseness", 1 / weighted)
    try expect("Busyness", weighted / pairs { abs($0.i * $0.p - $1.i * $1.p) })
    try expect("Strength", pairs { ($0.p + $1.p) * ($0.i - $1.i) * ($0.i - $1.i) } / total)
    try expect(
      "Contrast",
      pairs { $0.p * $1.p * ($0.i - $1.i) * ($0.i - $1.i) } / (present * (present - 1)) * total / count)
    try expect(
      "Complexity", pairs { abs($0.i - $1.i) * ($0.p * $0.s + $1.p * $1.s) / ($0.p + $1.p) } / count)
  }

  @Test func `of a flat region have the limits that PyRadiomics sets`() throws {
    let values = try TestRegion([[[3, 3], [3, 3]], [[3, 3], [3, 3]]]).values(.ngtdm)
    #expect(values == ["Busyness": 0, "Coarseness": 1e6, "Complexity": 0, "Contrast": 0, "Strength": 0])
  }
}
