/// Counts pairs of grey level rank and size (of runs, zones, dependences).
///
/// Small sizes have a table; the few large ones are listed and sorted at the end, so that memory depends
/// neither on the largest size nor on the square of the number of levels.
struct SizeTally {
  /// Cells of the table, where levels are not so many that each needs its own.
  private static let tableLimit = 1 << 17

  let rankCount: Int
  /// Sizes below this have a cell.
  let width: Int
  var table: [UInt32]
  /// The others, packed as `rank·2³² + size`.
  var large: [UInt64] = []

  /// - Parameter largest: no size can be larger.
  init(rankCount: Int, largest: Int) {
    self.rankCount = rankCount
    width = min(largest + 1, max(8, Self.tableLimit / rankCount))
    table = [UInt32](repeating: 0, count: rankCount * width)
  }

  mutating func add(rank: Int, size: Int) {
    if size < width {
      table[rank * width + size] += 1
    } else {
      large.append(UInt64(rank) << 32 | UInt64(size))
    }
  }

  /// The counts, by ranks, then sizes.
  func matrix() -> TextureMatrix {
    let sorted = large.sorted()
    var next = 0
    var entries: TextureMatrix = []
    for rank in 1..<rankCount {
      let row = table.span.extracting(rank * width..<rank * width + width)
      for size in 1..<width {
        let count = row[size]
        guard count > 0 else { continue }
        entries.append(MatrixEntry(row: Int32(rank), column: Int32(size), weight: Double(count)))
      }
      while next < sorted.count, sorted[next] >> 32 == UInt64(rank) {
        let size = Int32(truncatingIfNeeded: sorted[next])
        if let last = entries.last, last.row == Int32(rank), last.column == size {
          entries[entries.count - 1].weight += 1
        } else {
          entries.append(MatrixEntry(row: Int32(rank), column: size, weight: 1))
        }
        next += 1
      }
    }
    return entries
  }
}
