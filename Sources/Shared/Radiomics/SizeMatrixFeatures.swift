/// Features of a matrix of grey levels (rows) and sizes (columns).
///
/// Run length, size zone and dependence matrices have the same features under different names; `i` is a
/// level, `j` a size, `c` a count, `n` the sum of counts.
struct SizeMatrixFeatures {
  private let matrix: TextureMatrix
  private let levels: [Int]
  /// Sum of all counts.
  let total: Double
  /// Sum of each row, by rank.
  private var rows: [Double]
  /// Sizes that occur, ascending, and the sum of each one's column.
  private let columns: [(size: Double, sum: Double)]

  init(_ matrix: TextureMatrix, levels: [Int]) {
    self.matrix = matrix
    self.levels = levels
    total = matrix.reduce(0) { $0 + $1.weight }
    rows = [Double](repeating: 0, count: levels.count)
    for entry in matrix { rows[Int(entry.row)] += entry.weight }
    columns = Self.columnSums(matrix)
  }

  private static let tableLength = 1024

  private static func columnSums(_ matrix: TextureMatrix) -> [(size: Double, sum: Double)] {
    let largest = matrix.reduce(0) { max($0, Int($1.column)) }
    var table = [Double](repeating: 0, count: min(tableLength, largest + 1))
    var large: [(size: Int32, sum: Double)] = []
    for entry in matrix {
      if entry.column < tableLength {
        table[Int(entry.column)] += entry.weight
      } else {
        large.append((entry.column, entry.weight))
      }
    }
    var sums = table.enumerated().filter { $0.element > 0 }.map { (size: Double($0.offset), sum: $0.element) }
    for (size, weight) in large.sorted(by: { ($0.size, $0.sum) < ($1.size, $1.sum) }) {
      if let last = sums.last, last.size == Double(size) {
        sums[sums.count - 1].sum += weight
      } else {
        sums.append((Double(size), weight))
      }
    }
    return sums
  }

  /// Number of voxels: `Σ c j`.
  var voxelCount: Double { columns.reduce(0) { $0 + $1.sum * $1.size } }

  /// `Σᵢ (Σⱼ c)² / n`.
  var levelNonUniformity: Double { rows.reduce(0) { $0 + $1 * $1 } / total }

  /// `Σⱼ (Σᵢ c)² / n`.
  var sizeNonUniformity: Double { columns.reduce(0) { $0 + $1.sum * $1.sum } / total }

  /// Variance of levels, each entry weighing its count.
  var levelVariance: Double {
    let mean = sumOverRows { level, p in p * level }
    return sumOverRows { level, p in p * ((level - mean) * (level - mean)) }
  }

  /// Variance of sizes, each entry weighing its count.
  var sizeVariance: Double {
    let mean = columns.reduce(0) { $0 + $1.sum / total * $1.size }
    return columns.reduce(0) { $0 + $1.sum / total * (($1.size - mean) * ($1.size - mean)) }
  }

  /// `-Σ p log₂ p`, `p = c / n`.
  var entropy: Double {
    var logarithms = LogarithmsOfShares(total: total)
    return matrix.reduce(0) { $0 - $1.weight / total * logarithms.log2(of: $1.weight) }
  }

  /// `Σ p²`, `p = c / n`.
  var energy: Double { matrix.reduce(0) { $0 + ($1.weight / total) * ($1.weight / total) } }

  /// `Σ c / j² / n`.
  var smallSizeEmphasis: Double { columns.reduce(0) { $0 + $1.sum / ($1.size * $1.size) } / total }

  /// `Σ c j² / n`.
  var largeSizeEmphasis: Double { columns.reduce(0) { $0 + $1.sum * ($1.size * $1.size) } / total }

  /// `Σ c / i² / n`.
  var lowLevelEmphasis: Double { sumOverRows { level, p in p / (level * level) } }

  /// `Σ c i² / n`.
  var highLevelEmphasis: Double { sumOverRows { level, p in p * (level * level) } }

  /// `Σ c f(i², j²) / n`.
  func jointEmphasis(_ factor: (_ level: Double, _ size: Double) -> Double) -> Double {
    var sum = 0.0
    for entry in matrix {
      let level = Double(levels[Int(entry.row)])
      let size = Double(entry.column)
      sum += entry.weight * factor(level * level, size * size)
    }
    return sum / total
  }

  private func sumOverRows(_ term: (_ level: Double, _ p: Double) -> Double) -> Double {
    var sum = 0.0
    for rank in levels.indices where rows[rank] > 0 { sum += term(Double(levels[rank]), rows[rank] / total) }
    return sum
  }
}
