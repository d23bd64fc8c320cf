import Foundation
import Radiomics
import Testing
import Volumes

/// Zones and runs as lists of (level, size), found the slow way.
enum SlowSizes {
  /// Zones by spreading the smallest number among equal neighbours until nothing changes.
  static func zones(_ region: TestRegion) -> [(level: Int, size: Int)] {
    let levels = region.levels
    var labels = Dictionary(uniqueKeysWithValues: region.positions.map { (offset(region, $0), 0) })
    for key in labels.keys { labels[key] = key }
    var changed = true
    while changed {
      changed = false
      for p in region.positions {
        let here = offset(region, p)
        for q in neighbours(of: p) where region.level(levels, x: q.x, y: q.y, z: q.z) == levels[here] {
          let there = offset(region, q)
          if let other = labels[there], let own = labels[here], other < own {
            labels[here] = other
            changed = true
          }
        }
      }
    }
    return Dictionary(grouping: labels, by: \.value).map { (levels[$0.key], $0.value.count) }
  }

  /// Runs along one direction by walking every line from its first voxel.
  static func runs(
    _ region: TestRegion, _ step: (x: Int, y: Int, z: Int)
  ) -> [(level: Int, size: Int)] {
    let levels = region.levels
    var runs: [(level: Int, size: Int)] = []
    for p in region.positions {
      let level = levels[offset(region, p)]
      if region.level(levels, x: p.x - step.x, y: p.y - step.y, z: p.z - step.z) == level { continue }
      var length = 1
      while region.level(
        levels, x: p.x + length * step.x, y: p.y + length * step.y, z: p.z + length * step.z) == level
      { length += 1 }
      runs.append((level, length))
    }
    return runs
  }

  static func neighbours(of p: (x: Int, y: Int, z: Int)) -> [(x: Int, y: Int, z: Int)] {
    (0..<27).filter { $0 != 13 }.map { (p.x + $0 % 3 - 1, p.y + $0 / 3 % 3 - 1, p.z + $0 / 9 - 1) }
  }

  static func offset(_ region: TestRegion, _ p: (x: Int, y: Int, z: Int)) -> Int {
    region.size.offset(x: p.x, y: p.y, z: p.z)
  }

  /// Mean of a term over the list.
  static func mean(_ list: [(level: Int, size: Int)], _ term: (Double, Double) -> Double) -> Double {
    list.reduce(0) { $0 + term(Double($1.level), Double($1.size)) } / Double(list.count)
  }

  static func entropy(_ list: [(level: Int, size: Int)]) -> Double {
    let counts = Dictionary(grouping: list) { $0.level * 100_000 + $0.size }.mapValues(\.count)
    return counts.values.sorted().reduce(0.0) { sum, count in
      let p = Double(count) / Double(list.count)
      return sum - p * Foundation.log2(p)
    }
  }
}

@Suite struct `Zones and runs` {
  @Test(arguments: [(1, 2), (2, 3), (3, 8), (4, 400)])
  func `of equal levels are those that spreading labels finds`(_ seed: UInt64, _ levels: Int) throws {
    let region = TestRegion(random: seed, size: GridSize(x: 8, y: 7, z: 6), levels: levels, density: 0.5)
    let zones = SlowSizes.zones(region)
    let values = try region.values(.glszm, .unitBins)
    func expect(_ name: String, _ expected: Double) throws {
      let value = try #require(values[name])
      #expect(abs(value - expected) <= 1e-12 * abs(expected), "\(name): \(value), \(expected)")
    }
    try expect("ZonePercentage", Double(zones.count) / Double(region.positions.count))
    try expect("SmallAreaEmphasis", SlowSizes.mean(zones) { 1 / ($1 * $1) })
    try expect("LargeAreaHighGrayLevelEmphasis", SlowSizes.mean(zones) { $0 * $0 * $1 * $1 })
    try expect("LargeAreaLowGrayLevelEmphasis", SlowSizes.mean(zones) { $1 * $1 / ($0 * $0) })
    try expect("ZoneEntropy", SlowSizes.entropy(zones))
  }

  @Test(arguments: [(5, 2), (6, 3), (7, 8), (8, 400)])
  func `along a line are those that walking the line finds`(_ seed: UInt64, _ levels: Int) throws {
    let region = TestRegion(random: seed, size: GridSize(x: 9, y: 6, z: 5), levels: levels)
    let runs = `Co-occurrence`.directions.map { SlowSizes.runs(region, $0) }
    let values = try region.values(.glrlm, .unitBins)
    func expect(_ name: String, _ feature: ([(level: Int, size: Int)]) -> Double) throws {
      let expected = runs.map(feature).reduce(0, +) / Double(runs.count)
      let value = try #require(values[name])
      #expect(abs(value - expected) <= 1e-12 * abs(expected), "\(name): \(value), \(expected)")
    }
    try expect("RunPercentage") { Double($0.count) / Double(region.positions.count) }
    try expect("LongRunEmphasis") { SlowSizes.mean($0) { $1 * $1 } }
    try expect("ShortRunHighGrayLevelEmphasis") { SlowSizes.mean($0) { $0 * $0 / ($1 * $1) } }
    try expect("RunEntropy", SlowSizes.entropy)
  }

  @Test func `of a flat region are one zone and the longest runs`() throws {
    let region = TestRegion([[[7, 7, 7, 7], [7, 7, 7, 7]], [[7, 7, 7, 7], [7, 7, 7, 7]]])
    let zones = try region.values(.glszm)
    #expect(zones["ZonePercentage"] == 1.0 / 16)
    #expect(zones["LargeAreaEmphasis"] == 256)
    #expect(zones["ZoneVariance"] == 0)
    let runs = try region.values(.glrlm)
    #expect(runs["GrayLevelVariance"] == 0)
    #expect(runs["LowGrayLevelRunEmphasis"] == 1)
  }

  /// 300 equal voxels in a row: longer than the table of sizes that many levels leave room for.
  @Test func `longer than any table are counted`() throws {
    var region = TestRegion(random: 3, size: GridSize(x: 300, y: 2, z: 1), levels: 4000, density: 1)
    for x in 0..<300 { region.image[x] = 0.5 }
    let runs = SlowSizes.runs(region, (1, 0, 0))
    #expect(runs.contains { $0.size == 300 })
    let all = [(1, 0, 0), (0, 1, 0), (1, 1, 0), (-1, 1, 0)].map { SlowSizes.runs(region, $0) }
    let expected = all.map { SlowSizes.mean($0) { $1 * $1 } }.reduce(0, +) / 4
    let value = try #require(try region.values(.glrlm, .unitBins)["LongRunEmphasis"])
    #expect(abs(value - expected) <= 1e-12 * expected)
    let zones = try #require(try region.values(.glszm, .unitBins)["LargeAreaEmphasis"])
    #expect(abs(zones - SlowSizes.mean(SlowSizes.zones(region)) { $1 * $1 }) <= 1e-9)
  }
}
