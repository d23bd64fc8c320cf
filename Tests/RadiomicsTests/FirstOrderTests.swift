import Foundation
import Radiomics
import Testing
import Volumes

@Suite struct `First order features` {
  /// Intensities 1 2 3 4 10 in a row of five and a second row of the same.
  private let region = TestRegion([[[1, 2, 3, 4, 10], [1, 2, 3, 4, 10]]])

  @Test(arguments: [
    ("Mean", 4), ("Median", 3), ("Minimum", 1), ("Maximum", 10), ("Range", 9), ("Energy", 260),
    ("Variance", 10), ("MeanAbsoluteDeviation", 2.4), ("10Percentile", 1), ("90Percentile", 10),
    ("InterquartileRange", 2), ("Skewness", 36 / (10 * 10.0.squareRoot())), ("Kurtosis", 2.788),
    ("RootMeanSquared", 26.0.squareRoot()), ("TotalEnergy", 260), ("Uniformity", 1), ("Entropy", 0),
  ])
  func `of ten voxels are what paper and pencil give`(_ name: String, _ expected: Double) throws {
    let value = try #require(try region.values(.firstorder)[name])
    #expect(abs(value - expected) < 1e-12, "\(value)")
  }

  @Test func `add the shift to energies only`() throws {
    let shifted = try region.values(.firstorder, .with { $0[FirstOrderClass.self].voxelArrayShift = 5 })
    #expect(shifted["Energy"] == 910)  // 6² + 7² + 8² + 9² + 15², twice
    #expect(shifted["RootMeanSquared"] == 91.0.squareRoot())
    #expect(shifted["Mean"] == 4)
  }

  @Test func `weigh total energy by the voxel's volume`() throws {
    var spaced = region
    spaced.spacing = [0.5, 2, 3]
    #expect(try spaced.values(.firstorder)["TotalEnergy"] == 780)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `find quantiles where sorting puts them`(_ seed: UInt64) throws {
    var region = TestRegion(random: seed, size: GridSize(x: 11, y: 9, z: 7), levels: 5)
    var generator = SplitMix64(state: seed)
    region.image = region.image.map { seed % 2 == 0 ? $0 : $0 + 7 * generator.unit() * generator.unit() }
    let sorted = region.image.indices.filter { region.mask[$0] == 1 }.map { region.image[$0] }.sorted()
    func quantile(_ q: Double) -> Double {
      let position = Double(sorted.count - 1) * q
      let (lower, fraction) = (Int(position), position - position.rounded(.down))
      return sorted[lower] + (sorted[min(lower + 1, sorted.count - 1)] - sorted[lower]) * fraction
    }
    let values = try region.values(.firstorder, .with { $0.binWidth = 1.5 })
    #expect(values["Minimum"] == sorted.first)
    #expect(values["Maximum"] == sorted.last)
    for (name, expected) in [
      ("10Percentile", quantile(0.1)), ("90Percentile", quantile(0.9)), ("Median", quantile(0.5)),
      ("InterquartileRange", quantile(0.75) - quantile(0.25)),
    ] {
      #expect(abs(try #require(values[name]) - expected) < 1e-13, "\(name)")
    }
  }

  @Test(arguments: [0.1, -3.7, 1e6]) func `of one intensity are flat, whatever rounding does`(_ value: Double)
    throws
  {
    let flat = TestRegion(
      [[[Double]]](repeating: [[Double]](repeating: [value, value, value], count: 3), count: 3))
    let values = try flat.values(.firstorder)
    #expect(values["Skewness"] == 0)
    #expect(values["Kurtosis"] == 0)
    #expect(values["Uniformity"] == 1)
    #expect(abs(try #require(values["Entropy"])) < 1e-15)
  }

  @Test func `have no robust deviation where all values are extreme`() throws {
    let two = TestRegion([[[0, 10]]])
    let settings = RadiomicsSettings.with { $0.minimumROIDimensions = 1 }
    #expect(try #require(try two.values(.firstorder, settings)["RobustMeanAbsoluteDeviation"]).isNaN)
  }
}

@Suite struct `Discretisation` {
  /// Levels as NumPy's arange and digitize give them, one comparison after the other.
  private func digitized(_ values: [Double], width: Double) -> [Int] {
    let (lowest, highest) = (values.min() ?? 0, values.max() ?? 0)
    var remainder = fmod(lowest, width)
    if remainder < 0 { remainder += width }
    let start = lowest - remainder
    let step = (start + width) - start
    let count = Int(((highest + 2 * width - start) / width).rounded(.up))
    let edges = (0..<count).map { start + Double($0) * step }
    return values.map { value in edges.count { $0 <= value } }
  }

  @Test(arguments: [25, 0.1, 0.7, 3.3, 1, 7])
  func `by width puts voxels into the levels that NumPy does`(_ width: Double) throws {
    var region = TestRegion(random: 17, size: GridSize(x: 10, y: 10, z: 4), levels: 40, density: 1)
    // Multiples of the width lie on edges, and differ from them by rounding.
    region.image = region.image.enumerated().map { index, value in
      index % 2 == 0 ? (value - 20.5) * width : (value - 20.5) * 13.37 * width / 5
    }
    let levels = digitized(region.image, width: width)
    let counts = Dictionary(grouping: levels) { $0 }.mapValues { Double($0.count) / Double(levels.count) }
    let settings = RadiomicsSettings.with { $0.binWidth = width }
    let values = try region.values(.firstorder, settings)
    let uniformity = counts.values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(try #require(values["Uniformity"]) - uniformity) < 1e-13)
    // HighGrayLevelEmphasis is the mean square of the level numbers.
    let emphasis = levels.reduce(0.0) { $0 + Double($1 * $1) } / Double(levels.count)
    let found = try #require(try region.values(.gldm, settings)["HighGrayLevelEmphasis"])
    #expect(abs(found - emphasis) <= 1e-12 * emphasis)
  }

  @Test func `by count puts the largest intensity into the last level`() throws {
    let region = TestRegion([[[0, 1, 2, 3], [4, 5, 6, 8]]])
    // Width 2: levels 1 1 2 2 3 3 4 4, as 8 closes the last level.
    let values = try region.values(.gldm, .with { $0.binCount = 4 })
    #expect(values["HighGrayLevelEmphasis"] == 7.5)  // (1 + 4 + 9 + 16) / 4
    #expect(try region.values(.firstorder, .with { $0.binCount = 4 })["Uniformity"] == 0.25)
  }

  @Test func `by count of a flat region gives one level in the middle`() throws {
    let region = TestRegion([[[6, 6], [6, 6]]])
    // NumPy widens the range to 5.5...6.5, and 6 is the first value of the third of four levels.
    #expect(try region.values(.gldm, .with { $0.binCount = 4 })["HighGrayLevelEmphasis"] == 9)
  }

  /// NumPy's edges of 19 levels over three steps of rounding coincide: the lower voxel is in level 3.
  @Test func `by count keeps to NumPy where edges coincide`() throws {
    let region = TestRegion([
      [[13.005641704017698, 13.005641704017705], [13.005641704017698, 13.005641704017705]]
    ])
    #expect(try region.values(.gldm, .with { $0.binCount = 19 })["HighGrayLevelEmphasis"] == 185)
  }

  @Test(arguments: FeatureClass.allCases.filter { !$0.isShape && $0 != .firstorder })
  func `does not see whole widths added to all intensities`(_ featureClass: FeatureClass) throws {
    let region = TestRegion(random: 21, size: GridSize(x: 7, y: 6, z: 5), levels: 200)
    var shifted = region
    shifted.image = region.image.map { $0 + 75 }
    #expect(try region.values(featureClass) == shifted.values(featureClass))
  }
}
