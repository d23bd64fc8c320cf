import Foundation
import Radiomics
import Testing
import Volumes

/// Co-occurrence matrices by counting each direction on its own, and features straight from their
/// definitions.
struct SlowCooccurrence {
  /// Probabilities of each direction that has pairs.
  let matrices: [[[Double]]]
  let levelCount: Int

  init(_ region: TestRegion, directions: [(x: Int, y: Int, z: Int)]) {
    let levels = region.levels
    let count = levels.max() ?? 0
    levelCount = count
    matrices = directions.compactMap { step in
      var matrix = [[Double]](repeating: [Double](repeating: 0, count: count + 1), count: count + 1)
      var pairs = 0.0
      for p in region.positions {
        let i = region.level(levels, x: p.x, y: p.y, z: p.z)
        let j = region.level(levels, x: p.x + step.x, y: p.y + step.y, z: p.z + step.z)
        if j == 0 { continue }
        matrix[i][j] += 1
        matrix[j][i] += 1
        pairs += 2
      }
      return pairs == 0 ? nil : matrix.map { row in row.map { $0 / pairs } }
    }
  }

  func mean(_ feature: ([[Double]]) -> Double) -> Double {
    matrices.map(feature).reduce(0, +) / Double(matrices.count)
  }

  func sum(_ term: @escaping (_ p: Double, _ i: Double, _ j: Double) -> Double) -> Double {
    mean { matrix in
      var sum = 0.0
      for i in 1...levelCount {
        for j in 1...levelCount { sum += term(matrix[i][j], Double(i), Double(j)) }
      }
      return sum
    }
  }

  /// MCC by orthogonal iteration on the symmetric matrix that is similar to Q.
  var maximalCorrelation: Double {
    mean { matrix in
      let present = (1...levelCount).filter { matrix[$0].reduce(0, +) > 0 }
      let marginal = present.map { matrix[$0].reduce(0, +) }
      let b = present.indices.map { i in
        present.indices.map { k in matrix[present[i]][present[k]] / (marginal[i] * marginal[k]).squareRoot() }
      }
      let top = marginal.map { $0.squareRoot() }
      var vector = present.indices.map { Foundation.sin(Double($0 * $0 + 1)) }
      var length = 0.0
      var previous = -1.0
      for _ in 0..<2000 where abs(length - previous) > 1e-12 {
        previous = length
        let share = zip(vector, top).reduce(0) { $0 + $1.0 * $1.1 }
        vector = vector.indices.map { vector[$0] - share * top[$0] }
        vector = b.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
        vector = b.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
        length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length == 0 { return 0 }
        vector = vector.map { $0 / length }
      }
      return length.squareRoot()
    }
  }
}

@Suite struct `Co-occurrence` {
  static let directions: [(x: Int, y: Int, z: Int)] = [
    (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (-1, 1, 0), (1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1),
    (1, 1, 1), (-1, 1, 1), (1, -1, 1), (-1, -1, 1),
  ]

  @Test(arguments: [(1, 4), (2, 9), (3, 30), (4, 300)])
  func `equals a direct count in every direction`(_ seed: UInt64, _ levels: Int) throws {
    let region = TestRegion(random: seed, size: GridSize(x: 7, y: 6, z: 5), levels: levels)
    let slow = SlowCooccurrence(region, directions: Self.directions)
    let values = try region.values(.glcm, .unitBins)
    func expect(_ name: String, _ expected: Double) throws {
      let value = try #require(values[name])
      #expect(abs(value - expected) <= 1e-11 * max(1, abs(expected)), "\(name): \(value), \(expected)")
    }
    try expect("JointEnergy", slow.sum { p, _, _ in p * p })
    try expect("JointAverage", slow.sum { p, i, _ in p * i })
    try expect("Autocorrelation", slow.sum { p, i, j in p * i * j })
    try expect("Contrast", slow.sum { p, i, j in p * (i - j) * (i - j) })
    try expect("DifferenceAverage", slow.sum { p, i, j in p * abs(i - j) })
    try expect("SumAverage", slow.sum { p, i, j in p * (i + j) })
    try expect("Id", slow.sum { p, i, j in p / (1 + abs(i - j)) })
    try expect("Idn", slow.sum { p, i, j in p / (1 + abs(i - j) / Double(slow.levelCount)) })
    try expect("InverseVariance", slow.sum { p, i, j in i == j ? 0 : p / ((i - j) * (i - j)) })
    try expect("JointEntropy", slow.sum { p, _, _ in p == 0 ? 0 : -p * Foundation.log2(p) })
    try expect("MaximumProbability", slow.mean { $0.flatMap(\.self).max() ?? 0 })
    if levels <= 30 { #expect(abs(try #require(values["MCC"]) - slow.maximalCorrelation) < 1e-6) }
  }

  /// One row 1 1 2: pairs (1,1) and (1,2); as a symmetric matrix p(1,1) = 1/2, p(1,2) = p(2,1) = 1/4.
  @Test func `of three voxels in a row is what paper and pencil give`() throws {
    let settings = RadiomicsSettings.with {
      $0.binWidth = 1
      $0.minimumROIDimensions = 1
    }
    let values = try TestRegion([[[1, 1, 2]]]).values(.glcm, settings)
    #expect(values["JointEnergy"] == 0.375)
    #expect(values["JointAverage"] == 1.25)
    #expect(values["Contrast"] == 0.5)
    #expect(values["MaximumProbability"] == 0.5)
    #expect(abs(try #require(values["JointEntropy"]) - 1.5) < 1e-14)
    #expect(abs(try #require(values["Correlation"]) - -1.0 / 3) < 1e-14)
    #expect(abs(try #require(values["MCC"]) - 1.0 / 3) < 1e-7)  // for two levels |Correlation|
  }

  @Test func `of independent levels has no information at all`() throws {
    // Along x each level is followed by each level equally often.
    let settings = RadiomicsSettings.with {
      $0.binWidth = 1
      $0.minimumROIDimensions = 1
    }
    let values = try TestRegion([[[1, 1, 2, 2, 1]]]).values(.glcm, settings)
    #expect(values["Imc1"] == 0)
    #expect(values["Imc2"] == 0)
    #expect(values["MCC"] == 0)
  }

  @Test func `at several distances averages over all their directions`() throws {
    let region = TestRegion(random: 8, size: GridSize(x: 5, y: 5, z: 5), levels: 6)
    var directions: [(x: Int, y: Int, z: Int)] = []
    for z in -2...2 {
      for y in -2...2 {
        for x in -2...2 where (z, y, x) > (0, 0, 0) { directions.append((x, y, z)) }
      }
    }
    #expect(directions.count == 62)
    let slow = SlowCooccurrence(region, directions: directions)
    let values = try region.values(
      .glcm,
      .with {
        $0.binWidth = 1
        $0.distances = [1, 2]
      })
    #expect(abs(try #require(values["JointEnergy"]) - slow.sum { p, _, _ in p * p }) < 1e-13)
  }

  @Test func `with many levels takes the way of sorted pairs to the same values`() throws {
    // The same voxels on 60 levels and, spread out, on 60 of 6,000 levels: a table, and sorted pairs.
    let near = TestRegion(random: 5, size: GridSize(x: 9, y: 9, z: 9), levels: 60)
    var far = near
    far.image = near.image.map { ($0 - 0.5) * 100 + 0.5 }
    let (a, b) = (try near.values(.glcm, .unitBins), try far.values(.glcm, .unitBins))
    for name in ["JointEnergy", "JointEntropy", "MaximumProbability", "Imc1", "Imc2", "Correlation", "MCC"] {
      let (x, y) = (try #require(a[name]), try #require(b[name]))
      #expect(abs(x - y) < 1e-12, "\(name): \(x), \(y)")
    }
  }
}
