import ElementaryFunctions
import Volumes

/// Features of a kernel's run length matrices, averaged over the directions in which a line holds two voxels.
///
/// `RunLengthMatrices` and `SizeMatrixFeatures` for small regions, of which there is one a voxel: nothing is allocated for
/// a direction, and logarithms of probabilities are differences of logarithms of counts, from a table.
struct KernelRunLengths {
  /// `log₂ k`.
  private let logarithms: [Double]
  /// Counts by rank, then length; 0 but while a direction is tallied.
  private var counts: [Int32] = []
  private var cells: [Int] = []
  private var rows: [Double] = []
  private var columns: [Double] = []
  private var totals = [Double](repeating: 0, count: RunLengthClass.standardFeatures.count)

  /// - Parameter largest: number of voxels of the largest kernel.
  init(largest: Int) { logarithms = (0...largest).map { $0 == 0 ? 0 : Elementary.log2(Double($0)) } }

  /// The features in alphabetical order; empty where no direction has a line of two voxels.
  /// - Parameter found: takes the directions that have one.
  mutating func values(
    _ ranks: [UInt8], _ volume: LevelVolume, directions: [VoxelOffset], _ found: inout [Bool]
  ) -> [Double] {
    let size = volume.grid.size
    let width = max(size.x, size.y, size.z) + 1
    if counts.count < volume.rankCount * width {
      counts = [Int32](repeating: 0, count: volume.rankCount * width)
    }
    rows = [Double](repeating: 0, count: volume.rankCount)
    columns = [Double](repeating: 0, count: width)
    for index in totals.indices { totals[index] = 0 }
    var directionCount = 0.0
    for (index, direction) in directions.enumerated() {
      let hasNeighbours = tally(ranks, volume, volume.grid.step(direction), width)
      if hasNeighbours
        || RunLengthMatrices(volume: volume, directions: []).hasSharedLine(direction)
      {
        found[index] = true
        directionCount += 1
        add(volume, width)
      }
      for cell in cells { counts[cell] = 0 }
    }
    return directionCount == 0 ? [] : totals.map { $0 / directionCount }
  }

  /// Counts the runs of one direction.
  /// - Returns: whether any two voxels follow each other.
  private mutating func tally(_ ranks: [UInt8], _ volume: LevelVolume, _ step: Int, _ width: Int) -> Bool {
    cells.removeAll(keepingCapacity: true)
    var neighbours: UInt8 = 0
    for run in volume.runs {
      for voxel in run {
        let (rank, before) = (ranks[voxel], ranks[voxel - step])
        neighbours |= before
        if before == rank { continue }
        var (last, length) = (voxel + step, 1)
        while ranks[last] == rank {
          length += 1
          last += step
        }
        let cell = Int(rank) * width + length
        if counts[cell] == 0 { cells.append(cell) }
        counts[cell] += 1
      }
    }
    cells.sort()
    return neighbours != 0
  }

  /// Adds the features of the direction that was tallied; formulas are those of `SizeMatrixFeatures`.
  private mutating func add(_ volume: LevelVolume, _ width: Int) {
    var (n, voxels, entropy) = (0.0, 0.0, 0.0)
    var (longHigh, longLow, shortHigh, shortLow) = (0.0, 0.0, 0.0, 0.0)
    for cell in cells {
      let weight = Double(counts[cell])
      let (level, length) = (Double(volume.levels[cell / width]), Double(cell % width))
      let (i, l) = (level * level, length * length)
      n += weight
      voxels += weight * length
      entropy += weight * logarithms[Int(counts[cell])]
      rows[cell / width] += weight
      columns[cell % width] += weight
      longHigh += weight * (i * l)
      longLow += weight * (l / i)
      shortHigh += weight * (i / l)
      shortLow += weight * (1 / (i * l))
    }
    addLevels(volume.levels, n)
    addLengths(n)
    totals[5] += longHigh / n
    totals[6] += longLow / n
    totals[8] += logarithms[Int(n)] - entropy / n
    totals[11] += n / voxels
    totals[14] += shortHigh / n
    totals[15] += shortLow / n
  }

  private mutating func addLevels(_ levels: [Int], _ n: Double) {
    var (mean, squares, high, low, variance) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for rank in levels.indices where rows[rank] > 0 {
      let level = Double(levels[rank])
      mean += rows[rank] * level
      squares += rows[rank] * rows[rank]
      high += rows[rank] * (level * level)
      low += rows[rank] / (level * level)
    }
    mean /= n
    for rank in levels.indices where rows[rank] > 0 {
      let deviation = Double(levels[rank]) - mean
      variance += rows[rank] * (deviation * deviation)
      rows[rank] = 0
    }
    totals[0] += squares / n
    totals[1] += squares / n / n
    totals[2] += variance / n
    totals[3] += high / n
    totals[7] += low / n
  }

  private mutating func addLengths(_ n: Double) {
    var (mean, squares, long, short, variance) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for length in columns.indices where columns[length] > 0 {
      let j = Double(length)
      mean += columns[length] * j
      squares += columns[length] * columns[length]
      long += columns[length] * (j * j)
      short += columns[length] / (j * j)
    }
    mean /= n
    for length in columns.indices where columns[length] > 0 {
      let deviation = Double(length) - mean
      variance += columns[length] * (deviation * deviation)
      columns[length] = 0
    }
    totals[4] += long / n
    totals[9] += squares / n
    totals[10] += squares / n / n
    totals[12] += variance / n
    totals[13] += short / n
  }
}
