/// One entry of a texture matrix.
struct MatrixEntry: Equatable {
  /// Rank of the grey level.
  var row: Int32
  /// Rank of the neighbour's grey level, or a size: of a run, a zone, a dependence.
  var column: Int32
  /// How often it occurs; not a whole number where directions are weighted.
  var weight: Double
}

/// The entries of a matrix that are not 0, by rows, then columns.
typealias TextureMatrix = [MatrixEntry]

extension [MatrixEntry] {
  /// The sum of this matrix and another one times a factor.
  func adding(_ other: TextureMatrix, times factor: Double) -> TextureMatrix {
    var sum: TextureMatrix = []
    sum.reserveCapacity(count + other.count)
    var mine = 0
    for var entry in other {
      entry.weight *= factor
      while mine < count, self[mine].precedes(entry) {
        sum.append(self[mine])
        mine += 1
      }
      if mine < count, !entry.precedes(self[mine]) {
        entry.weight += self[mine].weight
        mine += 1
      }
      sum.append(entry)
    }
    sum.append(contentsOf: self[mine...])
    return sum
  }
}

extension MatrixEntry {
  fileprivate func precedes(_ other: MatrixEntry) -> Bool {
    row != other.row ? row < other.row : column < other.column
  }
}
